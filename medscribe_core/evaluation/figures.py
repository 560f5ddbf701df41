"""The figures of a set of notes, with 95% bootstrap intervals, and how two sets of the same visits differ.

All are made from the rows of a result file (``NoteScores.as_row``), so a stored result can be compared and
grouped like a new one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from medscribe_core.errors import DataError
from medscribe_core.evaluation.acceptance import RUBRIC
from medscribe_core.evaluation.bootstrap import BOOTSTRAP_SEED, estimate
from medscribe_core.evaluation.matching import CONFLICT_KINDS
from medscribe_core.evaluation.section_f1 import f1_by_section, macro_f1
from medscribe_core.schema import NOTE_SECTIONS

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """One figure: ``values`` of a row, and ``statistic``, which maps their means (r, ...) to (r,).

    ``percent`` says how it is written; ``lower_is_better`` is None where neither end is good.
    """

    key: str
    label: str
    values: Callable[[Row], Any]
    statistic: Callable[[np.ndarray], np.ndarray]
    percent: bool
    lower_is_better: bool | None = False

    def of(self, rows: Sequence[Row], seed: int = BOOTSTRAP_SEED) -> dict[str, float] | None:
        """Value and interval; None when a row of an older result file does not have what it takes."""
        try:
            values = np.array([self.values(row) for row in rows], dtype=float)
        except KeyError:
            return None
        return estimate(values, self.statistic, seed)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _share(key: str, label: str, part: str, whole: str, lower_is_better: bool = False) -> Figure:
    """A ratio of sums over all notes: a note with many facts counts more."""
    return Figure(
        key, label, lambda row: [row[part], row[whole]], lambda m: _ratio(m[:, 0], m[:, 1]), True, lower_is_better
    )


def _mean(
    key: str, label: str, column: str = "", percent: bool = False, lower_is_better: bool | None = False
) -> Figure:
    """The mean over notes."""
    return Figure(key, label, lambda row: [row[column or key]], lambda m: m[:, 0], percent, lower_is_better)


FIGURES = (
    _share("facts_captured", "Facts captured (clinical accuracy)", "captured", "reference_facts"),
    _share("unsupported_share", "Unsupported facts", "unsupported", "predicted_facts", lower_is_better=True),
    _share("contradicted_share", "Contradicted facts", "contradicted", "predicted_facts", lower_is_better=True),
    Figure(
        "omitted_share",
        "Omitted facts",
        lambda row: [row["captured"], row["reference_facts"]],
        lambda m: _ratio(m[:, 1] - m[:, 0], m[:, 1]),
        percent=True,
        lower_is_better=True,
    ),
    Figure("section_f1", "Section F1", lambda row: row["section_counts"], macro_f1, percent=False),
    _share("section_confusion", "Statements in a wrong section", "misplaced", "statements", lower_is_better=True),
    _mean("rougeL", "ROUGE-L"),
    _mean("rougeLsum", "ROUGE-Lsum"),
    _mean("rouge1", "ROUGE-1"),
    _mean("rouge2", "ROUGE-2"),
    _mean("acceptance_proxy", "Acceptance proxy", "accepted", percent=True),
    _mean("length_ratio", "Length ratio", lower_is_better=None),
    _mean("repetition", "Repeated 4-grams", percent=True, lower_is_better=True),
    Figure(
        "truncated_notes",
        "Notes with a statement that breaks off",
        lambda row: [row["truncated"] > 0],
        lambda m: m[:, 0],
        percent=True,
        lower_is_better=True,
    ),
)


def aggregate(rows: Sequence[Row], seed: int = BOOTSTRAP_SEED) -> dict[str, Any]:
    """Every figure of FIGURES as ``{"value", "low", "high"}``, and counts by section, kind of fact and criterion."""
    figures: dict[str, Any] = {figure.key: figure.of(rows, seed) for figure in FIGURES}
    figures["contradicted_by_kind"] = {kind: _conflict_share(kind).of(rows, seed) for kind in CONFLICT_KINDS}
    figures["notes_with_special_symbols"] = sum(row["special_symbols"] > 0 for row in rows)
    figures["empty_sections"] = sum(row["empty_sections"] for row in rows)
    figures["section_f1_by_section"] = _by_section(rows)
    figures["facts_by_kind"] = _by_kind(rows)
    failed = Counter(criterion for row in rows for criterion in row["failed_criteria"])
    figures["notes_failing"] = {criterion: failed[criterion] for criterion in RUBRIC}
    return figures


def paired_differences(
    rows: Sequence[Row], others: Sequence[Row], seed: int = BOOTSTRAP_SEED
) -> dict[str, dict[str, float]]:
    """Each figure of ``rows`` minus that of ``others`` over the visits that both have, with its paired interval.

    Visits are drawn anew together, so what makes a visit hard cancels out. A figure that one side lacks is left out.
    Raises DataError when no visit is in both.
    """
    mine, theirs = ({row["id"]: row for row in side} for side in (rows, others))
    common = sorted(mine.keys() & theirs.keys())
    if not common:
        raise DataError("The two results have no visit in common.")
    differences = {}
    for figure in FIGURES:
        try:
            pairs = np.array([[figure.values(side[i]) for side in (mine, theirs)] for i in common], dtype=float)
        except KeyError:
            continue
        differences[figure.key] = estimate(pairs, _difference(figure.statistic), seed)
    return differences


def _difference(statistic: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda means: statistic(means[:, 0]) - statistic(means[:, 1])


def _conflict_share(kind: str) -> Figure:
    return Figure(
        kind,
        kind,
        lambda row: [row["conflicts"].get(kind, 0), row["predicted_facts"]],
        lambda m: _ratio(m[:, 0], m[:, 1]),
        percent=True,
        lower_is_better=True,
    )


def _by_section(rows: Sequence[Row]) -> dict[str, float | None]:
    by_section = f1_by_section(np.sum([row["section_counts"] for row in rows], axis=0, dtype=float))
    return {
        section.value: None if np.isnan(value) else round(float(value), 4)
        for section, value in zip(NOTE_SECTIONS, by_section, strict=True)
    }


def _by_kind(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    totals: dict[str, np.ndarray] = {}
    for row in rows:
        for kind, counts in row["facts_by_kind"].items():
            totals[kind] = totals.get(kind, np.zeros(3)) + counts
    return {
        kind: {
            "reference": int(gold),
            "predicted": int(guess),
            "captured": round(matched / gold, 4) if gold else 0.0,
            "unsupported": round(1 - matched / guess, 4) if guess else 0.0,
        }
        for kind, (gold, guess, matched) in sorted(totals.items())
    }
