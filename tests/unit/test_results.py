"""Stored results: read back from any version, compared, held against the bars; and the command line that does it."""

import json
from pathlib import Path

import pytest

from medscribe_core import cli
from medscribe_core.errors import DataError
from medscribe_core.evaluation.figures import aggregate
from medscribe_core.evaluation.results import (
    compare_results,
    read_result,
    stored_extractor_check,
    stored_results,
)
from medscribe_core.evaluation.scoreboard import BARS, NOT_MEASURED, scoreboard
from medscribe_core.evaluation.suite import result_text
from tests.unit.evaluation_notes import NOTE, scores_of

OLDER = Path(__file__).resolve().parents[1] / "data" / "older_result.json"


def content(notes=(NOTE, NOTE), sha="0" * 64, **changes):
    """A result file of notes written for NOTE."""
    rows = [{"id": f"v{i}", "groups": {}, **scores_of(NOTE, note).as_row()} for i, note in enumerate(notes)]
    result = {
        "data": {"file": "visits.jsonl", "sha256": sha, "encounters": len(rows), "kind": "written"},
        "settings": {"model": "diffusion", "policy": "default", "steps": None, "seed": 0, "weights": "abc"},
        "commit": None,
        "machine": {"cpu": "A CPU", "cores": 2, "threads": 2, "torch": "2"},
        "aggregate": aggregate(rows),
        "baselines": {},
        "encounters": rows,
    }
    return {**result, **changes}


@pytest.fixture
def store(tmp_path):
    """Writes a result file and returns its path."""

    def write(name, **options):
        path = tmp_path / f"{name}.json"
        path.write_text(result_text(content(**options)))
        return path

    return write


def test_a_result_file_has_one_line_a_visit_and_reads_back_as_it_was():
    text = result_text(content())
    assert json.loads(text) == content()
    assert sum(line.lstrip().startswith('{"id"') for line in text.splitlines()) == 2


def test_the_shipped_results_open():
    results, problems = stored_results()
    assert problems == []
    assert "heldout_simulator" in [result.name for result in results]


def test_what_an_older_result_lacks_is_not_measured():
    old = read_result(OLDER)
    rows = {row.label: row for row in scoreboard(old)}
    assert old.simulated
    assert rows["ROUGE-L"].value == "0.549" and rows["ROUGE-L"].reached is False
    assert rows["Section F1"].reached is True
    assert (rows["Acceptance proxy"].value, rows["Acceptance proxy"].reached) == (NOT_MEASURED, None)
    assert rows["Acceptance proxy"].bar == "at least 80.0%"
    assert old.calibration is old.errors is old.step_curve is None


def test_other_files_are_passed_over_and_broken_results_are_named(tmp_path, store):
    store("good")
    (tmp_path / "explore.json").write_text('{"corpora": {}}')
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "torn.json").write_text('{"aggregate": ')
    (tmp_path / "wrong.json").write_text('{"aggregate": 3, "data": {}}')
    results, problems = stored_results(tmp_path)
    assert [result.name for result in results] == ["good"]
    assert len(problems) == 2
    assert "torn.json" in problems[0] and "wrong.json" in problems[1]
    with pytest.raises(DataError, match=r"explore\.json is no result"):
        read_result(tmp_path / "explore.json")
    with pytest.raises(DataError, match="no such file"):
        read_result(tmp_path / "absent.json")


def test_the_bar_depends_on_who_wrote_the_visits(store):
    written = scoreboard(read_result(store("written")))
    data = {"file": "v.jsonl", "sha256": "0" * 64, "encounters": 2, "kind": "simulated"}
    simulated = scoreboard(read_result(store("simulated", data=data)))
    assert [row.bar for row in written[:2]] == ["at least 65.0%", "at least 85.0%"]
    assert [row.bar for row in simulated[:2]] == ["at least 80.0%", "at least 95.0%"]
    assert all(row.reached for row in written if row.value != NOT_MEASURED and row.bar)


def test_a_figure_that_should_be_low_misses_its_bar_from_above(store):
    invented = NOTE.model_copy(update={"plan": f"{NOTE.plan} 4. Start aspirin 81 mg daily. 5. Order MRI of the knee."})
    rows = {row.label: row for row in scoreboard(read_result(store("r", notes=(invented, invented))))}
    assert rows["Unsupported facts"].reached is False
    assert rows["Contradicted facts"].reached is True


def test_bars_have_figures_of_their_names():
    known = set(content()["aggregate"])
    assert {bar.key for bar in BARS if bar.part == "aggregate"} <= known


def test_a_result_minus_itself_is_nothing_and_a_worse_one_loses(store):
    good = read_result(store("good"))
    worse = read_result(store("worse", notes=(NOTE.model_copy(update={"plan": ""}), NOTE)))
    same = compare_results(good, good)["differences"]
    assert {estimate["value"] for estimate in same.values()} == {0.0}
    found = compare_results(worse, good)
    assert found["encounters"] == 2
    assert found["differences"]["facts_captured"]["value"] < 0
    assert found["differences"]["acceptance_proxy"]["value"] == -0.5


def test_results_of_different_data_are_not_compared(store):
    with pytest.raises(DataError, match="different data files"):
        compare_results(read_result(store("one")), read_result(store("other", sha="1" * 64)))


def test_the_command_compares_stored_results(store, capsys, tmp_path):
    one, other, out = store("one"), store("other", notes=(NOTE, NOTE.model_copy(update={"ros": ""}))), tmp_path / "d"
    arguments = ["evaluate", "--result", str(one), "--compare", str(other), "--out", str(out), "--json"]
    assert cli.main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(out.read_text())
    assert printed["differences"]["facts_captured"]["value"] > 0
    assert cli.main(arguments[:5]) == 0
    assert "Difference" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "--data"),
        (["--data", "a", "--result", "b"], "one of"),
        (["--result", "b"], "--compare"),
        (["--check-extractor", "0"], "--check-extractor"),
        (["--result", "absent.json", "--compare", "absent.json"], "absent.json"),
    ],
)
def test_wrong_options_of_evaluate_get_one_sentence(arguments, named, capsys):
    assert cli.main(["evaluate", *arguments]) == 2
    error = capsys.readouterr().err
    assert named in error
    assert len(error.strip().splitlines()) == 1


def test_the_command_checks_the_extractor_and_the_check_is_found_again(tmp_path, capsys):
    assert cli.main(["evaluate", "--check-extractor", "2", "--out", str(tmp_path / "check.json")]) == 0
    printed = capsys.readouterr().out
    assert "Precision" in printed and "Recall" in printed
    assert stored_extractor_check(tmp_path)["visits"] == 2
    assert stored_results(tmp_path) == ([], [])


def test_the_command_compares_a_new_run_with_a_stored_result(tmp_path, monkeypatch, capsys):
    from tests.unit.test_evaluation import Engine

    data, first, second = tmp_path / "visits.jsonl", tmp_path / "first.json", tmp_path / "second.json"
    visit = {"id": "v", "transcript": "Doctor: hello.", "patient_context": {}, "note": NOTE.model_dump()}
    data.write_text(json.dumps(visit))
    monkeypatch.setattr(cli, "_load_engine", lambda models: Engine(data))
    assert cli.main(["evaluate", "--data", str(data), "--out", str(first)]) == 0
    arguments = ["evaluate", "--data", str(data), "--compare", str(first), "--out", str(second)]
    assert cli.main(arguments) == 0
    assert "1 visits in common" in " ".join(capsys.readouterr().out.split())
    comparison = json.loads(second.read_text())["comparison"]
    assert comparison["other"]["name"] == "first"
    assert comparison["differences"]["rougeL"]["value"] == 0
