"""What is measured, found and tested in a visit of a scenario."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from medscribe_core.simulator import making_facts as mk
from medscribe_core.simulator.banks import Banks
from medscribe_core.simulator.scenarios import Scenario

if TYPE_CHECKING:
    from medscribe_core.simulator.content import VisitContent

#: A finding of this probability or more belongs to the diagnosis: it is not left out for brevity.
DEFINING = 0.85


def add_exam(visit: VisitContent, scenario: Scenario, banks: Banks, rng: random.Random, keep: float) -> None:
    """Vitals, findings and results that the scenario allows; ``keep`` is how thorough the visit is."""
    if scenario.examined:
        vitals = [v for v in scenario.vitals if rng.random() < 0.35 + 0.6 * keep]
        visit.vitals = [mk.vital(banks, v, rng, scenario.vitals[v]) for v in vitals]
        chosen = [
            name
            for name, p in scenario.findings.items()
            if rng.random() < p and (p >= DEFINING or rng.random() < keep + 0.2)
        ]
        chosen.sort(key=lambda name: scenario.findings[name] < DEFINING)  # these win over what contradicts them
        chosen = sorted(compatible(banks, chosen), key=list(scenario.findings).index)
        visit.findings = [mk.finding(banks, name) for name in chosen]
    elif scenario.vitals and rng.random() < 0.6:
        home = rng.sample(list(scenario.vitals), min(len(scenario.vitals), rng.choice((1, 1, 2))))
        visit.vitals = [mk.vital(banks, v, rng, scenario.vitals[v], home=True) for v in home]
    for concept, odds in scenario.results.items():
        if rng.random() < odds.p * (keep + 0.2):
            visit.results.append(mk.result(banks.results[concept], rng, odds.values, odds.range))


def compatible(banks: Banks, concepts: list[str]) -> list[str]:
    """Findings in order, without those that contradict an earlier one."""
    kept: list[str] = []
    for concept in concepts:
        entry = banks.findings[concept]
        if not any(other in entry.contradicts or concept in banks.findings[other].contradicts for other in kept):
            kept.append(concept)
    return kept
