"""Sampling of a whole visit."""

from __future__ import annotations

import random
from functools import lru_cache

from medscribe_core.errors import DataError
from medscribe_core.simulator.banks import load_banks
from medscribe_core.simulator.content import VisitContent, scenario_content
from medscribe_core.simulator.decorrelated import decorrelated_content
from medscribe_core.simulator.dialogue import hold_conversation
from medscribe_core.simulator.facts import Fact, SimulatedVisit
from medscribe_core.simulator.scenarios import Scenario, load_scenarios


def sample_visit(
    rng: random.Random, split: str, *, coherent: bool | None = None, caregiver: bool | None = None
) -> SimulatedVisit:
    """A visit as a dialogue with its facts.

    ``coherent`` draws from the clinical scenarios (True), mixes anything with anything (False) or
    tosses a coin. ``caregiver`` asks for a visit in which somebody speaks for the patient (True) or
    the patient does (False). Raises DataError for an unknown split or broken bank and scenario files.
    """
    banks = load_banks(split)
    if coherent is None:
        coherent = rng.random() < 0.5
    if caregiver is None:
        caregiver = rng.random() < 0.14
    if coherent:
        scenario = _pick_scenario(rng, caregiver)
        content = scenario_content(scenario, banks, rng, caregiver)
    else:
        content = decorrelated_content(banks, rng, caregiver)
    turns = hold_conversation(content, banks, rng)
    return SimulatedVisit(
        patient_context=content.context,
        turns=turns,
        facts=in_order_said(content),
        scenario=content.scenario,
        complaint=content.label,
        coherent=coherent,
        split=split,
        caregiver=content.caregiver,
        sex=content.sex,
    )


def in_order_said(content: VisitContent) -> list[Fact]:
    """The facts by where they were first said; those of the context alone last, in its order."""
    return sorted(content.facts(), key=lambda f: min(f.evidence) if f.evidence else (1 << 30, 0, 0))


@lru_cache(maxsize=2)
def _pool(caregiver: bool) -> tuple[list[Scenario], list[float]]:
    scenarios = load_scenarios()
    if not scenarios:
        raise DataError("There are no scenario files in medscribe_core/simulator/scenarios.")
    fitting = [s for s in scenarios if s.caregiver == caregiver] or list(scenarios)
    return fitting, [s.weight for s in fitting]


def _pick_scenario(rng: random.Random, caregiver: bool) -> Scenario:
    scenarios, weights = _pool(caregiver)
    return rng.choices(scenarios, weights)[0]
