"""The quality page, run by Streamlit's AppTest: what stored results it shows and what it says of those it lacks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from medscribe_core.evaluation import results
from medscribe_core.evaluation.calibration import calibrate
from medscribe_core.evaluation.error_analysis import categorize_errors, summarize_errors
from medscribe_core.evaluation.figures import aggregate
from medscribe_core.evaluation.groups import figures_by_group
from medscribe_core.evaluation.suite import result_text
from tests.unit.evaluation_notes import NOTE, scores_of

ROOT = Path(__file__).resolve().parents[2]
MARKUP = "Start <img src=x> **zebrafish** $5 daily"
PARTS = {
    "calibration": "Calibration has not been measured",
    "errors": "Kinds of error have not been measured",
    "step_curve": "Quality over step counts (1 to 25 and adaptive) has not been measured",
    "groups": "Groups of patients and visits have not been compared",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder that the page takes for the stored results."""
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    return tmp_path


def store(folder: Path, name: str, **changes: object) -> None:
    """Write a whole result of two notes, the second with an invented plan item that looks like markup."""
    notes = (NOTE, NOTE.model_copy(update={"plan": f"{NOTE.plan} 4. {MARKUP}."}))
    groups = ({"sex": "female"}, {"sex": "male"})
    rows = [
        {"id": f"v{i}", "groups": group, **scores_of(NOTE, note).as_row()}
        for i, (note, group) in enumerate(zip(notes, groups, strict=True))
    ]
    figures = aggregate(rows)
    point = {"steps_used": {"p50": 5}, "ms": {"p50": 90.0, "p99": 120.0}, **figures}
    content = {
        "data": {"file": "visits.jsonl", "sha256": "0" * 64, "encounters": 2, "kind": "written"},
        "settings": {"model": "diffusion", "policy": "default", "steps": None, "seed": 0, "weights": "abc"},
        "commit": "1" * 40,
        "machine": {"cpu": "A CPU", "cores": 2, "threads": 2, "torch": "2"},
        "aggregate": figures,
        "baselines": {"copy_transcript": figures},
        "groups": figures_by_group(rows),
        "calibration": calibrate([[(0.9, True), (0.6, False)]]),
        "errors": summarize_errors({"v1": categorize_errors(notes[1], NOTE)}, examples=5),
        "step_curve": [
            {"policy": "confidence", "steps": 5, **point},
            {"policy": "adaptive", "steps": None, **point},
        ],
        "latency_ms": {"total": {"mean": 90.0, "p50": 90.0, "p99": 120.0}},
        "encounters": rows,
    }
    (folder / f"{name}.json").write_text(result_text({**content, **changes}))


def open_page() -> AppTest:
    page = AppTest.from_file(str(ROOT / "pages" / "quality.py"), default_timeout=300).run()
    assert not page.exception
    return page


def infos(page: AppTest) -> str:
    return "\n".join(element.value for element in page.info)


def table(page: AppTest, column: str):
    """The first table that has ``column``."""
    return next(element.value for element in page.table if column in element.value)


def test_a_whole_result_is_shown_with_bars_charts_and_tables(folder):
    store(folder, "whole")
    page = open_page()
    board = table(page, "Bar").set_index("Figure")
    assert board.loc["Acceptance proxy", "This model"] == "50.0%"
    assert board.loc["Acceptance proxy", "Bar"] == "at least 65.0%"
    assert board.loc["Acceptance proxy", ""] == "missed"
    assert board.loc["Infilling acceptance (proxy)", "This model"] == "not measured"
    assert len(page.get("plotly_chart")) == 4
    assert "infilling" in infos(page)
    assert list(table(page, "Policy")["Steps"]) == ["5", "as needed"]
    assert list(table(page, "Group")["Group"]) == ["female", "male"]
    assert "commit 1111" in page.text[0].value


def test_an_example_of_an_error_is_plain_text(folder):
    store(folder, "whole")
    page = open_page()
    page.selectbox(key="error_kind").set_value("hallucination").run()
    assert not page.exception
    assert MARKUP in [element.value for element in page.text]
    assert not any("zebrafish" in element.value for element in (*page.markdown, *page.caption))


def test_the_older_stored_result_opens_and_says_what_was_not_measured(folder):
    shutil.copy(ROOT / "tests" / "data" / "older_result.json", folder / "older.json")
    page = open_page()
    board = table(page, "Bar").set_index("Figure")
    assert board.loc["ROUGE-L", "This model"] == "0.549"
    assert board.loc["Acceptance proxy", "This model"] == "not measured"
    said = infos(page)
    assert all(sentence in said for sentence in PARTS.values())
    assert page.get("plotly_chart") == []


def test_another_model_on_the_same_data_stands_beside(folder):
    store(folder, "a_diffusion")
    store(folder, "b_other", settings={"model": "autoregressive", "policy": "default"})
    store(folder, "c_elsewhere", data={"file": "x.jsonl", "sha256": "1" * 64, "encounters": 2})
    page = open_page()
    assert "autoregressive" in table(page, "Bar")
    page.selectbox(key="quality_result").set_value("c_elsewhere").run()
    assert "autoregressive" not in table(page, "Bar")


def test_without_results_the_page_says_how_to_make_one_and_a_broken_file_is_named(folder):
    (folder / "torn.json").write_text("{")
    page = open_page()
    assert "medscribe evaluate" in infos(page)
    assert any("torn.json" in element.value for element in page.text)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_was_not_measured_is_named(folder, part):
    store(folder, "partial", **{part: {} if part == "groups" else None})
    said = infos(open_page())
    assert [name for name, sentence in PARTS.items() if sentence in said] == [part]


def test_the_extractor_check_is_quoted(folder):
    store(folder, "whole")
    assert any("has not been measured" in element.value for element in open_page().caption)
    check = {"visits": 30, "precision": {"value": 0.987}, "recall": {"value": 0.954}}
    (folder / "extractor_check.json").write_text(json.dumps({"extractor_check": check}))
    (caption,) = [e.value for e in open_page().caption if "fact extractor" in e.value]
    assert "30 simulated visits: precision 98.70%, recall 95.40%" in caption
