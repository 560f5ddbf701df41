"""The case study's algorithm: a fixed number of steps, the most confident positions first."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from medscribe_core.sampling.policies.base import leftward, top_k


@dataclass(frozen=True)
class ConfidencePolicy:
    """Commits k = ceil(masked / steps left) positions a step (Chang et al., MaskGIT, 2022).

    ``leftward`` is the decay of :func:`medscribe_core.sampling.policies.base.leftward`.
    """

    steps: int = 20
    leftward: float = 0.9
    name: str = "confidence"

    @property
    def max_steps(self) -> int:
        return self.steps

    def reach(self, step: int) -> int | None:
        return None

    def select(self, confidence: Tensor, masked: Tensor, sections: Tensor, step: int) -> Tensor:
        left = max(self.steps - step + 1, 1)
        k = (masked.sum(dim=1) + left - 1) // left
        return top_k(leftward(confidence, masked, sections, self.leftward), masked, k)
