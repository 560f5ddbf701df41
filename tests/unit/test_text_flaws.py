"""Repetition, broken-off statements: found where they are, not where house style repeats itself."""

import pytest

from medscribe_core.evaluation.text_flaws import (
    note_repetitions,
    note_truncations,
    repeated_phrases,
    repetition_rate,
    truncated_statements,
)
from medscribe_core.schema import Section
from tests.unit.evaluation_notes import NOTE


def test_repetition_is_the_share_of_word_4_grams_seen_before():
    assert repetition_rate(list("abcdabcd")) == pytest.approx(1 / 5)
    assert repetition_rate(list("abc")) == 0.0


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("Cough cough for 2 days.", ["cough"]),
        ("Positive for cough, cough.", ["cough"]),
        ("Positive for leg pain, pain with walking.", []),
        ("Cough for 2 days for 2 days.", ["for 2 days"]),
        (
            "She has had a dry cough for 4 days. She has had a dry cough for 4 days.",
            ["She has had a dry cough for 4 days"],
        ),
        ("Denies pain. Pain began today.", []),
        ("1. Start amoxicillin 500 mg twice daily. 2. Continue metformin 500 mg twice daily.", []),
        ("", []),
    ],
)
def test_a_phrase_said_again_is_found_and_a_common_dose_is_not(text, phrases):
    assert repeated_phrases(text) == phrases


@pytest.mark.parametrize(
    ("section", "text", "broken"),
    [
        (Section.HPI, "Cough for 2 days. Pain radiates to the.", ["Pain radiates to the."]),
        (Section.HPI, "Cough for 2 days. Pain radiates", ["Pain radiates"]),
        (Section.PLAN, "1. Rest. 2. Start ibuprofen with.", ["Start ibuprofen with."]),
        (Section.PLAN, "1. Rest. 2.", ["Rest. 2."]),
        (Section.EXAM, "Results: HbA1c 9.1% (8.2% in May.", ["Results: HbA1c 9.1% (8.2% in May."]),
        (Section.ASSESSMENT, "1. Influenza A.", []),
        (Section.HPI, "Not discussed.", []),
        (Section.HPI, "", []),
    ],
)
def test_a_statement_that_breaks_off_is_found(section, text, broken):
    assert truncated_statements(section, text) == broken


def test_a_note_in_the_house_style_has_no_flaws():
    assert list(note_repetitions(NOTE)) == list(note_truncations(NOTE)) == []
