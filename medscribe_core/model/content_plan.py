"""Which words of the transcript the note will rest on, in which of its lists and in which order (a content plan)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from medscribe_core.model.config import STATEMENT_BUCKETS, ModelConfig
from medscribe_core.note_lists import NOTE_LISTS

LISTS = len(NOTE_LISTS)
_PLACE_FEATURES, _LONGEST_PLACE = 64, 4000.0
_RANK_FEATURES, _LONGEST_RANK = 32, 200.0


class ContentPlan(nn.Module):
    """Tells every context token its place: in the transcript, and in the note.

    Content selection and planning as in data-to-text generation (Puduppully et al., 2019), in parallel: a head says of
    every token whether a fact of each list begins there or goes on there, counting the beginnings gives the fact's
    rank in its list, and list, rank and absolute position are added to the token's features. "The fact after the one
    just written" is then a fixed step in these features, where the words alone would have to be searched.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.head = nn.Linear(config.width, 2 * LISTS)
        self.length = nn.Linear(config.width, len(STATEMENT_BUCKETS))
        self.place = nn.Linear(2 * LISTS + _RANK_FEATURES + _PLACE_FEATURES, config.width, bias=False)

    def forward(self, features: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """features (C, Lc, D), mask (C, Lc) True at real tokens -> placed features (C, Lc, D), logits (C, Lc, 2 LISTS +
        buckets).

        The first LISTS logits say that a fact of the list begins at the token, the next that one covers it, the last
        how long the statement of the fact that begins there is (see STATEMENT_BUCKETS).
        """
        logits = torch.cat((self.head(features), self.length(features)), dim=-1)
        chances = torch.sigmoid(logits[..., : 2 * LISTS].detach().float())
        if mask is not None:
            chances = chances * mask[..., None]
        begins, covers = chances.chunk(2, dim=-1)
        ranks = (begins > 0.5).float().cumsum(dim=1)
        covered = covers.amax(dim=-1, keepdim=True)
        rank = ranks.gather(-1, covers.argmax(dim=-1, keepdim=True)).squeeze(-1)
        positions = torch.arange(features.shape[1], device=features.device).float()
        known = torch.cat(
            (
                chances,
                waves(rank, _RANK_FEATURES, _LONGEST_RANK) * covered,
                waves(positions, _PLACE_FEATURES, _LONGEST_PLACE).expand(len(features), -1, -1),
            ),
            dim=-1,
        )
        return features + self.place(known.to(features.dtype)), logits


def waves(values: Tensor, count: int, longest: float) -> Tensor:
    """Sines and cosines (..., count) of values (...), with wavelengths from 2 pi up to ``longest``."""
    half = count // 2
    steps = torch.arange(half, device=values.device).float() / max(half - 1, 1)
    frequencies = torch.exp(-math.log(longest / (2 * math.pi)) * steps)
    angles = values[..., None] * frequencies
    return torch.cat((angles.sin(), angles.cos()), dim=-1)
