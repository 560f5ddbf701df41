"""The acceptance proxy: which single change makes a note that would be signed one that would not."""

import pytest

from medscribe_core.evaluation.acceptance import RUBRIC, failed_criteria
from medscribe_core.evaluation.agreement import self_contradictions
from medscribe_core.evaluation.comparison import compare_notes
from medscribe_core.facts.extraction import extract_facts
from medscribe_core.schema import SoapNote
from tests.unit.evaluation_notes import NOTE


def verdict(**changes):
    """The criteria that NOTE fails after replacements (old, new) in its sections."""
    texts = {section: getattr(NOTE, section).replace(*change) for section, change in changes.items()}
    assert all(texts[section] != getattr(NOTE, section) for section in changes)
    return failed_criteria(compare_notes(NOTE, NOTE.model_copy(update=texts)))


def test_a_note_like_its_reference_is_accepted():
    assert failed_criteria(compare_notes(NOTE, NOTE)) == ()


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"hpi": ("Tingling in both feet began 3 weeks ago; ", "")}, ()),
        ({"exam": (", no murmurs", "")}, ()),
        ({"ros": ("polyuria", "polyuria, thirst")}, ()),
        ({"plan": ("1000 mg", "2000 mg")}, ("major_contradiction", "major_omission")),
        ({"exam": ("HR 76", "HR 96")}, ("major_contradiction",)),
        ({"ros": ("Negative for chest pain", "Negative for rash")}, ()),
        ({"plan": ("3. Follow", "3. Start aspirin 81 mg daily. 4. Follow")}, ("major_unsupported",)),
        ({"hpi": ("Current medications include metformin 500 mg twice daily, taken with food, and ",
                  "Current medications include ")}, ("major_omission",)),
        ({"hpi": (" No known drug allergies.", "")}, ("major_omission",)),
        ({"hpi": ("History of gout", "Positive for gout. History of gout")}, ("structure",)),
        ({"hpi": ("No known drug allergies.", "No known drug allergies. She was told to.")}, ("structure",)),
        ({"exam": (NOTE.exam, "Vitals: BP 152/94.")}, ("minor_omission",)),
    ],
)  # fmt: skip
def test_one_change_fails_the_criteria_that_it_breaks(changes, failed):
    found = verdict(**changes)
    assert set(failed) <= set(found)
    assert (found == ()) == (failed == ())


def test_details_that_nobody_gave_may_be_one_in_ten():
    invented = "Positive for polyuria, foot paresthesias, rash, nausea, thirst, cough, itching, tremor."
    assert "minor_unsupported" in verdict(ros=("Positive for polyuria, foot paresthesias.", invented))


def test_a_note_half_as_long_is_out_of_the_length_band():
    short = SoapNote(hpi="58-year-old woman presents for follow-up of type 2 diabetes.", ros=NOTE.ros)
    assert "length" in failed_criteria(compare_notes(NOTE, short))


def test_a_plan_without_problems_does_not_agree_unless_the_reference_is_so():
    plan_only = NOTE.model_copy(update={"assessment": "Not discussed."})
    assert "agreement" in failed_criteria(compare_notes(NOTE, plan_only))
    assert failed_criteria(compare_notes(plan_only, plan_only)) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"plan": ("2. BMP", "2. Continue lisinopril 40 mg daily. 3. BMP")},
        {"plan": ("2. BMP", "2. Stop metformin. 3. BMP")},
        {"ros": ("fever", "polyuria")},
        {"assessment": ("1. Type 2 diabetes, not at goal", "1. Type 2 diabetes, well controlled")},
    ],
)
def test_a_note_that_contradicts_itself_does_not_agree(changes):
    assert "agreement" in verdict(**changes)


@pytest.mark.parametrize(
    ("note", "what"),
    [
        (SoapNote(ros="Positive for fever. Negative for fever."), {("denied", "fever")}),
        (SoapNote(plan="1. Stop lisinopril. 2. Continue lisinopril 10 mg daily."), {("action", "lisinopril")}),
        (SoapNote(assessment="1. Hypertension, stable. 2. Hypertension, worsening."), {("status", "hypertension")}),
        (SoapNote(plan="1. Stop lisinopril. 2. Start losartan 50 mg daily."), set()),
        (NOTE, set()),
    ],
)
def test_a_section_that_contradicts_itself_is_found(note, what):
    assert self_contradictions(extract_facts(note)) == what


def test_every_criterion_is_written_down_and_reported_in_that_order():
    nothing = failed_criteria(compare_notes(NOTE, SoapNote()))
    assert list(nothing) == [criterion for criterion in RUBRIC if criterion in nothing]
    assert {"major_omission", "minor_omission", "structure", "length"} <= set(nothing)
