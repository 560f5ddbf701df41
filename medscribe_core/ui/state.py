"""What a browser tab knows: the boxes, the job under way, the last note and the last problem.

Everything lives in ``st.session_state``, so two tabs never see each other's visit. The boxes have a second copy
(the draft), because Streamlit forgets a widget's value when its page is left. When the app itself fills the boxes,
they get new keys: a click that was already on its way from the browser would otherwise bring the old values back,
and the note would be of another visit than the one on the screen.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from medscribe_core.errors import InputError, MedScribeError
from medscribe_core.generated import GeneratedNote
from medscribe_core.samples import Sample, load_samples
from medscribe_core.schema import Encounter, PatientContext
from medscribe_core.ui import jobs

if TYPE_CHECKING:
    from medscribe_core.engine import NoteEngine

logger = logging.getLogger(__name__)

Boxes = dict[str, str]

#: The boxes and what they hold when the app opens.
EMPTY_BOXES: Boxes = {"transcript": "", "age": "", "sex": "", "medications": "", "diagnoses": ""}
SAMPLE_KEY = "visit_sample"
_FILLINGS = "visit_fillings"
_FILLED = "visit_filled"
_DRAFT = "visit_draft"
_SET_ASIDE = "visit_set_aside"
_JOB = "visit_job"
_WRITTEN = "visit_written"
_PROBLEM = "visit_problem"


@dataclass(frozen=True)
class WrittenNote:
    """A note and the visit that it was written from."""

    encounter: Encounter
    generated: GeneratedNote


@st.cache_resource(show_spinner="Loading the model")
def get_engine() -> NoteEngine:
    """The engine, loaded once for all tabs; raises ModelFilesError. The only way by which the app reaches it."""
    from medscribe_core.engine import NoteEngine  # imports torch: the page should be on screen before that

    return NoteEngine.load()


def engine_or_problem() -> tuple[NoteEngine | None, str | None]:
    """The engine, or one sentence that says why there is none."""
    try:
        return get_engine(), None
    except MedScribeError as error:
        return None, str(error)
    except Exception as error:
        logger.error("The model could not be loaded: %s", type(error).__name__)
        return None, f"The model could not be loaded because of an internal error ({type(error).__name__})."


# ---- the boxes


def box_key(box: str) -> str:
    """The widget key of a box; a new one each time that the app fills the boxes."""
    return f"visit_{box}_{st.session_state.get(_FILLINGS, 0)}"


def filled(box: str) -> str:
    """What the app last filled a box with: the value that its widget starts from.

    Given to the widget as its starting value, not set through the session: Streamlit tells the browser of a value
    set that way only once, and the next run may overtake that message.
    """
    return st.session_state.get(_FILLED, EMPTY_BOXES)[box]


def restore_boxes() -> None:
    """Fill boxes that Streamlit has forgotten; call before they are drawn."""
    draft = st.session_state.get(_DRAFT, EMPTY_BOXES)
    forgotten = any(box_key(box) not in st.session_state for box in draft)
    if forgotten and draft != st.session_state.get(_FILLED, EMPTY_BOXES):
        _fill_boxes(draft)


def keep_boxes() -> None:
    """Copy what the boxes hold; call after they are drawn."""
    st.session_state[_DRAFT] = _read_boxes()


def _read_boxes() -> Boxes:
    return {box: st.session_state.get(box_key(box), filled(box)) for box in EMPTY_BOXES}


def _fill_boxes(values: Boxes) -> None:
    st.session_state[_FILLINGS] = st.session_state.get(_FILLINGS, 0) + 1
    st.session_state[_FILLED] = st.session_state[_DRAFT] = values


def load_chosen_sample() -> None:
    """Put the sample chosen in the picker into the boxes; what the user had typed can be brought back."""
    sample: Sample | None = st.session_state[SAMPLE_KEY]
    if sample is None:
        return
    boxes = _read_boxes()
    if any(boxes.values()) and boxes not in [_sample_boxes(known) for known in load_samples()]:
        st.session_state[_SET_ASIDE] = boxes
    _fill_boxes(_sample_boxes(sample))
    st.session_state.pop(_PROBLEM, None)


def _sample_boxes(sample: Sample) -> Boxes:
    context = sample.patient_context
    return {
        "transcript": sample.transcript,
        "age": "" if context.age is None else str(context.age),
        "sex": context.sex or "",
        "medications": "\n".join(context.medications),
        "diagnoses": "\n".join(context.active_diagnoses),
    }


def has_set_aside() -> bool:
    """True if a sample took the place of something the user had typed."""
    return _SET_ASIDE in st.session_state


def bring_back_set_aside() -> None:
    """Put the user's own text back into the boxes."""
    _fill_boxes(st.session_state.pop(_SET_ASIDE))
    st.session_state[SAMPLE_KEY] = None
    st.session_state.pop(_PROBLEM, None)


def read_encounter() -> Encounter:
    """The visit as it stands in the boxes; raises InputError with one sentence."""
    boxes = _read_boxes()
    transcript = boxes["transcript"]
    if not transcript.strip():
        raise InputError("The transcript is empty: paste one or choose a sample visit.")
    context = PatientContext.parse(
        {
            "age": _read_age(boxes["age"]),
            "sex": boxes["sex"] or None,
            "medications": _read_lines(boxes["medications"]),
            "active_diagnoses": _read_lines(boxes["diagnoses"]),
        }
    )
    visit_id = st.session_state.setdefault("visit_id", f"visit-{uuid.uuid4().hex[:12]}")
    return Encounter(encounter_id=visit_id, transcript=transcript, patient_context=context)


def _read_age(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if re.fullmatch("[0-9]{1,3}", text) and int(text) <= 120:
        return int(text)
    raise InputError("The age must be a whole number of years from 0 to 120.")


def _read_lines(text: str) -> list[str]:
    return [line for raw in text.splitlines() if (line := raw.strip().lstrip("-*•").strip())]


# ---- the job and its note


def begin(engine: NoteEngine, start: Callable[[NoteEngine, Encounter], jobs.Job] = jobs.start) -> jobs.Job | None:
    """Start to write the note of the visit in the boxes, or record why that cannot be done and return None."""
    st.session_state.pop(_PROBLEM, None)
    if job := st.session_state.pop(_JOB, None):
        job.cancel()
    try:
        st.session_state[_JOB] = start(engine, read_encounter())
    except MedScribeError as error:
        st.session_state[_PROBLEM] = str(error)
        return None
    return st.session_state[_JOB]


def current_job() -> jobs.Job | None:
    """The job under way. A job that is done is turned into the tab's note or problem first."""
    job: jobs.Job | None = st.session_state.get(_JOB)
    if job is None or not job.done():
        return job
    del st.session_state[_JOB]
    try:
        st.session_state[_WRITTEN] = WrittenNote(job.encounter, job.result())
    except MedScribeError as error:
        st.session_state[_PROBLEM] = str(error)
    return None


def written_note() -> WrittenNote | None:
    """The last note of this tab."""
    return st.session_state.get(_WRITTEN)


def problem() -> str | None:
    """Why the last try gave no note."""
    return st.session_state.get(_PROBLEM)


def boxes_differ_from(encounter: Encounter) -> bool:
    """True if the boxes have changed since ``encounter`` was read from them."""
    try:
        return read_encounter() != encounter
    except InputError:
        return True
