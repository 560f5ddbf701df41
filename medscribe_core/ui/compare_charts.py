"""The stored benchmark as tables and charts.

Plotly is imported with this module, so only a page that draws charts may import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

import plotly.graph_objects as go

from medscribe_core.benchmarking.results import BenchmarkResult, Estimate, LengthCurve, Percentiles
from medscribe_core.evaluation.figures import FIGURES
from medscribe_core.evaluation.scoreboard import NOT_MEASURED, shown
from medscribe_core.ui.theme import CHART_COLORS

Columns = dict[str, list[str]]
#: Quality that stands beside the speed of every writer.
QUALITY = ("facts_captured", "unsupported_share", "acceptance_proxy", "rougeL")
_FIGURES = {figure.key: figure for figure in FIGURES}
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")
_HEIGHT = 380


def provenance(result: BenchmarkResult) -> str:
    """What was measured, with which weights and code, on what hardware."""
    machine = result.machine
    weights = ", ".join(f"{model} {weights}" for model, weights in result.weights.items())
    return (
        f"{result.data.encounters} visits of {result.data.file}, weights {weights or 'not named'}, "
        f"commit {result.commit or 'not named'}; {machine.get('cpu')}, {machine.get('threads') or 'unknown'} threads, "
        f"torch {machine.get('torch')}"
    )


def writers_table(result: BenchmarkResult) -> Columns:
    """A row a way of writing: time, cost and, of the same notes, quality."""
    writers = list(result.writers.values())
    columns: Columns = {
        "": [writer.writer.label for writer in writers],
        "Notes": [f"{writer.notes:,}" for writer in writers],
        "ms a note, p50 / p95 / p99": [_percentiles(writer.latency_ms.get("total")) for writer in writers],
        "Forward passes, median": [_median(writer.passes) for writer in writers],
        "Positions computed a token": [_figure(writer.position_visits_per_token, "{:.1f}") for writer in writers],
        "Tokens a second": [_figure(writer.tokens_per_second, "{:,.0f}") for writer in writers],
        "Notes a second": [_figure(writer.notes_per_second, "{:.2f}") for writer in writers],
    }
    for key in QUALITY:
        if any(key in writer.quality for writer in writers):
            columns[_FIGURES[key].label] = [
                _estimate(writer.quality.get(key), _FIGURES[key].percent) for writer in writers
            ]
    return columns


def ratio_table(result: BenchmarkResult) -> Columns:
    """The interleaved A/B run: ratios of medians with intervals, and what the difference in speed costs in quality."""
    labels = _labels(result)
    columns: Columns = {
        "Slower": [labels.get(ratio.slower, ratio.slower) for ratio in result.ratios],
        "Faster": [labels.get(ratio.faster, ratio.faster) for ratio in result.ratios],
        "Visits": [f"{ratio.visits:,}" for ratio in result.ratios],
        "Ratio of median times": [
            f"{ratio.ratio.value:.2f} ({ratio.ratio.low:.2f} to {ratio.ratio.high:.2f})" for ratio in result.ratios
        ],
        "Asked for": ["" if ratio.target is None else f"at least {ratio.target:g}" for ratio in result.ratios],
    }
    for key in QUALITY:
        if any(key in ratio.quality_differences for ratio in result.ratios):
            columns[f"{_FIGURES[key].label}: difference"] = [
                _estimate(ratio.quality_differences.get(key), _FIGURES[key].percent) for ratio in result.ratios
            ]
    return columns


def behind(result: BenchmarkResult) -> list[str]:
    """One sentence for every ratio in which the writer meant to be faster is not, or is behind in quality."""
    labels, sentences = _labels(result), []
    for ratio in result.ratios:
        slower, faster = labels.get(ratio.slower, ratio.slower), labels.get(ratio.faster, ratio.faster)
        if ratio.ratio.value < 1.0:
            sentences.append(f"{slower} wins on time: {faster} takes {1.0 / ratio.ratio.value:.2f} times as long.")
        worse = [
            _FIGURES[key].label for key, difference in ratio.quality_differences.items() if _is_worse(key, difference)
        ]
        if worse:
            sentences.append(f"{slower} wins on {', '.join(worse)} by more than the interval.")
    return sentences


def _is_worse(key: str, difference: Estimate) -> bool:
    lower_is_better = _FIGURES[key].lower_is_better if key in _FIGURES else None
    if lower_is_better is None:
        return False
    return difference.low > 0 if lower_is_better else difference.high < 0


def budget_table(result: BenchmarkResult) -> Columns:
    """The latency budget: targets and what was measured, by component."""
    rows = result.budget
    return {
        "Component": [row.component for row in rows],
        "Target p50, ms": [f"{row.target_p50:,.0f}" for row in rows],
        "Measured p50, ms": [f"{row.p50:,.1f}" for row in rows],
        "Target p99, ms": [f"{row.target_p99:,.0f}" for row in rows],
        "Measured p99, ms": [f"{row.p99:,.1f}" for row in rows],
        "Within the targets": [
            "yes" if row.p50 <= row.target_p50 and row.p99 <= row.target_p99 else "no" for row in rows
        ],
    }


def length_chart(result: BenchmarkResult, length: str) -> go.Figure | None:
    """Median milliseconds against a length (``context tokens`` or ``note tokens``), one line a writer and stages."""
    curves = _curves(result, length)
    if not curves:
        return None
    figure = go.Figure()
    for (name, curve), color, symbol in zip(curves.items(), cycle(CHART_COLORS), cycle(_SYMBOLS), strict=False):
        figure.add_scatter(
            name=name,
            x=[point.tokens for point in curve.points],
            y=[point.p50 for point in curve.points],
            mode="lines+markers",
            line={"color": color},
            marker={"symbol": symbol, "size": 9},
        )
    figure.update_layout(
        height=_HEIGHT, margin={"l": 10, "r": 10, "t": 10, "b": 10}, legend={"orientation": "h", "y": 1.12}
    )
    figure.update_xaxes(title=length, rangemode="tozero", automargin=True)
    figure.update_yaxes(title="median milliseconds", rangemode="tozero", automargin=True)
    return figure


def length_table(result: BenchmarkResult, length: str) -> Columns:
    """The points of :func:`length_chart` and how time grows with the length: 1 is in proportion, less is slower."""
    curves = _curves(result, length)
    return {
        "": list(curves),
        "Tokens: ms": [
            "; ".join(f"{point.tokens:,.0f}: {point.p50:,.0f}" for point in curve.points) for curve in curves.values()
        ],
        "Notes": [f"{sum(point.notes for point in curve.points):,}" for curve in curves.values()],
        "Growth (exponent)": [_estimate(curve.exponent, percent=False) for curve in curves.values()],
    }


def _curves(result: BenchmarkResult, length: str) -> Mapping[str, LengthCurve]:
    labels = _labels(result)
    return {
        f"{labels.get(curve.writer, curve.writer)}: {', '.join(curve.stages)}": curve
        for curve in result.lengths
        if curve.length == length and curve.points
    }


def _labels(result: BenchmarkResult) -> dict[str, str]:
    return {key: writer.writer.label for key, writer in result.writers.items()}


def _percentiles(found: Percentiles | None) -> str:
    return f"{found.p50:,.0f} / {found.p95:,.0f} / {found.p99:,.0f}" if found else NOT_MEASURED


def _median(found: Percentiles | None) -> str:
    return f"{found.p50:,.0f}" if found else NOT_MEASURED


def _figure(value: float | None, written: str) -> str:
    return NOT_MEASURED if value is None else written.format(value)


def _estimate(found: Estimate | None, percent: bool) -> str:
    if found is None:
        return NOT_MEASURED
    value, low, high = (shown(part, percent) for part in (found.value, found.low, found.high))
    return f"{value} ({low} to {high})"
