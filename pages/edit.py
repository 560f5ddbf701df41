"""The edit page: change one section, review what must change in the others, keep everything else."""

import streamlit as st

from medscribe_core.schema import Encounter
from medscribe_core.ui import edit_panels, edit_state, jobs, state
from medscribe_core.ui.navigation import through_app


def heading(opened: edit_state.Desk | None, busy: bool) -> bool:
    """Draw the title and the ways to open a note; True if a sample visit's note was asked for."""
    st.title("Edit", anchor=False)
    st.caption(
        "Change one section and carry the change into the others, before and after it. Locked sections and the words "
        "that you typed are never changed; you accept or reject each proposed change."
    )
    if edit_state.has_set_aside():
        st.button(
            "Bring back the note that was open before",
            icon=":material/undo:",
            on_click=edit_state.bring_back_set_aside,
            disabled=busy,
            key="edit_bring_back",
        )
    with st.expander("Which note to edit", icon=":material/folder_open:", expanded=opened is None):
        return edit_panels.choose_note(opened)


def carry_button(busy: bool) -> bool:
    """Draw the button that carries an edit; True if it was pressed."""
    return st.button(
        "Carry into the other sections",
        type="primary",
        icon=":material/sync_alt:",
        width="stretch",
        disabled=busy,
        key="edit_carry",
    )


def show_transcript(encounter: Encounter) -> None:
    """Draw the transcript beside the note, as plain text."""
    st.subheader("Transcript", anchor=False)
    if not encounter.transcript.strip():
        st.caption("There is no transcript: an edit is compared with the note alone.")
        return
    with st.container(height=420, key="edit_transcript"):
        st.text(encounter.transcript)


through_app("pages/edit.py")
job = edit_state.current_job()
busy = job is not None
opened = edit_state.desk()
edit_state.PASTED.restore()
write_sample = heading(opened, busy)
edit_state.PASTED.keep()
problem_place, progress_place = st.container(), st.container()
carry = scratch = False
section = None
if opened is not None:
    edit_state.SECTION_BOXES.restore()
    beside, note = st.columns([6, 7], gap="large")
    with note:
        edit_panels.show_history(opened, busy)
        carry = carry_button(busy)  # first: a question that appears above it would move it away from under a click
        section = edit_panels.section_to_carry(opened.history.current.uncarried)
        progress_place = st.container()
        edit_panels.show_sections(opened)
    edit_state.SECTION_BOXES.keep()
engine, unavailable = state.engine_or_problem()
if opened is not None:
    with beside:
        scratch = edit_panels.show_review(opened, () if engine is None else engine.models, busy)
        show_transcript(opened.encounter)
# Nothing may run the script anew before every box is drawn: Streamlit forgets those that are not.
if engine is not None and (write_sample or carry or scratch):
    if write_sample:
        edit_state.write_sample(engine)
    elif carry:
        edit_state.carry(engine, section)
    else:
        edit_state.write_from_scratch(engine)
    st.rerun()
if sentence := unavailable or edit_state.problem():
    problem_place.error(sentence, icon=":material/error:")
if job is not None:
    with progress_place:
        jobs.show_progress(job)
