"""Jobs: work that nobody waits for any more is not begun."""

from __future__ import annotations

import gc
import threading

from medscribe_core.schema import Encounter
from medscribe_core.ui import jobs


def visit(name: str) -> Encounter:
    return Encounter(encounter_id=name, transcript="Doctor: How are you?\nPatient: My knee hurts.")


def test_jobs_run_one_after_the_other_and_keep_their_own_notes(fake_engine):
    first, second = jobs.start(visit("first"), fake_engine.generate), jobs.start(visit("second"), fake_engine.generate)
    assert second.future.result(timeout=20).note_id == "note-2"
    assert first.result().note_id == "note-1"
    assert first.result() is fake_engine.answers[0]
    assert [call.encounter_id for call in fake_engine.calls] == ["first", "second"]


def test_a_queued_job_of_a_closed_tab_is_never_begun(fake_engine):
    fake_engine.gate = threading.Event()
    running = jobs.start(visit("running"), fake_engine.generate)
    abandoned = jobs.start(visit("abandoned"), fake_engine.generate)
    assert abandoned.queued()
    del abandoned
    gc.collect()
    last = jobs.start(visit("last"), fake_engine.generate)
    fake_engine.gate.set()
    last.future.result(timeout=20)
    assert running.done()
    assert [call.encounter_id for call in fake_engine.calls] == ["running", "last"]


def test_a_queued_job_that_was_cancelled_is_never_begun(fake_engine):
    fake_engine.gate = threading.Event()
    jobs_in_order = [jobs.start(visit(name), fake_engine.generate) for name in ("running", "cancelled", "last")]
    jobs_in_order[1].cancel()
    assert jobs_in_order[1].done()
    fake_engine.gate.set()
    jobs_in_order[2].future.result(timeout=20)
    assert [call.encounter_id for call in fake_engine.calls] == ["running", "last"]
