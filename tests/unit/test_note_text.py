"""From tokens to the text of a section."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medscribe_core.sampling.canvas import MAX_NOTE_TOKENS, build_canvas
from medscribe_core.sampling.text import drop_repeats, renumber, section_text
from medscribe_core.schema import NOTE_SECTIONS, Section
from medscribe_core.settings import REPOSITORY
from medscribe_core.tokenizer import load_tokenizer

TOKENIZER = load_tokenizer(REPOSITORY / "assets" / "models" / "cpu" / "tokenizer.model")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Severity 7/10. Worse with exercise. Severity 7/10.", "Severity 7/10. Worse with exercise."),
        ("Negative for chest pain, chest pain, fever.", "Negative for chest pain, fever."),
        ("1. Order CBC. 2. Order CBC. 3. Follow up in 2 weeks.", "1. Order CBC. 3. Follow up in 2 weeks."),
        ("Vitals: BP 152/94, HR 76, Temp 98.6 F.", "Vitals: BP 152/94, HR 76, Temp 98.6 F."),
        ("Metformin 500 mg and glipizide 500 mg.", "Metformin 500 mg and glipizide 500 mg."),
    ],
)
def test_what_is_said_twice_is_written_once(text, clean):
    assert drop_repeats(text) == clean


@pytest.mark.parametrize(
    ("text", "numbered"),
    [
        ("1. Gout. 3. Hypertension, stable.", "1. Gout. 2. Hypertension, stable."),
        ("1. Start lisinopril 2.5 mg daily. 1. Stop aspirin.", "1. Start lisinopril 2.5 mg daily. 2. Stop aspirin."),
        ("Not discussed.", "Not discussed."),
    ],
)
def test_items_are_numbered_in_order_and_doses_are_not(text, numbered):
    assert renumber(text) == numbered


@given(st.sampled_from(["1. A. 2. B.", "Positive for cough.", "1. Start lisinopril 20 mg daily."]))
def test_a_clean_section_stays_as_it_is(text):
    ids = TOKENIZER.encode(text)
    assert section_text(TOKENIZER, [*ids, TOKENIZER.pad_id, TOKENIZER.pad_id], Section.PLAN) == text


@pytest.mark.parametrize("section", NOTE_SECTIONS)
def test_an_empty_section_says_so(section):
    assert section_text(TOKENIZER, [TOKENIZER.pad_id] * 3, section) == section.empty_text


def test_a_canvas_holds_what_is_given_and_masks_for_the_rest():
    plan = TOKENIZER.encode("1. Follow up in 2 weeks.")
    canvas = build_canvas(TOKENIZER, {Section.PLAN: plan}, dict.fromkeys(NOTE_SECTIONS, 6))
    assert canvas.section_ids(Section.PLAN) == plan
    assert canvas.section_ids(Section.HPI) == [TOKENIZER.mask_id] * 6
    assert sum(canvas.editable) == 24
    assert len(canvas.ids) == len(canvas.sections) == len(canvas.editable) == 5 + 24 + len(plan)


@given(st.integers(1, 2000), st.integers(0, 300))
def test_a_canvas_never_passes_its_limit(slots, given_tokens):
    given_ids = {Section.HPI: [300] * given_tokens}
    canvas = build_canvas(TOKENIZER, given_ids, dict.fromkeys(NOTE_SECTIONS, slots))
    assert len(canvas.ids) <= MAX_NOTE_TOKENS
