"""Is the model right as often as it says? Confidence of a statement against its being supported.

The confidence of a fact is that of the statement it stands in; statements that were withheld count as not written.
Expected calibration error as in Naeini et al. (2015) with ten bins of
equal width; risk and coverage as in El-Yaniv and Wiener (2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from medscribe_core.evaluation.bootstrap import BOOTSTRAP_SEED, estimate
from medscribe_core.evaluation.comparison import NoteComparison
from medscribe_core.evaluation.matching import says
from medscribe_core.generated import Rated as RatedStatement

BINS = 10
COVERAGES = tuple(round(0.05 * i, 2) for i in range(1, 21))

Rated = tuple[float, bool]


def rate_statements(comparison: NoteComparison, statements: Sequence[RatedStatement]) -> list[Rated]:
    """(how sure the model is, is it supported) of every fact of the generated note that stands in a statement of it.

    Facts of given text, and those whose text was changed after the statement was rated, are left out.
    """
    unsupported = set(comparison.match.unsupported)
    rated = []
    for index, fact in enumerate(comparison.guess):
        said = (s for s in statements if s.section is fact.section and says(s.text, fact))
        statement = next(said, None)
        if statement is not None:
            rated.append((statement.sure, index not in unsupported))
    return rated


def calibrate(notes: Sequence[Sequence[Rated]], seed: int = BOOTSTRAP_SEED) -> dict[str, Any] | None:
    """ECE with its interval, the reliability bins and the coverage-risk curve; None without rated statements.

    Risk at a coverage is the share of unsupported statements among the most confident ones that make up that
    coverage; ``aurc`` is its mean over COVERAGES.
    """
    rated = [pair for note in notes for pair in note]
    if not rated:
        return None
    sums = np.stack([_bin_sums(note) for note in notes])
    curve = _coverage_risk(rated)
    return {
        "statements": len(rated),
        "ece": estimate(sums, expected_calibration_error, seed),
        "bins": [
            {
                "low": i / BINS,
                "high": (i + 1) / BINS,
                "statements": int(count),
                "confidence": round(confidence / count, 4),
                "supported": round(supported / count, 4),
            }
            for i, (count, confidence, supported) in enumerate(sums.sum(axis=0))
            if count
        ],
        "coverage_risk": curve,
        "aurc": round(sum(point["risk"] for point in curve) / len(curve), 4),
    }


def expected_calibration_error(bins: np.ndarray) -> np.ndarray:
    """ECE from (..., bins, 3) sums or means of count, confidence and support, as (...)."""
    count, confidence, supported = np.moveaxis(bins, -1, 0)
    gap = np.abs(supported - confidence).sum(axis=-1)
    total = count.sum(axis=-1)
    return np.divide(gap, total, out=np.zeros_like(gap), where=total > 0)


def _bin_sums(note: Sequence[Rated]) -> np.ndarray:
    sums = np.zeros((BINS, 3))
    for confidence, supported in note:
        sums[min(int(confidence * BINS), BINS - 1)] += (1, confidence, supported)
    return sums


def _coverage_risk(rated: Sequence[Rated]) -> list[dict[str, float]]:
    ordered = sorted(rated, key=lambda pair: -pair[0])
    curve = []
    for coverage in COVERAGES:
        kept = ordered[: max(1, round(coverage * len(ordered)))]
        risk = sum(not supported for _, supported in kept) / len(kept)
        curve.append({"coverage": coverage, "confidence": round(kept[-1][0], 4), "risk": round(risk, 4)})
    return curve
