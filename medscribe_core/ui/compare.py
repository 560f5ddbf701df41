"""One visit written in three ways on this machine, one after another, and what a browser tab knows of it."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from medscribe_core.corpora import read_authored
from medscribe_core.errors import InputError, MedScribeError
from medscribe_core.generated import GeneratedNote
from medscribe_core.samples import load_samples
from medscribe_core.schema import Encounter, SoapNote
from medscribe_core.settings import REPOSITORY
from medscribe_core.ui import jobs, state

if TYPE_CHECKING:
    from medscribe_core.engine import NoteEngine

#: Visits with a reference note; the model did not learn from them, its thresholds were set on them.
REFERENCE_VISITS = REPOSITORY / "assets" / "encounters" / "validation.jsonl"
_REFERENCES = 8
_COMPARISON = "compare_comparison"


@dataclass(frozen=True)
class Lane:
    """One way to write a note; ``options`` are those of :meth:`NoteEngine.generate`."""

    key: str
    title: str
    options: Mapping[str, Any]

    @property
    def model(self) -> str:
        """The model that writes."""
        return str(self.options["model"])


LANES = (
    Lane("diffusion", "Diffusion", {"model": "diffusion"}),
    Lane("cached", "Autoregressive, KV cache", {"model": "autoregressive", "use_cache": True}),
    Lane("uncached", "Autoregressive, no cache", {"model": "autoregressive", "use_cache": False}),
)


@dataclass(frozen=True)
class Choice:
    """A visit that can be compared, with its reference note where it has one."""

    title: str
    encounter: Encounter
    reference: SoapNote | None = None


def choices() -> list[Choice]:
    """The visit of the visit page if there is one, the sample visits, and visits with a reference note."""
    found = [
        Choice(
            f"{sample.title} · {sample.kind.lower()}",
            Encounter(encounter_id=sample.id, transcript=sample.transcript, patient_context=sample.patient_context),
        )
        for sample in load_samples()
    ]
    state.BOXES.restore()
    with suppress(InputError):
        found.insert(0, Choice("The visit of the visit page", state.read_encounter()))
    return [*found, *_with_reference()]


@cache
def _with_reference() -> tuple[Choice, ...]:
    if not REFERENCE_VISITS.is_file():
        return ()
    return tuple(
        Choice(f"{visit.complaint.capitalize() or visit.id} · with reference note", visit.encounter, visit.note)
        for visit in read_authored(REFERENCE_VISITS, _REFERENCES)
    )


@dataclass(frozen=True)
class Comparison:
    """A visit and the jobs that write it, by the keys of their lanes, in the order in which they run.

    ``comparison_id`` tells one run from the next.
    """

    comparison_id: str
    choice: Choice
    jobs: Mapping[str, jobs.Job]

    def done(self) -> bool:
        """True once every lane has a note, an error or a cancellation."""
        return all(job.done() for job in self.jobs.values())

    def cancel(self) -> None:
        """Give up what is not written yet."""
        for job in self.jobs.values():
            job.cancel()

    def notes(self) -> list[tuple[Lane, GeneratedNote]]:
        """The notes that were written, in the order of the lanes."""
        return [(lane, note) for lane in LANES if isinstance(note := self._outcome(lane), GeneratedNote)]

    def problems(self) -> list[str]:
        """Why lanes have no note, each reason once."""
        return list(dict.fromkeys(why for lane in LANES if isinstance(why := self._outcome(lane), str)))

    def _outcome(self, lane: Lane) -> GeneratedNote | str | None:
        job = self.jobs.get(lane.key)
        if job is None or not job.done():
            return None
        try:
            return job.result()
        except MedScribeError as error:
            return str(error)


def start(engine: NoteEngine, choice: Choice) -> Comparison:
    """Begin to write ``choice`` in every way that the engine has the weights for; returns at once.

    Every lane is an encounter of its own, so that each pays for its context.
    """
    comparison_id = uuid.uuid4().hex[:12]
    return Comparison(
        comparison_id,
        choice,
        {
            lane.key: jobs.start(
                choice.encounter.model_copy(update={"encounter_id": f"compare-{comparison_id}-{lane.key}"}),
                functools.partial(engine.generate, **lane.options),
            )
            for lane in LANES
            if lane.model in engine.models
        },
    )


def missing(engine: NoteEngine) -> str | None:
    """The sentence that says which model cannot be compared; None when both can."""
    if all(lane.model in engine.models for lane in LANES):
        return None
    return "The weights of the autoregressive model are not installed, so only diffusion is shown."


def begin(engine: NoteEngine, choice: Choice) -> None:
    """Start a comparison for this tab; one under way is given up."""
    if running := current():
        running.cancel()
    st.session_state[_COMPARISON] = start(engine, choice)


def current() -> Comparison | None:
    """The tab's last comparison, done or not."""
    return st.session_state.get(_COMPARISON)


@st.fragment(run_every=0.5)
def show_progress(comparison: Comparison) -> None:
    """Say which lane is being written, offer to stop, and re-run the page when all are done."""
    if comparison.done():
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        lines = [
            f"{lane.title}: {_progress(comparison.jobs[lane.key])}" for lane in LANES if lane.key in comparison.jobs
        ]
        st.markdown("  \n".join(lines), width="content")
        st.button("Stop", key="stop_comparing", on_click=comparison.cancel)
    finished = sum(job.done() for job in comparison.jobs.values())
    st.progress(finished / len(comparison.jobs))


def _progress(job: jobs.Job) -> str:
    if job.done():
        return ":material/check: done"
    return "waiting" if job.queued() else ":material/progress_activity: writing"
