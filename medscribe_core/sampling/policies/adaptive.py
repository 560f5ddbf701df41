"""Every section from its front, all sections at once, as far as the model is certain."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from medscribe_core.diffusion.masking import waiting_before
from medscribe_core.sampling.policies.base import leftward, top_k


@dataclass(frozen=True)
class AdaptivePolicy:
    """Commits the unbroken run of certain positions at the front of every section, at least the first one.

    A token is certain when its probability passes ``threshold`` (Wu et al., Fast-dLLM, 2025). Behind an uncertain token
    it is open how far a phrase is shifted, and tokens committed there double or tear words; so the run ends at the
    first of them. The last quarter of the allowed steps shares out what is left, so that ``max_steps`` is never passed.
    """

    threshold: float = 0.9
    horizon: int = 8
    max_steps: int = 100
    name: str = "adaptive"

    def reach(self, step: int) -> int | None:
        return None if self._shares_out(step) else self.horizon

    def select(self, confidence: Tensor, masked: Tensor, sections: Tensor, step: int) -> Tensor:
        first = masked & (waiting_before(masked, sections) == 0)
        uncertain = masked & (confidence < self.threshold)
        commit = first | (masked & ~uncertain & (waiting_before(uncertain, sections) == 0))
        if self._shares_out(step):
            left = max(self.max_steps - step + 1, 1)
            k = (masked.sum(dim=1) + left - 1) // left
            commit = commit | top_k(leftward(confidence, masked, sections, 0.9), masked, k)
        return commit

    def _shares_out(self, step: int) -> bool:
        return self.max_steps - step < max(self.max_steps // 4, 1)
