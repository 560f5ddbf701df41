"""Notes are written off the script thread, so that the page answers while a model works."""

from __future__ import annotations

import logging
import sys
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import streamlit as st

from medscribe_core.errors import MedScribeError
from medscribe_core.generated import GeneratedNote
from medscribe_core.schema import Encounter

logger = logging.getLogger(__name__)


class JobError(MedScribeError):
    """A note was not written; the sentence says why."""


class Job:
    """One note being written for one browser tab.

    The tab's session holds the only strong reference. When the session goes, or the job is cancelled, work that is
    still queued is skipped and a result that comes too late is dropped.
    """

    def __init__(self, encounter: Encounter) -> None:
        self.encounter = encounter
        self.started = time.monotonic()
        self.future: Future[GeneratedNote] = Future()
        self._stopped = False

    def done(self) -> bool:
        """True once there is a note, an error or a cancellation."""
        return self._stopped or self.future.done()

    def queued(self) -> bool:
        """True while another note is being written first."""
        return not (self.future.running() or self.done())

    def cancel(self) -> None:
        """Give the job up: queued work is never begun, running work ends unheard. Harmless when already done."""
        if not self.future.done():
            self._stopped = True
            self.future.cancel()

    def result(self) -> GeneratedNote:
        """The note of a job that is done; raises a MedScribeError whose message can be shown as it is."""
        if self._stopped:
            raise JobError("Writing was stopped before the note was complete.")
        try:
            return self.future.result(timeout=0)
        except MedScribeError:
            raise
        except Exception as error:
            # Only the kind of error: its message may hold words of the visit.
            logger.error("A note could not be written: %s", type(error).__name__)
            raise JobError(
                f"The note could not be written because of an internal error ({type(error).__name__}); "
                "what you entered is still in the boxes."
            ) from None


@st.cache_resource(show_spinner=False)
def _executor() -> ThreadPoolExecutor:
    # A page's script may hold the interpreter for 5 ms, Python's default, each of the thousands of times that the
    # model's thread asks for it.
    sys.setswitchinterval(0.0001)
    # One worker: the model already uses every core, two notes at once would both be slower.
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="note")


def start(encounter: Encounter, ask: Callable[[Encounter], Any]) -> Job:
    """Begin to ``ask`` an engine about ``encounter``, after what is already queued; returns at once."""
    job = Job(encounter)
    _executor().submit(_run, weakref.ref(job), ask, encounter)
    return job


def _run(job_reference: weakref.ref[Job], ask: Callable[[Encounter], Any], encounter: Encounter) -> None:
    job = job_reference()
    if job is None or not job.future.set_running_or_notify_cancel():
        return
    future = job.future
    del job
    try:
        future.set_result(ask(encounter))
    except Exception as error:
        future.set_exception(error)


@st.fragment(run_every=0.5)
def show_progress(job: Job) -> None:
    """Say that a note is being written, offer to stop, and re-run the page when the job is done."""
    if job.done():
        st.rerun()
    seconds = time.monotonic() - job.started
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        waiting = "Waiting for another visit's note" if job.queued() else "Writing the note"
        st.markdown(f":material/progress_activity: {waiting}, {seconds:.1f} s", width="content")
        st.button("Stop", key="stop_writing", on_click=job.cancel)
