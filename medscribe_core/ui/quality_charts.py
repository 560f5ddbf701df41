"""The charts of the quality page and, for each, the same figures as a table.

Plotly is imported with this module, so only a page that draws charts may import it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from medscribe_core.evaluation.acceptance import RUBRIC
from medscribe_core.evaluation.figures import FIGURES
from medscribe_core.evaluation.groups import GROUP_FIGURES
from medscribe_core.evaluation.results import StoredResult
from medscribe_core.evaluation.scoreboard import NOT_MEASURED, scoreboard, shown
from medscribe_core.evaluation.step_curve import CURVE_FIGURES
from medscribe_core.ui.theme import CHART_COLORS

Columns = dict[str, list[str]]
_LABELS = {figure.key: (figure.label, figure.percent) for figure in FIGURES}
#: Fewer visits than this in a group say little; the table says so.
FEW_VISITS = 10
_CURVE_LINES = ("facts_captured", "rougeL")
_HEIGHT = 380


def show(figure: go.Figure, table: Columns, key: str) -> None:
    """Draw a chart and, beneath it, the same figures as a table."""
    st.plotly_chart(figure, key=key, config={"displayModeBar": False})
    st.table(table, hide_index=True)


def scoreboard_table(result: StoredResult, others: Sequence[StoredResult] = ()) -> Columns:
    """Figures with intervals, bars, the case study's targets, the trivial baselines and other models' results."""
    rows = scoreboard(result)
    columns: Columns = {
        "Figure": [row.label for row in rows],
        "This model": [row.value for row in rows],
        "95% interval": [row.interval for row in rows],
        "Bar": [row.bar for row in rows],
        "": ["" if row.reached is None else "reached" if row.reached else "missed" for row in rows],
        "Case study's target": [row.case_study for row in rows],
    }
    for name in result.baselines:
        columns[_words(name)] = [row.baselines.get(name, "") for row in rows]
    for other in others:
        columns[str(other.settings.get("model"))] = [row.value for row in scoreboard(other)]
    return columns


def contradiction_table(result: StoredResult) -> Columns | None:
    """Contradicted facts by what differs; None when not counted apart."""
    kinds = result.aggregate.get("contradicted_by_kind")
    if not kinds:
        return None
    return {"What differs": list(kinds), "Share of facts": [_with_interval(e, True) for e in kinds.values()]}


def rubric_table(result: StoredResult) -> Columns | None:
    """The criteria of the acceptance proxy and how many notes fail each; None when not measured."""
    failing = result.aggregate.get("notes_failing")
    if failing is None:
        return None
    return {"An accepted note": list(RUBRIC.values()), "Notes that fail": [str(failing.get(c, 0)) for c in RUBRIC]}


def comparison_columns(comparison: Mapping[str, Any]) -> Columns:
    """Paired differences to another result."""
    found = [(figure, comparison["differences"].get(figure.key)) for figure in FIGURES]
    found = [(figure, estimate) for figure, estimate in found if estimate]
    return {
        "Figure": [figure.label for figure, _ in found],
        "Difference, paired 95% interval": [_with_interval(estimate, figure.percent) for figure, estimate in found],
    }


def unmeasured(result: StoredResult) -> list[str]:
    """What this result does not have, in words."""
    parts = {
        "acceptance by the rubric": result.aggregate.get("acceptance_proxy"),
        "infilling": result.infilling,
        "edit propagation": result.edits,
        "calibration": result.calibration,
        "kinds of error": result.errors,
        "groups of patients and visits": result.groups,
        "the step counts of the quality-speed curve": result.step_curve,
    }
    return [name for name, part in parts.items() if not part]


def step_curve_chart(curve: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Facts captured and ROUGE-L against the median milliseconds of a note, each point with its denoising steps."""
    timed = sorted((point for point in curve if point["ms"]), key=lambda point: point["ms"]["p50"])
    figure = go.Figure()
    for key in _CURVE_LINES:
        estimates = [point[key] for point in timed]
        figure.add_scatter(
            x=[point["ms"]["p50"] for point in timed],
            y=[estimate["value"] for estimate in estimates],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [estimate["high"] - estimate["value"] for estimate in estimates],
                "arrayminus": [estimate["value"] - estimate["low"] for estimate in estimates],
            },
            text=[str(point["steps"] or "adaptive") for point in timed],
            textposition="top center",
            mode="lines+markers+text",
            name=_LABELS[key][0],
        )
    return _laid_out(figure, "Median milliseconds a note", "Quality, 0 to 1")


def step_curve_table(curve: Sequence[Mapping[str, Any]]) -> Columns:
    """The points of the quality-speed curve."""
    columns: Columns = {
        "Policy": [point["policy"] for point in curve],
        "Steps": [str(point["steps"] or "as needed") for point in curve],
        "Steps used, median": [f"{point['steps_used'].get('p50', 0):.0f}" for point in curve],
        "Milliseconds, median / 99th percentile": [
            f"{point['ms']['p50']:,.0f} / {point['ms']['p99']:,.0f}" if point["ms"] else NOT_MEASURED for point in curve
        ],
    }
    for key in CURVE_FIGURES:
        label, percent = _LABELS[key]
        columns[label] = [_with_interval(point.get(key), percent) for point in curve]
    return columns


def reliability_chart(calibration: Mapping[str, Any]) -> go.Figure:
    """Share of supported statements by confidence, beside what a perfectly calibrated model would have."""
    bins = calibration["bins"]
    figure = go.Figure()
    figure.add_bar(
        x=[(b["low"] + b["high"]) / 2 for b in bins], y=[b["supported"] for b in bins], width=0.09, name="Supported"
    )
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dash"}, name="Perfectly calibrated")
    return _laid_out(figure, "Confidence of the statement", "Share supported by the reference", (0, 1), (0, 1))


def reliability_table(calibration: Mapping[str, Any]) -> Columns:
    """The bins of the reliability chart."""
    bins = calibration["bins"]
    return {
        "Confidence": [f"{b['low']:.1f} to {b['high']:.1f}" for b in bins],
        "Statements": [str(b["statements"]) for b in bins],
        "Mean confidence": [shown(b["confidence"], True) for b in bins],
        "Supported": [shown(b["supported"], True) for b in bins],
    }


def coverage_risk_chart(calibration: Mapping[str, Any]) -> go.Figure:
    """Share of unsupported statements among the most confident ones, by how many of them are kept."""
    curve = calibration["coverage_risk"]
    figure = go.Figure()
    figure.add_scatter(
        x=[point["coverage"] for point in curve],
        y=[point["risk"] for point in curve],
        mode="lines+markers",
        name="Unsupported",
    )
    return _laid_out(figure, "Share of statements kept, most confident first", "Share unsupported", (0, 1), (0, 1))


def coverage_risk_table(calibration: Mapping[str, Any]) -> Columns:
    """The points of the coverage-risk curve."""
    curve = calibration["coverage_risk"]
    return {
        "Kept": [shown(point["coverage"], True) for point in curve],
        "Confidence at least": [shown(point["confidence"], True) for point in curve],
        "Unsupported": [shown(point["risk"], True) for point in curve],
    }


def group_chart(groups: Mapping[str, Mapping[str, Any]], key: str) -> go.Figure:
    """One figure of every group with its 95% interval."""
    label, _ = _LABELS[key]
    estimates = [group[key] for group in groups.values()]
    figure = go.Figure()
    figure.add_scatter(
        x=[estimate["value"] for estimate in estimates],
        y=list(groups),
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [estimate["high"] - estimate["value"] for estimate in estimates],
            "arrayminus": [estimate["value"] - estimate["low"] for estimate in estimates],
        },
        mode="markers",
        name=label,
    )
    return _laid_out(figure, label, "")


def group_table(groups: Mapping[str, Mapping[str, Any]]) -> Columns:
    """The figures of every group; groups with few visits are marked."""
    columns: Columns = {
        "Group": list(groups),
        "Visits": [
            f"{group['visits']} (too few to judge)" if group["visits"] < FEW_VISITS else str(group["visits"])
            for group in groups.values()
        ],
    }
    for key in GROUP_FIGURES:
        label, percent = _LABELS[key]
        columns[label] = [_with_interval(group.get(key), percent) for group in groups.values()]
    return columns


def error_table(errors: Mapping[str, Any]) -> Columns:
    """How many errors of each kind, in how many notes."""
    kinds = errors["kinds"]
    return {
        "Kind of error": [_words(kind) for kind in kinds],
        "Errors": [str(found["errors"]) for found in kinds.values()],
        "Notes with one": [f"{found['notes']} of {errors['notes']}" for found in kinds.values()],
    }


def figure_label(key: str) -> str:
    """How a figure is called on the page."""
    return _LABELS[key][0]


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _with_interval(estimate: Mapping[str, float] | None, percent: bool) -> str:
    if not estimate:
        return NOT_MEASURED
    value, low, high = (shown(estimate[part], percent) for part in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _laid_out(
    figure: go.Figure,
    x_title: str,
    y_title: str,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
) -> go.Figure:
    figure.update_layout(
        colorway=CHART_COLORS,
        height=_HEIGHT,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.1},
    )
    figure.update_xaxes(title=x_title, range=x_range, automargin=True)
    figure.update_yaxes(title=y_title, range=y_range, automargin=True)
    return figure
