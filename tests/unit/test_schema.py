"""Section order, patient context, notes and partial notes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medscribe_core.errors import InputError
from medscribe_core.schema import NOTE_SECTIONS, PatientContext, Section, SoapNote, parse_partial_note

NOTE = SoapNote(
    hpi="30-year-old man presents with cough.",
    ros="Negative for fever.",
    exam="Lungs: clear bilaterally.",
    assessment="1. Bronchitis.",
    plan="1. Counseled on fluids and rest.",
)


def test_a_note_has_five_sections_in_soap_order():
    assert [section.value for section in NOTE_SECTIONS] == ["hpi", "ros", "exam", "assessment", "plan"]
    assert [section.index for section in Section] == [0, 1, 2, 3, 4, 5]
    assert list(NOTE.sections()) == list(NOTE_SECTIONS)


def test_every_section_has_its_own_loinc_code_and_header():
    assert len({section.loinc for section in Section}) == 6
    assert Section.HPI.loinc == "10164-2"
    assert Section.PLAN.header == "PLAN:"


def test_an_unexamined_patient_is_not_performed_and_other_silence_is_not_discussed():
    assert Section.EXAM.empty_text == "Not performed."
    assert {section.empty_text for section in NOTE_SECTIONS if section is not Section.EXAM} == {"Not discussed."}


def test_a_rendered_note_parses_back():
    assert SoapNote.from_text(NOTE.to_text()) == NOTE


# Section text that holds no header of its own and no surrounding white space, which parsing strips.
plain = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Zs"], exclude_characters=":"))


@given(st.tuples(plain, plain, plain, plain, plain))
def test_any_section_text_survives_rendering_and_parsing(texts):
    note = SoapNote(**dict(zip([section.value for section in NOTE_SECTIONS], texts, strict=True)))
    assert SoapNote.from_text(note.to_text()) == note


def test_headers_are_found_in_any_order_and_case_and_a_missing_section_is_empty():
    note = SoapNote.from_text("plan: 1. Rest.\nHpi : Cough for 2 days.\nIt is dry.")
    assert note == SoapNote(plan="1. Rest.", hpi="Cough for 2 days.\nIt is dry.")


@pytest.mark.parametrize("text", ["no headers at all", "HPI: a\nPLAN: b\nhpi: c"])
def test_a_note_without_headers_or_with_one_twice_is_refused(text):
    with pytest.raises(InputError):
        SoapNote.from_text(text)


@pytest.mark.parametrize(
    ("context", "named"),
    [
        ({"age": 140}, "age"),
        ({"age": -1}, "age"),
        ({"age": "old"}, "age"),
        ({"sex": "X"}, "sex"),
        ({"medicatoins": []}, "medicatoins"),
        ({"medications": ["x" * 500]}, "medications"),
        ({"medications": "lisinopril"}, "medications"),
        ([1, 2], "the whole"),
    ],
)
def test_a_context_that_cannot_be_used_is_refused_in_one_sentence_naming_the_key(context, named):
    with pytest.raises(InputError) as raised:
        PatientContext.parse(context)
    message = str(raised.value)
    assert named in message
    assert "\n" not in message
    assert message.endswith(".")


def test_null_lists_and_an_absent_context_are_empty():
    assert PatientContext.parse(None) == PatientContext()
    assert PatientContext.parse({"medications": None, "active_diagnoses": None}).medications == []


def test_the_context_line_says_what_is_unknown():
    assert PatientContext().as_line() == "age unknown sex unknown. Medications: none. Diagnoses: none."
    line = PatientContext(age=61, sex="F", medications=["metformin 500 mg daily"]).as_line()
    assert line == "61-year-old female. Medications: metformin 500 mg daily. Diagnoses: none."


def test_given_sections_stay_verbatim_and_null_ones_are_to_be_written():
    assert parse_partial_note({"hpi": "  As typed. ", "plan": None}) == {Section.HPI: "  As typed. "}
    assert parse_partial_note(None) == {}


@pytest.mark.parametrize("partial", [{"subjective": "x"}, {"other": "x"}, {"hpi": 3}, ["hpi"], "hpi"])
def test_a_partial_note_with_unknown_sections_or_no_text_is_refused(partial):
    with pytest.raises(InputError):
        parse_partial_note(partial)
