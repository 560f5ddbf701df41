"""What a browser tab knows of its visit: the boxes, the job under way, the last note and the last problem.

Everything lives in ``st.session_state``, so two tabs never see each other's visit.
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
from medscribe_core.schema import Encounter
from medscribe_core.ui import jobs
from medscribe_core.ui.boxes import Boxes
from medscribe_core.ui.visit_boxes import EMPTY_VISIT, read_context, sample_boxes

if TYPE_CHECKING:
    from medscribe_core.engine import NoteEngine

logger = logging.getLogger(__name__)

BOXES = Boxes("visit", EMPTY_VISIT)
SAMPLE_KEY = "visit_sample"
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


def load_chosen_sample() -> None:
    """Put the sample chosen in the picker into the boxes; what the user had typed can be brought back."""
    sample: Sample | None = st.session_state[SAMPLE_KEY]
    if sample is None:
        return
    boxes = BOXES.read()
    if any(boxes.values()) and boxes not in [sample_boxes(known) for known in load_samples()]:
        st.session_state[_SET_ASIDE] = boxes
    BOXES.fill(sample_boxes(sample))
    st.session_state.pop(_PROBLEM, None)


def has_set_aside() -> bool:
    """True if a sample took the place of something the user had typed."""
    return _SET_ASIDE in st.session_state


def bring_back_set_aside() -> None:
    """Put the user's own text back into the boxes."""
    BOXES.fill(st.session_state.pop(_SET_ASIDE))
    st.session_state[SAMPLE_KEY] = None
    st.session_state.pop(_PROBLEM, None)


def read_encounter() -> Encounter:
    """The visit as it stands in the boxes; raises InputError with one sentence."""
    boxes = BOXES.read()
    transcript = boxes["transcript"]
    if not transcript.strip():
        raise InputError("The transcript is empty: paste one or choose a sample visit.")
    _check_age(boxes["age"])
    context = read_context(boxes)
    visit_id = st.session_state.setdefault("visit_id", f"visit-{uuid.uuid4().hex[:12]}")
    return Encounter(encounter_id=visit_id, transcript=transcript, patient_context=context)


def _check_age(text: str) -> None:
    text = text.strip()
    if text and not (re.fullmatch("[0-9]{1,3}", text) and int(text) <= 120):
        raise InputError("The age must be a whole number of years from 0 to 120.")


# ---- the job and its note


def begin(engine: NoteEngine, start: Callable[[Encounter], jobs.Job] | None = None) -> jobs.Job | None:
    """Start to write the note of the visit in the boxes, or record why that cannot be done and return None."""
    st.session_state.pop(_PROBLEM, None)
    if job := st.session_state.pop(_JOB, None):
        job.cancel()
    try:
        encounter = read_encounter()
        st.session_state[_JOB] = start(encounter) if start else jobs.start(encounter, engine.generate)
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
