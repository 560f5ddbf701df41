"""How many slots each section of a canvas gets."""

from __future__ import annotations

import torch
from torch import Tensor

from medscribe_core.model.config import LENGTH_BUCKETS
from medscribe_core.schema import NOTE_SECTIONS, Section

#: The predicted length is this quantile of the length head's distribution, plus a tenth of slack: a canvas that is
#: too short loses facts, one that is too long only costs positions.
QUANTILE = 0.6
SLACK = 0.1


def section_slots(length_logits: Tensor, quantile: float = QUANTILE) -> dict[Section, int]:
    """Slots of the five sections from the length head's logits (5, buckets) of one context."""
    cumulative = torch.softmax(length_logits.float(), dim=-1).cumsum(dim=-1)
    buckets = (cumulative < quantile).sum(dim=-1).clamp(max=len(LENGTH_BUCKETS) - 1).tolist()
    slots = {}
    for section, bucket in zip(NOTE_SECTIONS, buckets, strict=True):
        length = LENGTH_BUCKETS[bucket]
        slots[section] = length + max(1, round(SLACK * length))
    return slots
