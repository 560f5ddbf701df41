"""What a visit is about before anybody speaks: the patient and the facts, from a clinical scenario."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from medscribe_core.schema import PatientContext
from medscribe_core.simulator import history_values as hv
from medscribe_core.simulator import making_facts as mk
from medscribe_core.simulator.agreement import settle
from medscribe_core.simulator.banks import Banks
from medscribe_core.simulator.demography import symptom_fits
from medscribe_core.simulator.examination import add_exam
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.history import history_facts
from medscribe_core.simulator.plans import plan_facts
from medscribe_core.simulator.problems import add_known_problems, kindred
from medscribe_core.simulator.scenarios import STATUSES, Scenario
from medscribe_core.simulator.sides import BILATERAL


@dataclass
class VisitContent:
    """A patient and the facts of a visit, by the part of the conversation they belong to."""

    age: int
    sex: str
    context: PatientContext
    scenario: str
    label: str
    coherent: bool
    examined: bool = True
    caregiver: str = ""
    complaints: list[Fact] = field(default_factory=list)
    duration: Fact | None = None
    attributes: list[Fact] = field(default_factory=list)
    present: list[Fact] = field(default_factory=list)
    absent: list[Fact] = field(default_factory=list)
    medications: list[Fact] = field(default_factory=list)
    history: list[Fact] = field(default_factory=list)
    vitals: list[Fact] = field(default_factory=list)
    findings: list[Fact] = field(default_factory=list)
    results: list[Fact] = field(default_factory=list)
    diagnoses: list[Fact] = field(default_factory=list)
    plan: list[Fact] = field(default_factory=list)

    def facts(self) -> list[Fact]:
        onset = [self.duration] if self.duration else []
        groups = (
            self.complaints, onset, self.attributes, self.present, self.absent, self.medications, self.history,
            self.vitals, self.findings, self.results, self.diagnoses, self.plan,
        )  # fmt: skip
        return [fact for group in groups for fact in group]


def scenario_content(scenario: Scenario, banks: Banks, rng: random.Random, caregiver: bool) -> VisitContent:
    """Draw a clinically coherent visit from a scenario; some facts of it are left out at random."""
    age = rng.randint(max(1, scenario.age[0]), max(1, scenario.age[1]))
    sex = scenario.sex if scenario.sex != "any" else rng.choice("FM")
    visit = VisitContent(
        age, sex, PatientContext(), scenario.id, scenario.complaint, True, scenario.examined,
        caregiver_name(age, sex, rng) if caregiver else "",
    )  # fmt: skip
    keep = rng.triangular(0.45, 1.25, 1.1)  # how thorough this visit is
    side = scenario.side or rng.choice(("left", "right"))
    _add_complaint(visit, scenario, banks, rng, side)
    _add_symptoms(visit, scenario, banks, rng, side, keep)
    _add_attributes(visit, scenario, banks, rng, keep)
    drugs, conditions = _drawn(scenario.home_medications, rng), _drawn(scenario.chart_diagnoses, rng)
    _add_usual(visit, rng, drugs, conditions, [entry.concept for entry in scenario.diagnoses])
    set_patient(visit, banks, rng, drugs, conditions)
    topics = [topic for topic, p in scenario.history.items() if rng.random() < likelier(p, 2.0) * keep]
    visit.history += history_facts(visit, banks, rng, topics, scenario.family_conditions)
    if rng.random() < scenario.adherence:
        visit.history += adherence_facts(visit, banks, rng)
    add_exam(visit, scenario, banks, rng, keep)
    for entry in scenario.diagnoses:
        if rng.random() < entry.p:
            visit.diagnoses.append(mk.diagnosis(banks, entry.concept, STATUSES[rng.choice(entry.status)]))
    actions = [action.model_copy(update={"p": likelier(action.p, 1.5)}) for action in scenario.plan]
    visit.plan = plan_facts(actions, visit.medications, banks, rng)
    add_known_problems(visit, banks, rng)
    leave_parts_out(visit, rng)
    settle(visit, banks, rng)
    return visit


def likelier(p: float, times: float) -> float:
    """The probability that something of probability ``p`` comes up in ``times`` tries."""
    return 1.0 - (1.0 - p) ** times


def leave_parts_out(visit: VisitContent, rng: random.Random) -> None:
    """Some visits lack a part of the note, and some are very short."""
    if rng.random() < 0.07:
        visit.present, visit.absent = [], []
    if rng.random() < 0.06:
        visit.vitals, visit.findings, visit.results = [], [], []
    if rng.random() < 0.03:
        visit.diagnoses = []
    if rng.random() < 0.05:
        visit.plan = []
    if rng.random() < 0.1:
        for name in ("attributes", "present", "absent", "history", "vitals", "findings", "results", "plan"):
            few = [f for f in getattr(visit, name) if rng.random() < 0.4 or f.values.get("said") == "no"]
            setattr(visit, name, few)


def _add_usual(
    visit: VisitContent, rng: random.Random, drugs: list[str], conditions: list[str], found: list[str]
) -> None:
    """Now and then a common drug with the condition it is for, so that few grown-ups take nothing at all.

    ``found`` are the diagnoses of today, which are not known before.
    """
    followed = [fact.concept for fact in visit.complaints]
    if len(drugs) > 2 or visit.age < 30 or rng.random() < 0.35:
        return
    classes = {c for c in (hv.USUAL_DRUGS.get(generic) for generic in drugs) if c}
    found = [concept for name in found for concept in kindred(name)]
    for generic, concept in rng.sample(list(hv.USUAL_DRUGS.items()), rng.choice((1, 1, 2, 2, 3))):
        if concept in found or generic in drugs or concept in classes:
            continue
        classes.add(concept)
        drugs.append(generic)
        if concept and concept not in conditions and concept not in followed and rng.random() < 0.8:
            conditions.append(concept)


def _drawn(odds: dict[str, float], rng: random.Random) -> list[str]:
    return [name for name, p in odds.items() if rng.random() < p]


def caregiver_name(age: int, sex: str, rng: random.Random) -> str:
    """Who speaks for a patient of this age and sex."""
    if age < 18:
        return rng.choice(hv.CAREGIVERS_CHILD)
    return rng.choice((*hv.CAREGIVERS_ADULT, "Husband" if sex == "F" else "Wife"))


def pick_side(banks: Banks, concept: str, side: str, rng: random.Random) -> str:
    """The side of a symptom that has one (sometimes none is said), else empty."""
    if not banks.symptoms[concept].lateral or rng.random() < 0.1:
        return ""
    return "bilateral" if concept in BILATERAL and rng.random() < 0.1 else side


def _add_complaint(visit: VisitContent, scenario: Scenario, banks: Banks, rng: random.Random, side: str) -> None:
    chosen = [c for c in scenario.presenting if symptom_fits(banks.symptoms[c], visit.age, visit.sex, visit.caregiver)]
    if chosen:
        chosen = chosen[:1] + [c for c in chosen[1:2] if rng.random() < 0.5]
    visit.complaints = [mk.complaint(banks, c, pick_side(banks, c, side, rng)) for c in chosen]
    visit.complaints += [mk.follow_up(banks, c) for c in scenario.follow_up_of]
    if not visit.complaints and scenario.category == "preventive":
        visit.complaints = [mk.checkup()]
    if chosen and scenario.onset and rng.random() < 0.9:
        number = rng.randint(scenario.onset.min, max(scenario.onset.max, scenario.onset.min))
        visit.duration = mk.duration(f"{number} {scenario.onset.unit}{'' if number == 1 else 's'}")


def _add_symptoms(
    visit: VisitContent, scenario: Scenario, banks: Banks, rng: random.Random, side: str, keep: float
) -> None:
    used = {fact.concept for fact in visit.complaints}
    also = {name: 0.75 for name in scenario.presenting if name not in used}
    for concept, p in (also | scenario.associated).items():
        symptom = banks.symptoms[concept]
        if concept in used or not symptom_fits(symptom, visit.age, visit.sex, visit.caregiver):
            continue
        if rng.random() < p:
            visit.present.append(mk.present(banks, concept, pick_side(banks, concept, side, rng)))
            used.add(concept)
        elif rng.random() < 0.2 * keep:
            visit.absent.append(mk.absent(banks, concept))
            used.add(concept)
    for concept, p in scenario.negatives.items():
        fits = symptom_fits(banks.symptoms[concept], visit.age, visit.sex, visit.caregiver)
        if concept not in used and fits and rng.random() < p * min(1.0, keep + 0.3):
            visit.absent.append(mk.absent(banks, concept))
            used.add(concept)
    visit.present = unique_statements(visit.complaints, visit.present)
    visit.absent = unique_statements(visit.complaints + visit.present, visit.absent)


def unique_statements(taken: list[Fact], facts: list[Fact]) -> list[Fact]:
    """``facts`` without those whose wording is already stated."""
    seen = {fact.statement for fact in taken}
    kept = []
    for fact in facts:
        if fact.statement not in seen:
            kept.append(fact)
            seen.add(fact.statement)
    return kept


def _add_attributes(visit: VisitContent, scenario: Scenario, banks: Banks, rng: random.Random, keep: float) -> None:
    if not scenario.presenting:
        return
    traits, drawn = scenario.attributes, []
    if traits.severity_scale and rng.random() < 0.62:
        drawn.append(("severity_scale", {"number": str(rng.randint(*traits.severity_scale))}))
    elif traits.severity and rng.random() < 0.52:
        drawn.append((f"severity_{rng.choice(traits.severity)}", {}))
    if traits.timing and rng.random() < 0.62:
        drawn.append((f"timing_{rng.choice(traits.timing)}", {}))
    if traits.radiates_to and rng.random() < 0.62:
        drawn.append(("radiates_to", {"body_part": rng.choice(traits.radiates_to).removeprefix("the ")}))
    if traits.worse_with and rng.random() < 0.62:
        drawn.append(("worse_with", {"trigger": rng.choice(traits.worse_with)}))
    if traits.better_with and rng.random() < 0.52:
        drawn.append(("better_with", {"reliever": rng.choice(traits.better_with)}))
    if traits.tried and rng.random() < 0.68:
        for trial in rng.sample(traits.tried, min(len(traits.tried), rng.choice((1, 1, 2)))):
            drawn.append((f"tried_{trial.effect}", {"treatment": trial.what.removeprefix("a ").removeprefix("an ")}))
    visit.attributes = [
        mk.pattern(banks, concept, values, "attribute") for concept, values in drawn if rng.random() < keep + 0.25
    ]


def set_patient(visit: VisitContent, banks: Banks, rng: random.Random, drugs: list[str], conditions: list[str]) -> None:
    """Give the patient medications and known diagnoses, and decide what of it the context shows.

    A medication that is not in the context must be said; its fact then carries ``values["said"]``.
    """
    bare_context = rng.random() < 0.15
    listed, shown = [], []
    for generic in drugs:
        drug = banks.medications[generic]
        in_context = not bare_context and rng.random() < 0.75
        name = generic if in_context else mk.drug_name(drug, rng, 0.3)
        fact = mk.medication(generic, name, rng.choice(drug.doses), rng.choice(drug.frequencies))
        said = not in_context or rng.random() < 0.5
        visit.medications.append(_mark(fact, said))
        listed += [fact.statement] if in_context else []
    followed = [fact.concept for fact in visit.complaints if fact.values.get("visit") == "follow-up"]
    for concept in dict.fromkeys(followed + conditions):
        in_context = not bare_context and rng.random() < 0.8
        fact = mk.condition(banks, concept)
        shown += [fact.statement] if in_context else []
        if concept not in followed and (in_context or rng.random() < 0.6):
            visit.history.append(_mark(fact, not in_context or rng.random() < 0.2))
    visit.context = PatientContext(
        age=None if rng.random() < 0.06 else visit.age,
        sex=None if rng.random() < 0.05 else visit.sex,
        medications=listed,
        active_diagnoses=shown,
    )


def _mark(fact: Fact, said: bool) -> Fact:
    fact.values["said"] = "yes" if said else "no"
    return fact


def adherence_facts(visit: VisitContent, banks: Banks, rng: random.Random) -> list[Fact]:
    """How one home medication is taken and tolerated."""
    if not visit.medications:
        return []
    chosen = rng.choice(visit.medications)
    name, drug = chosen.values["drug"], banks.medications[chosen.concept]
    facts = []
    concept = rng.choice(("adherence_good", "adherence_good", "adherence_missed"))
    values = {"drug": name} | ({"frequency": rng.choice(hv.MISSED)} if concept == "adherence_missed" else {})
    if rng.random() < 0.7 and "as needed" not in chosen.values["frequency"]:
        facts.append(mk.pattern(banks, concept, values, "medication"))
    if rng.random() < 0.5 or not facts:
        if drug.side_effects and rng.random() < 0.4:
            values = {"drug": name, "side_effect": rng.choice(drug.side_effects)}
            facts.append(mk.pattern(banks, "side_effect_reported", values, "medication"))
        else:
            facts.append(mk.pattern(banks, "side_effect_none", {"drug": name}, "medication"))
    return facts
