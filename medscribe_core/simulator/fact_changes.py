"""Changes of drugs, doses, sides and history that a physician might make, and the facts that have to follow.

Every maker takes the facts of a note and returns the section that the physician edits and the new
facts by position (None for one that goes), or None where it does not apply.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from medscribe_core.schema import Section
from medscribe_core.simulator import history_values as hv
from medscribe_core.simulator import making_facts as mk
from medscribe_core.simulator.agreement import CLASHING_CLASSES, forbidden_drugs
from medscribe_core.simulator.banks import Banks, Medication
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.sides import sided_note
from medscribe_core.simulator.voice import swap_side

Facts = Sequence[Fact]
Change = dict[int, Fact | None]
Made = tuple[Section, Change] | None
Maker = Callable[[Facts, Banks, random.Random], Made]


def positions(facts: Facts, rng: random.Random, test: Callable[[Fact], bool]) -> list[int]:
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
    for i in positions(facts, rng, _is_home_drug):
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
    for i in positions(facts, rng, _is_home_drug):
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
    for i in positions(facts, rng, _is_home_drug):
        about: Change = {j: None for j, f in enumerate(facts) if _speaks_of(f, facts[i].values["drug"])}
        if any(facts[j].kind == "plan" for j in about) and not any(facts[j].concept == "plan_switch" for j in about):
            return Section.HPI, about
    return None


def followed_condition(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """The visit is the follow-up of another condition, in the history and in the assessment."""
    for i in positions(facts, rng, lambda f: f.values.get("visit") == "follow-up"):
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
    for i in positions(facts, rng, lambda f: f.kind == "complaint" and f.values.get("side") in ("left", "right")):
        fact, side = facts[i], facts[i].values["side"]
        part = banks.symptoms[fact.concept].clinical.split()[0]
        other = "right" if side == "left" else "left"
        wording = sided_note(banks.symptoms[fact.concept].clinical, other)
        change: Change = {i: replace(fact, statement=wording, values={"side": other})}
        for j, f in enumerate(facts):
            if j != i and re.search(rf"\b{side}\b", f.statement) and part in f.statement.lower():
                values = {key: swap_side(value) or value for key, value in f.values.items()}
                change[j] = replace(f, statement=_swapped(f.statement), values=values)
        sections = sorted({facts[j].section for j in change} - {Section.HPI}, key=lambda section: section.index)
        if sections:
            return (Section.HPI if rng.random() < 0.6 else rng.choice(sections)), change
    return None


def _swapped(text: str) -> str:
    pairs = {"left": "right", "right": "left", "Left": "Right", "Right": "Left"}
    return re.sub(r"\b(?:left|right|Left|Right)\b", lambda m: pairs[m.group(0)], text)


def smoking(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """A smoker never smoked: no counseling, no dependence."""
    for i in positions(facts, rng, lambda f: f.concept == "smoker_current"):
        follow = [j for j, f in enumerate(facts) if f.concept in ("plan_smoking_cessation", "nicotine_dependence")]
        if follow:
            change: Change = dict.fromkeys(follow)
            return Section.HPI, change | {i: mk.pattern(banks, "smoker_never", {}, "history")}
    return None


def allergy_found(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """The patient is allergic to what the plan starts; it is not started."""
    started = [i for i, f in enumerate(facts) if f.concept in ("plan_start", "plan_otc")]
    known = [i for i, f in enumerate(facts) if f.kind == "allergy"]
    for substance in rng.sample(list(CLASHING_CLASSES), len(CLASHING_CLASSES)):
        forbidden = forbidden_drugs(substance, banks)
        hit = [i for i in started if facts[i].values["drug"].lower() in forbidden]
        if hit and known:
            values = {"substance": substance, "reaction": rng.choice(hv.REACTIONS)}
            new = mk.pattern(banks, "allergy_reported", values, "allergy")
            return Section.HPI, {known[0]: new} | dict.fromkeys(hit)
    return None


def symptom_moved(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """A symptom that was denied is why the patient came, or one of the complaints is not there at all."""
    complaints = [i for i, f in enumerate(facts) if f.kind == "complaint" and "visit" not in f.values]
    if len(complaints) > 1 and rng.random() < 0.5:
        i = rng.choice(complaints[1:])
        return Section.ROS, {i: mk.absent(banks, facts[i].concept)}
    for i in positions(facts, rng, lambda f: f.kind == "symptom_absent"):
        if complaints:
            return Section.HPI, {i: mk.complaint(banks, facts[i].concept)}
    return None


# -- changes that stand alone -------------------------------------------------------------------------


def plan_dose(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """Another dose of a drug that is started."""
    by_name = {name: m for m in banks.medications.values() for name in (m.generic, *m.brands)}
    for i in positions(facts, rng, lambda f: f.concept in ("plan_start", "plan_otc")):
        drug = by_name.get(facts[i].values["drug"])
        doses = [d for d in drug.doses if d != facts[i].values["dose"]] if drug else []
        if doses:
            values = facts[i].values | {"dose": rng.choice(doses)}
            return Section.PLAN, {i: mk.pattern(banks, facts[i].concept, values, "plan")}
    return None


def severity(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    for i in positions(facts, rng, lambda f: f.concept == "severity_scale"):
        number = rng.choice([n for n in range(1, 11) if str(n) != facts[i].values["number"]])
        return Section.HPI, {i: mk.pattern(banks, "severity_scale", {"number": str(number)}, "attribute")}
    return None


def plan_drug(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """Another drug of the same class is started."""
    by_name = {name: m for m in banks.medications.values() for name in (m.generic, *m.brands)}
    for i in positions(facts, rng, lambda f: f.concept == "plan_start"):
        mates = _class_mates(banks, by_name[facts[i].values["drug"]])
        if mates:
            new = rng.choice(mates)
            values = {"drug": new.generic, "dose": new.doses[0], "frequency": rng.choice(new.frequencies)}
            return Section.PLAN, {i: mk.pattern(banks, "plan_start", values, "plan")}
    return None


def follow_up_interval(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    for i in positions(facts, rng, lambda f: f.concept == "plan_follow_up"):
        others = [interval for interval in hv.INTERVALS if interval != facts[i].values["interval"]]
        values = {"interval": rng.choice(others)}
        return Section.PLAN, {i: mk.pattern(banks, "plan_follow_up", values, "plan")}
    return None


def denied_symptom(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """A symptom that was denied is there, or one that is there is denied."""
    for i in positions(facts, rng, lambda f: f.kind in ("symptom_absent", "symptom_present")):
        make = mk.present if facts[i].kind == "symptom_absent" else mk.absent
        return Section.ROS, {i: make(banks, facts[i].concept)}
    return None


def leave_out(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """One statement is struck out."""
    for i in positions(facts, rng, lambda f: f.kind not in ("complaint", "medication")) or range(len(facts)):
        return facts[i].section, {i: None}
    return None


LINKED: tuple[tuple[str, Maker], ...] = (
    ("dose", home_dose), ("drug", home_drug), ("drug_stopped", home_drug_gone), ("condition", followed_condition),
    ("side", other_side), ("smoking", smoking), ("allergy", allergy_found),
    ("symptom", symptom_moved),
)  # fmt: skip
ALONE: tuple[tuple[str, Maker], ...] = (
    ("dose", plan_dose), ("drug", plan_drug), ("severity", severity), ("symptom", denied_symptom),
    ("follow_up", follow_up_interval),
)  # fmt: skip
