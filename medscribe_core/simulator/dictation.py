"""A visit as the clinician dictates it afterwards, alone and in the third person."""

from __future__ import annotations

import random
import re

from medscribe_core.schema import PatientContext
from medscribe_core.simulator.banks import Banks, load_banks
from medscribe_core.simulator.facts import Fact, SimulatedVisit
from medscribe_core.simulator.lay_terms import CONDITION_SPEECH, lower_first
from medscribe_core.simulator.note import plan_order, who
from medscribe_core.simulator.person import chartable, with_pronouns
from medscribe_core.simulator.speech_numbers import say_number
from medscribe_core.simulator.voice import Voice, fix_article

Pieces = list[tuple[str, Fact | None]]

_COMMAND = re.compile(r"(?:start|increase|decrease|stop|continue|refill|switch|order|refer|schedule|give|monitor)\b")


class Dictation:
    """Builds one running text of sentences; each fact is said once."""

    def __init__(self, banks: Banks, rng: random.Random, sex: str) -> None:
        self.banks = banks
        self.rng = rng
        self.sex = sex
        digits = rng.choice((0.0, 0.0, 0.1, 0.6, 1.0))
        self.voice = Voice(rng, banks, digits=digits, correction=rng.choice((0.0, 0.0, 0.03, 0.08)))
        self.text = ""
        self.spans: dict[int, list[tuple[int, int]]] = {}
        self.order: list[Fact] = []

    def glue(self, concept: str) -> str:
        return self.rng.choice(self.banks.glue[concept])

    def sentence(self, pieces: Pieces) -> None:
        """Append a sentence; the first letter is capitalised, a full stop added."""
        start_of_sentence = True
        self.text += " " if self.text else ""
        for piece, fact in pieces:
            if start_of_sentence and piece:
                piece = piece[0].upper() + piece[1:]
                start_of_sentence = False
            start = len(self.text)
            self.text += piece
            if fact is not None:
                if id(fact) not in self.spans:
                    self.order.append(fact)
                self.spans.setdefault(id(fact), []).append((start, len(self.text)))
        self.text += "" if self.text.endswith((".", "?", "!")) else "."

    def listed(self, concept: str, facts: list[Fact], words: list[str]) -> None:
        """One sentence of a glue list with {list} for several facts."""
        before, _, after = self.glue(concept).partition("{list}")
        pieces: Pieces = [(before, None)] if before else []
        for position, (fact, word) in enumerate(zip(facts, words, strict=True)):
            if position:
                last = position == len(facts) - 1
                joint = "or" if concept == "dictate_absent" and self.rng.random() < 0.75 else "and"
                pieces.append((f"{',' if len(facts) > 2 else ''} {joint} " if last else ", ", None))
            pieces.append((word, fact))
        self.sentence([*pieces, (after, None)] if after else pieces)


def dictate(visit: SimulatedVisit, rng: random.Random) -> tuple[str, list[Fact], list[list[tuple[int, int]]]]:
    """Text, the visit's facts in the order dictated (context ones last) and their offsets in the text.

    Facts that nobody said in the dialogue stay unsaid.
    """
    said = [fact for fact in visit.facts if fact.evidence]
    silent = [fact for fact in visit.facts if not fact.evidence]
    taken = Dictation(load_banks(visit.split), rng, visit.sex)
    groups: dict[str, list[Fact]] = {}
    for fact in said:
        groups.setdefault(fact.kind, []).append(fact)
    _story(taken, groups, visit.patient_context)
    blocks = [lambda: _review(taken, groups), lambda: _past(taken, groups)]
    if rng.random() < 0.3:
        blocks.reverse()
    for block in blocks:
        block()
    _exam(taken, groups)
    _assessment(taken, groups.get("diagnosis", []))
    _plan(taken, groups.get("plan", []))
    if rng.random() < 0.25:
        taken.sentence([(taken.glue("dictate_close"), None)])
    facts = taken.order + silent
    return taken.text, facts, [taken.spans.get(id(fact), []) for fact in facts]


def _story(taken: Dictation, groups: dict[str, list[Fact]], context: PatientContext) -> None:
    complaints = groups.get("complaint", [])
    attributes = groups.get("attribute", [])
    duration = next((f for f in attributes if f.concept == "duration"), None)
    if complaints:
        _opening(taken, complaints, duration, context)
    for fact in attributes:
        if fact is duration and id(fact) in taken.spans:
            continue
        taken.sentence([(_said(taken, fact), fact)])
    for fact in groups.get("vital", []):
        if fact.values.get("home") == "yes":
            taken.sentence([(taken.voice.read_out(fact.statement), fact)])


def _opening(taken: Dictation, complaints: list[Fact], duration: Fact | None, context: PatientContext) -> None:
    known = context.age is not None and context.sex is not None
    phrase = taken.glue("dictate_open_known" if known else "dictate_open_unknown")
    before, _, _ = phrase.partition("{what}")
    before = fix_article(before.replace("{who}", _who_said(taken, context)))
    plain = [f for f in complaints if "visit" not in f.values]
    other = [f for f in complaints if "visit" in f.values]
    pieces: Pieces = [(before, None)]
    for position, fact in enumerate(plain):
        pieces += [(" and " if position == len(plain) - 1 else ", ", None)] if position else []
        pieces.append((_symptom(taken, fact), fact))
    if plain and duration:
        pieces += [(" for ", None), (taken.voice.fill("{duration}", duration.values), duration)]
    for position, fact in enumerate(other):
        lead = "follow-up of " if not position and fact.values["visit"] == "follow-up" else ""
        join = "" if not position and not plain else " and for " if not position else " and "
        pieces += [(join + lead, None)] if join + lead else []
        pieces.append((_condition(taken, fact) if lead or position else fact.statement, fact))
    if other and not plain:
        pieces[0] = (before.removesuffix("with ") + ("for " if before.endswith("with ") else ""), None)
    taken.sentence(pieces)


def _who_said(taken: Dictation, context: PatientContext) -> str:
    text = who(context)
    number, dash, rest = text.partition("-")
    if not dash:
        return text
    said = say_number(number, taken.rng, taken.voice.digits)
    return f"{said} year old {rest.split()[-1]}" if taken.rng.random() < 0.4 else f"{said}-{rest}"


def _symptom(taken: Dictation, fact: Fact) -> str:
    symptom = taken.banks.symptoms[fact.concept]
    if fact.values.get("side") or fact.kind == "complaint" or taken.rng.random() < 0.6:
        return fact.statement
    return taken.rng.choice(symptom.nouns)


def _condition(taken: Dictation, fact: Fact) -> str:
    names = CONDITION_SPEECH.get(fact.concept)
    if names and taken.rng.random() < 0.4:
        return taken.rng.choice(names)
    return taken.voice.read_out(lower_first(fact.values["condition"]))


def _said(taken: Dictation, fact: Fact) -> str:
    """A pattern fact in clinician's words."""
    phrases = taken.banks.glue[f"dictate_{fact.concept}"]
    return with_pronouns(taken.voice.fill(taken.rng.choice(phrases), fact.values, fact.concept), taken.sex)


def _review(taken: Dictation, groups: dict[str, list[Fact]]) -> None:
    parts = [("dictate_present", list(groups.get("symptom_present", [])))]
    parts.append(("dictate_absent", list(groups.get("symptom_absent", []))))
    if taken.rng.random() < 0.3:
        parts.reverse()
    for concept, facts in parts:
        while facts:
            size = min(len(facts), taken.rng.choice((1, 2, 3, 4, 5)))
            group, facts = facts[:size], facts[size:]
            taken.listed(concept, group, [_symptom(taken, fact) for fact in group])


def _past(taken: Dictation, groups: dict[str, list[Fact]]) -> None:
    drugs = [f for f in groups.get("medication", []) if not f.statement.endswith(".")]
    if drugs:
        joint = taken.rng.choice((" ", ", "))
        words = [taken.voice.fill("{drug} {dose}" + joint + "{frequency}", f.values) for f in drugs]
        taken.listed("dictate_medications", drugs, words)
    conditions = [f for f in groups.get("history", []) if not f.statement.endswith(".")]
    if conditions:
        taken.listed("dictate_history", conditions, [_condition(taken, f) for f in conditions])
    for kind in ("medication", "allergy", "history"):
        for fact in groups.get(kind, []):
            if fact.statement.endswith("."):
                taken.sentence([(_said(taken, fact), fact)])


def _exam(taken: Dictation, groups: dict[str, list[Fact]]) -> None:
    vitals = [f for f in groups.get("vital", []) if f.values.get("home") != "yes"]
    if vitals:
        pieces: Pieces = [(taken.glue("dictate_vitals"), None)]
        for fact in vitals:
            pieces += [(", ", None), (_vital(taken, fact), fact)]
        taken.sentence(pieces)
    findings = groups.get("finding", [])
    if findings and taken.rng.random() < 0.7:
        first, findings = findings[0], findings[1:]
        taken.sentence([(f"{taken.glue('dictate_exam')}, ", None), (_finding(taken, first), first)])
    for fact in findings:
        taken.sentence([(_finding(taken, fact), fact)])
    results = groups.get("result", [])
    for position, fact in enumerate(results):
        lead = f"{taken.glue('dictate_results')}, " if not position and taken.rng.random() < 0.5 else ""
        phrases = chartable(taken.banks.results[fact.concept].spoken)
        if phrases and taken.rng.random() < 0.6:
            text = taken.voice.fill(taken.rng.choice(phrases), fact.values)
        else:
            text = taken.voice.read_out(fact.statement)
        taken.sentence([(lead, None), (text, fact)] if lead else [(text, fact)])


def _vital(taken: Dictation, fact: Fact) -> str:
    phrases = chartable(taken.banks.vitals[fact.concept].spoken)
    if not phrases:
        phrases = ("{sys} over {dia}",) if "sys" in fact.values else ()
    return taken.voice.fill(taken.rng.choice(phrases), fact.values) if phrases else taken.voice.read_out(fact.statement)


def _finding(taken: Dictation, fact: Fact) -> str:
    entry = taken.banks.findings[fact.concept]
    phrases = chartable(entry.spoken)
    if phrases and taken.rng.random() < 0.7:
        return taken.rng.choice(phrases)
    system = f"{entry.system.lower() if entry.system != 'HEENT' else 'HEENT'} "
    return (system if taken.rng.random() < 0.4 else "") + taken.voice.read_out(entry.note)


def _assessment(taken: Dictation, diagnoses: list[Fact]) -> None:
    for position, fact in enumerate(diagnoses):
        lead = f"{taken.glue('dictate_assessment')}, " if not position and taken.rng.random() < 0.85 else ""
        name = _condition(taken, fact)
        status = fact.values.get("status", "")
        text = name
        if status:
            text = taken.rng.choice(("{n}, {s}", "{n}, which is {s}", "{n} is {s}")).format(n=name, s=status)
        taken.sentence([(lead, None), (text, fact)] if lead else [(text, fact)])


def _plan(taken: Dictation, plan: list[Fact]) -> None:
    if taken.rng.random() < 0.5:
        plan = plan_order(plan)
    for position, fact in enumerate(plan):
        lead = f"{taken.glue('dictate_plan')}, " if not position and taken.rng.random() < 0.7 else ""
        pattern = taken.banks.patterns[fact.concept]
        phrases = chartable(pattern.spoken)
        before = ""
        if phrases and taken.rng.random() < 0.3:
            text = taken.voice.fill(taken.rng.choice(phrases), fact.values, fact.concept)
        else:
            text = lower_first(taken.voice.fill(pattern.note.removesuffix("."), fact.values, fact.concept))
            before = taken.glue("dictate_plan_item").removesuffix("{text}") if _COMMAND.match(text) else ""
        pieces: Pieces = [(lead + before, None)] if lead + before else []
        taken.sentence([*pieces, (text, fact)])
