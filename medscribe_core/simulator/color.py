"""Small talk: remarks of everyday life that belong in no note, from the written bank ``small_talk.jsonl``.

They name things, places and numbers that a reader must leave out: the price of parking, a nephew's chess team, a clock
that is slow. Nothing in them could be taken for a fact of the patient's health. No remark is made twice in a visit, and
none in a list of medications or before an answer.
"""

from __future__ import annotations

from typing import Any

from medscribe_core.simulator.conversation import Conversation, about
from medscribe_core.simulator.person import not_to_you

#: Exchanges of small talk in one visit at most.
MOST_REMARKS = 4
#: Ages at which somebody speaks of grandchildren, of a job, and of a household of one's own.
_OLDER = 62
_YOUNGER = range(22, 45)
_GROWN_UP = 18


def small_talk(talk: Conversation) -> None:
    """A remark of the doctor, which may be answered, or of whoever tells the story."""
    kind = talk.rng.random()
    if kind < 0.42:
        _exchange(talk)
    elif kind < 0.6:
        if _doctor_remarks(talk, "small_talk_doctor") and talk.chance(0.4):
            talk.say(talk.teller, about(talk.glue("small_talk_reply")))
    else:
        _teller_remarks(talk, _subjects(talk))


def aside(talk: Conversation) -> None:
    """The teller thinks aloud or comments on the conversation, after an answer."""
    _teller_remarks(talk, ("patient_aside",))


def remark_at_examination(talk: Conversation) -> None:
    """The doctor says something about the room or what is being done."""
    _doctor_remarks(talk, "small_talk_doctor_clinic")


def _subjects(talk: Conversation) -> tuple[str, ...]:
    """Lists from which the teller may take a remark, as age and place allow."""
    visit = talk.content
    if visit.caregiver:
        return ("small_talk_patient",)
    if visit.age < _GROWN_UP:
        return ("patient_aside",)
    lists = ["small_talk_patient"]
    if visit.examined:
        lists.append("small_talk_patient_clinic")
    if visit.age >= _OLDER:
        lists.append("small_talk_patient_older")
    if visit.age in _YOUNGER:
        lists.append("small_talk_patient_younger")
    return tuple(lists)


def _doctor_remarks(talk: Conversation, concept: str) -> bool:
    lines = talk.banks.glue[concept]
    return _choose_and_say(talk, "doctor", not_to_you(lines) if talk.content.caregiver else lines)


def _teller_remarks(talk: Conversation, concepts: tuple[str, ...]) -> None:
    _choose_and_say(talk, talk.teller, tuple(line for concept in concepts for line in talk.banks.glue[concept]))


def _exchange(talk: Conversation) -> None:
    """A question of the doctor about everyday life, and its answer; small children are spared it."""
    if talk.content.age < _GROWN_UP:
        return
    pairs = talk.banks.glue["small_talk_pair"]
    if talk.content.examined:
        pairs += talk.banks.glue["small_talk_pair_clinic"]
    chosen = _unused(talk, pairs)
    if chosen:
        question, answer = chosen
        talk.say("doctor", about(question))
        talk.say(talk.teller, about(answer))


def _choose_and_say(talk: Conversation, speaker: str, lines: tuple[str, ...]) -> bool:
    """Say one of the lines; whether one was left to say."""
    chosen = _unused(talk, lines)
    if chosen:
        talk.say(speaker, about(chosen))
    return bool(chosen)


def _unused(talk: Conversation, items: tuple[Any, ...]) -> Any:
    """One of the items that was not said in this visit, kept in mind; None where there is none or enough was said."""
    left = [item for item in items if item not in talk.remarks]
    if not left or len(talk.remarks) >= MOST_REMARKS:
        return None
    talk.remarks.append(talk.rng.choice(left))
    return talk.remarks[-1]
