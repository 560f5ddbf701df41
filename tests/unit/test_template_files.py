"""The shipped templates, and what came of a template that was filled in."""

from __future__ import annotations

import pytest

from medscribe_core.editing.note_reading import read_sections
from medscribe_core.editing.templates import BlankSize, blanks_to_fill, find_blanks
from medscribe_core.errors import DataError
from medscribe_core.generated import Trajectory, TrajectoryToken
from medscribe_core.sampling.infill import InfilledNote, WrittenSpan, check_infilling
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote
from medscribe_core.ui.template_files import load_templates
from medscribe_core.ui.template_result import FilledTemplate, writable

GIVEN = {Section.EXAM: "Vitals: BP ___/___.", Section.HPI: "Cough for 3 days.", Section.PLAN: "1. Rest."}
NOTE = SoapNote(
    hpi="Cough for 3 days.",
    ros="Positive for cough.",
    exam="Vitals: BP 120/___.",
    assessment="1. Cough, new.",
    plan="1. Rest.",
)


def filled(inferred: bool = True, wanted=NOTE_SECTIONS) -> FilledTemplate:
    tokens = [TrajectoryToken("ros", "Positive", 1, 0.9), TrajectoryToken("assessment", "1.", 3, 0.9)]
    infilled = InfilledNote(
        note=NOTE,
        written={
            Section.ROS: [WrittenSpan(0, 19, 0.9)],
            Section.EXAM: [WrittenSpan(11, 14, 0.7)],
            Section.ASSESSMENT: [WrittenSpan(0, 14, 0.95)],
        },
        unfilled={Section.EXAM: 1},
        inferred=inferred,
        confidence=dict.fromkeys(NOTE_SECTIONS, 0.9),
        trajectory=Trajectory(tokens, 3),
        timings={"total": 90.0},
        steps=3,
    )
    return FilledTemplate("template-1", infilled, GIVEN, frozenset(wanted))


@pytest.mark.parametrize("template", load_templates(), ids=lambda template: template.id)
def test_a_template_reads_back_as_its_sections_and_has_blanks(template):
    given = read_sections(template.to_text())
    assert given == {Section(name): text for name, text in template.sections.model_dump(exclude_none=True).items()}
    infilling = check_infilling(given)
    assert sum(len(blanks) for blanks in infilling.blanks.values()) >= 6
    for section, text in given.items():
        assert find_blanks(section, text) == blanks_to_fill(section, text)  # nothing counts as half-written


def test_vitals_take_numbers():
    (vitals,) = [t for t in load_templates() if t.id == "blank_with_vitals"]
    assert {blank.size for blank in find_blanks(Section.EXAM, vitals.sections.exam)} == {BlankSize.NUMBER}


def test_there_are_at_least_five_templates_with_names_of_their_own():
    templates = load_templates()
    assert len({template.title for template in templates}) == len(templates) >= 5


def test_a_broken_template_file_is_one_sentence(tmp_path):
    (tmp_path / "a.json").write_text('{"id": "a", "title": "A", "about": "b", "sections": {"plam": "x"}}')
    with pytest.raises(DataError, match=r"a\.json is not in the template format \(sections\.plam\)"):
        load_templates(tmp_path)


def test_sections_that_are_absent_or_have_blanks_are_writable():
    assert writable(GIVEN) == [Section.ROS, Section.EXAM, Section.ASSESSMENT]
    assert Section.HPI in writable({Section.HPI: "Patient presents with"})


def test_the_pieces_are_the_text_and_tell_given_from_inferred():
    result = filled()
    for section in NOTE_SECTIONS:
        assert "".join(text for _, text in result.pieces(section)) == result.text(section)
    assert result.pieces(Section.EXAM) == [("given", "Vitals: BP "), ("inferred", "120"), ("given", "/___.")]
    assert result.pieces(Section.PLAN) == [("given", "1. Rest.")]


def test_inferences_stay_marked_until_they_are_accepted():
    result = filled()
    assert result.to_accept == [Section.ROS, Section.EXAM, Section.ASSESSMENT]
    accepted = result.toggled(Section.ROS)
    assert accepted.to_accept == [Section.EXAM, Section.ASSESSMENT]
    assert accepted.pieces(Section.ROS) == [("written", "Positive for cough.")]
    assert accepted.facts(Section.ROS).startswith("inferred, accepted by you")
    assert "not accepted: Examination, Assessment." in accepted.download_text()
    assert accepted.toggled(Section.ROS) == result


def test_with_a_transcript_nothing_is_an_inference():
    result = filled(inferred=False)
    assert result.to_accept == []
    assert "not accepted" not in result.download_text()
    assert ("written", "120") in result.pieces(Section.EXAM)


def test_sections_that_are_not_wanted_stay_as_given():
    result = filled(wanted=[Section.ROS])
    assert result.text(Section.EXAM) == GIVEN[Section.EXAM]
    assert result.text(Section.ASSESSMENT) == ""
    assert (result.open_blanks(Section.EXAM), filled().open_blanks(Section.EXAM)) == (2, 1)
    assert [token.section for token in result.as_generated().trajectory.tokens] == ["ros"]
    assert result.as_generated().trajectory.steps == 1
    assert "ASSESSMENT" not in result.download_text()


def test_the_download_holds_what_was_given_byte_for_byte():
    lines = filled().download_text().splitlines()
    assert f"HPI: {GIVEN[Section.HPI]}" in lines and f"PLAN: {GIVEN[Section.PLAN]}" in lines
