"""A benchmark as tables for a terminal."""

from __future__ import annotations

from rich.table import Table

from medscribe_core.benchmarking.results import BenchmarkResult, Estimate, Percentiles

_TOP_PARTS = 24


def tables(result: BenchmarkResult) -> list[Table]:
    """Everything that was measured, the machine in the first title."""
    found = [_writers(result), _stages(result)]
    if result.ratios:
        found.append(_ratios(result))
    if result.budget:
        found.append(_budget(result))
    if result.lengths:
        found.append(_lengths(result))
    if result.profile:
        found += [_profile(result), _steps(result)]
    return [*found, _presets(result)]


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title)
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _writers(result: BenchmarkResult) -> Table:
    machine = result.machine
    table = _table(
        f"{machine['cpu']}, {machine['threads']} threads of {machine['cores']} cores, {machine['dtype']}, "
        f"torch {machine['torch']}; {result.data.file}",
        "Writer",
        *("notes", "p50 ms", "p95 ms", "p99 ms", "passes", "positions / token", "tokens / s", "facts", "accepted"),
        "cost",
    )
    for found in result.writers.values():
        total = found.latency_ms.get("total")
        table.add_row(
            found.writer.label,
            str(found.notes),
            *(_number(value) for value in ((total.p50, total.p95, total.p99) if total else (None,) * 3)),
            _number(found.passes.p50 if found.passes else None),
            _number(found.position_visits_per_token, 2),
            _number(found.tokens_per_second),
            _percent(found.quality.get("facts_captured")),
            _percent(found.quality.get("acceptance_proxy")),
            _number(found.cost_per_note, 8),
        )
    remarks = []
    if result.peak_memory_bytes:
        remarks.append(f"Peak resident memory {result.peak_memory_bytes / 2**20:,.0f} MiB, all writers together.")
    if result.cpu_use is not None:
        remarks.append(f"{result.cpu_use:.2f} CPU seconds a second.")
    if result.throughput:
        remarks.append(result.throughput.remark)
    table.caption = " ".join(remarks)
    return table


def _stages(result: BenchmarkResult) -> Table:
    table = _table(
        "Milliseconds by stage, p50 / p95 / p99", "Stage", *(w.writer.label for w in result.writers.values())
    )
    for stage in dict.fromkeys(stage for found in result.writers.values() for stage in found.latency_ms):
        table.add_row(stage, *(_percentiles(found.latency_ms.get(stage)) for found in result.writers.values()))
    return table


def _ratios(result: BenchmarkResult) -> Table:
    table = _table("Ratio of median times", "Writers", "ratio", "95% interval", "at least", "facts, faster - slower")
    for ratio in result.ratios:
        slower, faster = (result.writers[key].writer.label for key in (ratio.slower, ratio.faster))
        table.add_row(
            f"{slower} / {faster}",
            f"{ratio.ratio.value:.2f}",
            f"{ratio.ratio.low:.2f} to {ratio.ratio.high:.2f}",
            _number(ratio.target),
            _percent(ratio.quality_differences.get("facts_captured"), sign="+"),
        )
    return table


def _budget(result: BenchmarkResult) -> Table:
    table = _table("Latency budget, ms", "Component", "target p50", "p50", "target p99", "p99")
    for row in result.budget:
        table.add_row(
            f"{row.component} ({' + '.join(row.stages)})",
            *(_number(value) for value in (row.target_p50, row.p50, row.target_p99, row.p99)),
        )
    return table


def _lengths(result: BenchmarkResult) -> Table:
    table = _table("Growth with length; an exponent of 1 is linear", "Time against", "exponent", "tokens: p50 ms")
    for curve in result.lengths:
        exponent = curve.exponent
        table.add_row(
            f"{' + '.join(curve.stages)} against {curve.length}",
            f"{exponent.value:.2f} ({exponent.low:.2f} to {exponent.high:.2f})" if exponent else "",
            "  ".join(f"{point.tokens:.0f}: {point.p50:.0f}" for point in curve.points),
        )
    return table


def _profile(result: BenchmarkResult) -> Table:
    profile = result.profile
    label = result.writers[profile.writer].writer.label
    table = _table(f"Profile of {profile.notes} notes, {label}", "Part", "ms / note", "share", "calls / note")
    for part in profile.parts[:_TOP_PARTS]:
        table.add_row(part.part, f"{part.ms_per_note:.2f}", f"{part.share:.1%}", f"{part.calls_per_note:.1f}")
    table.add_row("whole note", f"{profile.ms_per_note:.2f}", f"{1:.1%}", "")
    return table


def _steps(result: BenchmarkResult) -> Table:
    table = _table("Profile by forward pass", "Pass", "notes", "ms", "positions")
    for step in result.profile.steps:
        table.add_row(str(step.step), str(step.notes), f"{step.ms:.2f}", f"{step.positions:.0f}")
    return table


def _presets(result: BenchmarkResult) -> Table:
    table = _table("Presets, computed", "Preset", "parameters", "MB bf16", "GFLOP encode", "adapt", "one pass", "head")
    for cost in result.presets:
        flops = (f"{cost.flops[part] / 1e9:,.3f}" for part in ("encode", "adapt", "pass", "head"))
        table.add_row(
            f"{cost.preset}, {cost.model}",
            f"{cost.parameters['total']:,}",
            f"{cost.bytes['bfloat16'] / 1e6:,.0f}",
            *flops,
        )
    if result.presets:
        cost = result.presets[0]
        table.caption = f"For {cost.context_tokens:,} context and {cost.note_tokens:,} note tokens."
    return table


def _number(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _percent(estimate: Estimate | None, sign: str = "") -> str:
    return "" if estimate is None else f"{estimate.value:{sign}.1%}"


def _percentiles(found: Percentiles | None) -> str:
    return "" if found is None else f"{found.p50:.1f} / {found.p95:.1f} / {found.p99:.1f}"
