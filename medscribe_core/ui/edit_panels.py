"""The parts of the edit page: which note, its sections, its history, and what follows from an edit."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from medscribe_core.samples import load_samples
from medscribe_core.schema import NOTE_SECTIONS, Section
from medscribe_core.ui import edit_state, state
from medscribe_core.ui.components.changes import proposed_changes
from medscribe_core.ui.components.note import show_warnings
from medscribe_core.ui.components.rewriting import rewriting_player
from medscribe_core.ui.edit_note import Review

_HEIGHT = {Section.HPI: 170, Section.ROS: 96, Section.EXAM: 130, Section.ASSESSMENT: 110, Section.PLAN: 150}


def choose_note(opened: edit_state.Desk | None) -> bool:
    """Draw the ways to open a note; True if a sample visit's note was asked for."""
    written = state.written_note()
    if written and (opened is None or opened.note_id != written.generated.note_id):
        st.button("Edit the note of the Visit page", on_click=edit_state.open_visit_note, key="edit_visit_note")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Sample visit",
            load_samples(),
            index=None,
            format_func=lambda sample: f"{sample.title} · {sample.kind.lower()}",
            placeholder="Choose a sample visit",
            key=edit_state.SAMPLE_KEY,
        )
        asked = st.button("Write its note", icon=":material/edit_note:", key="edit_write_sample")
    pasted = edit_state.PASTED
    for box, label, placeholder in (
        (
            "note",
            "A note of your own, with section titles",
            "HPI: ...\nROS: ...\nEXAM: ...\nASSESSMENT: ...\nPLAN: ...",
        ),
        ("transcript", "Its transcript, if there is one", "Doctor: What brings you in today?\nPatient: ..."),
    ):
        st.text_area(label, pasted.filled(box), key=pasted.key(box), height=112, placeholder=placeholder)
    st.button("Edit this note", on_click=edit_state.open_pasted_note, key="edit_open_pasted")
    return asked


def show_history(opened: edit_state.Desk, busy: bool) -> None:
    """Draw undo, redo and the list of steps."""
    history = opened.history
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, icon, step, what in (
            ("Undo", "undo", edit_state.undo, history.undoable),
            ("Redo", "redo", edit_state.redo, history.redoable),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                help=what,
                on_click=step,
                disabled=busy or what is None,
                key=f"edit_{icon}",
            )
        with st.popover(f"History ({len(history.steps)})", icon=":material/history:"):
            for number, step in enumerate(history.steps):
                st.markdown(f"**{step.label}** (now)" if number == history.position else step.label)


def show_sections(opened: edit_state.Desk) -> None:
    """Draw the five sections, each with its lock, and the question about an emptied one."""
    boxes, typed = edit_state.SECTION_BOXES, opened.history.current.typed
    emptied = edit_state.emptied()
    for section in NOTE_SECTIONS:
        locked = section in opened.locked
        st.text_area(
            section.title,
            boxes.filled(section.value),
            key=boxes.key(section.value),
            height=_HEIGHT[section],
            on_change=edit_state.commit,
            args=(section,),
            disabled=locked,
        )
        if section in emptied:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f":material/help: Delete **{section.title}**?", width="content")
                st.button("Delete it", on_click=edit_state.delete, args=(section,), key=f"edit_delete_{section}")
                st.button("Keep its text", on_click=edit_state.keep, args=(section,), key=f"edit_keep_{section}")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.toggle(
                f"Lock {section.title}",
                locked,
                key=f"edit_lock_{opened.desk_id}_{section}",
                on_change=edit_state.toggle_lock,
                args=(section,),
            )
            if typed.get(section):
                st.caption("Words that you typed here are not changed.", width="content")


def section_to_carry(uncarried: Sequence[Section]) -> Section | None:
    """The section whose edit is carried; the user chooses when several were edited."""
    if len(uncarried) < 2:
        return uncarried[0] if uncarried else None
    return st.selectbox(
        "Several sections were edited; carry first", uncarried, format_func=lambda s: s.title, key="edit_carry_first"
    )


def show_review(opened: edit_state.Desk, models: Collection[str], busy: bool) -> bool:
    """Draw what follows from the edit that was carried last; True if the same from scratch was asked for."""
    review = opened.history.current.review
    if review is None:
        return False
    found = review.propagation
    steps = f" · {found.steps} denoising steps" if found.steps else ""
    st.markdown(f"**{found.timings['total']:,.0f} ms** to carry the edit of {found.edit.section.title}{steps}")
    asked = _show_scratch(opened, models, busy)
    if found.nothing_else_changes:
        st.markdown(":material/check: **Nothing else needs to change.**")
    else:
        proposed_changes(review, opened.revision, key=edit_state.CHANGES_KEY, on_decision=edit_state.decide)
    _show_disagreements(review)
    show_warnings(found.warnings)
    if found.trajectory is not None:
        with st.expander("How the affected statements were rewritten", icon=":material/animation:", expanded=True):
            rewriting_player(review, key="edit_rewriting")
    return asked


def _show_disagreements(review: Review) -> None:
    """List what is said in two ways; as plain text, since it quotes the note and the transcript."""
    if not review.disagreements:
        return
    with st.container(border=True, gap=None, key="edit_disagreements"):
        st.markdown(":material/warning: **Disagreements.** Your words stand; nothing is changed because of these.")
        for disagreement in review.disagreements:
            st.text(disagreement.sentence())


def _show_scratch(opened: edit_state.Desk, models: Collection[str], busy: bool) -> bool:
    """Draw what writing the note from scratch takes, or why it is not known; True if it is to be measured."""
    if "autoregressive" not in models:
        st.caption("The weights of the autoregressive model are not installed, so the time from scratch is not shown.")
        return False
    asked = st.button(
        "Time it: regenerate from scratch, autoregressive",
        icon=":material/timer:",
        help="The present note is not touched.",
        disabled=busy,
        key="edit_scratch",
    )
    if isinstance(opened.scratch, str):
        st.text(opened.scratch)
    elif opened.scratch is not None:
        st.markdown(f"**{opened.scratch:,.0f} ms** to regenerate the whole note from scratch, autoregressive")
    return asked
