"""What every unmasking policy does."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Policy(Protocol):
    """Chooses the positions that are committed in one denoising step.

    ``max_steps`` is a hard cap: after that many forward passes nothing may be masked. ``leftward`` (0 to 1) discounts
    a position's confidence once for every masked position before it in its section: 1 lets any position be first,
    smaller values write each section from its beginning, all sections at the same time.
    """

    name: str
    max_steps: int
    leftward: float

    def select(self, confidence: Tensor, masked: Tensor, step: int) -> Tensor:
        """Positions to commit.

        Args:
            confidence: (B, L) probability of the token proposed at each position; ignored where not masked.
            masked: (B, L) True where a token is still to be committed.
            step: 1-based number of this denoising step.

        Returns:
            (B, L) True at positions to commit: a subset of ``masked``, never empty for a note that has masks, and
            all of ``masked`` in the last step.
        """
        ...


def top_k(confidence: Tensor, masked: Tensor, k: Tensor) -> Tensor:
    """(B, L) True at the k (B,) most confident masked positions of each note; ties go to the earlier position."""
    ranked = confidence.masked_fill(~masked, -1.0)
    order = ranked.argsort(dim=1, descending=True, stable=True)
    rank = order.argsort(dim=1)
    return (rank < k[:, None]) & masked
