"""The whole conversation of a visit, from greeting to goodbye."""

from __future__ import annotations

import random

from medscribe_core.simulator import talk_exam as exam
from medscribe_core.simulator import talk_history as history
from medscribe_core.simulator import talk_medications as medications
from medscribe_core.simulator.banks import Banks
from medscribe_core.simulator.color import aside, small_talk
from medscribe_core.simulator.content import VisitContent
from medscribe_core.simulator.conversation import Conversation, about
from medscribe_core.simulator.facts import Turn
from medscribe_core.simulator.talk_history import Unit

_SPOKEN_HISTORY = ("adherence", "side_effect")


def hold_conversation(content: VisitContent, banks: Banks, rng: random.Random) -> list[Turn]:
    """Say every fact of ``content`` that is not in the context alone; fills the facts' evidence."""
    talk = Conversation(content, banks, rng, mess=rng.random() ** 1.5)
    _open(talk)
    nurse_first = bool(content.vitals) and content.examined and talk.chance(0.12)
    if nurse_first:
        exam.say_vitals(talk, "nurse")
        talk.say("nurse", about(talk.glue("nurse_handoff")))
    history.say_complaint(talk)
    _history(talk)
    if not nurse_first and content.examined:
        exam.say_vitals(talk)
    results_first = talk.chance(0.3)
    if results_first:
        exam.say_results(talk)
    exam.say_findings(talk)
    if not results_first:
        exam.say_results(talk)
    exam.say_assessment_and_plan(talk)
    _close(talk)
    return talk.finish()


def _open(talk: Conversation) -> None:
    if talk.chance(0.5):
        talk.say("doctor", about(talk.glue("opening_doctor")))
        if talk.chance(0.35):
            talk.say(talk.teller, about(talk.glue("opening_patient_reply")))
    if not talk.content.examined and talk.chance(0.5):
        talk.say("doctor", about(talk.glue("telehealth_check")))
        talk.say(talk.teller, about(talk.glue("confirm_visit")))
    if talk.chance(0.25 + 0.3 * talk.mess):
        small_talk(talk)


def _history(talk: Conversation) -> None:
    rng = talk.rng
    blocks = [_story_units(talk), history.review_units(talk), _medication_units(talk), _past_units(talk)]
    if talk.chance(0.35):
        rng.shuffle(blocks)
    units = [unit for block in blocks for unit in block]
    ends = {block[-1] for block in blocks if block}
    for _ in range(int(len(units) * 0.3 * talk.mess)):  # some things come up out of order
        unit = units.pop(rng.randrange(len(units)))
        units.insert(rng.randrange(len(units) + 1), unit)
    for position, unit in enumerate(units):
        if position and talk.chance(0.02):
            talk.say("doctor", about(talk.glue("transition_history")))
        elif position and talk.speakers[-1] != "doctor" and talk.chance(0.11):
            talk.say("doctor", about(talk.glue("acknowledge")))
        if talk.chance(0.05 * talk.mess):
            exam.interruption(talk)
        unit()
        if talk.speakers[-1] != talk.teller:
            continue
        if unit in ends and talk.chance(0.5 + 0.5 * talk.mess):
            small_talk(talk)
        elif talk.chance(0.02 + 0.05 * talk.mess):
            aside(talk)


def _story_units(talk: Conversation) -> list[Unit]:
    content = talk.content
    facts = [] if not content.duration or content.duration.evidence else [content.duration]
    rest = list(content.attributes)
    if talk.chance(0.4):
        talk.rng.shuffle(rest)
    units = [history.asked_fact(talk, fact) for fact in facts + rest]
    home = [fact for fact in content.vitals if fact.values.get("home") == "yes"]
    return units + [history.home_reading(talk, fact) for fact in home]


def _medication_units(talk: Conversation) -> list[Unit]:
    said = [fact for fact in talk.content.medications if fact.values.get("said") == "yes"]
    units = [medications.medication_unit(talk, said)] if said else []
    taken = [f for f in talk.content.history if f.concept.startswith(_SPOKEN_HISTORY)]
    return units + [history.asked_fact(talk, fact) for fact in taken]


def _past_units(talk: Conversation) -> list[Unit]:
    units = []
    for fact in talk.content.history:
        if "said" in fact.values:
            if fact.values["said"] == "yes":
                units.append(medications.condition_unit(talk, fact))
        elif not fact.concept.startswith(_SPOKEN_HISTORY):
            units.append(history.asked_fact(talk, fact, 0.7))
    talk.rng.shuffle(units)
    return units


def _close(talk: Conversation) -> None:
    if talk.chance(0.4):
        talk.say("doctor", about(talk.glue("closing_doctor")))
        if talk.chance(0.4):
            talk.say(talk.teller, about(talk.glue("closing_patient")))
