"""The live visit, run by Streamlit's AppTest with a fake engine that hears a visit turn by turn."""

from __future__ import annotations

import gc
import logging
import threading
import weakref
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from medscribe_core.errors import InputError
from medscribe_core.live import LiveLatency
from medscribe_core.samples import load_samples
from medscribe_core.schema import Encounter, PatientContext
from medscribe_core.ui import live_visit
from tests.conftest import FakeEngine

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
VISIT = "\n".join(f"{who}: We talk about zebra number {n}." for n in range(5) for who in ("Doctor", "Patient"))
TURNS = 10
LATENCY = LiveLatency(milliseconds=123.4, encoded_windows=1, reused_windows=3)


@dataclass
class FakeLive:
    """Hears turns; its note is the fake engine's, named after the number of turns heard."""

    engine: FakeEngine
    encounter_id: str
    turns: list[str] = field(default_factory=list)
    latency: LiveLatency = LATENCY

    def append(self, turn):
        self.turns.append(turn)

    def note(self):
        if len(self.turns) < self.engine.too_little:
            raise InputError("The transcript has fewer than 5 words.")
        note = self.engine.generate(Encounter(encounter_id=self.encounter_id, transcript="".join(self.turns)))
        return replace(note, note_id=f"after-{len(self.turns)}")


@dataclass
class LiveEngine(FakeEngine):
    """A fake engine with visits in progress; ``too_little`` turns give no note yet."""

    opened: list[FakeLive] = field(default_factory=list)
    contexts: list[PatientContext] = field(default_factory=list)
    too_little: int = 0
    entered: threading.Event = field(default_factory=threading.Event)

    def open_encounter(self, encounter_id, patient_context):
        self.contexts.append(patient_context)
        self.opened.append(FakeLive(self, encounter_id))
        self.entered.set()
        return self.opened[-1]


@pytest.fixture
def engine(monkeypatch):
    live = LiveEngine()
    monkeypatch.setattr("medscribe_core.ui.state.get_engine", lambda: live)
    monkeypatch.setattr(live_visit, "WORDS_A_SECOND", 1e9)
    return live


@pytest.fixture
def slow(monkeypatch, engine):
    """The first turn takes longer than the test."""
    monkeypatch.setattr(live_visit, "WORDS_A_SECOND", 1e-6)


def open_page(transcript: str = VISIT) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=30).run()
    page.text_area(key="visit_transcript_0").set_value(transcript)
    return page


def replay(page: AppTest) -> AppTest:
    """Press the button and wait until the visit is over."""
    return wait_for(page.button(key="replay_live").click().run())


def wait_for(page: AppTest) -> AppTest:
    """Wait until the job under way, if there still is one, has its note or problem."""
    if "visit_job" in page.session_state:
        page.session_state["visit_job"].future.exception(timeout=20)
        page.run()
    assert not page.exception
    return page


def captions(page: AppTest) -> list[str]:
    return [element.value for element in page.caption]


def test_a_replay_ends_with_the_note_of_the_whole_visit_in_the_usual_panel(engine):
    page = replay(open_page())
    (live,) = engine.opened
    assert len(live.turns) == TURNS
    assert "".join(live.turns) == VISIT
    written = page.session_state["visit_written"]
    assert written.generated.note_id == f"after-{TURNS}"
    assert written.encounter.transcript == VISIT
    assert page.get("bidi_component")
    assert "Last word to note: **123 ms** · 1 window encoded after it, 3 reused" in captions(page)


def test_the_draft_is_refreshed_every_few_turns(engine):
    replay(open_page())
    heard = [call.transcript.count("zebra") for call in engine.calls]
    assert heard == [*range(live_visit.DRAFT_EVERY, TURNS, live_visit.DRAFT_EVERY), TURNS]


def test_too_little_for_a_draft_is_no_problem(engine):
    engine.too_little = 6
    page = replay(open_page())
    assert [element.value for element in page.error] == []
    assert page.session_state["visit_written"].generated.note_id == f"after-{TURNS}"


def test_the_patient_context_reaches_the_visit(engine):
    page = open_page()
    page.selectbox(key="visit_sample").set_value(load_samples()[0]).run()
    replay(page)
    assert engine.contexts == [load_samples()[0].patient_context]
    assert "".join(engine.opened[0].turns) == load_samples()[0].transcript


def test_a_running_visit_is_shown_and_can_be_stopped(slow, engine):
    page = open_page()
    page.button(key="replay_live").click().run()
    assert not page.exception
    assert f":material/graphic_eq: Turn 0 of {TURNS} · 16x" in [element.value for element in page.markdown]
    page.button(key="stop_live").click().run()
    page.run()
    assert [e.value for e in page.error] == [f"The live visit was stopped after 0 of {TURNS} turns."]
    assert engine.calls == []
    assert page.text_area(key="visit_transcript_0").value == VISIT


def test_turns_and_the_draft_are_plain_text_while_the_visit_is_spoken(engine):
    encounter = Encounter(encounter_id="v", transcript=VISIT)
    visit = live_visit.LiveVisit(encounter, [f"Patient: **zebra** <b>{n}</b>\n" for n in range(9)], speed=16)
    visit.spoken, visit.draft, visit.latency = 8, engine.generate(encounter), LATENCY
    page = AppTest.from_function(draw_visit)
    page.session_state["visit"] = visit
    page.run()
    assert not page.exception
    shown = [element.value for element in page.text]
    assert shown[0].endswith("Patient: **zebra** <b>7</b>")
    assert visit.draft.note.hpi in shown
    assert any("Last word to note: **123 ms**" in caption for caption in captions(page))
    assert not any("zebra" in element.value for element in (*page.markdown, *page.caption))


def draw_visit():
    import streamlit as st

    from medscribe_core.ui import live_visit

    live_visit.show(st.session_state["visit"])


def test_generate_takes_the_place_of_a_running_visit(slow, engine):
    page = open_page()
    page.button(key="replay_live").click().run()
    visit = page.session_state["visit_job"]
    wait_for(page.button(key="generate").click().run())
    assert visit.halt.is_set()
    assert page.session_state["visit_written"].generated.note_id == "note-1"
    assert not any("Last word to note" in caption for caption in captions(page))


def test_an_empty_transcript_is_refused_in_one_sentence(engine):
    page = replay(open_page("  "))
    assert [e.value for e in page.error] == ["The transcript is empty: paste one or choose a sample visit."]
    assert engine.opened == []


def test_a_failing_engine_is_one_sentence_and_no_word_of_the_visit_is_logged(engine, caplog):
    caplog.set_level(logging.DEBUG)
    engine.error = RuntimeError("cannot decode zebra")
    page = replay(open_page())
    (sentence,) = [element.value for element in page.error]
    assert sentence.startswith("The note could not be written because of an internal error (RuntimeError)")
    assert "zebra" not in sentence + caplog.text


def test_a_replay_ends_with_its_tab(slow, engine):
    visit = live_visit.start(engine, Encounter(encounter_id="v", transcript=VISIT), speed=1)
    assert engine.entered.wait(timeout=20)
    halt, reference = visit.halt, weakref.ref(visit)
    del visit
    gc.collect()
    assert reference() is None
    halt.set()
