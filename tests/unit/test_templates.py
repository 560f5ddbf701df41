"""Templates with blanks, half-written sections, and notes that come from elsewhere."""

import json

import pytest

from medscribe_core.editing.note_reading import read_note, read_sections
from medscribe_core.editing.templates import BlankSize, blanks_to_fill, find_blanks, has_given_text, is_half_written
from medscribe_core.errors import InputError
from medscribe_core.schema import Section, SoapNote


@pytest.mark.parametrize(
    ("section", "text", "expected"),
    [
        (Section.EXAM, "Vitals: BP ___/___, HR [ ].", [("___", "number"), ("___", "number"), ("[ ]", "number")]),
        (Section.EXAM, "Lungs: [  ].", [("[  ]", "phrase")]),
        (Section.HPI, "Presents with ____ for __ days.", [("____", "phrase"), ("__", "number")]),
        (Section.PLAN, "{plan}", [("{plan}", "section")]),
        (Section.PLAN, "1. Start {drug and dose}. 2. {hpi}", [("{drug and dose}", "phrase"), ("{hpi}", "phrase")]),
        (Section.HPI, "A snake_case word, an [x] and a {1} are text.", []),
    ],
)
def test_blanks_are_found_with_their_size(section, text, expected):
    assert [(text[b.start : b.end], b.size.value) for b in find_blanks(section, text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("45-year-old woman presents with", True),
        ("Vitals:", True),
        ("1. Rest. 2.", True),
        ("1. Rest. 2. Follow up in 2 weeks", True),
        ("Takes aspirin 81 mg.", False),
        ("He said \"no.\"", False),
        ("BP ___/___", False),
        ("  ", False),
    ],
)  # fmt: skip
def test_a_text_that_breaks_off_is_half_written(text, expected):
    assert is_half_written(text) is expected


def test_a_half_written_section_is_continued_unless_told_otherwise():
    text = "Presents with [ ] and"
    assert [blank.size for blank in blanks_to_fill(Section.HPI, text)] == [BlankSize.PHRASE, BlankSize.SECTION]
    assert [blank.size for blank in blanks_to_fill(Section.HPI, text, complete=False)] == [BlankSize.PHRASE]
    assert blanks_to_fill(Section.HPI, "Done.", complete=True)[-1].start == 5


def test_a_span_to_write_anew_takes_in_the_blanks_inside_it():
    text = "Lungs: [ ]. Heart: normal."
    found = blanks_to_fill(Section.EXAM, text, rewrite=[(7, 10), (19, 25)])
    assert [text[blank.start : blank.end] for blank in found] == ["[ ]", "normal"]


@pytest.mark.parametrize("spans", [[(0, 99)], [(4, 4)], [(0, 8), (5, 10)], [(-1, 3)]])
def test_spans_that_cannot_be_are_refused(spans):
    with pytest.raises(InputError, match="hpi"):
        blanks_to_fill(Section.HPI, "Presents with a cough.", rewrite=spans)


def test_blanks_alone_are_no_given_text():
    assert not has_given_text("{plan}")
    assert not has_given_text("___/___ [ ]")
    assert has_given_text("BP ___/___")


def test_our_json_our_titles_and_usual_titles_are_read():
    note = SoapNote(hpi="Cough.", ros="Not discussed.", exam="Lungs: clear.", assessment="1. Cold.", plan="1. Rest.")
    sections = {section.value: text for section, text in note.sections().items()}
    assert read_note(json.dumps(sections)) == note
    assert read_note(json.dumps({"note_id": "x", "sections": sections})) == note
    assert read_note(note.to_text()) == note
    found = read_sections("History of Present Illness:\nCough.\n\nPhysical Exam:\nLungs clear.\n\nPlan:\n1. Rest.")
    assert found == {Section.HPI: "Cough.", Section.EXAM: "Lungs clear.", Section.PLAN: "1. Rest."}


def test_given_json_text_stays_byte_for_byte():
    assert read_sections('{"hpi": "  odd\\n spacing ", "plan": null}') == {Section.HPI: "  odd\n spacing "}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "empty"),
        ("The patient came with a cough and was sent home.", "no section titles"),
        ("Seen on Monday.\nHistory of present illness: cough.\nPlan: rest.", "none of the sections"),
        ("HPI: cough\nHPI: fever", "twice"),
        ('{"subjective": "x"}', "subjective"),
        ('{"hpi": 5}', "hpi"),
        ('{"hpi": "x"', "not valid JSON"),
        ('{"hpi": null}', "no text"),
    ],
)
def test_a_note_whose_sections_cannot_be_told_is_refused_with_the_reason(text, named):
    with pytest.raises(InputError, match=named) as error:
        read_note(text)
    assert "\n" not in str(error.value)


def test_a_template_with_our_titles_keeps_its_blanks():
    found = read_sections("EXAM: Vitals: BP ___/___.\nPLAN: {plan}")
    assert found == {Section.EXAM: "Vitals: BP ___/___.", Section.PLAN: "{plan}"}
