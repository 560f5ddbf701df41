"""What a browser tab knows on the edit page: the note with its history, the locks, the job under way, the problem.

Everything lives in ``st.session_state``: two tabs never see each other's note, and a page that is left loses nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from medscribe_core.editing.note_reading import read_note
from medscribe_core.errors import InputError, MedScribeError
from medscribe_core.samples import Sample
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section, SoapNote
from medscribe_core.ui import jobs, state
from medscribe_core.ui.boxes import Boxes
from medscribe_core.ui.components.changes import Decision
from medscribe_core.ui.edit_note import EditedNote
from medscribe_core.ui.history import History

if TYPE_CHECKING:
    from medscribe_core.engine import NoteEngine

#: The texts of the five sections, and a note and its transcript that are pasted.
SECTION_BOXES = Boxes("edit_section", {section.value: "" for section in NOTE_SECTIONS})
PASTED = Boxes("edit_pasted", {"note": "", "transcript": ""})
SAMPLE_KEY = "edit_sample"
CHANGES_KEY = "edit_changes"
_DESK = "edit_desk"
_SET_ASIDE = "edit_set_aside"
_JOB = "edit_job"
_PROBLEM = "edit_problem"


@dataclass
class Desk:
    """An opened note.

    Attributes:
        desk_id: tells its widgets from those of a note opened before.
        note_id: of the model's note that it began as; None for a pasted one.
        revision: counts what was done to the review; a decision that was made on an older one is stale.
        scratch: milliseconds of the visit written from scratch with the autoregressive model, or why there are none.
    """

    encounter: Encounter
    history: History[EditedNote]
    note_id: str | None = None
    locked: frozenset[Section] = frozenset()
    revision: int = 0
    scratch: float | str | None = None
    desk_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])


def desk() -> Desk | None:
    """The opened note of this tab; the Visit page's note is opened when there is none yet."""
    if _DESK not in st.session_state and _JOB not in st.session_state and state.written_note():
        open_visit_note()
    return st.session_state.get(_DESK)


def problem() -> str | None:
    """Why the last thing asked for was not done."""
    return st.session_state.get(_PROBLEM)


# ---- opening a note


def open_visit_note() -> None:
    """Open the note that was written on the Visit page."""
    written = state.written_note()
    _open(written.encounter, written.generated.note, "Written on the Visit page", written.generated.note_id)


def open_pasted_note() -> None:
    """Open the pasted note, or record why it cannot be read."""
    st.session_state.pop(_PROBLEM, None)
    pasted = PASTED.read()
    try:
        note = read_note(pasted["note"], "The pasted note")
    except MedScribeError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    encounter = Encounter(encounter_id=f"edit-{uuid.uuid4().hex[:12]}", transcript=pasted["transcript"])
    _open(encounter, note, "Pasted")


def write_sample(engine: NoteEngine) -> None:
    """Start to write the note of the chosen sample visit, which is opened when it is there."""
    sample: Sample | None = st.session_state.get(SAMPLE_KEY)
    if sample is None:
        st.session_state[_PROBLEM] = "Choose a sample visit first."
        return
    encounter = Encounter(
        encounter_id=f"edit-{uuid.uuid4().hex[:12]}",
        transcript=sample.transcript,
        patient_context=sample.patient_context,
    )
    _begin("write", encounter, engine.generate)


def has_set_aside() -> bool:
    """True if another note was open before this one."""
    return _SET_ASIDE in st.session_state


def bring_back_set_aside() -> None:
    """Take the note that was open before, with its history; the present one is set aside."""
    before: Desk = st.session_state[_SET_ASIDE]
    st.session_state[_SET_ASIDE] = st.session_state[_DESK]
    _take(before)


def _open(encounter: Encounter, note: SoapNote, label: str, note_id: str | None = None) -> None:
    if opened := st.session_state.get(_DESK):
        st.session_state[_SET_ASIDE] = opened
    _take(Desk(encounter, History.begin(label, EditedNote.opened(note)), note_id))


def _take(opened: Desk) -> None:
    st.session_state.pop(_PROBLEM, None)
    st.session_state[_DESK] = opened
    SECTION_BOXES.fill({section.value: text for section, text in opened.history.current.note.sections().items()})


# ---- editing


def commit(section: Section) -> None:
    """Make what was typed into a section a step of the history; an emptied section is asked about first."""
    opened: Desk = st.session_state[_DESK]
    edited = opened.history.current
    text = SECTION_BOXES.read()[section.value]
    if text == edited.note[section] or section in emptied():
        return
    _push(f"You edited {section.title}", edited.edited(section, text))


def emptied() -> list[Section]:
    """Sections whose box was emptied: it is still to be asked whether they are to be deleted."""
    opened: Desk = st.session_state[_DESK]
    note, boxes = opened.history.current.note, SECTION_BOXES.read()
    return [s for s in NOTE_SECTIONS if note[s].strip() and not boxes[s.value].strip()]


def delete(section: Section) -> None:
    """Delete an emptied section: it then reads as a section of which nothing was said."""
    opened: Desk = st.session_state[_DESK]
    _push(f"You deleted {section.title}", opened.history.current.edited(section, section.empty_text))
    SECTION_BOXES.fill({section.value: section.empty_text})


def keep(section: Section) -> None:
    """Bring the text of an emptied section back."""
    opened: Desk = st.session_state[_DESK]
    SECTION_BOXES.fill({section.value: opened.history.current.note[section]})


def toggle_lock(section: Section) -> None:
    """Lock a section, or unlock it; a locked one cannot be emptied."""
    opened: Desk = st.session_state[_DESK]
    opened.locked = opened.locked ^ {section}
    note, boxes = opened.history.current.note, SECTION_BOXES.read()
    # Under a new key: Streamlit drops what was typed into a box that is then disabled.
    SECTION_BOXES.fill({section.value: note[section] if section in emptied() else boxes[section.value]})


def undo() -> None:
    """One step back."""
    _move(st.session_state[_DESK].history.undone())


def redo() -> None:
    """One step forward."""
    _move(st.session_state[_DESK].history.redone())


def decide() -> None:
    """Take over what was decided in the component of the proposed changes; a stale decision is dropped."""
    opened: Desk | None = st.session_state.get(_DESK)
    decision = Decision.read(st.session_state[CHANGES_KEY].get("decision"))
    edited = opened.history.current if opened else None
    if decision is None or edited is None or edited.review is None or edited.review.review_id != decision.review:
        return
    if decision.revision <= opened.revision:
        return
    opened.revision = decision.revision
    try:
        decided = edited.decided(decision.accepted, decision.rejected)
        for section in opened.locked:
            if decided.note[section] != edited.note[section]:
                raise InputError(f"{section.title} is locked; unlock it before a change in it is decided on.")
    except InputError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    _push(_decision_label(edited, decided), decided)
    opened.revision = decision.revision  # the component may have counted on by now: its next decision is newer
    _show(decided.note)


def _decision_label(before: EditedNote, after: EditedNote) -> str:
    changes = after.review.propagation.changes
    accepted = after.review.accepted - before.review.accepted
    rejected = after.review.rejected - before.review.rejected
    decided = accepted or rejected or (before.review.accepted | before.review.rejected)
    did = "accepted" if accepted else "rejected" if rejected else "took back a decision on"
    if len(decided) == 1:
        return f"You {did} a change in {changes[next(iter(decided))].section.title}"
    return f"You {did} {len(decided)} changes"


def _push(label: str, edited: EditedNote) -> None:
    opened: Desk = st.session_state[_DESK]
    st.session_state.pop(_PROBLEM, None)
    opened.history = opened.history.pushed(label, edited)
    opened.revision += 1


def _move(history: History[EditedNote]) -> None:
    opened: Desk = st.session_state[_DESK]
    st.session_state.pop(_PROBLEM, None)
    opened.history = history
    opened.revision += 1
    _show(history.current.note)


def _show(note: SoapNote) -> None:
    boxes = SECTION_BOXES.read()
    SECTION_BOXES.fill({s.value: text for s, text in note.sections().items() if boxes[s.value] != text})


# ---- what is asked of the engine


def carry(engine: NoteEngine, section: Section | None) -> None:
    """Start to carry the edit of ``section`` into the others, or record why that cannot be done."""
    opened: Desk = st.session_state[_DESK]
    edited = opened.history.current
    if empty := emptied():
        st.session_state[_PROBLEM] = f"Say first whether {empty[0].title} is to be deleted."
    elif section is None:
        st.session_state[_PROBLEM] = "Nothing has been edited that is not carried yet: change the text of a section."
    else:
        before, content, locks = edited.before_edit(section), edited.note[section], edited.locks(section, opened.locked)
        _begin(
            "carry",
            opened.encounter,
            lambda encounter: engine.propagate(encounter, before, section.value, content, locks=locks),
        )


def write_from_scratch(engine: NoteEngine) -> None:
    """Start to write the same visit anew with the autoregressive model, only to see how long that takes."""
    opened: Desk = st.session_state[_DESK]
    _begin("scratch", opened.encounter, lambda encounter: engine.generate(encounter, model="autoregressive"))


def current_job() -> jobs.Job | None:
    """The job under way. What a job that is done has found is taken over first."""
    kind, job = st.session_state.get(_JOB, (None, None))
    if job is None or not job.done():
        return job
    del st.session_state[_JOB]
    try:
        found = job.result()
        if kind == "write":
            _open(job.encounter, found.note, "Written from a sample visit", found.note_id)
        elif kind == "scratch":
            _tell_scratch(job.encounter, found.timings["total"])
        else:
            opened: Desk = st.session_state[_DESK]
            reviewed = opened.history.current.reviewing(uuid.uuid4().hex[:12], found)
            opened.history = opened.history.amended(reviewed)
            opened.revision += 1
    except MedScribeError as error:
        if kind == "scratch":
            _tell_scratch(job.encounter, str(error))
        else:
            st.session_state[_PROBLEM] = str(error)
    return None


def _tell_scratch(encounter: Encounter, told: float | str) -> None:
    opened: Desk = st.session_state[_DESK]
    if opened.encounter is encounter:  # another note may have been opened meanwhile
        opened.scratch = told


def _begin(kind: str, encounter: Encounter, ask: Callable[[Encounter], object]) -> None:
    st.session_state.pop(_PROBLEM, None)
    if running := st.session_state.pop(_JOB, None):
        running[1].cancel()
    st.session_state[_JOB] = (kind, jobs.start(encounter, ask))
