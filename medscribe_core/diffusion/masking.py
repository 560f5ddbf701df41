"""The forward process: independent Bernoulli masking (Sahoo et al., 2024)."""

from __future__ import annotations

import torch
from torch import Tensor


def forward_mask(
    x0: Tensor, t: Tensor, maskable: Tensor, mask_id: int, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Sample x_t ~ q(x_t | x_0): every maskable token becomes [MASK] with probability t.

    Args:
        x0: (B, L) clean token ids.
        t: (B,) masking ratio in [0, 1].
        maskable: (B, L) False at headers, given text and batch padding, which are never masked.

    Returns:
        x_t (B, L) and masked (B, L), True where a token was replaced.
    """
    draw = torch.rand(x0.shape, generator=generator, device=x0.device)
    masked = (draw < t[:, None]) & maskable
    return torch.where(masked, mask_id, x0), masked
