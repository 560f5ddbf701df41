"""Percentile bootstrap over encounters (Efron, 1979)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

RESAMPLES = 1000
BOOTSTRAP_SEED = 20240607


def interval(
    values: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], seed: int, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """95% interval of ``statistic`` when encounters are drawn anew.

    ``values`` is (n, ...), one row an encounter; ``statistic`` maps the per-encounter means (r, ...) of r
    resamples to (r,). Working on means keeps ratios exact, since both sums have the same n.
    """
    n = len(values)
    draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)
    means = np.tensordot(draws / n, values, axes=1)
    low, high = np.percentile(statistic(means), [2.5, 97.5])
    return float(low), float(high)


def estimate(
    values: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], seed: int = BOOTSTRAP_SEED
) -> dict[str, float]:
    """``{"value", "low", "high"}``: ``statistic`` of all encounters and its :func:`interval`, four decimals."""
    low, high = interval(values, statistic, seed)
    value = float(statistic(values.mean(axis=0, keepdims=True))[0])
    return {"value": round(value, 4), "low": round(low, 4), "high": round(high, 4)}
