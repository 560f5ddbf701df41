"""Muon: momentum whose update matrices are orthogonalised (Jordan et al., 2024), for the hidden weight matrices."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.optim import Optimizer

# Coefficients of the quintic Newton-Schulz iteration: fast to near-orthogonal, not exact.
_A, _B, _C = 3.4445, -4.7750, 2.0315


def orthogonalise(update: Tensor, steps: int = 5) -> Tensor:
    """The nearest (roughly) semi-orthogonal matrix of ``update`` (m, n): all singular values brought near 1."""
    x = update.bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = _A * x + (_B * gram + _C * gram @ gram) @ x
    return (x.T if tall else x).to(update.dtype)


class Muon(Optimizer):
    """Nesterov momentum with orthogonalised updates and decoupled weight decay.

    Args:
        params: 2-D weight matrices only; embeddings, heads and vectors belong to AdamW.
        lr: step size; an update has about the spectral norm ``lr * sqrt(max(1, rows / columns))``.
    """

    def __init__(self, params, lr: float = 0.02, momentum: float = 0.95, weight_decay: float = 0.01):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None) -> None:
        """Update every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(parameter)
                state["momentum"].lerp_(parameter.grad, 1.0 - group["momentum"])
                update = parameter.grad.lerp(state["momentum"], group["momentum"])
                scale = max(1.0, parameter.shape[0] / parameter.shape[1]) ** 0.5
                parameter.mul_(1.0 - group["lr"] * group["weight_decay"])
                parameter.add_(orthogonalise(update), alpha=-group["lr"] * scale)
