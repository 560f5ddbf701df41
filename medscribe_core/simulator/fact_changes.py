"""Changes of facts that a physician might make, with the other facts that have to follow.

Every maker takes the facts of a note and returns the section that the physician edits and the new
facts by position (None for one that goes), or None where it does not apply.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from medscribe_core.schema import Section
from medscribe_core.simulator import making_facts as mk
from medscribe_core.simulator.banks import Banks, Medication
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.scenarios import STATUSES
from medscribe_core.simulator.sides import sided_note
from medscribe_core.simulator.voice import swap_side

Facts = Sequence[Fact]
Change = dict[int, Fact | None]
Made = tuple[Section, Change] | None
Maker = Callable[[Facts, Banks, random.Random], Made]

_UNCONTROLLED = ("not at goal", "poorly controlled", "worsening")
_CONTROLLED = ("well controlled", "stable", "improving")


def _positions(facts: Facts, rng: random.Random, test: Callable[[Fact], bool]) -> list[int]:
    positions = [i for i, fact in enumerate(facts) if test(fact)]
    rng.shuffle(positions)
    return positions


def _is_home_drug(fact: Fact) -> bool:
    return fact.kind == "medication" and "dose" in fact.values


def _speaks_of(fact: Fact, drug: str) -> bool:
    return drug in (fact.values.get("drug"), fact.values.get("new_drug"))


# -- changes that other sections follow ---------------------------------------------------------------


def home_dose(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """Another dose of a home drug that the plan continues."""
    for i in _positions(facts, rng, _is_home_drug):
        drug, values = facts[i].values["drug"], facts[i].values
        in_plan = [j for j, f in enumerate(facts) if f.kind == "plan" and _speaks_of(f, drug)]
        doses = [d for d in banks.medications[facts[i].concept].doses if d != values["dose"]]
        if doses and in_plan and all(facts[j].concept == "plan_continue" for j in in_plan):
            dose = rng.choice(doses)
            change: Change = {i: mk.medication(facts[i].concept, drug, dose, values["frequency"])}
            for j in in_plan:
                change[j] = mk.pattern(banks, "plan_continue", facts[j].values | {"dose": dose}, "plan")
            return (Section.HPI if rng.random() < 0.7 else Section.PLAN), change
    return None


def home_drug(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """Another home drug of the same class; what is said and planned of the old one is about the new one."""
    for i in _positions(facts, rng, _is_home_drug):
        old = facts[i].values["drug"]
        mates = _class_mates(banks, banks.medications[facts[i].concept])
        about = [j for j, f in enumerate(facts) if j != i and _speaks_of(f, old)]
        doses = [facts[j].concept in ("plan_increase_dose", "plan_decrease_dose", "plan_switch") for j in about]
        if not mates or not any(facts[j].kind == "plan" for j in about) or any(doses):
            continue
        new = rng.choice(mates)
        dose, frequency = rng.choice(new.doses), rng.choice(new.frequencies)
        change: Change = {i: mk.medication(new.generic, new.generic, dose, frequency)}
        for j in about:
            values = facts[j].values | {"drug": new.generic}
            if "dose" in values:
                values |= {"dose": dose, "frequency": frequency}
            change[j] = mk.pattern(banks, facts[j].concept, values, facts[j].kind)
        return (Section.PLAN if rng.random() < 0.4 else Section.HPI), change
    return None


def _class_mates(banks: Banks, drug: Medication) -> list[Medication]:
    return [m for m in banks.medications.values() if m.drug_class == drug.drug_class and m is not drug]


def home_drug_gone(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """The patient does not take the drug after all; nothing is continued, changed or refilled."""
    for i in _positions(facts, rng, _is_home_drug):
        about: Change = {j: None for j, f in enumerate(facts) if _speaks_of(f, facts[i].values["drug"])}
        if any(facts[j].kind == "plan" for j in about) and not any(facts[j].concept == "plan_switch" for j in about):
            return Section.HPI, about
    return None


def followed_condition(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """The visit is the follow-up of another condition, in the history and in the assessment."""
    for i in _positions(facts, rng, lambda f: f.values.get("visit") == "follow-up"):
        same = [j for j, f in enumerate(facts) if f.kind == "diagnosis" and f.concept == facts[i].concept]
        taken = {f.concept for f in facts}
        others = [d.concept for d in banks.diagnoses.values() if d.chronic and d.concept not in taken]
        if same and others:
            new = rng.choice(others)
            change: Change = {i: mk.follow_up(banks, new)}
            for j in same:
                change[j] = mk.diagnosis(banks, new, facts[j].values.get("status", ""))
            return (Section.ASSESSMENT if rng.random() < 0.6 else Section.HPI), change
    return None


def other_side(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """The complaint is on the other side; findings, diagnoses and plan of the same body part follow."""
    for i in _positions(facts, rng, lambda f: f.kind == "complaint" and f.values.get("side") in ("left", "right")):
        fact, side = facts[i], facts[i].values["side"]
        part = banks.symptoms[fact.concept].clinical.split()[0]
        other = "right" if side == "left" else "left"
        wording = sided_note(banks.symptoms[fact.concept].clinical, other)
        change: Change = {i: replace(fact, statement=wording, values={"side": other})}
        for j, f in enumerate(facts):
            if j != i and re.search(rf"\b{side}\b", f.statement) and part in f.statement.lower():
                values = {key: swap_side(value) or value for key, value in f.values.items()}
                change[j] = replace(f, statement=_swapped(f.statement), values=values)
        if any(facts[j].section is not Section.HPI for j in change):
            return Section.HPI, change
    return None


def _swapped(text: str) -> str:
    pairs = {"left": "right", "right": "left", "Left": "Right", "Right": "Left"}
    return re.sub(r"\b(?:left|right|Left|Right)\b", lambda m: pairs[m.group(0)], text)


def smoking(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """A smoker never smoked: no counseling, no dependence."""
    for i in _positions(facts, rng, lambda f: f.concept == "smoker_current"):
        follow = [j for j, f in enumerate(facts) if f.concept in ("plan_smoking_cessation", "nicotine_dependence")]
        if follow:
            change: Change = dict.fromkeys(follow)
            return Section.HPI, change | {i: mk.pattern(banks, "smoker_never", {}, "history")}
    return None


def controlled_after_all(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """Another blood pressure or HbA1c, and the status of hypertension or diabetes that goes with it."""
    pairs = (("blood_pressure", "hypertension"), ("hba1c", "type_2_diabetes"))
    for measured, illness in rng.sample(pairs, 2):
        values = [i for i, f in enumerate(facts) if f.concept == measured and f.section is Section.EXAM]
        judged = [i for i, f in enumerate(facts) if f.concept == illness and f.kind == "diagnosis"]
        if not values or not judged:
            continue
        value, diagnosis = facts[values[0]], facts[judged[0]]
        status = diagnosis.values.get("status", "")
        high = _is_high(value)
        if high and status in _UNCONTROLLED:
            return Section.EXAM, {values[0]: _measured(value, banks, rng, high=False),
                                  judged[0]: mk.diagnosis(banks, illness, "well controlled")}  # fmt: skip
        if not high and status in _CONTROLLED:
            return Section.EXAM, {values[0]: _measured(value, banks, rng, high=True),
                                  judged[0]: mk.diagnosis(banks, illness, "not at goal")}  # fmt: skip
    return None


def _is_high(fact: Fact) -> bool:
    return int(fact.values["sys"]) >= 135 if "sys" in fact.values else float(fact.values["value"]) >= 7.5


def _measured(fact: Fact, banks: Banks, rng: random.Random, *, high: bool) -> Fact:
    if "sys" in fact.values:
        limits = [[148, 178], [88, 102]] if high else [[108, 126], [64, 78]]
        return mk.vital(banks, fact.concept, rng, limits)
    return mk.result(banks.results[fact.concept], rng, None, (8.4, 11.0) if high else (5.6, 6.8))


# -- changes that stand alone -------------------------------------------------------------------------


def plan_dose(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """Another dose of a drug that is started."""
    by_name = {name: m for m in banks.medications.values() for name in (m.generic, *m.brands)}
    for i in _positions(facts, rng, lambda f: f.concept in ("plan_start", "plan_otc")):
        drug = by_name.get(facts[i].values["drug"])
        doses = [d for d in drug.doses if d != facts[i].values["dose"]] if drug else []
        if doses:
            values = facts[i].values | {"dose": rng.choice(doses)}
            return Section.PLAN, {i: mk.pattern(banks, facts[i].concept, values, "plan")}
    return None


def diagnosis_status(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    for i in _positions(facts, rng, lambda f: f.kind == "diagnosis"):
        others = [s for s in STATUSES.values() if s != facts[i].values.get("status", "")]
        return Section.ASSESSMENT, {i: mk.diagnosis(banks, facts[i].concept, rng.choice(others))}
    return None


def severity(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    for i in _positions(facts, rng, lambda f: f.concept == "severity_scale"):
        number = rng.choice([n for n in range(1, 11) if str(n) != facts[i].values["number"]])
        return Section.HPI, {i: mk.pattern(banks, "severity_scale", {"number": str(number)}, "attribute")}
    return None


def denied_symptom(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """A symptom that was denied is there."""
    for i in _positions(facts, rng, lambda f: f.kind == "symptom_absent"):
        return Section.ROS, {i: mk.present(banks, facts[i].concept)}
    return None


def leave_out(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """One statement is struck out."""
    for i in _positions(facts, rng, lambda f: f.kind not in ("complaint", "medication")) or range(len(facts)):
        return facts[i].section, {i: None}
    return None


LINKED: tuple[Maker, ...] = (
    home_dose, home_drug, home_drug_gone, followed_condition, other_side, smoking, controlled_after_all,
)  # fmt: skip
ALONE: tuple[Maker, ...] = (plan_dose, diagnosis_status, severity, denied_symptom)
