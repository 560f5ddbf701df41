"""The compare page, run by Streamlit's AppTest with a fake engine of two models."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from medscribe_core.benchmarking import results
from medscribe_core.errors import ModelFilesError
from medscribe_core.samples import load_samples
from medscribe_core.ui import compare, compare_quoted
from tests.conftest import FakeEngine

PAGE = Path(__file__).resolve().parents[2] / "pages" / "compare.py"
LANES = [lane.title for lane in compare.LANES]
#: Milliseconds of writing of each lane; everything else takes BEFORE.
WRITING = {"diffusion": 100.0, "cached": 450.0, "uncached": 2250.0}
BEFORE = 50.0


@dataclass
class TwoModels(FakeEngine):
    """Both models write the same note, each in its own time."""

    models: tuple[str, ...] = ("diffusion", "autoregressive")
    options: list[dict] = field(default_factory=list)
    writing: dict[str, float] = field(default_factory=lambda: dict(WRITING))
    causal_error: Exception | None = None

    def generate(self, encounter, **options):
        self.options.append(options)
        if options["model"] == "autoregressive" and self.causal_error:
            raise self.causal_error
        note = super().generate(encounter)
        lane = {None: "diffusion", True: "cached", False: "uncached"}[options.get("use_cache")]
        stage = "denoise" if lane == "diffusion" else "write"
        timings = {"encode": BEFORE, stage: self.writing[lane], "total": BEFORE + self.writing[lane]}
        return replace(note, model=options["model"], timings=timings, steps=12 if lane == "diffusion" else 120)


@pytest.fixture
def engine(monkeypatch, tmp_path):
    """An engine of both models; no benchmark is stored."""
    both = TwoModels()
    monkeypatch.setattr("medscribe_core.ui.state.get_engine", lambda: both)
    monkeypatch.setattr(results, "BENCHMARK_FILE", tmp_path / "benchmark.json")
    return both


def open_page() -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not page.exception
    return page


def run_comparison(page: AppTest) -> AppTest:
    """Press Compare and wait until every lane has ended."""
    page.button(key="compare").click().run()
    for job in page.session_state["compare_comparison"].jobs.values():
        job.future.exception(timeout=20)
    page.run()
    assert not page.exception
    return page


def choose(page: AppTest, part: str) -> AppTest:
    """Choose the first visit whose title has ``part``."""
    picker = page.selectbox(key="compare_visit")
    return picker.set_value(next(title for title in picker.options if part in title)).run()


def table(page: AppTest, column: str) -> dict[str, list[str]]:
    """The columns of the first table that has ``column``."""
    found = next(element.value for element in page.table if column in element.value)
    return {name: list(found[name]) for name in found}


def lanes_sent(page: AppTest) -> list[dict]:
    (player,) = page.get("bidi_component")
    return json.loads(player.proto.json)["lanes"]


def test_opens_with_the_samples_and_the_visits_with_references(engine):
    page = open_page()
    titles = page.selectbox(key="compare_visit").options
    assert titles[: len(load_samples())] == [f"{s.title} · {s.kind.lower()}" for s in load_samples()]
    assert sum("with reference note" in title for title in titles) == len(titles) - len(load_samples()) > 0
    assert len(set(titles)) == len(titles)
    assert engine.calls == []


def test_every_way_of_writing_gets_the_same_visit_one_after_the_other(engine):
    run_comparison(open_page())
    assert engine.options == [dict(lane.options) for lane in compare.LANES]
    assert {call.transcript for call in engine.calls} == {load_samples()[0].transcript}
    # Encounters of their own: none finds its context encoded by another.
    assert len({call.encounter_id for call in engine.calls}) == 3


def test_cost_and_speed_stand_side_by_side(engine):
    page = run_comparison(open_page())
    shown = table(page, "Forward passes")
    assert shown[""] == LANES
    assert shown["Forward passes"] == ["12", "120", "120"]
    assert shown["Milliseconds"] == ["150", "500", "2,300"]
    tokens = len(engine.answers[0].trajectory.tokens)
    assert shown["Tokens a second"] == [f"{tokens / s:,.0f}" for s in (0.15, 0.5, 2.3)]
    assert "ROUGE-L" not in shown
    sentences = [element.value for element in page.markdown]
    assert f"- {LANES[1]}: 3.3 times the time of diffusion." in sentences
    assert f"- {LANES[2]}: 15.3 times the time of diffusion." in sentences
    assert f"- {LANES[1]} is not ahead of diffusion in time here." in sentences
    assert any("threads" in element.value and "this machine" in element.value for element in page.caption)


def test_a_faster_autoregressive_model_is_said_to_win(engine):
    engine.writing["cached"] = 25.0
    page = run_comparison(open_page())
    sentences = [element.value for element in page.markdown]
    assert f"- {LANES[1]}: faster, diffusion takes 2.0 times as long." in sentences
    assert f"- {LANES[1]} wins here in that it is faster." in sentences


def test_quality_is_measured_against_the_reference_where_there_is_one(engine):
    page = run_comparison(choose(open_page(), "with reference note"))
    shown = table(page, "Forward passes")
    assert len(shown["ROUGE-L"]) == 3
    assert all(0.0 < float(value) < 1.0 for value in shown["ROUGE-L"])
    facts = [value.split(" of ") for value in shown["Facts captured"]]
    assert all(0 <= int(captured) <= int(all_of_them) and int(all_of_them) > 3 for captured, all_of_them in facts)
    assert any(f"{LANES[1]} is not ahead of diffusion in time and quality here." in e.value for e in page.markdown)


def test_the_replay_gets_every_token_and_the_measured_times(engine):
    page = run_comparison(open_page())
    lanes = lanes_sent(page)
    assert [lane["title"] for lane in lanes] == LANES
    assert [(lane["before_ms"], lane["writing_ms"], lane["total_ms"]) for lane in lanes] == [
        (BEFORE, ms, BEFORE + ms) for ms in WRITING.values()
    ]
    assert [lane["parallel"] for lane in lanes] == [True, False, False]
    for lane, note in zip(lanes, engine.answers, strict=True):
        assert lane["sections"] == note.trajectory.to_payload()["sections"]
        assert lane["steps"] >= max(step for section in lane["sections"] for _, step, _ in section["tokens"])


def test_without_autoregressive_weights_diffusion_is_still_shown(engine):
    engine.models = ("diffusion",)
    page = run_comparison(open_page())
    sentence = "The weights of the autoregressive model are not installed, so only diffusion is shown."
    assert sentence in [element.value for element in page.info]
    assert [lane["title"] for lane in lanes_sent(page)] == LANES[:1]
    assert engine.options == [{"model": "diffusion"}]


def test_autoregressive_weights_that_cannot_be_read_are_one_sentence(engine):
    engine.causal_error = ModelFilesError("The model file causal.safetensors is corrupt.")
    page = run_comparison(open_page())
    assert [element.value for element in page.error] == ["The model file causal.safetensors is corrupt."]
    assert [lane["title"] for lane in lanes_sent(page)] == LANES[:1]


def test_a_comparison_can_be_stopped(engine):
    engine.gate = threading.Event()
    try:
        page = open_page()
        page.button(key="compare").click().run()
        (progress,) = [element.value for element in page.markdown if LANES[2] in element.value]
        assert f"{LANES[2]}: waiting" in progress
        page.button(key="stop_comparing").click().run()
        page.run()
        assert not page.exception
        assert [element.value for element in page.error] == ["Writing was stopped before the note was complete."]
        assert page.get("bidi_component") == []
    finally:
        engine.gate.set()


def test_the_case_studys_figures_are_quoted_apart(engine):
    page = open_page()
    assert any(caption.value.startswith("Quoted from the case study") for caption in page.caption)
    assert table(page, "Component, A100")["p99, ms"][-1] == "566"
    assert table(page, "Quoted figure")["7B autoregressive, production"][0] == "12 to 20 s"
    assert len(page.table) == 2


def test_the_quoted_budget_adds_up():
    budget = compare_quoted.BUDGET
    for column in ("Target, ms", "p50, ms", "p99, ms"):
        *parts, total = map(int, budget[column])
        assert sum(parts) == total


def test_without_a_benchmark_the_page_says_how_to_make_one(engine):
    assert any("medscribe benchmark" in element.value for element in open_page().info)


def estimate(value: float, half: float = 0.1) -> dict[str, float]:
    return {"value": value, "low": value - half, "high": value + half}


def spread(value: float) -> dict[str, float]:
    return {"mean": value, "p50": value, "p95": 2 * value, "p99": 3 * value}


def writer(key: str, ms: float) -> dict:
    return {
        "writer": {"key": key, "label": f"Writer {key}", "model": key},
        "notes": 200,
        "latency_ms": {"total": spread(ms)},
        "passes": spread(20),
        "emitted_tokens": spread(200),
        "position_visits_per_token": 3.5,
        "tokens_per_second": 800.0,
        "notes_per_second": 4.0,
        "quality": {"facts_captured": estimate(0.9)},
    }


def store_benchmark(path: Path, **changes: object) -> None:
    """A whole benchmark in which ``ar`` is slower than ``fast`` and captures more facts."""
    ratio = {"slower": "ar", "faster": "fast", "visits": 200, "ratio": estimate(4.5), "target": 4.0}
    point = {"tokens": 300.0, "notes": 40, "p50": 120.0}
    curve = {"writer": "fast", "length": "context tokens", "stages": ["encode", "adapt"], "exponent": estimate(0.9)}
    content = {
        "kind": "benchmark",
        "data": {"file": "visits.jsonl", "sha256": "0" * 64, "encounters": 200},
        "settings": {},
        "weights": {"diffusion": "abc"},
        "machine": {"cpu": "A CPU", "threads": 2, "torch": "2"},
        "writers": {"fast": writer("fast", 200.0), "ar": writer("ar", 900.0)},
        "ratios": [ratio | {"quality_differences": {"facts_captured": estimate(-0.3), "rougeL": estimate(0.05)}}],
        "budget": [
            {"component": name, "stages": [name], "target_p50": 100, "target_p99": 180, "p50": 80.0, "p99": p99}
            for name, p99 in (("context", 150.0), ("denoising", 250.0))
        ],
        "lengths": [curve | {"points": [point, point | {"tokens": 600.0, "p50": 230.0}]}],
    }
    path.write_text(json.dumps(content | changes))


def test_a_stored_benchmark_is_shown(engine):
    store_benchmark(results.BENCHMARK_FILE)
    page = open_page()
    assert table(page, "Notes a second")["ms a note, p50 / p95 / p99"] == ["200 / 400 / 600", "900 / 1,800 / 2,700"]
    ratio = table(page, "Ratio of median times")
    assert (ratio["Slower"], ratio["Faster"]) == (["Writer ar"], ["Writer fast"])
    assert ratio["Ratio of median times"] == ["4.50 (4.40 to 4.60)"]
    assert ratio["Asked for"] == ["at least 4"]
    assert table(page, "Measured p99, ms")["Within the targets"] == ["yes", "no"]
    assert table(page, "Growth (exponent)")["Tokens: ms"] == ["300: 120; 600: 230"]
    assert len(page.get("plotly_chart")) == 1
    assert "A CPU, 2 threads" in page.text[0].value
    # The quoted figures keep to tables of their own.
    assert "Quoted figure" not in table(page, "Notes a second")


def test_where_the_benchmark_has_the_slower_model_ahead_it_is_said(engine):
    store_benchmark(results.BENCHMARK_FILE)
    sentences = [element.value for element in open_page().markdown]
    assert "- Writer ar wins on Facts captured (clinical accuracy) by more than the interval." in sentences
    assert not any("wins on time" in sentence for sentence in sentences)
    inverse = {"slower": "ar", "faster": "fast", "visits": 200, "ratio": estimate(0.5)}
    store_benchmark(results.BENCHMARK_FILE, ratios=[inverse])
    sentences = [element.value for element in open_page().markdown]
    assert "- Writer ar wins on time: Writer fast takes 2.00 times as long." in sentences


def test_a_benchmark_that_cannot_be_read_is_named(engine):
    results.BENCHMARK_FILE.write_text("{")
    assert any("benchmark.json" in element.value for element in open_page().text)
