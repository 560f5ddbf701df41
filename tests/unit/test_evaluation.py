"""A whole evaluation: from a file of visits to the result that is stored."""

import hashlib
import json
import platform
from types import SimpleNamespace

import pytest

from medscribe_core.corpora import read_authored
from medscribe_core.errors import DataError, InputError
from medscribe_core.evaluation.baselines import NearestNote, copy_transcript
from medscribe_core.evaluation.step_curve import POINTS
from medscribe_core.evaluation.suite import evaluate
from medscribe_core.generated import Rated
from medscribe_core.schema import NOTE_SECTIONS, Section
from tests.unit.evaluation_notes import scores_of


@pytest.fixture
def visits(tmp_path):
    """A file of three visits with the same style of note."""
    path = tmp_path / "visits.jsonl"
    complaints = {"a": "cough", "b": "knee pain", "c": "burning urination"}
    lines = []
    for name, complaint in complaints.items():
        note = {section.value: section.empty_text for section in NOTE_SECTIONS}
        note["hpi"] = f"Patient presents with {complaint}."
        transcript = f"Doctor: What is wrong?\nPatient: It's my {complaint}."
        lines.append({"id": name, "transcript": transcript, "patient_context": {"age": 40}, "note": note})
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


class Engine:
    """Writes each visit's reference note, but refuses ``refused``; spells the HPI in three tokens."""

    def __init__(self, visits, refused=""):
        self.notes = {visit.id: visit.note for visit in read_authored(visits)}
        self.refused, self.asked = refused, []

    def generate(self, encounter, **settings):
        self.asked.append(settings)
        if encounter.encounter_id == self.refused:
            raise InputError("The transcript is too short.")
        note = self.notes[encounter.encounter_id]
        statements = [Rated(Section.HPI, note.hpi, 0.8)]
        return SimpleNamespace(note=note, timings={"total": 10.0}, steps=4, statements=statements)

    def weights_of(self, model):
        return "abc"

    def infill(self, encounter, partial_note, **settings):
        return self.generate(encounter, **settings)


def run(engine, visits, **options):
    """The evaluation as it is stored and read back."""
    return json.loads(evaluate(engine, visits, **options).to_text())


def test_a_failed_visit_counts_as_an_empty_note(visits):
    done = []
    result = run(Engine(visits, refused="b"), visits, progress=lambda n, total: done.append((n, total)))
    assert result["failures"] == {"b": "The transcript is too short."}
    assert result["aggregate"]["facts_captured"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert result["latency_ms"] == {"total": {"mean": 10.0, "p50": 10.0, "p99": 10.0}}
    assert [row["id"] for row in result["encounters"]] == ["a", "b", "c"]
    assert result["errors"]["notes"] == 2
    assert done == [(1, 3), (2, 3), (3, 3)]


def test_a_result_says_where_its_figures_come_from_and_holds_no_words_of_a_note(visits):
    result = run(Engine(visits), visits)
    assert result["settings"]["weights"] == "abc"
    assert result["data"]["sha256"] == hashlib.sha256(visits.read_bytes()).hexdigest()
    assert (result["data"]["kind"], result["data"]["encounters"]) == ("written", 3)
    assert set(result["machine"]) == {"cpu", "cores", "threads", "torch", "python", "medscribe"}
    assert result["commit"] is None or len(result["commit"].removesuffix("-dirty")) == 40
    text = json.dumps(result)
    assert "Patient presents" not in text
    assert platform.node() not in text or len(platform.node()) < 4


def test_what_was_not_asked_for_is_not_measured(visits):
    result = run(Engine(visits), visits)
    assert result["infilling"] is result["step_curve"] is result["comparison"] is None
    assert result["baselines"] == {}
    assert result["calibration"]["statements"] == 3
    assert set(result["groups"]) == {"age_group"}


def test_infilling_and_the_step_curve_write_every_visit_again(visits):
    for line in (lines := [json.loads(line) for line in visits.read_text().splitlines()]):
        line["note"]["plan"] = "1. Rest."
    visits.write_text("\n".join(map(json.dumps, lines)))
    engine, done = Engine(visits), []
    result = run(engine, visits, infilling=True, step_curve=True, progress=lambda n, total: done.append((n, total)))
    assert result["infilling"]["visits"] == 3
    assert result["infilling"]["acceptance_proxy"]["value"] == 1
    assert [(point["policy"], point["steps"]) for point in result["step_curve"]] == list(POINTS)
    assert [(asked["policy"], asked["steps"]) for asked in engine.asked[6::3]] == list(POINTS)
    assert result["step_curve"][0]["ms"]["p50"] == 10.0
    assert done == [(n, 30) for n in range(1, 31)]


@pytest.mark.parametrize("part", ["infilling", "step_curve"])
def test_parts_of_the_diffusion_model_are_not_measured_in_the_name_of_another(visits, part):
    with pytest.raises(InputError, match="diffusion model only"):
        evaluate(Engine(visits), visits, model="autoregressive", **{part: True})


def test_errors_are_quoted_only_when_asked_for(visits):
    engine = Engine(visits)
    engine.notes["a"] = engine.notes["a"].model_copy(update={"plan": "1. Start zebrafish."})
    assert "zebrafish" not in json.dumps(run(engine, visits))
    (example,) = run(engine, visits, examples=3)["errors"]["kinds"]["hallucination"]["examples"]
    assert example["text"] == "Start zebrafish"


def test_the_baselines_copy_the_transcript_and_take_the_nearest_training_note(visits):
    training = list(read_authored(visits))
    nearest = NearestNote(training)
    assert [nearest(visit.encounter) for visit in training] == [visit.note for visit in training]
    copied = copy_transcript(training[0].encounter)
    assert copied.hpi == "Doctor: What is wrong? Patient: It's my cough."
    assert scores_of(training[0].note, copied).captured == 0
    with pytest.raises(DataError):
        NearestNote([])


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{", "line 2"),
        ('{"id": "x"}', "patient_context"),
        ('{"id": "a", "transcript": "t", "patient_context": {}, "note": {}}', "twice"),
        ('{"id": "x", "transcript": "t", "patient_context": {"age": 900}, "note": {}}', "patient_context.age"),
        ('{"id": "x", "transcript": "t", "patient_context": {}, "note": {"soap": ""}}', "note.soap"),
    ],
)
def test_a_line_in_a_wrong_format_is_named(tmp_path, line, named):
    path = tmp_path / "visits.jsonl"
    path.write_text('{"id": "a", "transcript": "t", "patient_context": null, "note": {}}\n' + line)
    with pytest.raises(DataError, match=named):
        list(read_authored(path))
