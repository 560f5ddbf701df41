"""As many positions a step as are certain, at least as many as the cap on steps asks for."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from medscribe_core.sampling.policies.base import top_k


@dataclass(frozen=True)
class AdaptivePolicy:
    """Commits every position whose confidence passes ``threshold`` (Wu et al., Fast-dLLM, 2025).

    A note that has fewer such positions than ``minimum`` gets its most confident ones; the last quarter of the
    allowed steps shares out what is left, so that ``max_steps`` is never passed.
    """

    threshold: float = 0.5
    minimum: int = 8
    max_steps: int = 40
    leftward: float = 0.9
    name: str = "adaptive"

    def select(self, confidence: Tensor, masked: Tensor, step: int) -> Tensor:
        certain = masked & (confidence >= self.threshold)
        count = masked.sum(dim=1)
        left = max(self.max_steps - step + 1, 1)
        k = count.clamp(max=self.minimum)
        if left <= max(self.max_steps // 4, 1):
            k = k.maximum((count + left - 1) // left)
        return certain | top_k(confidence, masked, k)
