"""A visit replayed turn by turn as if it were spoken now, with a draft note that is kept up to date."""

from __future__ import annotations

import sys
import threading
import weakref
from typing import TYPE_CHECKING

import streamlit as st

from medscribe_core.errors import InputError
from medscribe_core.generated import GeneratedNote
from medscribe_core.schema import Encounter
from medscribe_core.ui import jobs, state
from medscribe_core.ui.components.note import show_sections

if TYPE_CHECKING:
    from medscribe_core.engine import NoteEngine
    from medscribe_core.live import LiveEncounter, LiveLatency

#: How many times faster than speech a visit can be replayed; the last one is the default.
SPEEDS = (1, 4, 16)
#: Unhurried conversation, 150 words a minute.
WORDS_A_SECOND = 2.5
#: The draft is written anew after so many turns.
DRAFT_EVERY = 4
_SHOWN_TURNS = 6
_LAST = "live_visit_last"


class LiveVisit(jobs.Job):
    """One replay for one browser tab, a job like any other: its result is the note of the whole visit.

    ``spoken``, ``draft`` and ``latency`` are set by the replay's thread and read by the page. The tab's session holds
    the only lasting reference, so a replay ends with its tab.
    """

    def __init__(self, encounter: Encounter, turns: list[str], speed: float) -> None:
        super().__init__(encounter)
        self.turns, self.speed = turns, speed
        self.spoken = 0
        self.draft: GeneratedNote | None = None
        self.latency: LiveLatency | None = None
        self.halt = threading.Event()

    def cancel(self) -> None:
        """End the replay; the note under way ends unheard."""
        super().cancel()
        self.halt.set()

    def result(self) -> GeneratedNote:
        """The note of the whole visit; raises a MedScribeError whose message can be shown as it is."""
        if self._stopped:
            raise jobs.JobError(f"The live visit was stopped after {self.spoken} of {len(self.turns)} turns.")
        return super().result()


def start(engine: NoteEngine, encounter: Encounter, speed: float) -> LiveVisit:
    """Begin to replay ``encounter``, ``speed`` times as fast as speech; returns at once."""
    from medscribe_core.live import spoken_turns  # imports torch, as the engine has by now

    sys.setswitchinterval(0.0001)  # as for every note, see jobs
    visit = LiveVisit(encounter, spoken_turns(encounter.transcript), speed)
    threading.Thread(target=_replay, args=(weakref.ref(visit), engine), name="live visit", daemon=True).start()
    return visit


def _replay(reference: weakref.ref[LiveVisit], engine: NoteEngine) -> None:
    visit = reference()
    if visit is None or not visit.future.set_running_or_notify_cancel():
        return
    future, halt, turns, encounter = visit.future, visit.halt, visit.turns, visit.encounter
    pace = WORDS_A_SECOND * visit.speed
    del visit
    try:
        live = engine.open_encounter(encounter.encounter_id, encounter.patient_context)
        for number, turn in enumerate(turns, start=1):
            if halt.wait(len(turn.split()) / pace) or not _tell(reference, spoken=number):
                return
            live.append(turn)
            if number == len(turns):
                note = live.note()
                _tell(reference, latency=live.latency)
                future.set_result(note)
            elif number % DRAFT_EVERY == 0 and (draft := _draft(live)):
                _tell(reference, draft=draft, latency=live.latency)
    except Exception as error:
        future.set_exception(error)


def _draft(live: LiveEncounter) -> GeneratedNote | None:
    """The note so far; None while too little has been said for one."""
    try:
        return live.note()
    except InputError:
        return None


def _tell(reference: weakref.ref[LiveVisit], **news: object) -> bool:
    """Set attributes of the visit; False when nobody waits for it any more."""
    visit = reference()
    if visit is None:
        return False
    for name, value in news.items():
        setattr(visit, name, value)
    return True


# ---- on the page


def controls() -> int | None:
    """Draw the speed and the button; the speed if a replay was asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        asked = st.button(
            "Replay as a live visit",
            icon=":material/graphic_eq:",
            help="The transcript arrives turn by turn, as if it were spoken now; the draft note keeps up with it.",
            key="replay_live",
        )
        speed = st.segmented_control(
            "Speed of the replay", SPEEDS, default=SPEEDS[-1], format_func=lambda times: f"{times}x", key="live_speed"
        )
    return (speed or SPEEDS[-1]) if asked else None


def begin(engine: NoteEngine, speed: float) -> None:
    """Replay the visit in the boxes, or record why that cannot be done."""
    if visit := state.begin(engine, lambda encounter: start(engine, encounter, speed)):
        st.session_state[_LAST] = visit


@st.fragment(run_every=0.5)
def show(visit: LiveVisit) -> None:
    """What has been said and the draft of it; re-runs the page when the visit is over."""
    if visit.done():
        st.rerun()
    spoken, draft, latency = visit.spoken, visit.draft, visit.latency
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f":material/graphic_eq: Turn {spoken} of {len(visit.turns)} · {visit.speed}x", width="content")
        st.button("Stop", key="stop_live", on_click=visit.cancel)
    st.progress(spoken / len(visit.turns))
    with st.container(border=True, key="live_turns"):
        heard = visit.turns[max(0, spoken - _SHOWN_TURNS) : spoken]
        st.text("".join(heard).strip() or "Listening")
    if draft is None or latency is None:
        st.caption(f"The first draft comes after {DRAFT_EVERY} turns.")
        return
    _show_latency(latency)
    show_sections(draft)


def show_latency_of(generated: GeneratedNote) -> None:
    """If ``generated`` is the note of the tab's last live visit: how soon after the last word it was there."""
    visit: LiveVisit | None = st.session_state.get(_LAST)
    if visit is None or visit.latency is None or not visit.future.done() or visit.future.exception():
        return
    if visit.future.result().note_id == generated.note_id:
        _show_latency(visit.latency)


def _show_latency(latency: LiveLatency) -> None:
    windows = "window" if latency.encoded_windows == 1 else "windows"
    st.caption(
        f"Last word to note: **{latency.milliseconds:,.0f} ms** · {latency.encoded_windows} {windows} encoded after "
        f"it, {latency.reused_windows} reused"
    )
