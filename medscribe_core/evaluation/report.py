"""Evaluations and checks as tables for a terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from medscribe_core.evaluation.figures import FIGURES
from medscribe_core.evaluation.results import StoredResult
from medscribe_core.evaluation.scoreboard import NOT_MEASURED, scoreboard, shown


def table(result: StoredResult) -> Table:
    """The scoreboard: one row a figure with its 95% interval and bar, one column a baseline."""
    data = result.data
    board = Table(title=f"{data.file}: {data.encounters} visits, {result.settings.get('model')}")
    board.add_column("Figure")
    for column in ("Value", "95% interval", "Bar", *(name.replace("_", " ") for name in result.baselines)):
        board.add_column(column, justify="right")
    for row in scoreboard(result):
        mark = "" if row.reached is None else " reached" if row.reached else " missed"
        baselines = (row.baselines.get(name, "") for name in result.baselines)
        board.add_row(row.label, row.value, row.interval, f"{row.bar}{mark}", *baselines)
    for kind, estimate in (result.aggregate.get("contradicted_by_kind") or {}).items():
        board.add_row(f"  contradicted: {kind}", *_cells(estimate, percent=True))
    for key, label in (
        ("notes_with_special_symbols", "Notes with special symbols"),
        ("empty_sections", "Empty sections"),
    ):
        board.add_row(label, str(result.aggregate[key]))
    calibration = result.calibration
    board.add_row("Calibration error (ECE)", *_cells(calibration["ece"] if calibration else None, percent=False))
    if result.failures:
        board.add_row("Visits without a note", str(len(result.failures)))
    for stage, figures in result.latency_ms.items():
        board.add_row(f"{stage} ms, p50 / p99", f"{figures['p50']:.0f} / {figures['p99']:.0f}")
    return board


def error_table(errors: dict[str, Any]) -> Table:
    """Errors by kind: how many, in how many notes, the most frequent pattern."""
    result = Table(title=f"Errors in {errors['notes']} notes")
    result.add_column("Kind")
    for column in ("Errors", "Notes"):
        result.add_column(column, justify="right")
    result.add_column("Most frequent pattern")
    for kind, found in errors["kinds"].items():
        pattern, count = next(iter(found["patterns"].items()), ("", 0))
        often = f"{pattern} ({count})" if count else ""
        result.add_row(kind.replace("_", " "), str(found["errors"]), str(found["notes"]), often)
    return result


def comparison_table(name: str, comparison: dict[str, Any]) -> Table:
    """Differences between two results with their paired intervals."""
    result = Table(title=f"{name} minus {comparison['other']['name']}, {comparison['encounters']} visits in common")
    for column in ("Figure", "Difference", "95% interval, paired"):
        result.add_column(column, justify="left" if column == "Figure" else "right")
    for figure in FIGURES:
        if estimate := comparison["differences"].get(figure.key):
            result.add_row(figure.label, *_cells(estimate, figure.percent))
    return result


def extractor_table(check: dict[str, Any]) -> Table:
    """Precision and recall of the fact extractor, overall and by kind of fact."""
    result = Table(title=f"Fact extractor against {check['visits']} simulated visits")
    for column in ("Figure", "Value", "95% interval"):
        result.add_column(column, justify="left" if column == "Figure" else "right")
    for figure in ("precision", "recall"):
        result.add_row(figure.capitalize(), *_cells(check[figure], percent=True))
        for kind, counted in check[f"{figure}_by_kind"].items():
            result.add_row(f"  {kind.replace('_', ' ')}", shown(counted["share"], True), f"{counted['facts']} facts")
    return result


def _cells(estimate: dict[str, float] | None, percent: bool) -> tuple[str, str]:
    if not estimate:
        return NOT_MEASURED, ""
    return shown(estimate["value"], percent), f"{shown(estimate['low'], percent)} to {shown(estimate['high'], percent)}"
