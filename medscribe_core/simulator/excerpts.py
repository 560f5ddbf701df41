"""Excerpts of a visit: some consecutive turns and the facts that were said in them."""

from __future__ import annotations

import random
from dataclasses import replace

from medscribe_core.schema import PatientContext
from medscribe_core.simulator.facts import Fact, SimulatedVisit

_TRIES = 6


def excerpt(visit: SimulatedVisit, rng: random.Random, *, min_turns: int = 3, max_turns: int = 10) -> SimulatedVisit:
    """Consecutive turns of the visit with the facts whose evidence and required turns all lie inside.

    Facts of the patient context alone stay. An excerpt with at least one said fact is preferred.
    A duration said without its complaint becomes a sentence of its own.
    """
    best: SimulatedVisit | None = None
    for _ in range(_TRIES):
        count = min(len(visit.turns), rng.randint(min_turns, max_turns))
        start = _with_question(visit, rng.randrange(len(visit.turns) - count + 1))
        best = cut(visit, start, min(start + count, len(visit.turns)))
        if any(fact.evidence for fact in best.facts):
            return best
    assert best is not None
    return best


def _with_question(visit: SimulatedVisit, start: int) -> int:
    """``start``, or the turn before it if the answer in ``start`` cannot be understood without that question."""
    for fact in visit.facts:
        if start - 1 in fact.requires and any(turn == start for turn, _, _ in fact.evidence):
            return start - 1
    return start


def cut(visit: SimulatedVisit, start: int, end: int) -> SimulatedVisit:
    """The turns ``start`` (inclusive) to ``end`` (exclusive) as a visit of their own."""
    facts = [_moved(fact, start) for fact in visit.facts if _inside(fact, start, end)]
    if not any(fact.kind == "complaint" and "visit" not in fact.values for fact in facts):
        for fact in facts:
            if fact.concept == "duration":
                fact.statement = f"Symptoms have lasted {fact.values['duration']}."
    return replace(visit, turns=visit.turns[start:end], facts=facts)


def without_chart(visit: SimulatedVisit) -> SimulatedVisit:
    """The same visit with no medications and diagnoses in the context, nor the facts that rest on it alone."""
    context = PatientContext(age=visit.patient_context.age, sex=visit.patient_context.sex)
    return replace(visit, patient_context=context, facts=[fact for fact in visit.facts if fact.evidence])


def _inside(fact: Fact, start: int, end: int) -> bool:
    needed = [turn for turn, _, _ in fact.evidence] + fact.requires
    return all(start <= turn < end for turn in needed)


def _moved(fact: Fact, start: int) -> Fact:
    moved = replace(fact, values=dict(fact.values))
    moved.evidence = [(turn - start, a, b) for turn, a, b in fact.evidence]
    moved.requires = [turn - start for turn in fact.requires]
    return moved
