"""Masking ratios for training and learning rates over a run."""

from __future__ import annotations

import math

import torch
from torch import Tensor

#: Ratios below this mask next to nothing and give no signal.
T_MIN = 0.02


def sample_t(count: int, generator: torch.Generator | None = None) -> Tensor:
    """(count,) masking ratios, uniform on [T_MIN, 1] and stratified: one in each of ``count`` equal strata."""
    strata = (torch.randperm(count, generator=generator) + torch.rand(count, generator=generator)) / count
    return T_MIN + (1.0 - T_MIN) * strata


def learning_rate(progress: float, peak: float, floor: float, warmup: float) -> float:
    """Linear warm-up over the first ``warmup`` share of the run, then a cosine from ``peak`` to ``floor``."""
    if progress < warmup:
        return peak * max(progress, 1e-4) / warmup
    position = min((progress - warmup) / (1.0 - warmup), 1.0)
    return floor + (peak - floor) * 0.5 * (1.0 + math.cos(math.pi * position))
