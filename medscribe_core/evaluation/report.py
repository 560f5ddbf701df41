"""An evaluation as a table for a terminal."""

from __future__ import annotations

from rich.table import Table

from medscribe_core.evaluation.suite import Evaluation

_ROWS = (
    ("facts_captured", "Facts captured", True),
    ("unsupported_share", "Unsupported facts", True),
    ("contradicted_share", "Contradicted facts", True),
    ("section_f1", "Section F1", False),
    ("rougeL", "ROUGE-L", False),
    ("rougeLsum", "ROUGE-Lsum", False),
    ("length_ratio", "Length ratio", False),
    ("repetition", "Repeated 4-grams", True),
)
_COUNTS = (("notes_with_special_symbols", "Notes with special symbols"), ("empty_sections", "Empty sections"))


def table(evaluation: Evaluation) -> Table:
    """One row a figure with its 95% interval, one column a baseline."""
    data = evaluation.data
    result = Table(title=f"{data['file']}: {data['encounters']} visits, {evaluation.settings['model']}")
    result.add_column("Figure")
    result.add_column("Value", justify="right")
    result.add_column("95% interval", justify="right")
    for name in evaluation.baselines:
        result.add_column(name.replace("_", " "), justify="right")
    for key, label, percent in _ROWS:
        figure = evaluation.aggregate[key]
        result.add_row(
            label,
            _number(figure["value"], percent),
            f"{_number(figure['low'], percent)} to {_number(figure['high'], percent)}",
            *(_number(baseline[key]["value"], percent) for baseline in evaluation.baselines.values()),
        )
    for key, label in (
        ("notes_with_special_symbols", "Notes with special symbols"),
        ("empty_sections", "Empty sections"),
    ):
        baselines = (str(baseline[key]) for baseline in evaluation.baselines.values())
        result.add_row(label, str(evaluation.aggregate[key]), "", *baselines)
    if evaluation.failures:
        result.add_row("Visits without a note", str(len(evaluation.failures)), "")
    for stage, figures in evaluation.latency_ms.items():
        result.add_row(f"{stage} ms, p50 / p99", f"{figures['p50']:.0f} / {figures['p99']:.0f}", "")
    return result


def _number(value: float, percent: bool) -> str:
    return f"{100 * value:.1f}%" if percent else f"{value:.3f}"
