"""A note under edit: what is compared, what is locked, what a decision does."""

from __future__ import annotations

import pytest

from medscribe_core.editing.edited_phrases import edited_phrases
from medscribe_core.editing.propagation import Propagation, apply_changes, check_edit
from medscribe_core.editing.revision import Change
from medscribe_core.errors import InputError
from medscribe_core.generated import Trajectory, TrajectoryToken
from medscribe_core.schema import NOTE_SECTIONS, Section
from medscribe_core.ui.components.changes import Decision, review_payload
from medscribe_core.ui.components.rewriting import before_pieces, rewriting_payload
from medscribe_core.ui.edit_note import EditedNote
from tests.conftest import FAKE_NOTE

EDIT = "1. Viral upper respiratory infection, worsening. 2. Mild insomnia."
STEPS = [TrajectoryToken("plan", "1.", 0, 1.0), TrajectoryToken("plan", " Start", 2, 0.9)]


def carried(edited: EditedNote, section: Section, locked=()) -> Propagation:
    """Two changes that follow from the edit: one before it, one after it."""
    edit = check_edit(
        edited.before_edit(section), section.value, edited.note[section], locks=edited.locks(section, locked)
    )
    (phrase, *_) = edited_phrases(edit.note[section], edit.content)
    changes = [
        Change(Section.ROS, "change", 0, "Positive for cough, rhinorrhea.", "Positive for cough, fever.", phrase, 0.91),
        Change(Section.PLAN, "add", 1, "", "Order chest X-ray.", phrase, 0.8),
    ]
    return Propagation(edit, changes, apply_changes(edit, changes), [], Trajectory(STEPS, 2), {"total": 120.0}, 2)


def reviewed() -> EditedNote:
    edited = EditedNote.opened(FAKE_NOTE).edited(Section.ASSESSMENT, EDIT)
    return edited.reviewing("r1", carried(edited, Section.ASSESSMENT))


def test_an_edit_is_uncarried_until_it_is_under_review():
    edited = EditedNote.opened(FAKE_NOTE).edited(Section.ASSESSMENT, EDIT)
    assert edited.uncarried == (Section.ASSESSMENT,)
    assert edited.before_edit(Section.ASSESSMENT) == FAKE_NOTE
    under_review = edited.reviewing("r1", carried(edited, Section.ASSESSMENT))
    assert under_review.uncarried == ()
    assert under_review.note == edited.note


def test_typing_the_old_text_again_leaves_nothing_to_carry():
    edited = EditedNote.opened(FAKE_NOTE).edited(Section.PLAN, "1. Rest.").edited(Section.PLAN, FAKE_NOTE.plan)
    assert edited.uncarried == ()


def test_words_typed_in_other_sections_are_locked_and_the_edited_one_is_free():
    edited = EditedNote.opened(FAKE_NOTE).edited(Section.PLAN, "1. Rest at home.").edited(Section.ASSESSMENT, EDIT)
    locks = edited.locks(Section.ASSESSMENT, {Section.EXAM})
    assert locks.sections == {Section.EXAM}
    assert set(locks.spans) == {Section.PLAN}
    assert all("Rest at home." in edited.note.plan[start:end] for start, end in locks.spans[Section.PLAN])
    assert Section.ASSESSMENT in edited.locks(Section.PLAN, ()).spans
    assert Section.PLAN not in edited.locks(Section.ASSESSMENT, {Section.PLAN}).spans


@pytest.mark.parametrize("accepted", [(), (0,), (1,), (0, 1)])
def test_only_accepted_changes_are_made_and_the_rest_stays_as_it_is(accepted):
    under_review = reviewed()
    decided = under_review.decided(accepted, {0, 1} - set(accepted))
    assert decided.note == under_review.review.propagation.with_only(accepted)
    assert decided.note.assessment == EDIT
    assert (decided.note.ros == FAKE_NOTE.ros) is (0 not in accepted)
    assert (decided.note.plan == FAKE_NOTE.plan) is (1 not in accepted)
    assert (decided.note.hpi, decided.note.exam) == (FAKE_NOTE.hpi, FAKE_NOTE.exam)
    assert decided.uncarried == ()


def test_a_decision_can_be_taken_back():
    under_review = reviewed()
    assert under_review.decided({0, 1}, ()).decided((), ()).note == under_review.note


def test_typed_words_are_followed_when_a_change_moves_them():
    edited = EditedNote.opened(FAKE_NOTE).edited(Section.PLAN, f"{FAKE_NOTE.plan} 4. Zinc lozenges.")
    edited = edited.edited(Section.ASSESSMENT, EDIT)
    decided = edited.reviewing("r1", carried(edited, Section.ASSESSMENT)).decided({1}, ())
    (span,) = decided.typed[Section.PLAN]
    assert "Zinc lozenges." in decided.note.plan[slice(*span)]
    assert decided.uncarried == (Section.PLAN,)


@pytest.mark.parametrize(("accepted", "rejected"), [({0}, {0}), ({2}, ()), ((), {-1})])
def test_a_decision_that_makes_no_sense_is_refused(accepted, rejected):
    with pytest.raises(InputError):
        reviewed().decided(accepted, rejected)


def test_a_propagation_of_another_note_is_refused():
    edited = EditedNote.opened(FAKE_NOTE).edited(Section.ASSESSMENT, EDIT)
    found = carried(edited, Section.ASSESSMENT)
    with pytest.raises(InputError, match="carry the edit again"):
        edited.edited(Section.HPI, "Cough.").reviewing("r1", found)


def test_a_later_edit_ends_the_review():
    assert reviewed().edited(Section.HPI, "Cough.").review is None


def test_the_payload_tells_direction_cause_confidence_and_words():
    payload = review_payload(reviewed().decided({1}, {0}).review, 7)
    assert (payload["review"], payload["revision"], payload["accepted"], payload["rejected"]) == ("r1", 7, [1], [0])
    backward, forward = payload["changes"]
    assert (backward["section"], backward["direction"], backward["confidence"]) == (
        Section.ROS.title,
        "backward",
        0.91,
    )
    assert backward["cause"] == {"before": "new.", "after": "worsening."}
    assert ("delete", "rhinorrhea.") in backward["pieces"] and ("insert", "fever.") in backward["pieces"]
    assert (forward["direction"], forward["kind"], forward["pieces"]) == (
        "forward",
        "add",
        [("insert", "Order chest X-ray.")],
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        "accept",
        {"review": "r1", "revision": True, "accepted": [], "rejected": []},
        {"review": "r1", "revision": 1, "accepted": ["0"], "rejected": []},
        {"review": "r1", "revision": 1, "accepted": [0]},
        {"review": 1, "revision": 1, "accepted": [0], "rejected": []},
    ],
)
def test_what_is_no_decision_is_not_read_as_one(value):
    assert Decision.read(value) is None


def test_the_animation_marks_the_affected_statements_and_holds_the_whole_section():
    review = reviewed().review
    change = Change(Section.PLAN, "remove", 1, "x", "", review.propagation.changes[0].cause, 0.5)
    pieces = before_pieces(Section.PLAN, FAKE_NOTE.plan, [change])
    assert "".join(text for text, _ in pieces) == FAKE_NOTE.plan
    assert [text for text, affected in pieces if affected] == ["Ibuprofen 400 mg every 6 hours as needed."]
    for section in NOTE_SECTIONS:
        assert before_pieces(section, FAKE_NOTE[section], []) == [(FAKE_NOTE[section], False)]
    payload = rewriting_payload(review)
    assert [section["title"] for section in payload["sections"]] == [Section.ROS.title, Section.PLAN.title]
    assert payload["steps"] == 2
    assert payload["sections"][1]["tokens"] == [["1.", 0], [" Start", 2]]
