"""The kinds of error in a note, with evidence, and their summary over many notes."""

import json

import pytest

from medscribe_core.evaluation.error_analysis import ERROR_KINDS, categorize_errors, summarize_errors
from medscribe_core.schema import Encounter, PatientContext, Section, SoapNote
from tests.unit.evaluation_notes import NOTE

VISIT = Encounter(
    encounter_id="v",
    transcript="Doctor: Let's raise the metformin to one thousand milligrams twice a day.\nPatient: Fine.",
    patient_context=PatientContext(age=58, sex="F", medications=["lisinopril 10 mg daily"]),
)


def errors(kind, reference=NOTE, encounter=None, **sections):
    generated = NOTE.model_copy(update=sections)
    return [error for error in categorize_errors(generated, reference, encounter) if error.kind == kind]


def test_a_note_like_its_reference_has_no_errors():
    assert categorize_errors(NOTE, NOTE, VISIT) == []
    assert categorize_errors(NOTE) == []


def test_a_statement_in_a_wrong_section_names_both_sections():
    (error,) = errors("section_confusion", hpi=f"{NOTE.hpi} Follow up in 4 weeks.")
    assert (error.section, error.text) == (Section.HPI, "Follow up in 4 weeks.")
    assert error.pattern == "plan in history of present illness"
    assert "plan" in error.evidence


def test_without_a_reference_the_form_of_a_statement_tells_its_section():
    (error,) = errors("section_confusion", reference=None, plan=f"{NOTE.plan} 4. Positive for fever.")
    assert error.pattern == "review of systems in plan"


def test_a_contradicted_fact_shows_what_the_reference_says():
    (error,) = errors("hallucination", plan=NOTE.plan.replace("1000 mg", "2000 mg"), encounter=VISIT)
    assert error.pattern == "contradicted dose"
    assert error.evidence == "The reference says: Increase metformin to 1000 mg twice daily"


@pytest.mark.parametrize(
    ("item", "evidence"),
    [
        ("Start warfarin 5 mg daily", "Never said in the visit: 5, warfarin."),
        ("Refill lisinopril 10 mg daily", "The reference has no such statement."),
        ("Order metformin level at 1000", "The reference has no such statement."),
    ],
)
def test_an_invented_fact_names_the_numbers_and_drugs_that_were_never_said(item, evidence):
    (error,) = errors("hallucination", plan=f"{NOTE.plan} 4. {item}.", encounter=VISIT)
    assert (error.pattern, error.text, error.evidence) == ("invented plan", item, evidence)


def test_repetition_truncation_and_a_missing_section_are_found():
    (repetition,) = errors("repetition", ros="Positive for polyuria polyuria.")
    assert (repetition.section, repetition.text) == (Section.ROS, "polyuria")
    (truncation,) = errors("truncation", hpi=f"{NOTE.hpi} She was seen by the.")
    assert (truncation.text, truncation.pattern) == ("She was seen by the.", 'ends with "the"')
    (missing,) = errors("missing_section", exam="Not performed.")
    assert (missing.section, missing.evidence) == (Section.EXAM, "The reference has: BP 152/94")


def test_a_section_that_the_reference_leaves_empty_is_not_missing():
    silent = NOTE.model_copy(update={"exam": "Not performed."})
    assert errors("missing_section", reference=silent, exam="Not performed.") == []
    assert [error.section for error in errors("missing_section", reference=None, exam="")] == [Section.EXAM]


def test_a_summary_counts_kinds_notes_and_patterns():
    notes = {
        "a": categorize_errors(NOTE.model_copy(update={"ros": "", "plan": ""}), NOTE),
        "b": categorize_errors(NOTE.model_copy(update={"ros": ""}), NOTE),
        "c": categorize_errors(NOTE, NOTE),
    }
    summary = summarize_errors(notes, examples=2)
    missing = summary["kinds"]["missing_section"]
    assert (summary["notes"], missing["errors"], missing["notes"]) == (3, 3, 2)
    assert missing["patterns"] == {"review of systems": 2, "plan": 1}
    assert [(e["visit"], e["section"]) for e in missing["examples"]] == [("a", "ros"), ("a", "plan")]
    assert set(summary["kinds"]) == set(ERROR_KINDS)
    assert all(found["mitigation"] for found in summary["kinds"].values())


def test_a_summary_without_examples_holds_no_words_of_a_note():
    secret = SoapNote(hpi="Zebrafish zebrafish bit her by the.", ros="", plan="1. Start zebrafish. 2. Positive for it.")
    summary = json.dumps(summarize_errors({"a": categorize_errors(secret, NOTE, VISIT)}))
    assert "zebrafish" not in summary.lower()
    assert "metformin" not in summary
