"""Edits carried into other sections, held against what was expected."""

import pytest

from medscribe_core.corpora import AuthoredEncounter
from medscribe_core.corpora.authored import edited_note
from medscribe_core.errors import InputError
from medscribe_core.evaluation.edits import change_made, evaluate_edits
from medscribe_core.schema import Section

PLAN = "1. Continue lisinopril 10 mg daily. 2. Follow up in 2 weeks."


def visit(name, **edit):
    return AuthoredEncounter.model_validate(
        {
            "id": name,
            "patient_context": {},
            "transcript": "Doctor: How are you?\nPatient: Fine.",
            "note": {
                "hpi": "Patient presents for follow-up of hypertension. Never smoker.",
                "ros": "Negative for chest pain.",
                "exam": "Not performed.",
                "assessment": "1. Hypertension, well controlled.",
                "plan": PLAN,
            },
            "edit": edit,
        }
    )


VISITS = [
    visit(
        "forward",
        section="assessment",
        new_content="1. Hypertension, not at goal.",
        expected={"plan": "1. Increase lisinopril to 20 mg daily. 2. Follow up in 2 weeks."},
    ),
    visit(
        "backward",
        section="plan",
        new_content="1. Stop lisinopril. 2. Follow up in 2 weeks.",
        expected={"hpi": "Patient presents for follow-up of hypertension. Never smoker. Allergic to lisinopril."},
    ),
]


class Engine:
    def __init__(self, propose):
        self.propose = propose

    def propagate(self, encounter, note, section, new_content):
        found = next(v for v in VISITS if v.id == encounter.encounter_id)
        return self.propose(found, note.model_copy(update={section: new_content}))


class Proposal:
    def __init__(self, note):
        self.note, self.timings = note, {"total": 5.0}


def test_an_engine_that_writes_what_was_expected_makes_every_change_and_keeps_everything():
    found = evaluate_edits(Engine(lambda visit, _: Proposal(edited_note(visit.note, visit.edit))), VISITS)
    for figure in ("change_made", "forward", "backward", "untouched_kept"):
        assert found[figure]["value"] == 1.0
    assert found["wrong_changes"]["value"] == 0.0
    assert found["expected_changes"] == found["edits"] == 2
    assert found["latency_ms"]["p50"] == 5.0


def test_an_engine_that_changes_nothing_makes_no_change_and_a_refusal_counts_as_that():
    def refuse(visit, note):
        raise InputError("No.")

    idle = evaluate_edits(Engine(lambda visit, note: Proposal(note)), VISITS)
    refused = evaluate_edits(Engine(refuse), VISITS)
    for found in (idle, refused, idle["do_nothing"]):
        assert found["change_made"]["value"] == 0.0
        assert found["untouched_kept"]["value"] == 1.0
    assert (idle["failures"], refused["failures"]) == (0, 2)


def test_text_that_had_to_stay_and_does_not_is_counted():
    found = evaluate_edits(
        Engine(lambda visit, note: Proposal(note.model_copy(update={"ros": "Positive for cough."}))), VISITS
    )
    assert found["wrong_changes"]["value"] == 1.0
    assert found["untouched_kept"]["value"] < 1.0
    assert found["forward"]["value"] == found["backward"]["value"] == 0.0


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("1. Increase lisinopril to 20 mg daily. 2. Follow up in 2 weeks.", True),
        ("1. Follow up in 2 weeks. 2. Increase lisinopril to 20 mg daily.", True),
        ("1. Increase lisinopril to 40 mg daily. 2. Follow up in 2 weeks.", False),
        ("1. Increase lisinopril to 20 mg daily. 2. Continue lisinopril 10 mg daily.", False),
        (PLAN, False),
    ],
)
def test_a_change_is_made_when_what_it_adds_is_there_and_what_it_removes_is_gone(text, made):
    after = "1. Increase lisinopril to 20 mg daily. 2. Follow up in 2 weeks."
    assert change_made(Section.PLAN, PLAN, after, text) is made


def test_without_edits_there_is_nothing_to_measure():
    plain = VISITS[0].model_copy(update={"edit": None})
    assert evaluate_edits(Engine(lambda visit, note: Proposal(note)), [plain]) is None
