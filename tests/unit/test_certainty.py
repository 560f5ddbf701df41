"""What the model is unsure of is left out of a note, and only that."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medscribe_core.checks.certainty import statement_units, withhold
from medscribe_core.sampling.text import tidy
from medscribe_core.schema import Section

CASES = [
    (
        Section.ROS,
        "Positive for cough, fever, chills. Negative for rash, wheezing.",
        "fever",
        "Positive for cough, chills. Negative for rash, wheezing.",
    ),
    (Section.ROS, "Positive for fever. Negative for rash.", "fever", "Negative for rash."),
    (
        Section.EXAM,
        "Vitals: BP 120/80, HR 72. Skin: thickened, yellow toenails, no rash.",
        "HR 72",
        "Vitals: BP 120/80. Skin: thickened, yellow toenails, no rash.",
    ),
    (
        Section.EXAM,
        "Vitals: BP 120/80. Skin: thickened, yellow toenails, no rash.",
        "yellow",
        "Vitals: BP 120/80. Skin: no rash.",
    ),
    (
        Section.HPI,
        "50-year-old man presents with cough. Current medications include aspirin 81 mg daily, metformin 500 mg daily "
        "and losartan 50 mg daily. Works as a baker.",
        "500",
        "50-year-old man presents with cough. Current medications include aspirin 81 mg daily and losartan 50 mg "
        "daily. Works as a baker.",
    ),
    (Section.HPI, "50-year-old man presents with cough. Works as a baker.", "cough", None),
    (
        Section.HPI,
        "50-year-old man presents with cough. Works as a baker.",
        "baker",
        "50-year-old man presents with cough.",
    ),
    (Section.ASSESSMENT, "1. Gout. 2. Asthma, worsening. 3. Anemia.", "worsening", "1. Gout. 2. Anemia."),
    (Section.PLAN, "1. Start aspirin 81 mg daily. 2. Follow up in 2 weeks.", "81", "1. Follow up in 2 weeks."),
]  # fmt: skip


def confidences(text, doubt):
    at = text.index(doubt)
    return [0.1 if at <= i < at + len(doubt) else 0.9 for i in range(len(text))]


def sure(section, text, confidence):
    units = [unit for group in statement_units(section, text) for unit in group]
    return {unit: min(confidence[unit.start : unit.end], default=1.0) for unit in units}


@pytest.mark.parametrize(("section", "text", "doubt", "expected"), CASES)
def test_a_statement_with_an_unsure_token_is_left_out_whole(section, text, doubt, expected):
    kept, left_out = withhold(section, text, sure(section, text, confidences(text, doubt)), 0.5)
    assert tidy(kept, section) == (expected or text)
    assert len(left_out) == (expected is not None)
    for withheld in left_out:
        assert doubt in withheld.text
        assert withheld.section is section
        assert withheld.confidence == 0.1


def test_the_most_certain_statement_of_a_section_stays():
    text = "Vitals: BP 120/80, HR 72."
    low = [0.2 if i < text.index("HR") else 0.3 for i in range(len(text))]
    kept, left_out = withhold(Section.EXAM, text, sure(Section.EXAM, text, low), 0.9)
    assert kept == "Vitals: HR 72."
    assert [w.text for w in left_out] == ["Vitals: BP 120/80"]


def test_a_withheld_item_is_named_with_the_list_it_stood_in():
    text = "Positive for cough. Negative for fever, rash."
    _, left_out = withhold(Section.ROS, text, sure(Section.ROS, text, confidences(text, "fever")), 0.5)
    assert [w.text for w in left_out] == ["Negative for fever"]
    assert left_out[0].sentence == "Left out of ROS, 10% sure: Negative for fever"


@pytest.mark.parametrize("section", [Section.HPI, Section.ROS, Section.EXAM, Section.ASSESSMENT, Section.PLAN])
@given(st.text(alphabet="ab1. ,:AN\n", max_size=60), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_and_a_sure_one_is_kept_as_it_is(section, text, seed):
    assert withhold(section, text, sure(section, text, [0.9] * len(text)), 0.5) == (text, [])
    doubtful = [((i * 7 + seed) % 10) / 10 for i in range(len(text))]
    kept, _ = withhold(section, text, sure(section, text, doubtful), 0.5)
    assert not text.strip() or len(kept) <= len(text) + 3 * len(text.split())
