"""Is the model right as often as it says? Confidence of a statement against its being supported.

The confidence of a fact is the geometric mean of the confidences of its tokens: the probability of the statement,
made comparable between short and long ones. Expected calibration error as in Naeini et al. (2015) with ten bins of
equal width; risk and coverage as in El-Yaniv and Wiener (2010).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from medscribe_core.evaluation.bootstrap import BOOTSTRAP_SEED, estimate
from medscribe_core.evaluation.comparison import NoteComparison
from medscribe_core.generated import TrajectoryToken
from medscribe_core.schema import NOTE_SECTIONS

BINS = 10
COVERAGES = tuple(round(0.05 * i, 2) for i in range(1, 21))

Rated = tuple[float, bool]


def rate_statements(comparison: NoteComparison, tokens: Sequence[TrajectoryToken]) -> list[Rated]:
    """(confidence, is it supported) of every fact of the generated note that its tokens spell out.

    Facts of given text, and those whose text was changed after the tokens were committed, are left out.
    """
    spelled = {section.value: _Spelled([t for t in tokens if t.section == section.value]) for section in NOTE_SECTIONS}
    unsupported = set(comparison.match.unsupported)
    rated = []
    for index, fact in enumerate(comparison.guess):
        confidence = spelled[fact.section.value].confidence_of(fact.text)
        if confidence is not None:
            rated.append((confidence, index not in unsupported))
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


class _Spelled:
    """The tokens of a section as one text in which a statement can be found."""

    def __init__(self, tokens: Sequence[TrajectoryToken]) -> None:
        self._tokens = tokens
        self._text = ""
        self._token_of: list[int] = []
        for index, token in enumerate(tokens):
            piece = " ".join(token.text.split())
            if token.text[:1].isspace() and self._text and not self._text.endswith(" "):
                piece = f" {piece}"
            self._text += piece
            self._token_of += [index] * len(piece)

    def confidence_of(self, statement: str) -> float | None:
        """Geometric mean confidence of the tokens of ``statement``; None when it is not there or was given."""
        statement = " ".join(statement.split())
        start = self._text.find(statement) if statement else -1
        if start < 0:
            return None
        first, last = self._token_of[start], self._token_of[start + len(statement) - 1]
        tokens = self._tokens[first : last + 1]
        if any(token.step == 0 for token in tokens):
            return None
        return math.exp(sum(math.log(max(token.confidence, 1e-6)) for token in tokens) / len(tokens))


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
