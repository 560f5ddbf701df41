"""What a browser tab knows on the template page: its boxes, the job under way, the filled-in note, the problem."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from medscribe_core.editing.note_reading import read_sections
from medscribe_core.errors import InputError, MedScribeError
from medscribe_core.samples import Sample, load_samples
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section
from medscribe_core.ui import jobs
from medscribe_core.ui.boxes import Boxes
from medscribe_core.ui.template_files import Template, load_templates
from medscribe_core.ui.template_result import FilledTemplate, writable
from medscribe_core.ui.visit_boxes import EMPTY_VISIT, read_context, sample_boxes

if TYPE_CHECKING:
    from medscribe_core.engine import NoteEngine

#: The template, and the visit, which may be left out.
BOXES = Boxes("template", {"template": "", **EMPTY_VISIT})
CHOICE_KEY = "template_choice"
SAMPLE_KEY = "template_sample"
SECTIONS_KEY = "template_sections"
_WANTED = "template_wanted"
_SET_ASIDE = "template_set_aside"
_JOB = "template_job"
_FILLED = "template_result"
_PROBLEM = "template_problem"


@dataclass(frozen=True)
class _Request:
    """What a job was begun with."""

    boxes: dict[str, str]
    given: dict[Section, str]
    wanted: frozenset[Section]


# ---- the boxes


def load_chosen_template() -> None:
    """Put the chosen template into its box; a text of the user's own can be brought back."""
    template: Template | None = st.session_state[CHOICE_KEY]
    if template is not None:
        _replace({"template": template.to_text()}, [{"template": known.to_text()} for known in load_templates()])


def load_chosen_sample() -> None:
    """Put the chosen sample visit into the boxes; what the user had typed there can be brought back."""
    sample: Sample | None = st.session_state[SAMPLE_KEY]
    if sample is not None:
        _replace(sample_boxes(sample), [sample_boxes(known) for known in load_samples()])


def _replace(values: dict[str, str], known: list[dict[str, str]]) -> None:
    boxes = BOXES.read()
    there = {box: boxes[box] for box in values}
    if any(text.strip() for text in there.values()) and there not in known:
        st.session_state[_SET_ASIDE] = st.session_state.get(_SET_ASIDE, {}) | there
    BOXES.fill(values)
    st.session_state.pop(_PROBLEM, None)


def has_set_aside() -> bool:
    """True if a template or a sample took the place of something the user had typed."""
    return _SET_ASIDE in st.session_state


def bring_back_set_aside() -> None:
    """Put the user's own text back into its boxes."""
    own = st.session_state.pop(_SET_ASIDE)
    BOXES.fill(own)
    for box, picker in (("template", CHOICE_KEY), ("transcript", SAMPLE_KEY)):
        if box in own:
            st.session_state[picker] = None
    st.session_state.pop(_PROBLEM, None)


def wanted_sections() -> list[Section]:
    """The sections that are to be written: the picker's value when the page was last left."""
    return st.session_state.get(_WANTED, list(NOTE_SECTIONS))


def keep(wanted: list[Section]) -> None:
    """Copy what the boxes and the picker hold; call after they are drawn."""
    BOXES.keep()
    st.session_state[_WANTED] = wanted


def _read_encounter(boxes: dict[str, str]) -> Encounter:
    return Encounter(
        encounter_id=st.session_state.setdefault("template_id", f"template-{uuid.uuid4().hex[:12]}"),
        transcript=boxes["transcript"],
        patient_context=read_context(boxes),
    )


# ---- the job and its note


def begin(engine: NoteEngine) -> None:
    """Start to fill in the template, or record why that cannot be done."""
    st.session_state.pop(_PROBLEM, None)
    if running := st.session_state.pop(_JOB, None):
        running[1].cancel()
    boxes = BOXES.read()
    try:
        given = read_sections(boxes["template"], "The template")
        wanted = frozenset(wanted_sections())
        if not wanted:
            raise InputError("Choose at least one section to write.")
        if not wanted & set(writable(given)):
            raise InputError("The chosen sections are complete, so there is nothing to write in them.")
        job = jobs.start(_read_encounter(boxes), lambda encounter: engine.infill(encounter, given))
        st.session_state[_JOB] = (_Request(boxes, given, wanted), job)
    except MedScribeError as error:
        st.session_state[_PROBLEM] = str(error)


def current_job() -> jobs.Job | None:
    """The job under way. A job that is done is turned into the tab's note or problem first."""
    request, job = st.session_state.get(_JOB, (None, None))
    if job is None or not job.done():
        return job
    del st.session_state[_JOB]
    try:
        filled = FilledTemplate(f"template-{uuid.uuid4().hex[:12]}", job.result(), request.given, request.wanted)
        st.session_state[_FILLED] = (request, filled)
    except MedScribeError as error:
        st.session_state[_PROBLEM] = str(error)
    return None


def filled_template() -> FilledTemplate | None:
    """The note that the last job wrote."""
    return st.session_state.get(_FILLED, (None, None))[1]


def boxes_have_changed() -> bool:
    """True if a box has changed since the note was asked for."""
    request, _ = st.session_state[_FILLED]
    return BOXES.read() != request.boxes


def toggle_accepted(section: Section) -> None:
    """Accept what was inferred in a section, or take that back."""
    request, filled = st.session_state[_FILLED]
    st.session_state[_FILLED] = (request, filled.toggled(section))


def problem() -> str | None:
    """Why the last try gave no note."""
    return st.session_state.get(_PROBLEM)
