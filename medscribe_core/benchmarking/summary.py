"""From measured notes to the figures of a result: percentiles, ratios with intervals, budget, growth with length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from medscribe_core.benchmarking.measuring import Measurement, Measurements
from medscribe_core.benchmarking.results import (
    BudgetRow,
    Estimate,
    LengthCurve,
    LengthPoint,
    Percentiles,
    Ratio,
    Writer,
    WriterResult,
)
from medscribe_core.benchmarking.visits import CONTEXT_LENGTHS
from medscribe_core.benchmarking.writers import CACHED, UNCACHED
from medscribe_core.checks.request import DIFFUSION
from medscribe_core.evaluation.bootstrap import BOOTSTRAP_SEED, RESAMPLES, estimate
from medscribe_core.evaluation.figures import FIGURES, paired_differences

#: Figures of quality that are shown beside a speed.
QUALITY = ("facts_captured", "unsupported_share", "contradicted_share", "section_f1", "rougeL", "acceptance_proxy")
#: How many times as long as the diffusion model the project asks each baseline to take at least.
TARGET_RATIOS = {CACHED: 4.0, UNCACHED: 20.0}
#: Component, its stages, and the p50 and p99 in milliseconds that the project asks for, on two CPU cores.
BUDGET = (
    ("Request", ["prepare"], 2.0, 8.0),
    ("Context", ["encode", "adapt"], 100.0, 180.0),
    ("Denoising", ["denoise"], 150.0, 250.0),
    ("Checks", ["check", "decode"], 20.0, 40.0),
    ("Response", ["response"], 2.0, 8.0),
    ("Whole note", ["total"], 300.0, 500.0),
)
_NOTE_STEP = 64  # notes within so many tokens make one point of a curve


def writer_result(writer: Writer, measured: Measurements, price_per_hour: float | None) -> WriterResult:
    """Everything that was measured of one writer."""
    notes = measured.of(writer.key)
    seconds = sum(note.timings["total"] for note in notes) / 1000.0
    tokens = sum(note.note_tokens for note in notes)
    rows = [note.quality for note in notes if note.quality is not None]
    stages = list(notes[0].timings) if notes else []
    return WriterResult(
        writer=writer,
        notes=len(notes),
        latency_ms={stage: percentiles([note.timings[stage] for note in notes]) for stage in stages},
        passes=percentiles([note.passes for note in notes]) if notes else None,
        emitted_tokens=percentiles([note.note_tokens for note in notes]) if notes else None,
        position_visits_per_token=_quotient(sum(note.position_visits for note in notes), tokens),
        tokens_per_second=_quotient(tokens, seconds),
        notes_per_second=_quotient(len(notes), seconds),
        cost_per_note=None if price_per_hour is None or not notes else price_per_hour * seconds / 3600.0 / len(notes),
        quality={f.key: Estimate(**f.of(rows)) for f in FIGURES if f.key in QUALITY} if rows else {},
        failures=measured.failures.get(writer.key, {}),
    )


def ratios(writers: Sequence[Writer], measured: Measurements) -> list[Ratio]:
    """How many times as long as the first diffusion writer every other one takes."""
    base = next((writer for writer in writers if writer.model == DIFFUSION), None)
    if base is None:
        return []
    found = (_ratio(writer, base, measured) for writer in writers if writer is not base)
    return [ratio for ratio in found if ratio is not None]


def _ratio(slower: Writer, faster: Writer, measured: Measurements) -> Ratio | None:
    """None when the two have no visit in common."""
    mine, theirs = ({note.visit_id: note for note in measured.of(writer.key)} for writer in (slower, faster))
    common = [visit for visit in mine if visit in theirs]
    if not common:
        return None
    totals = np.array([[side[visit].timings["total"] for side in (mine, theirs)] for visit in common])
    rows = [[side[visit].quality for visit in common] for side in (theirs, mine)]
    known = all(row is not None for side in rows for row in side)
    differences = paired_differences(*rows) if known else {}
    return Ratio(
        slower=slower.key,
        faster=faster.key,
        visits=len(common),
        ratio=ratio_of_medians(totals[:, 0], totals[:, 1]),
        target=TARGET_RATIOS.get(slower.key),
        quality_differences={key: Estimate(**differences[key]) for key in QUALITY if key in differences},
    )


def ratio_of_medians(slower: np.ndarray, faster: np.ndarray) -> Estimate:
    """Median of ``slower`` over that of ``faster``, both (n,) of the same visits, which are drawn anew together."""
    draws = np.random.default_rng(BOOTSTRAP_SEED).integers(0, len(slower), (RESAMPLES, len(slower)))
    resampled = np.median(slower[draws], axis=1) / np.median(faster[draws], axis=1)
    low, high = np.percentile(resampled, [2.5, 97.5])
    value = float(np.median(slower) / np.median(faster))
    return Estimate(value=round(value, 4), low=round(float(low), 4), high=round(float(high), 4))


def budget(notes: Sequence[Measurement]) -> list[BudgetRow]:
    """The latency budget beside what the notes of one writer took; components that it does not have are left out."""
    rows = []
    for component, stages, target_p50, target_p99 in BUDGET:
        if notes and all(stage in notes[0].timings for stage in stages):
            found = percentiles([sum(note.timings[stage] for stage in stages) for note in notes])
            rows.append(
                BudgetRow(
                    component=component,
                    stages=stages,
                    target_p50=target_p50,
                    target_p99=target_p99,
                    p50=found.p50,
                    p99=found.p99,
                )
            )
    return rows


def length_curve(
    writer: Writer, notes: Sequence[Measurement], length: Literal["context tokens", "note tokens"], stages: list[str]
) -> LengthCurve | None:
    """How the time of ``stages`` grows with a length of the notes; None without notes of at least two lengths."""
    pairs = [
        (tokens, sum(note.timings[stage] for stage in stages))
        for note in notes
        if (tokens := note.context_tokens if length == "context tokens" else note.note_tokens) > 0
    ]
    groups: dict[int, list[tuple[int, float]]] = {}
    for tokens, milliseconds in pairs:
        groups.setdefault(_group(tokens, length), []).append((tokens, milliseconds))
    if len(groups) < 2:
        return None
    points = [
        LengthPoint(
            tokens=round(float(np.mean([tokens for tokens, _ in groups[key]])), 1),
            notes=len(groups[key]),
            p50=round(float(np.median([ms for _, ms in groups[key]])), 3),
        )
        for key in sorted(groups)
    ]
    return LengthCurve(writer=writer.key, length=length, stages=stages, points=points, exponent=_exponent(pairs))


def _group(tokens: int, length: str) -> int:
    if length == "context tokens":
        return min(CONTEXT_LENGTHS, key=lambda wanted: abs(wanted - tokens))
    return tokens // _NOTE_STEP


def _exponent(pairs: Sequence[tuple[int, float]]) -> Estimate:
    """Slope of log milliseconds over log tokens, by least squares."""
    x, y = np.log(np.array(pairs, dtype=float)).T
    moments = np.stack((x, y, x * y, x * x), axis=1)
    return Estimate(**estimate(moments, _slope))


def _slope(means: np.ndarray) -> np.ndarray:
    x, y, xy, xx = means.T
    spread = xx - x * x
    return np.divide(xy - x * y, spread, out=np.zeros_like(spread), where=spread > 1e-12)


def percentiles(values: Sequence[float]) -> Percentiles:
    """Mean, median, 95th and 99th percentile of at least one value."""
    p50, p95, p99 = (round(float(p), 3) for p in np.percentile(values, [50, 95, 99]))
    return Percentiles(mean=round(float(np.mean(values)), 3), p50=p50, p95=p95, p99=p99)


def _quotient(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
