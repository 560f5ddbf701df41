"""When two facts say the same, and in what they contradict each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medscribe_core.evaluation.matching import conflict_kind, match_facts
from medscribe_core.facts.extraction import NoteFact, section_facts
from medscribe_core.schema import Section


@pytest.mark.parametrize(
    ("section", "one", "other"),
    [
        (Section.PLAN, "1. Start lisinopril 10 mg daily.", "1. Start Zestril 10 mg once daily."),
        (Section.PLAN, "1. Order BMP in 2 weeks.", "1. BMP in 2 weeks."),
        (Section.HPI, "Symptoms began 4 days ago.", "Symptoms started 4 days ago."),
        (
            Section.HPI,
            "She takes metformin 500 mg twice daily.",
            "Current medications: metformin 500 mg 2 times daily.",
        ),
        (Section.EXAM, "Lungs: no wheeze.", "Lungs: no wheezes."),
        (Section.EXAM, "Results: HbA1c 9.10%.", "Results: HbA1c 9.1."),
        (Section.ASSESSMENT, "1. Hypertension, stable.", "1. hypertension, stable."),
    ],
)
def test_the_same_fact_in_other_words_matches(section, one, other):
    match = match_facts(section_facts(section, one), section_facts(section, other))
    assert len(match.pairs) == 1
    assert not match.missed and not match.unsupported


@pytest.mark.parametrize(
    ("section", "reference", "predicted"),
    [
        (Section.EXAM, "Vitals: BP 152/94.", "Vitals: BP 125/94."),
        (Section.EXAM, "Lungs: wheezes.", "Lungs: no wheezes."),
        (Section.EXAM, "Results: rapid strep negative.", "Results: rapid strep positive."),
        (Section.EXAM, "Musculoskeletal: left knee effusion.", "Musculoskeletal: right knee effusion."),
        (Section.ROS, "Negative for fever.", "Positive for fever."),
        (Section.ASSESSMENT, "1. Hypertension, stable.", "1. Hypertension, not at goal."),
        (Section.PLAN, "1. Continue lisinopril 10 mg daily.", "1. Stop lisinopril 10 mg daily."),
        (Section.PLAN, "1. Start lisinopril 10 mg daily.", "1. Start enalapril 10 mg daily."),
        (Section.PLAN, "1. Start metformin 500 mg daily.", "1. Start metformin 500 mg twice daily."),
        (Section.PLAN, "1. Follow up in 4 weeks.", "1. Follow up in 4 months."),
        (Section.HPI, "Tried ibuprofen with relief.", "Tried ibuprofen without relief."),
        (Section.HPI, "Tried ibuprofen with relief.", "Tried ibuprofen with partial relief."),
    ],
)
def test_a_changed_number_drug_side_polarity_status_or_action_contradicts(section, reference, predicted):
    match = match_facts(section_facts(section, reference), section_facts(section, predicted))
    assert match.pairs == ()
    assert match.contradicted == match.unsupported == (0,)


@pytest.mark.parametrize("who", ["41-year-old man", "40-year-old woman"])
def test_another_age_or_sex_contradicts_but_the_complaint_still_matches(who):
    reference = section_facts(Section.HPI, "40-year-old man presents with cough.")
    match = match_facts(reference, section_facts(Section.HPI, f"{who} presents with cough."))
    assert match.pairs == ((1, 1),)
    assert match.contradicted == (0,)


@pytest.mark.parametrize(
    ("section", "reference", "predicted"),
    [
        (Section.HPI, "Patient presents with cough.", "Patient presents with rash."),
        (Section.HPI, "Symptoms are constant.", "Severity is mild."),
        (Section.EXAM, "Neck: supple.", "Abdomen: supple."),
        (Section.EXAM, "Vitals: HR 80.", "Vitals: RR 80."),
        (Section.PLAN, "1. Start lisinopril 10 mg daily.", "1. Start metformin 500 mg twice daily."),
        (Section.PLAN, "1. Continue lisinopril 10 mg daily.", "1. Continue lisinopril."),
        (Section.ASSESSMENT, "1. Hypertension, stable.", "1. Hypertension."),
        (Section.ASSESSMENT, "1. Hypertension, stable.", "1. Hypertension, well controlled."),
        (Section.ASSESSMENT, "1. Cellulitis, left leg.", "1. Cellulitis, leg."),
    ],
)
def test_another_or_a_vaguer_statement_is_unsupported_but_contradicts_nothing(section, reference, predicted):
    match = match_facts(section_facts(section, reference), section_facts(section, predicted))
    assert match.pairs == match.contradicted == ()
    assert match.unsupported == (0,)


def test_a_fact_said_twice_matches_once():
    once, twice = (
        section_facts(Section.ROS, "Positive for fever."),
        section_facts(Section.ROS, "Positive for fever, fever."),
    )
    match = match_facts(once, twice)
    assert match.pairs == ((0, 0),)
    assert match.unsupported == (1,)


def test_the_closest_pair_is_matched_first():
    gold = section_facts(
        Section.PLAN, "1. Refer to physical therapy for knee. 2. Refer to physical therapy for knee pain."
    )
    guess = section_facts(Section.PLAN, "1. Refer to physical therapy for knee pain.")
    assert match_facts(gold, guess).pairs == ((1, 0),)


vocabulary = ["fever", "cough", "left", "5", "10", "mg", "lisinopril", "no", "daily", "rash", "severe", "knee"]


words = st.lists(st.sampled_from(vocabulary), min_size=1)


@given(words, words)
def test_a_fact_matches_itself_and_contradiction_needs_a_difference(a, b):
    one, other = (NoteFact(Section.HPI, "history", " ".join(w), " ".join(w)) for w in (a, b))
    assert match_facts([one], [one]).pairs == ((0, 0),)
    assert not conflict_kind(one, one)
    match = match_facts([one], [other])
    assert len(match.pairs) + len(match.unsupported) == 1


@pytest.mark.parametrize(
    ("section", "reference", "predicted", "kind"),
    [
        (Section.ROS, "Negative for fever.", "Positive for fever.", "negation"),
        (Section.EXAM, "Results: rapid strep negative.", "Results: rapid strep positive.", "negation"),
        (Section.EXAM, "Musculoskeletal: left knee effusion.", "Musculoskeletal: right knee effusion.", "side"),
        (Section.PLAN, "1. Start lisinopril 10 mg daily.", "1. Start enalapril 10 mg daily.", "drug"),
        (Section.PLAN, "1. Start lisinopril 10 mg daily.", "1. Start lisinopril 20 mg daily.", "dose"),
        (Section.PLAN, "1. Start lisinopril 10 mg daily.", "1. Start lisinopril 10 mg weekly.", "dose"),
        (Section.EXAM, "Vitals: BP 152/94.", "Vitals: BP 125/94.", "number"),
        (Section.ASSESSMENT, "1. Hypertension, stable.", "1. Hypertension, not at goal.", "status"),
        (Section.PLAN, "1. Continue lisinopril 10 mg daily.", "1. Stop lisinopril 10 mg daily.", "action"),
        (Section.HPI, "Tried rest with relief.", "Tried rest with partial relief.", "wording"),
        (Section.HPI, "Pain is severe at night.", "Pain is mild at night.", "wording"),
    ],
)
def test_a_contradiction_names_what_differs(section, reference, predicted, kind):
    match = match_facts(section_facts(section, reference), section_facts(section, predicted))
    assert [(conflict.predicted, conflict.reference, conflict.kind) for conflict in match.conflicts] == [(0, 0, kind)]
