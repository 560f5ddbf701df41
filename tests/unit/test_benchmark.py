"""What a benchmark measures, with tiny untrained models, and what it makes of the measurements."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medscribe_core.benchmarking.measuring import Measurement, Measurements, measure
from medscribe_core.benchmarking.profiling import PROBES, Stopwatch, profile
from medscribe_core.benchmarking.report import tables
from medscribe_core.benchmarking.results import BenchmarkResult, read_benchmark
from medscribe_core.benchmarking.running import Plan, run_benchmark
from medscribe_core.benchmarking.summary import (
    BUDGET,
    budget,
    length_curve,
    percentiles,
    ratio_of_medians,
    ratios,
    writer_result,
)
from medscribe_core.benchmarking.visits import CONTEXT_LENGTHS, of_length, simulated
from medscribe_core.benchmarking.writers import CACHED, FAMILIES, UNCACHED, make_writers, options
from medscribe_core.cli import main
from medscribe_core.context import build_context
from medscribe_core.engine import NoteEngine
from medscribe_core.errors import DataError, InputError, ModelFilesError
from medscribe_core.model.causal import CausalTransformer
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from tests.unit.test_engine_models import TOKENIZER, tiny

VISITS, DATA = simulated(4, 3)
WRITERS = make_writers(FAMILIES, ["adaptive", "5"])
STAGES = {
    "prepare": 1.0, "encode": 10.0, "adapt": 2.0, "denoise": 20.0, "check": 2.0, "decode": 1.0, "response": 0.5,
    "total": 36.5,
}  # fmt: skip


def tiny_engine(cached_contexts=0, causal=True):
    load = (lambda: tiny(CausalTransformer, 1)) if causal else None
    return NoteEngine(tiny(ClinicalDiffusionLM, 0), cached_contexts, load)


@pytest.fixture(scope="module")
def result():
    plan = Plan(WRITERS, warm_up=1, length_visits=2, profiled=1, price_per_hour=3.6)
    steps = []
    found = run_benchmark(tiny_engine(), VISITS[:2], DATA, plan, {"visits": 2}, lambda *done: steps.append(done))
    assert [done for done, _ in steps] == list(range(1, len(steps) + 1))
    assert {total for _, total in steps} == {len(steps)}
    return found


def note(visit="v1", writer="diffusion-adaptive", context=100, tokens=50, scale=1.0, quality=None):
    timings = {stage: milliseconds * scale for stage, milliseconds in STAGES.items()}
    return Measurement(visit, writer, context, tokens, 10, 200, timings, quality)


def test_every_writer_writes_every_visit(result):
    assert list(result.writers) == ["diffusion-adaptive", "diffusion-5", CACHED, UNCACHED]
    assert all(found.notes == 2 and not found.failures for found in result.writers.values())
    for found in result.writers.values():
        writing = "denoise" if found.writer.model == "diffusion" else "write"
        assert list(found.latency_ms) == ["prepare", "encode", "adapt", writing, "check", "decode", "response", "total"]
        assert found.latency_ms["encode"].p50 > 0
        assert set(found.quality) >= {"facts_captured", "unsupported_share", "acceptance_proxy"}
    assert result.writers["diffusion-5"].passes.p99 <= 5


def test_both_ways_of_the_baseline_write_the_same_notes(result):
    cached, uncached = result.writers[CACHED], result.writers[UNCACHED]
    assert cached.quality == uncached.quality
    assert cached.passes == uncached.passes
    assert uncached.position_visits_per_token > cached.position_visits_per_token >= 1


def test_cost_follows_from_time_and_price(result):
    for found in result.writers.values():
        assert found.cost_per_note == pytest.approx(0.001 / found.notes_per_second, rel=1e-2)


def test_ratios_are_of_the_other_writers_over_the_first(result):
    assert [(ratio.slower, ratio.faster, ratio.visits) for ratio in result.ratios] == [
        (key, "diffusion-adaptive", 2) for key in ("diffusion-5", CACHED, UNCACHED)
    ]
    assert [ratio.target for ratio in result.ratios] == [None, 4.0, 20.0]
    for ratio in result.ratios:
        assert ratio.ratio.low <= ratio.ratio.value <= ratio.ratio.high
        assert "facts_captured" in ratio.quality_differences


def test_a_result_reads_back_and_holds_no_text(result, tmp_path):
    path = tmp_path / "bench.json"
    path.write_text(result.to_text())
    assert read_benchmark(path) == result.model_copy(update={"name": "bench"})
    for visit in VISITS:
        words = visit.note.hpi.split()[:6]
        assert " ".join(words) not in path.read_text()
    assert json.loads(path.read_text())["machine"]["dtype"] == "float32"
    assert result.peak_memory_bytes > 2**20
    assert result.cpu_use > 0


def test_every_table_can_be_drawn(result):
    from rich.console import Console

    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    for table in tables(result):
        console.print(table)
    shown = console.export_text()
    for found in result.writers.values():
        assert found.writer.label in shown
    for component, *_ in BUDGET:
        assert component in shown


@pytest.mark.parametrize("content", ["[]", "{}", '{"kind": "benchmark"}', "no json"])
def test_what_is_no_benchmark_is_named(tmp_path, content):
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(DataError, match=r"other\.json"):
        read_benchmark(path)


def test_a_writer_without_its_model_is_refused_before_anything_is_written():
    with pytest.raises(ModelFilesError, match="not installed"):
        run_benchmark(tiny_engine(causal=False), VISITS, DATA, Plan(WRITERS), {})


def test_an_engine_that_caches_contexts_is_refused():
    with pytest.raises(ValueError, match="caches"):
        run_benchmark(tiny_engine(cached_contexts=4), VISITS, DATA, Plan(WRITERS), {})


def test_writers_take_turns_at_beginning():
    order = []

    class Recorder:
        tokenizer = TOKENIZER

        def generate(self, encounter, **chosen):
            order.append((encounter.encounter_id, chosen["model"], chosen.get("use_cache")))
            raise InputError("nothing")

    writers = make_writers(FAMILIES, ["adaptive"])
    measured = measure(Recorder(), VISITS, writers, lambda: None)
    assert [visit for visit, *_ in order] == [visit.id for visit in VISITS for _ in writers]
    firsts = [order[i][1:] for i in range(0, len(order), 3)]
    assert firsts[:3] == [("diffusion", None), ("autoregressive", True), ("autoregressive", False)]
    assert {key: set(found.values()) for key, found in measured.failures.items()} == {
        writer.key: {"nothing"} for writer in writers
    }
    empty = writer_result(writers[0], measured, 1.0)
    assert (empty.notes, empty.latency_ms, empty.quality, empty.cost_per_note) == (0, {}, {}, None)
    assert ratios(writers, measured) == []


def test_options_of_a_writer_are_the_engines():
    denoiser, cached, uncached = make_writers(FAMILIES, ["20"])
    assert options(denoiser) == {"model": "diffusion", "policy": "confidence", "steps": 20}
    assert options(cached)["use_cache"] is True
    assert options(uncached)["use_cache"] is False


@pytest.mark.parametrize(
    ("families", "steps"), [(["oracle"], ["5"]), (["diffusion"], ["0"]), (["diffusion"], ["many"]), (["diffusion"], [])]
)
def test_unknown_writers_and_steps_are_refused(families, steps):
    with pytest.raises(InputError):
        make_writers(families, steps)


def test_simulated_visits_are_the_same_for_the_same_seed():
    again, data = simulated(4, 3)
    assert (again, data) == (VISITS, DATA)
    assert simulated(4, 4)[1].sha256 != DATA.sha256
    assert DATA.kind == "simulated"


def test_encounters_come_in_wanted_lengths():
    visits, _ = simulated(12, 3)
    found = list(of_length(visits, TOKENIZER))
    lengths = [len(build_context(encounter, TOKENIZER).ids) for encounter in found]
    assert len(found) % len(CONTEXT_LENGTHS) == 0
    assert lengths
    for row in np.array(lengths).reshape(-1, len(CONTEXT_LENGTHS)):
        assert list(row) == sorted(row)
        assert row[-1] <= 1024
    assert max(lengths) > 600


@given(st.lists(st.floats(1.0, 1e3), min_size=2, max_size=30), st.floats(0.1, 30.0))
def test_a_constant_ratio_is_found_whatever_the_visits(times, factor):
    faster = np.array(times)
    found = ratio_of_medians(factor * faster, faster)
    assert found.value == pytest.approx(factor, abs=1e-3)
    assert found.low == pytest.approx(factor, abs=1e-3)
    assert found.high == pytest.approx(factor, abs=1e-3)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_exponent_of_growth_is_found(power):
    notes = [note(str(i), context=c, scale=c**power) for i, c in enumerate(CONTEXT_LENGTHS)]
    curve = length_curve(WRITERS[0], notes, "context tokens", ["encode", "adapt"])
    assert curve.exponent.value == pytest.approx(power, abs=1e-3)
    assert [point.tokens for point in curve.points] == list(CONTEXT_LENGTHS)
    assert curve.points[0].p50 == pytest.approx(12.0 * 128**power, rel=1e-3)


def test_notes_of_one_length_have_no_growth():
    assert length_curve(WRITERS[0], [note("a"), note("b")], "note tokens", ["total"]) is None
    assert length_curve(WRITERS[0], [], "context tokens", ["total"]) is None


def test_the_budget_adds_the_stages_of_a_component_note_by_note():
    notes = [note(str(i), scale=1.0 + i) for i in range(5)]
    rows = {row.component: row for row in budget(notes)}
    assert list(rows) == [component for component, *_ in BUDGET]
    assert rows["Context"].p50 == pytest.approx(12.0 * 3)
    assert rows["Whole note"].p99 == percentiles([note.timings["total"] for note in notes]).p99
    assert "Denoising" not in {row.component for row in budget([_without(notes[0], "denoise")])}
    assert budget([]) == []


def _without(measurement, stage):
    return replace(measurement, timings={k: v for k, v in measurement.timings.items() if k != stage})


def test_positions_and_tokens_are_summed_over_notes():
    measured = Measurements([note("a", tokens=30), note("b", tokens=70)])
    found = writer_result(WRITERS[0], measured, None)
    assert found.position_visits_per_token == 4.0
    assert found.tokens_per_second == pytest.approx(100 / 0.073, rel=1e-4)
    assert found.cost_per_note is None
    assert found.quality == {}


def test_a_stopwatch_counts_no_time_twice():
    watch = Stopwatch()
    inner = watch.timed("inner", lambda: sum(range(20_000)))
    outer = watch.timed("outer", lambda: [inner() for _ in range(3)])
    whole = watch.timed("whole", outer)
    whole()
    assert dict(watch.calls) == {"inner": 3, "outer": 1, "whole": 1}
    assert watch.seconds["inner"] > watch.seconds["outer"]
    assert all(seconds >= 0 for seconds in watch.seconds.values())


def test_a_profile_accounts_for_the_whole_note_and_leaves_no_timers():
    before = [getattr(owner, name) for owner, name, _ in PROBES]
    engine = tiny_engine()
    for writer in (WRITERS[0], WRITERS[2]):
        found = profile(engine, [VISITS[0].encounter], writer)
        assert sum(part.ms_per_note for part in found.parts) == pytest.approx(found.ms_per_note, rel=1e-3)
        assert sum(part.share for part in found.parts) == pytest.approx(1.0, abs=1e-3)
        named = {part.part for part in found.parts}
        assert {"encode: pretrained layers", "adapt: adapter layers", "head: vocabulary", "head: copying"} <= named
        assert {"passes: self-attention", "passes: cross-attention", "passes: feed-forward", "detokenise"} <= named
        generated = engine.generate(VISITS[0].encounter, **options(writer))
        assert len(found.steps) == generated.steps
        assert sum(step.positions for step in found.steps) == generated.position_visits
    assert [getattr(owner, name) for owner, name, _ in PROBES] == before


def test_timers_are_taken_away_after_an_error():
    before = [getattr(owner, name) for owner, name, _ in PROBES]
    with pytest.raises(InputError):
        profile(tiny_engine(), [VISITS[0].encounter.model_copy(update={"transcript": "Hm."})], WRITERS[0])
    assert [getattr(owner, name) for owner, name, _ in PROBES] == before


def test_the_command_writes_a_result_that_reads_back(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(NoteEngine, "load", lambda models, cached_contexts: tiny_engine(cached_contexts, causal=False))
    out = tmp_path / "benchmark.json"
    assert main(["benchmark", "--quick", "--visits", "1", "--lengths", "0", "--out", str(out)]) == 0
    stored = read_benchmark(out)
    assert isinstance(stored, BenchmarkResult)
    assert list(stored.writers) == ["diffusion-adaptive"]
    assert stored.settings["quick"] is True
    assert "Latency budget" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--writers", "oracle"], "oracle"),
        (["--writers", ","], "list"),
        (["--steps", "0"], "steps"),
        (["--data", "no_such_file.jsonl"], "no_such_file"),
        (["--visits", "0"], "--visits"),
        (["--out", "no/such/folder/b.json"], "folder"),
    ],
)
def test_wrong_options_get_one_sentence(arguments, named, capsys):
    assert main(["benchmark", *arguments]) == 2
    sentence = capsys.readouterr().err
    assert named in sentence
    assert sentence.count("\n") == 1


def test_a_writer_that_is_asked_for_must_be_there(monkeypatch, capsys):
    monkeypatch.setattr(NoteEngine, "load", lambda models, cached_contexts: tiny_engine(cached_contexts, causal=False))
    assert main(["benchmark", "--quick", "--visits", "1", "--writers", "ar-cached"]) == 2
    assert "not installed" in capsys.readouterr().err
