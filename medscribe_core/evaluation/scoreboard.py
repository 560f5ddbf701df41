"""The quality bars, and an evaluation held against them and against the trivial baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from medscribe_core.evaluation.figures import FIGURES
from medscribe_core.evaluation.results import StoredResult

NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Bar:
    """What has to be reached on simulated held-out and on hand-written visits; the case study's target if it has one.

    The figure stands in the result's ``part`` (``aggregate``, ``infilling``, ``edits``) under ``key``.
    """

    part: str
    key: str
    label: str
    simulated: float
    written: float
    case_study: float | None = None
    percent: bool = True
    lower_is_better: bool = False


BARS = (
    Bar("aggregate", "acceptance_proxy", "Acceptance proxy", 0.80, 0.65, case_study=0.65),
    Bar("aggregate", "facts_captured", "Facts captured (clinical accuracy)", 0.95, 0.85, case_study=0.85),
    Bar("aggregate", "unsupported_share", "Unsupported facts", 0.01, 0.05, lower_is_better=True),
    Bar("aggregate", "contradicted_share", "Contradicted facts", 0.005, 0.03, lower_is_better=True),
    Bar("aggregate", "section_f1", "Section F1", 0.97, 0.90, case_study=0.90, percent=False),
    Bar("aggregate", "rougeL", "ROUGE-L", 0.60, 0.45, case_study=0.45, percent=False),
    Bar("infilling", "acceptance_proxy", "Infilling acceptance (proxy)", 0.75, 0.60, case_study=0.60),
    Bar("edits", "change_made", "Edits: expected change made", 0.90, 0.70),
    Bar("edits", "untouched_kept", "Edits: untouched text kept", 0.99, 0.97),
)


@dataclass(frozen=True)
class ScoreRow:
    """One line of the scoreboard as text; ``reached`` is None where there is no bar or no figure."""

    label: str
    value: str
    interval: str
    bar: str
    reached: bool | None
    case_study: str
    baselines: dict[str, str]


def scoreboard(result: StoredResult) -> list[ScoreRow]:
    """The figures with a bar first, then the other figures of the aggregate."""
    rows = [_bar_row(bar, result) for bar in BARS]
    with_bar = {bar.key for bar in BARS if bar.part == "aggregate"}
    others = (figure for figure in FIGURES if figure.key not in with_bar)
    return rows + [
        ScoreRow(
            figure.label,
            *_value_and_interval(result.aggregate.get(figure.key), figure.percent),
            bar="",
            reached=None,
            case_study="",
            baselines=_baselines(result, figure.key, figure.percent),
        )
        for figure in others
    ]


def shown(value: float, percent: bool) -> str:
    """A figure as it is written everywhere: ``96.2%`` or ``0.962``."""
    return f"{100 * value:.1f}%" if percent else f"{value:.3f}"


def _bar_row(bar: Bar, result: StoredResult) -> ScoreRow:
    estimate = (getattr(result, bar.part) or {}).get(bar.key)
    target = bar.simulated if result.simulated else bar.written
    reached = None
    if estimate:
        reached = estimate["value"] <= target if bar.lower_is_better else estimate["value"] >= target
    sign = "at most" if bar.lower_is_better else "at least"
    return ScoreRow(
        bar.label,
        *_value_and_interval(estimate, bar.percent),
        bar=f"{sign} {shown(target, bar.percent)}",
        reached=reached,
        case_study="" if bar.case_study is None else shown(bar.case_study, bar.percent),
        baselines=_baselines(result, bar.key, bar.percent) if bar.part == "aggregate" else {},
    )


def _value_and_interval(estimate: dict[str, float] | None, percent: bool) -> tuple[str, str]:
    if not estimate:
        return NOT_MEASURED, ""
    low, high = shown(estimate["low"], percent), shown(estimate["high"], percent)
    return shown(estimate["value"], percent), f"{low} to {high}"


def _baselines(result: StoredResult, key: str, percent: bool) -> dict[str, str]:
    estimates: dict[str, Any] = {name: figures.get(key) for name, figures in result.baselines.items()}
    return {
        name: shown(estimate["value"], percent) if estimate else NOT_MEASURED for name, estimate in estimates.items()
    }
