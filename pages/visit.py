"""The visit page: paste a transcript, say who the patient is, get the note and watch how it was written."""

import streamlit as st

from medscribe_core.samples import load_samples
from medscribe_core.ui import jobs, live_visit, state
from medscribe_core.ui.components.note import (
    download_text,
    show_facts,
    show_sections,
    show_timings,
    show_warnings,
    show_withheld,
)
from medscribe_core.ui.components.trajectory import trajectory_player
from medscribe_core.ui.navigation import through_app
from medscribe_core.ui.visit_boxes import age_and_sex

LISTS = {"medications": "Medications", "diagnoses": "Active diagnoses"}


def visit_boxes() -> bool:
    """Draw the transcript and the patient context; True if the user asked for a note."""
    st.selectbox(
        "Sample visit",
        load_samples(),
        index=None,
        format_func=lambda sample: f"{sample.title} · {sample.kind.lower()}",
        placeholder="Choose a sample, or paste your own transcript below",
        key=state.SAMPLE_KEY,
        on_change=state.load_chosen_sample,
    )
    if state.has_set_aside():
        st.button("Bring back what I had typed", icon=":material/undo:", on_click=state.bring_back_set_aside)
    st.text_area(
        "Transcript of the visit",
        state.BOXES.filled("transcript"),
        key=state.BOXES.key("transcript"),
        height=330,
        placeholder="Doctor: What brings you in today?\nPatient: ...",
    )
    age_and_sex(state.BOXES)
    with st.container(horizontal=True):
        for box, label in LISTS.items():
            st.text_area(f"{label}, one a line", state.BOXES.filled(box), key=state.BOXES.key(box), height=112)
    state.BOXES.keep()
    return st.button("Generate note", type="primary", icon=":material/edit_note:", width="stretch", key="generate")


def note_heading() -> None:
    """Draw the heading: every note is a draft until somebody signs it, and can be taken along as text."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Draft note", width="content", anchor=False)
        if written := state.written_note():
            st.download_button(
                "Download text",
                download_text(written.generated),
                file_name=f"note-{written.generated.note_id}.txt",
                mime="text/plain",
                icon=":material/download:",
                on_click="ignore",
                key="download",
            )


def note_panel(unavailable: str | None) -> None:
    """Draw the problem, if there is one, and the last note."""
    sentence = unavailable or state.problem()
    if sentence:
        st.error(sentence, icon=":material/error:")
    written = state.written_note()
    if written is None:
        if sentence is None:
            with st.container(border=True, gap="xsmall"):
                st.markdown("No note yet")
                st.caption("Generate one and watch the model fill it in, the words it is surest of first.")
        return
    if sentence:
        st.caption("Below is the previous note.")
    elif state.boxes_differ_from(written.encounter):
        st.caption("The visit has been changed since this note was written.")
    generated = written.generated
    show_facts(generated)
    live_visit.show_latency_of(generated)
    show_warnings(generated.warnings)
    writing, sections, timing = st.tabs(["How it was written", "Note", "Timing"])
    with writing:
        trajectory_player(generated, key="trajectory")
    with sections:
        show_sections(generated)
        show_withheld(generated)
    with timing:
        show_timings(generated.timings)


through_app("pages/visit.py")
st.title("MedScribe", anchor=False)
boxes, panel = st.columns([5, 7], gap="large")
state.BOXES.restore()
with boxes:
    asked = visit_boxes()
    live_speed = live_visit.controls()
with panel:
    engine, unavailable = state.engine_or_problem()
    if asked and engine is not None:
        state.begin(engine)
    if live_speed and engine is not None:
        live_visit.begin(engine, live_speed)
    job = state.current_job()
    note_heading()
    if isinstance(job, live_visit.LiveVisit):
        live_visit.show(job)
    elif job is not None:
        jobs.show_progress(job)
    else:
        note_panel(unavailable)
