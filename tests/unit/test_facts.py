"""What counts as a fact and what its wording commits to."""

import pytest

from medscribe_core.facts.extraction import extract_facts, section_facts
from medscribe_core.facts.splitting import sentences
from medscribe_core.facts.wording import read_wording
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote
from tests.unit.evaluation_notes import NOTE


def texts(section, kind=None):
    return [f.text for f in section_facts(section, NOTE[section]) if kind in (None, f.kind)]


def test_hpi_facts_are_sentences_and_the_items_of_medication_and_history_lists():
    assert texts(Section.HPI) == [
        "58-year-old woman",
        "type 2 diabetes",
        "She checks glucose twice daily at 7 a.m.",
        "Tingling in both feet began 3 weeks ago",
        "no foot sores.",
        "metformin 500 mg twice daily, taken with food",
        "lisinopril 10 mg daily",
        "gout",
        "migraine",
        "No known drug allergies.",
    ]


@pytest.mark.parametrize(
    ("opening", "facts"),
    [
        (
            "34-year-old woman presents with rhinorrhea, sore throat, and cough for 4 days.",
            ["34-year-old woman", "rhinorrhea", "sore throat", "cough", "for 4 days"],
        ),
        (
            "Patient presents with knee pain since May and for follow-up of hypertension and gout.",
            ["knee pain", "hypertension", "gout", "since May"],
        ),
        ("9-year-old boy presents for a school physical.", ["9-year-old boy", "a school physical"]),
        ("71-year-old man presents with chest pain with exertion.", ["71-year-old man", "chest pain with exertion"]),
    ],
)
def test_the_opening_sentence_states_who_why_and_since_when(opening, facts):
    assert [fact.text for fact in section_facts(Section.HPI, opening)] == facts


def test_ros_items_carry_their_polarity_and_known_phrases_stay_whole():
    assert [(f.text, f.polarity) for f in section_facts(Section.ROS, NOTE.ros)] == [
        ("polyuria", "positive"),
        ("foot paresthesias", "positive"),
        ("chest pain", "negative"),
        ("feelings of worthlessness or guilt", "negative"),
        ("fever", "negative"),
    ]


@pytest.mark.parametrize("text", ["Negative for fever, chills, or cough.", "Negative for fever, chills or cough."])
def test_a_conjunction_before_the_last_item_is_no_part_of_it(text):
    assert [f.text for f in section_facts(Section.ROS, text)] == ["fever", "chills", "cough"]


def test_exam_facts_are_vitals_findings_and_results():
    assert texts(Section.EXAM, "vital") == ["BP 152/94", "HR 76", "weight 218 lb"]
    assert [(f.system, f.text) for f in section_facts(Section.EXAM, NOTE.exam) if f.kind == "finding"] == [
        ("Cardiovascular", "regular rhythm"),
        ("Cardiovascular", "no murmurs"),
        ("Skin", "dry, scaly erythematous patches in the antecubital fossae"),
    ]
    assert texts(Section.EXAM, "result") == [
        "HbA1c 9.1% (8.2% in May)",
        "creatinine 1.1 mg/dL",
        "PHQ-9 14, down from 21",
    ]


def test_a_problem_has_a_status_and_its_cause_is_a_fact_of_its_own():
    facts = section_facts(Section.ASSESSMENT, NOTE.assessment)
    assert [(f.kind, f.core, f.status) for f in facts] == [
        ("diagnosis", "Type 2 diabetes", "not at goal"),
        ("cause", "missed doses", ""),
        ("diagnosis", "Diabetic neuropathy", "new"),
        ("diagnosis", "Migraine", ""),
    ]


def test_a_known_name_with_a_comma_or_a_cause_is_one_problem():
    text = "1. Chronic kidney disease, stage 3, stable. 2. Allergic contact dermatitis due to plants, improving."
    assert [(f.core, f.status) for f in section_facts(Section.ASSESSMENT, text)] == [
        ("Chronic kidney disease, stage 3", "stable"),
        ("Allergic contact dermatitis due to plants", "improving"),
    ]


def test_plan_items_know_their_kind_of_action():
    facts = section_facts(Section.PLAN, NOTE.plan)
    assert [(f.text, f.action) for f in facts] == [
        ("Increase metformin to 1000 mg twice daily", "increase"),
        ("BMP in 2 weeks", ""),
        ("Follow up in 4 weeks", "follow"),
    ]


def test_every_fact_stands_verbatim_in_its_section():
    assert all(fact.text in NOTE[fact.section] for fact in extract_facts(NOTE))


def test_silence_is_no_fact():
    assert extract_facts(SoapNote(hpi="Not discussed.", exam="Not performed.", plan=" ")) == []


def test_sentences_keep_abbreviations_and_decimals_whole():
    text = "Seen by Dr. Lee at 2 p.m. Temp was 101.2 F. H. pylori test is pending."
    assert sentences(text) == ["Seen by Dr. Lee at 2 p.m.", "Temp was 101.2 F.", "H. pylori test is pending."]


def test_wording_reads_numbers_with_units_drugs_sides_and_negations():
    wording = read_wording("Zestril 20 mg twice daily for left knee pain, no swelling or fever; SpO2 and HbA1c normal")
    assert dict(wording.quantities) == {("20", "mg"): 1, ("2", "time"): 1}
    assert wording.drugs == {"lisinopril"}
    assert wording.sides == {"left"}
    assert wording.negated == {"swelling", "fever"}


def test_a_medication_list_that_repeats_itself_is_read():
    text = "Current medications include daily, aspirin daily, taken daily and daily, aspirin daily and daily."
    assert [fact.kind for fact in section_facts(Section.HPI, text)]
    repeated = (
        "Current medications include lisinopril 10 mg daily, taken daily, and lisinopril 10 mg daily, taken daily."
    )
    stated = [fact.text for fact in section_facts(Section.HPI, repeated) if fact.kind == "medication"]
    assert stated == ["lisinopril 10 mg daily, taken daily"] * 2


@pytest.mark.parametrize("section", NOTE_SECTIONS)
@pytest.mark.parametrize("text", [".", "1. . 2. .", "...; ; .", "\u2014", "1. \u2026 2. (", ", , .", "Vitals: ."])
def test_debris_is_read_without_an_error_and_no_fact_is_empty(section, text):
    assert all(fact.text for fact in section_facts(section, text))
    read_wording(text)
