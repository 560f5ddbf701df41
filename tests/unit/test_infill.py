"""Infilling: what is given stays byte for byte, blanks are filled or stay, nothing is made up without a source."""

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import medscribe_core
from medscribe_core.editing.templates import blanks_to_fill, has_given_text
from medscribe_core.engine import NoteEngine
from medscribe_core.errors import InputError
from medscribe_core.sampling.infill import check_infilling, infill_note
from medscribe_core.schema import NOTE_SECTIONS, Encounter, PatientContext, Section
from medscribe_core.tokenizer import PAD, USER_SYMBOLS
from tests.unit.test_propagate import MODELS, POLICIES, TOKENIZER, VISIT, filling, writing
from tests.unit.test_revision import stand_in_order

SLOTS = dict.fromkeys(NOTE_SECTIONS, 12)
PIECES = ["BP ___/___", "[ ]", "{plan}", "1. Rest.", "  odd\n spacing ", "ünïcode — [MASK]", "half a sentence", "x_y"]
texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map(" ".join)
given_sections = st.dictionaries(st.sampled_from(NOTE_SECTIONS), texts, min_size=1)


def outside(text, blanks):
    """The given characters, blanks left out."""
    ends = [0, *(blank.end for blank in blanks)]
    starts = [*(blank.start for blank in blanks), len(text)]
    return [text[a:b] for a, b in zip(ends, starts, strict=True)]


@given(
    given_sections, st.booleans(), st.sampled_from(sorted(MODELS)), st.sampled_from(POLICIES), st.sampled_from([0, 1])
)
@settings(max_examples=20)
def test_given_text_stays_byte_for_byte(sections, said, bias, policy, temperature):
    assume(said or any(map(has_given_text, sections.values())))
    infilling = check_infilling(sections, transcript=VISIT if said else "", patient_context="40-year-old. BP 1.")
    found = infill_note(TOKENIZER, infilling, SLOTS, filling(bias, policy, float(temperature)))
    for section, text in sections.items():
        blanks, spans = blanks_to_fill(section, text), found.written.get(section, [])
        result = found.note[section]
        assert stand_in_order(outside(text, blanks), result)
        assert len(spans) + found.unfilled.get(section, 0) == len(blanks)
        if not blanks:
            assert result == text
        # What is not marked as written is given text or an unfilled blank.
        rest, position = "", 0
        for span in spans:
            rest += result[position : span.start]
            position = span.end
        assert stand_in_order(list(filter(str.strip, (rest + result[position:]).split())), text)
    for section in set(NOTE_SECTIONS) - set(sections):
        assert found.note[section].strip()
    written = [found.note[section][a.start : a.end] for section, spans in found.written.items() for a in spans]
    assert not any(symbol in text for text in written for symbol in (PAD, *USER_SYMBOLS))
    assert found.inferred is not said


def filled(section, text, *written, transcript=VISIT, **options):
    """The section after ``written`` went into its blanks; the other sections are given."""
    others = {other: "Given." for other in NOTE_SECTIONS if other is not section}
    infilling = check_infilling({**others, section: text}, transcript=transcript, **options)
    return infill_note(TOKENIZER, infilling, SLOTS, writing(*written))


@pytest.mark.parametrize(
    ("section", "text", "written", "expected"),
    [
        (Section.EXAM, "Vitals: BP ___/___, HR [ ].", ["152", "94/", "76 and"], "Vitals: BP 152/94, HR 76."),
        (Section.EXAM, "Vitals: BP ___/___.", ["high", "94"], "Vitals: BP ___/94."),
        (Section.EXAM, "Lungs: [ ]. Heart: [ ].", ["clear.", ""], "Lungs: clear. Heart: [ ]."),
        (Section.PLAN, "1. [ ] 2. Rest.", ["2. Order BMP. 3. Run."], "1. Order BMP. 2. Rest."),
        (Section.PLAN, "1. Rest. 2.", ["2. Run. 3. Swim."], "1. Rest. 2. Run. 3. Swim."),
        (Section.PLAN, "1. Rest. 2. Follow up", ["in 2 weeks. 3. Run."], "1. Rest. 2. Follow up in 2 weeks. 3. Run."),
        (Section.PLAN, "{plan}", ["1. Rest. 2. Run."], "1. Rest. 2. Run."),
        (Section.HPI, "Patient presents with", ["cough for 4 days."], "Patient presents with cough for 4 days."),
    ],
)
def test_blanks_are_filled_as_they_fit(section, text, written, expected):
    assert filled(section, text, *written).note[section] == expected


def test_what_was_written_is_marked_and_what_was_not_is_counted():
    found = filled(Section.EXAM, "Lungs: [ ]. Heart: [ ].", "clear", "")
    [span] = found.written[Section.EXAM]
    assert found.note.exam[span.start : span.end] == "clear"
    assert span.confidence == 0.75
    assert found.unfilled == {Section.EXAM: 1}
    response = json.loads(json.dumps(found.to_response()))
    assert response["written"] == {"exam": [{"start": 7, "end": 12, "confidence": 0.75}]}
    assert response["unfilled"] == {"exam": 1}


def test_a_span_is_written_anew():
    found = filled(Section.HPI, "Presents with cough for 4 days.", "fever", rewrite={Section.HPI: [(14, 19)]})
    assert found.note.hpi == "Presents with fever for 4 days."


def test_without_a_transcript_no_number_and_no_drug_is_made_up():
    text = "Takes [ ]. Weight [ ]. Feels [ ]."
    found = filled(Section.HPI, text, "lisinopril", "185", "well", transcript="")
    assert found.note.hpi == "Takes [ ]. Weight [ ]. Feels well."
    assert found.inferred
    context = "Medications: lisinopril 10 mg daily."
    found = filled(Section.HPI, text, "lisinopril", "185", "well", transcript="", patient_context=context)
    assert found.note.hpi == "Takes lisinopril. Weight [ ]. Feels well."


def test_without_a_transcript_a_section_keeps_what_follows():
    given_text = {section: "Takes lisinopril 10 mg." for section in NOTE_SECTIONS if section is not Section.PLAN}
    fill = writing("1. Start aspirin 81 mg. 2. Continue lisinopril 10 mg. 3. Rest.")
    found = infill_note(TOKENIZER, check_infilling(given_text), dict.fromkeys(NOTE_SECTIONS, 40), fill)
    assert found.note.plan == "1. Continue lisinopril 10 mg. 2. Rest."


def test_nothing_is_denoised_when_everything_is_given():
    found = infill_note(TOKENIZER, check_infilling(dict.fromkeys(NOTE_SECTIONS, "Given.")), SLOTS, writing())
    assert found.written == {} and found.steps == 0


@pytest.mark.parametrize(
    ("sections", "options", "named"),
    [
        ({}, {}, "neither a transcript nor"),
        ({Section.PLAN: "{plan}"}, {}, "neither a transcript nor"),
        ({Section.PLAN: "Rest."}, {"complete": [Section.HPI]}, "hpi is not given"),
        ({Section.PLAN: "Rest."}, {"rewrite": {Section.PLAN: [(0, 99)]}}, "does not lie in"),
    ],
)
def test_requests_that_cannot_be_are_refused_in_one_sentence(sections, options, named):
    with pytest.raises(InputError, match=named) as error:
        check_infilling(sections, **options)
    assert "\n" not in str(error.value)


def test_given_text_that_leaves_no_room_is_refused():
    with pytest.raises(InputError, match="a note holds 512"):
        infill_note(TOKENIZER, check_infilling({Section.HPI: "word " * 600}, transcript=VISIT), SLOTS, writing())


def test_a_canvas_is_never_longer_than_a_note():
    lengths = []

    def fill(canvas):
        lengths.append(len(canvas.ids))
        return filling(0.0, POLICIES[2])(canvas)

    infill_note(
        TOKENIZER, check_infilling({Section.HPI: "word " * 350}, transcript=VISIT), dict.fromkeys(SLOTS, 200), fill
    )
    assert 400 < lengths[0] <= 512


def test_the_public_name_is_the_function():
    assert medscribe_core.infill_note is infill_note


def test_the_engine_fills_a_template_with_the_shipped_weights_with_and_without_a_transcript():
    engine = NoteEngine.load()
    sections = {Section.EXAM: "Vitals: BP ___/___.  Odd   spacing.", Section.HPI: "Patient takes lisinopril."}
    for transcript in (VISIT, ""):
        encounter = Encounter(encounter_id="visit", transcript=transcript, patient_context=PatientContext(age=58))
        found = engine.infill(encounter, sections)
        assert found.note.hpi == sections[Section.HPI]
        assert found.note.exam.startswith("Vitals: BP ") and found.note.exam.endswith(".  Odd   spacing.")
        assert found.note.plan.strip()
        assert found.inferred is (not transcript)
        assert found.confidence[Section.HPI] == 1.0
        assert found.trajectory is not None and found.steps > 0
