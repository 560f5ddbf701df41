"""What every unmasking policy does."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from medscribe_core.diffusion.masking import waiting_before


class Policy(Protocol):
    """Chooses the positions that are committed in one denoising step.

    ``max_steps`` is a hard cap: after that many forward passes nothing may be masked.
    """

    name: str
    max_steps: int

    def reach(self, step: int) -> int | None:
        """How many masked positions from the front of every section are judged in this step; None for all."""
        ...

    def select(self, confidence: Tensor, masked: Tensor, sections: Tensor, step: int) -> Tensor:
        """Positions to commit.

        Args:
            confidence: (B, L) probability of the token proposed at each position; 0 out of reach.
            masked: (B, L) True where a token is still to be committed.
            sections: (B, L) section indices.
            step: 1-based number of this denoising step.

        Returns:
            (B, L) True at positions to commit: a subset of ``masked`` within reach, never empty for a note that has
            masks, and all of ``masked`` in the last step.
        """
        ...


def leftward(confidence: Tensor, masked: Tensor, sections: Tensor, decay: float) -> Tensor:
    """(B, L) confidence discounted once for every masked position before it in its section.

    A decay of 1 lets any position be first, smaller ones write each section from its beginning, all sections at the
    same time.
    """
    return confidence * decay ** waiting_before(masked, sections)


def top_k(confidence: Tensor, masked: Tensor, k: Tensor) -> Tensor:
    """(B, L) True at the k (B,) most confident masked positions of each note; ties go to the earlier position."""
    ranked = confidence.masked_fill(~masked, -1.0)
    order = ranked.argsort(dim=1, descending=True, stable=True)
    rank = order.argsort(dim=1)
    return (rank < k[:, None]) & masked
