"""Charts of corpora of visits, each with the sentence and the table that say the same in words.

Plotly's traces are loaded with this module, so only a page that draws charts may import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import plotly.graph_objects as go

from medscribe_core.corpora.explore import COMPARED, TOLERANCE, differences
from medscribe_core.schema import NOTE_SECTIONS, Section
from medscribe_core.ui.theme import CHART_COLORS

#: Figures of every corpus by its name, as :func:`medscribe_core.corpora.explore.explore` gives them.
Corpora = Mapping[str, dict[str, Any]]

_PERCENTILES = {
    "p5": "5% below",
    "p25": "25% below",
    "p50": "Median",
    "p75": "75% below",
    "p95": "95% below",
    "p100": "Highest",
}
_COMPARED_TITLES = {
    "distinct_2": "Different word pairs (distinct-2)",
    "turn_words": "Words a turn",
    "turns_with_number": "Turns with a number",
}
_PATTERNS = ("", "/", "x", "-", ".", "\\")
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")
_SHOWN_TERMS = 20


@dataclass(frozen=True)
class Chart:
    """A figure with ``summary``, its message in a sentence, and ``table``, its columns by their titles."""

    title: str
    figure: go.Figure
    summary: str
    table: dict[str, list[str]]


def spread(corpora: Corpora, key: str, title: str, unit: str) -> Chart:
    """One box a corpus: median, middle half and the range of 90% of the visits."""
    shown = {name: figures[key] for name, figures in corpora.items() if figures[key]}
    figure = _figure(height=90 + 48 * len(shown), xaxis_title=unit)
    for name, color in zip(shown, cycle(CHART_COLORS), strict=False):
        figure.add_trace(_box(name, [shown[name]], color, y=[name], orientation="h"))
    figure.update_layout(showlegend=False, yaxis_autorange="reversed")
    medians = ", ".join(f"{name} {_number(values['p50'])}" for name, values in shown.items())
    table = {"Corpus": list(shown)} | {
        label: [_number(values[p]) for values in shown.values()] for p, label in _PERCENTILES.items()
    }
    return Chart(title, figure, f"Medians, in {unit}: {medians}.", table)


def section_lengths(corpora: Corpora) -> Chart:
    """One box a section and corpus."""
    shown = {
        name: figures["section_words"] for name, figures in corpora.items() if any(figures["section_words"].values())
    }
    figure = _figure(yaxis_title="words", boxmode="group")
    rows = []
    for (name, sections), color in zip(shown.items(), cycle(CHART_COLORS), strict=False):
        filled = [s for s in NOTE_SECTIONS if sections[s.value]]
        figure.add_trace(_box(name, [sections[s.value] for s in filled], color, x=[s.title for s in filled]))
        rows.append([_number(sections[s.value]["p50"]) if s in filled else "none" for s in NOTE_SECTIONS])
    longest = [
        f"{name} {max(NOTE_SECTIONS, key=lambda s: (sections[s.value] or {'p50': 0})['p50']).title.lower()}"
        for name, sections in shown.items()
    ]
    summary = f"Longest section by its median: {', '.join(longest)}. Empty sections are not counted."
    return Chart("Words a section", figure, summary, _by_section(shown, rows))


def missing_sections(corpora: Corpora) -> Chart:
    """Share of the notes without a section, as bars."""
    shown = {name: figures["sections_missing"] for name, figures in corpora.items() if figures["note_words"]}
    figure = _bars({name: [100 * m[s.value] for s in NOTE_SECTIONS] for name, m in shown.items()})
    figure.update_layout(yaxis={"title": "% of the notes", "range": [0, 100]})
    worst = {name: max(NOTE_SECTIONS, key=lambda s: m[s.value]) for name, m in shown.items()}
    said = ", ".join(f"{name} {s.title.lower()} {_percent(shown[name][s.value])}" for name, s in worst.items())
    rows = [[_percent(m[s.value]) for s in NOTE_SECTIONS] for m in shown.values()]
    return Chart("Sections that say nothing", figure, f"Most often empty: {said}.", _by_section(shown, rows))


def section_orders(corpora: Corpora, name: str) -> Chart | None:
    """The most frequent orders of the sections in the notes of corpus ``name``; None without notes."""
    orders = corpora[name]["section_orders"]
    if not orders:
        return None
    names = [", ".join(Section(part).value.upper() for part in order.split()) for order in orders]
    counts = list(orders.values())
    figure = _figure(height=110 + 34 * len(names), xaxis_title="notes")
    figure.add_trace(go.Bar(x=counts, y=names, orientation="h", marker_color=CHART_COLORS[0]))
    figure.update_layout(yaxis_autorange="reversed", showlegend=False)
    summary = f"Most frequent in {name}: {names[0]}, in {counts[0]:,} notes. At most eight orders are shown."
    return Chart("Order of the sections", figure, summary, {"Order": names, "Notes": [f"{n:,}" for n in counts]})


def clinical_terms(corpora: Corpora, name: str) -> Chart | None:
    """Shares of the visits of corpus ``name`` that have a term in note and transcript; None without terms."""
    terms = dict(list(corpora[name]["terms"].items())[:_SHOWN_TERMS])
    if not terms:
        return None
    figure = _figure(height=130 + 26 * len(terms), xaxis_title="% of the visits")
    for where, color, pattern in zip(("note", "transcript"), CHART_COLORS, _PATTERNS, strict=False):
        figure.add_trace(
            go.Bar(
                name=where.capitalize(),
                x=[100 * term[where] for term in terms.values()],
                y=list(terms),
                orientation="h",
                marker={"color": color, "pattern": {"shape": pattern}},
            )
        )
    figure.update_layout(barmode="group", yaxis_autorange="reversed")
    first = next(iter(terms))
    summary = (
        f"Most frequent in {name}: {first}, in {_percent(terms[first]['note'])} of the notes and "
        f"{_percent(terms[first]['transcript'])} of the transcripts. A lay word in the transcript is not counted."
    )
    table = {"Term": list(terms)} | {
        where.capitalize(): [_percent(term[where]) for term in terms.values()] for where in ("note", "transcript")
    }
    return Chart("Clinical terms", figure, summary, table)


def new_words(corpora: Corpora) -> Chart:
    """distinct-2 by the number of transcript words: the flatter, the more varied."""
    shown = {name: figures["growth"] for name, figures in corpora.items() if figures["growth"]}
    figure = _figure(xaxis={"title": "words of transcripts", "type": "log"}, yaxis_title="distinct-2")
    for (name, points), color, symbol in zip(shown.items(), cycle(CHART_COLORS), cycle(_SYMBOLS), strict=False):
        x, y = ([point[key] for point in points] for key in ("words", "distinct_2"))
        figure.add_trace(
            go.Scatter(
                name=name, x=x, y=y, mode="lines+markers", line_color=color, marker={"symbol": symbol, "size": 9}
            )
        )
    sizes = sorted({point["words"] for points in shown.values() for point in points})
    by_size = {name: {point["words"]: point["distinct_2"] for point in points} for name, points in shown.items()}
    table = {"Corpus": list(shown)} | {
        f"{size:,}": [f"{values[size]:.3f}" if size in values else "fewer words" for values in by_size.values()]
        for size in sizes
    }
    last = ", ".join(f"{name} {points[-1]['distinct_2']:.2f}" for name, points in shown.items())
    return Chart("Different word pairs", figure, f"Share of pairs that are new at the largest sample: {last}.", table)


def distances(corpora: Corpora, reference: str) -> Chart:
    """How far the speech of each corpus is from the reference corpus, against the bar of ``TOLERANCE``."""
    found = differences({"corpora": corpora}, reference)
    labels = [_COMPARED_TITLES[key] for key in COMPARED]
    figure = _figure(xaxis={"title": f"% above or below {reference}", "ticksuffix": "%"})
    figure.add_vrect(x0=-100 * TOLERANCE, x1=100 * TOLERANCE, fillcolor=CHART_COLORS[0], opacity=0.15, line_width=0)
    figure.add_vline(x=0, line_width=1, line_color=CHART_COLORS[-1])
    for (name, apart), color, symbol in zip(found.items(), cycle(CHART_COLORS), cycle(_SYMBOLS), strict=False):
        x, y = [100 * share for share in apart.values()], [_COMPARED_TITLES[key] for key in apart]
        marker = {"color": color, "symbol": symbol, "size": 12}
        figure.add_trace(go.Scatter(name=name, x=x, y=y, mode="markers", marker=marker))
    figure.update_yaxes(categoryorder="array", categoryarray=labels[::-1])
    table = {"Corpus": list(found)} | {
        _COMPARED_TITLES[key]: [f"{apart[key]:+.0%}" if key in apart else "not known" for apart in found.values()]
        for key in COMPARED
    }
    within = [f"{name} {_within(apart)} of {len(apart)}" for name, apart in found.items() if apart]
    summary = f"Figures within {TOLERANCE:.0%} of {reference}: {', '.join(within)}."
    return Chart(f"Speech compared with {reference}", figure, summary, table)


def _within(apart: dict[str, float]) -> int:
    return sum(abs(share) <= TOLERANCE for share in apart.values())


def _figure(height: int = 380, **layout: Any) -> go.Figure:
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    margin = {"l": 10, "r": 10, "t": 40, "b": 10}
    return go.Figure(layout={"height": height, "margin": margin, "legend": legend, **_axes(layout)})


def _axes(layout: dict[str, Any]) -> dict[str, Any]:
    """Spell out ``xaxis_title`` and the like: a layout given as a whole takes no such short forms."""
    spelled = dict(layout)
    for axis in ("xaxis", "yaxis"):
        title = spelled.pop(f"{axis}_title", None)
        spelled[axis] = {"automargin": True, **spelled.get(axis, {}), **({"title": title} if title else {})}
    return spelled


def _box(name: str, spreads: Iterable[dict[str, float]], color: str, **place: Any) -> go.Box:
    q1, median, q3, low, high = ([s[p] for s in spreads] for p in ("p25", "p50", "p75", "p5", "p95"))
    return go.Box(name=name, q1=q1, median=median, q3=q3, lowerfence=low, upperfence=high, marker_color=color, **place)


def _bars(shown: Mapping[str, list[float]]) -> go.Figure:
    figure = _figure(barmode="group")
    titles = [section.title for section in NOTE_SECTIONS]
    for (name, values), color, pattern in zip(shown.items(), cycle(CHART_COLORS), cycle(_PATTERNS), strict=False):
        figure.add_trace(go.Bar(name=name, x=titles, y=values, marker={"color": color, "pattern": {"shape": pattern}}))
    return figure


def _by_section(shown: Iterable[str], rows: list[list[str]]) -> dict[str, list[str]]:
    return {"Corpus": list(shown)} | {s.title: [row[i] for row in rows] for i, s in enumerate(NOTE_SECTIONS)}


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or isinstance(value, int) else f"{value:.3g}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%" if 0 < share < 0.1 else f"{share:.0%}"
