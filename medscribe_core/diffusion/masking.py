"""The forward process: independent Bernoulli masking (Sahoo et al., 2024), and masking by sections in progress."""

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


def frontier_mask(
    x0: Tensor, sections: Tensor, maskable: Tensor, mask_id: int, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Notes as the sampler meets them: every section written up to some point, with a few tokens known after it.

    The sampler prefers positions at the beginning of what is missing (``AdaptivePolicy``), so most of its decisions
    are made in such notes, which independent masking hardly ever draws. In half of the notes all sections have the
    same number of tokens written, as after some denoising steps; in the others each has a share of its own.

    Args:
        x0, sections, maskable: (B, L) as in :func:`forward_mask`; sections are contiguous.

    Returns:
        x_t (B, L) and masked (B, L).
    """
    batch, _ = x0.shape
    draw = lambda *shape: torch.rand(*shape, generator=generator, device=x0.device)  # noqa: E731
    count = int(sections.max()) + 1
    place = waiting_before(maskable, sections)  # how far into its section a position is
    lengths = torch.zeros(batch, count, device=x0.device).scatter_add_(1, sections, maskable.float())
    common = draw(batch, 1) * lengths.max(dim=1, keepdim=True).values
    cuts = torch.where(draw(batch, 1) < 0.5, common.expand(batch, count), draw(batch, count) * (lengths + 1)).floor()
    known_later = draw(batch, 1) * 0.5 - 0.25  # negative, that is none, in half of the notes
    masked = maskable & (place >= cuts.gather(1, sections)) & (draw(*x0.shape) >= known_later)
    return torch.where(masked, mask_id, x0), masked


def waiting_before(masked: Tensor, sections: Tensor) -> Tensor:
    """(B, L) how many masked positions stand before each position in its own section."""
    total = masked.cumsum(dim=1) - masked.long()
    starts = torch.ones_like(masked)
    starts[:, 1:] = sections[:, 1:] != sections[:, :-1]
    at_start = torch.where(starts, total, 0).cummax(dim=1).values
    return total - at_start
