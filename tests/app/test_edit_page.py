"""The edit page, run by Streamlit's AppTest with a fake engine: what is shown, what is asked, what stays as it is."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from medscribe_core.checks.contradictions import Disagreement
from medscribe_core.editing.edited_phrases import edited_phrases
from medscribe_core.editing.propagation import Propagation, apply_changes, check_edit
from medscribe_core.editing.revision import Change, Locks
from medscribe_core.errors import InputError
from medscribe_core.generated import Trajectory, TrajectoryToken
from medscribe_core.samples import load_samples
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section, SoapNote
from medscribe_core.ui.state import WrittenNote
from tests.conftest import FAKE_NOTE, FakeEngine

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "streamlit_app.py"
PAGE = ROOT / "pages" / "edit.py"
LEAVE_AND_RETURN = f"""
import runpy
import streamlit as st
if st.session_state.get("elsewhere"):
    st.write("Another page")
else:
    runpy.run_path({str(PAGE)!r})
"""
VISIT = "Doctor: What brings you in?\nPatient: A <b>zebra-striped</b> rash on my left arm since Monday."
EDIT = "1. Viral upper respiratory infection, worsening. 2. Mild insomnia."
ROS_AFTER = "Positive for cough, fever."


@dataclass
class EditingEngine(FakeEngine):
    """Answers every edit with two changes, one before and one after it, where these sections may change."""

    edits: list[tuple[Encounter, SoapNote, str, str, Locks]] = field(default_factory=list)
    nothing: bool = False
    disagreements: list[Disagreement] = field(default_factory=list)
    scratch: Exception | None = None
    models: tuple[str, ...] = ("diffusion", "autoregressive")

    def generate(self, encounter: Encounter, **options: object):
        if options.get("model") == "autoregressive" and self.scratch is not None:
            raise self.scratch
        return super().generate(encounter, **options)

    def propagate(
        self, encounter: Encounter, note: SoapNote, section: str, content: str, *, locks: Locks
    ) -> Propagation:
        self.edits.append((encounter, note, section, content, locks))
        if self.gate is not None:
            assert self.gate.wait(timeout=20)
        edit = check_edit(note, section, content, locks=locks)
        (phrase, *_) = edited_phrases(note[Section(section)], content)
        changes = [
            Change(Section.ROS, "change", 0, "Positive for cough, rhinorrhea.", ROS_AFTER, phrase, 0.91),
            Change(Section.PLAN, "add", 2, "", "Order chest X-ray.", phrase, 0.8),
        ]
        changes = [] if self.nothing else [change for change in changes if change.section in edit.targets]
        trajectory = Trajectory([TrajectoryToken("ros", "Positive", 1, 0.9)], 1) if changes else None
        return Propagation(
            edit, changes, apply_changes(edit, changes), self.disagreements, trajectory, {"total": 143.2}, 1
        )


@pytest.fixture
def engine(monkeypatch) -> EditingEngine:
    made = EditingEngine()
    monkeypatch.setattr("medscribe_core.ui.state.get_engine", lambda: made)
    return made


@pytest.fixture
def page(engine) -> AppTest:
    """The page with the note of the Visit page open."""
    return open_page(engine)


def open_page(engine: EditingEngine, script: str | None = None) -> AppTest:
    page = AppTest.from_string(script) if script else AppTest.from_file(str(PAGE))
    page.default_timeout = 30
    encounter = Encounter(encounter_id="visit-1", transcript=VISIT)
    page.session_state["visit_written"] = WrittenNote(encounter, FakeEngine().generate(encounter))
    return page.run()


def box(page: AppTest, section: Section):
    (found,) = [area for area in page.text_area if area.label == section.title]
    return found


def note(page: AppTest) -> dict[Section, str]:
    return {section: box(page, section).value for section in NOTE_SECTIONS}


def finish(page: AppTest) -> AppTest:
    """Wait until the job under way is done and taken over."""
    if "edit_job" in page.session_state:
        page.session_state["edit_job"][1].future.exception(timeout=20)
        page.run()
    return page


def carry(page: AppTest, section: Section = Section.ASSESSMENT, text: str = EDIT) -> AppTest:
    box(page, section).set_value(text)
    page.button(key="edit_carry").click().run()
    return finish(page)


def component(page: AppTest, name: str):
    found = [c for c in page.get("bidi_component") if c.proto.component_name.endswith(f"medscribe_{name}")]
    return found[0] if found else None


def payload(page: AppTest) -> dict:
    return json.loads(component(page, "changes").proto.json)


def decide(page: AppTest, accepted: list[int], rejected: list[int], revision: int | None = None) -> AppTest:
    """Send what the component sends when the reader decides."""
    shown = payload(page)
    decision = {
        "review": shown["review"],
        "revision": shown["revision"] + 1 if revision is None else revision,
        "accepted": accepted,
        "rejected": rejected,
    }
    states = page._tree.get_widget_states()
    event = WidgetState(id=_make_trigger_id(component(page, "changes").proto.id, "events"))
    event.json_trigger_value = json.dumps([{"event": "decision", "value": decision}])
    states.widgets.append(event)
    page._run(states)
    return page


def errors(page: AppTest) -> list[str]:
    assert not page.exception
    return [element.value for element in page.error]


def markdown(page: AppTest) -> str:
    return "\n".join(element.value for element in page.markdown)


def texts(page: AppTest) -> list[str]:
    return [element.value for element in page.text]


# -- opening a note ---------------------------------------------------------------------------------------


def test_without_any_note_it_offers_three_ways_to_open_one(engine):
    page = AppTest.from_file(str(APP), default_timeout=30).run()
    page.switch_page("pages/edit.py").run()
    assert errors(page) == []
    assert [button.key for button in page.button] == ["edit_write_sample", "edit_open_pasted"]


def test_the_note_of_the_visit_page_is_open_beside_its_transcript(page):
    assert errors(page) == []
    assert note(page) == FAKE_NOTE.sections()
    assert VISIT in texts(page)


def test_a_sample_visit_is_written_on_request(engine):
    page = AppTest.from_file(str(PAGE), default_timeout=30).run()
    page.selectbox(key="edit_sample").set_value(load_samples()[1])
    finish(page.button(key="edit_write_sample").click().run())
    assert errors(page) == []
    assert engine.calls[0].transcript == load_samples()[1].transcript
    assert note(page) == FAKE_NOTE.sections()


def test_a_pasted_note_is_opened_and_the_open_one_can_be_brought_back(page):
    box(page, Section.PLAN).set_value("1. Zinc.").run()
    page.text_area(key="edit_pasted_note_0").set_value("HPI: Knee pain.\nPlan: 1. Ice.")
    page.button(key="edit_open_pasted").click().run()
    assert (box(page, Section.HPI).value, box(page, Section.PLAN).value) == ("Knee pain.", "1. Ice.")
    page.button(key="edit_bring_back").click().run()
    assert box(page, Section.PLAN).value == "1. Zinc."
    page.button(key="edit_undo").click().run()
    assert note(page) == FAKE_NOTE.sections()


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [("", "The pasted note is empty."), ("My zebra knee hurts since Monday.", "no section titles")],
)
def test_a_note_that_cannot_be_read_is_refused_with_the_reason_and_stays_in_its_box(page, pasted, reason):
    page.text_area(key="edit_pasted_note_0").set_value(pasted)
    page.button(key="edit_open_pasted").click().run()
    (sentence,) = errors(page)
    assert reason in sentence and "zebra" not in sentence
    assert page.text_area(key="edit_pasted_note_0").value == pasted
    assert note(page) == FAKE_NOTE.sections()


# -- carrying an edit -------------------------------------------------------------------------------------


def test_an_edit_is_carried_with_the_note_as_it_was_and_nothing_changes_by_itself(page, engine):
    carry(page)
    ((encounter, before, section, content, locks),) = engine.edits
    assert (encounter.transcript, before, section, content) == (VISIT, FAKE_NOTE, "assessment", EDIT)
    assert locks == Locks()
    assert note(page) == FAKE_NOTE.sections() | {Section.ASSESSMENT: EDIT}
    assert "**143 ms** to carry the edit of Assessment · 1 denoising steps" in markdown(page)
    assert [change["direction"] for change in payload(page)["changes"]] == ["backward", "forward"]
    assert component(page, "rewriting") is not None


def test_accepted_changes_are_made_and_rejected_ones_are_not(page):
    carry(page)
    decide(page, [0], [1])
    assert errors(page) == []
    assert note(page)[Section.ROS].startswith(ROS_AFTER)
    assert note(page)[Section.PLAN] == FAKE_NOTE.plan
    assert (payload(page)["accepted"], payload(page)["rejected"]) == ([0], [1])
    decide(page, [0, 1], [])
    assert "Order chest X-ray." in note(page)[Section.PLAN]
    assert {s: note(page)[s] for s in (Section.HPI, Section.EXAM)} == {
        s: FAKE_NOTE[s] for s in (Section.HPI, Section.EXAM)
    }


def test_undo_and_redo_walk_through_edits_and_decisions(page):
    carry(page)
    decide(page, [0, 1], [])
    accepted = note(page)
    page.button(key="edit_undo").click().run()
    assert note(page) == FAKE_NOTE.sections() | {Section.ASSESSMENT: EDIT}
    assert payload(page)["accepted"] == []
    page.button(key="edit_undo").click().run()
    assert note(page) == FAKE_NOTE.sections()
    assert component(page, "changes") is None
    assert page.button(key="edit_undo").disabled
    page.button(key="edit_redo").click().run()
    page.button(key="edit_redo").click().run()
    assert note(page) == accepted
    assert payload(page)["accepted"] == [0, 1]


def test_a_decision_that_was_made_before_an_undo_is_dropped(page):
    carry(page)
    old = payload(page)["revision"]
    decide(page, [0], [])
    page.button(key="edit_undo").click().run()
    decide(page, [0, 1], [], revision=old + 2)
    assert note(page)[Section.PLAN] == FAKE_NOTE.plan
    assert payload(page)["revision"] >= old + 2


def test_nothing_else_needs_to_change_is_said(page, engine):
    engine.nothing = True
    carry(page)
    assert "**Nothing else needs to change.**" in markdown(page)
    assert component(page, "changes") is None


def test_disagreements_are_shown_as_plain_text(page, engine):
    engine.disagreements = [
        Disagreement("status", Section.ASSESSMENT, "worsening **now**", "transcript", "<b>better</b>", 3, 9)
    ]
    carry(page)
    assert engine.disagreements[0].sentence() in texts(page)
    assert "worsening" not in markdown(page) and "Your words stand" in markdown(page)


def test_without_an_edit_there_is_nothing_to_carry(page, engine):
    page.button(key="edit_carry").click().run()
    assert errors(page) == ["Nothing has been edited that is not carried yet: change the text of a section."]
    assert engine.edits == []


def test_an_edit_that_the_engine_refuses_is_one_sentence_and_nothing_is_lost(page, engine, monkeypatch):
    def refuse(*_, **__):
        raise InputError("The edit of the section plan has 900 tokens; a note holds 512.")

    monkeypatch.setattr(engine, "propagate", refuse)
    long = "1. Rest. " * 300
    carry(page, Section.PLAN, long)
    assert errors(page) == ["The edit of the section plan has 900 tokens; a note holds 512."]
    assert box(page, Section.PLAN).value == long


def test_the_section_to_carry_first_is_chosen_when_several_were_edited(page, engine):
    box(page, Section.HPI).set_value("Cough for 9 days.").run()
    box(page, Section.ASSESSMENT).set_value(EDIT).run()
    page.selectbox(key="edit_carry_first").set_value(Section.ASSESSMENT)
    finish(page.button(key="edit_carry").click().run())
    ((_, before, section, _, locks),) = engine.edits
    assert (section, before.hpi, before.assessment) == ("assessment", "Cough for 9 days.", FAKE_NOTE.assessment)
    assert Section.HPI in locks.spans  # typed before


# -- locks and deletion -----------------------------------------------------------------------------------


def lock(page: AppTest, section: Section) -> AppTest:
    (toggle,) = [t for t in page.toggle if t.label == f"Lock {section.title}"]
    return toggle.set_value(not toggle.value).run()


def test_a_locked_section_cannot_be_edited_and_is_told_to_the_engine(page, engine):
    lock(page, Section.PLAN)
    assert box(page, Section.PLAN).disabled
    carry(page)
    assert engine.edits[0][4].sections == {Section.PLAN}
    assert [change["section"] for change in payload(page)["changes"]] == [Section.ROS.title]
    decide(page, [0], [])
    assert note(page)[Section.PLAN] == FAKE_NOTE.plan


def test_a_change_in_a_section_that_was_locked_meanwhile_is_not_made(page):
    carry(page)
    lock(page, Section.PLAN)
    decide(page, [0, 1], [])
    assert errors(page) == ["Plan is locked; unlock it before a change in it is decided on."]
    assert note(page) == FAKE_NOTE.sections() | {Section.ASSESSMENT: EDIT}
    assert payload(page)["accepted"] == []


def test_an_edit_of_a_section_that_was_locked_afterwards_is_refused_in_one_sentence(page):
    box(page, Section.ASSESSMENT).set_value(EDIT).run()
    lock(page, Section.ASSESSMENT)
    finish(page.button(key="edit_carry").click().run())
    assert errors(page) == ["The section assessment is locked; unlock it before it is edited."]


def test_locking_a_section_keeps_what_was_just_typed_in_it(page):
    box(page, Section.PLAN).set_value("1. Zinc.")
    lock(page, Section.PLAN)
    assert (box(page, Section.PLAN).value, box(page, Section.PLAN).disabled) == ("1. Zinc.", True)
    lock(page, Section.PLAN)
    assert (box(page, Section.PLAN).value, box(page, Section.PLAN).disabled) == ("1. Zinc.", False)


def test_an_emptied_section_is_asked_about_first(page, engine):
    carry(page, Section.PLAN, "  ")
    assert errors(page) == ["Say first whether Plan is to be deleted."]
    assert engine.edits == []
    page.button(key="edit_keep_plan").click().run()
    assert note(page) == FAKE_NOTE.sections()
    box(page, Section.PLAN).set_value("").run()
    page.button(key="edit_delete_plan").click().run()
    assert box(page, Section.PLAN).value == "Not discussed."
    finish(page.button(key="edit_carry").click().run())
    assert engine.edits[0][2:4] == ("plan", "Not discussed.")
    page.button(key="edit_undo").click().run()
    assert note(page) == FAKE_NOTE.sections()


# -- time, tabs, leaving ----------------------------------------------------------------------------------


def test_the_time_from_scratch_is_measured_or_the_reason_is_said(page, engine):
    carry(page)
    finish(page.button(key="edit_scratch").click().run())
    assert "**333 ms** to regenerate the whole note from scratch, autoregressive" in markdown(page)
    engine.scratch = InputError("The transcript is empty.")
    finish(page.button(key="edit_scratch").click().run())
    assert "The transcript is empty." in texts(page)
    assert "from scratch, autoregressive" not in markdown(page)
    assert errors(page) == []


def test_without_the_autoregressive_weights_no_time_is_shown_and_the_reason_is_said(page, engine):
    engine.models = ("diffusion",)
    carry(page)
    assert any("autoregressive model are not installed" in element.value for element in page.caption)
    assert not [button for button in page.button if button.key == "edit_scratch"]


def test_the_page_answers_while_an_edit_is_carried_and_can_stop_it(page, engine):
    engine.gate = threading.Event()
    try:
        box(page, Section.ASSESSMENT).set_value(EDIT)
        page.button(key="edit_carry").click().run()
        assert page.button(key="edit_carry").disabled
        page.button(key="stop_writing").click().run()
        page.run()
        assert errors(page) == ["Writing was stopped before the note was complete."]
        assert box(page, Section.ASSESSMENT).value == EDIT
    finally:
        engine.gate.set()


def test_what_is_typed_while_an_edit_is_carried_is_kept_and_the_answer_is_not_of_it(page, engine):
    engine.gate = threading.Event()
    try:
        box(page, Section.ASSESSMENT).set_value(EDIT)
        page.button(key="edit_carry").click().run()
        box(page, Section.PLAN).set_value("1. Zinc.").run()
    finally:
        engine.gate.set()
    finish(page)
    assert errors(page) == ["The note was changed while its edit was being carried; carry the edit again."]
    assert note(page) == FAKE_NOTE.sections() | {Section.ASSESSMENT: EDIT, Section.PLAN: "1. Zinc."}


def test_leaving_the_page_loses_nothing(engine):
    page = open_page(engine, LEAVE_AND_RETURN)
    page.text_area(key="edit_pasted_note_0").set_value("HPI: half a note")
    lock(page, Section.EXAM)
    carry(page)
    decide(page, [0], [])
    before, proposed = note(page), payload(page)
    page.session_state["elsewhere"] = True
    page.run()
    assert not page.text_area
    page.session_state["elsewhere"] = False
    page.run()
    assert note(page) == before
    assert payload(page) == proposed
    assert box(page, Section.EXAM).disabled
    assert [area.value for area in page.text_area if area.label.startswith("A note of your own")] == [
        "HPI: half a note"
    ]
    page.button(key="edit_undo").click().run()
    assert note(page)[Section.ROS] == FAKE_NOTE.ros


def test_two_tabs_are_independent(engine):
    one, other = open_page(engine), open_page(engine)
    carry(one)
    decide(one, [0], [])
    other.run()
    assert note(other) == FAKE_NOTE.sections()
    assert component(other, "changes") is None


def test_words_of_the_note_are_never_drawn_as_markup(page):
    text = "Cough **bold** <img src=x> $5 for 9 days."
    carry(page, Section.HPI, text)
    assert "bold" not in markdown(page)
    assert box(page, Section.HPI).value == text
    assert not any("bold" in element.value for element in page.caption)
