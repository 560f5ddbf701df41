"""Plan facts: from a scenario's actions, or any actions at all for a decorrelated visit."""

from __future__ import annotations

import random
import re

from medscribe_core.simulator import history_values as hv
from medscribe_core.simulator import making_facts as mk
from medscribe_core.simulator.banks import Banks, Medication
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.scenarios import HOME_DRUG, PlanAction

_STEPS = {"plan_increase_dose": 1, "plan_decrease_dose": -1}
_CHANGES = frozenset((
    "plan_increase_dose", "plan_decrease_dose", "plan_stop", "plan_continue", "plan_refill", "plan_switch",
    "plan_start", "plan_otc",
))  # fmt: skip

#: How often a new drug does not start at its lowest dose.
_OTHER_THAN_LOWEST = 0.2

#: Placeholder -> values for a decorrelated plan.
_ANY: dict[tuple[str, str], tuple[str, ...]] = {
    ("plan_lab", "test"): hv.LABS,
    ("plan_lab_interval", "test"): hv.LABS,
    ("plan_imaging", "test"): hv.IMAGING,
    ("plan_referral", "specialty"): hv.SPECIALTIES,
    ("plan_therapy", "therapy"): hv.THERAPIES,
    ("plan_diet", "diet"): hv.PLAN_DIETS,
    ("plan_exercise", "activity"): hv.ACTIVITIES,
    ("plan_exercise", "duration"): hv.EXERCISE_MINUTES,
    ("plan_exercise", "frequency"): hv.EXERCISE_FREQUENCIES,
    ("plan_vaccine", "vaccine"): hv.VACCINES,
    ("plan_return_precautions", "symptom"): hv.PRECAUTION_SYMPTOMS,
    ("plan_emergency_precautions", "symptom"): hv.EMERGENCY_SYMPTOMS,
    ("plan_procedure", "procedure"): hv.PROCEDURES,
    ("plan_home_monitoring", "measure"): hv.MEASURES,
    ("plan_home_monitoring", "frequency"): hv.MEASURE_FREQUENCIES,
}


def plan_facts(
    actions: list[PlanAction], home: list[Fact], banks: Banks, rng: random.Random, *, any_dose: bool = False
) -> list[Fact]:
    """Plan items of a scenario. ``home`` are the patient's medication facts; each drug changes once.

    A dose that was not given comes from the bank, for a new drug mostly its lowest (``any_dose``: any of them);
    a dose change without a next dose is left out.
    """
    facts: list[Fact] = []
    touched: set[str] = set()
    for action in actions:
        if rng.random() >= action.p:
            continue
        values = {key: rng.choice(options) for key, options in action.choices().items()}
        if "drug" in banks.patterns[action.action].placeholders and not _settle_drug(
            action.action, values, home, touched, banks, rng, 1.0 if any_dose else _OTHER_THAN_LOWEST
        ):
            continue
        fill_missing(action.action, values, banks, rng)
        fact = mk.pattern(banks, action.action, values, "plan")
        if all(fact.statement != other.statement for other in facts):
            facts.append(fact)
    return [fact for fact in facts if not _refuted(fact, facts, banks)]


_IMAGE = re.compile(r"\b(?:x-ray|MRI|CT|ultrasound|scan|echocardiogram|mammogram|DEXA)\b", re.IGNORECASE)


def _refuted(fact: Fact, facts: list[Fact], banks: Banks) -> bool:
    """Whether "no antibiotics" or "no imaging" stands beside an antibiotic or an image."""
    if fact.concept == "plan_no_imaging":
        return any(_IMAGE.search(f.values.get("test", "")) for f in facts)
    if fact.concept == "plan_no_antibiotics":
        kinds = {name: m.drug_class for m in banks.medications.values() for name in (m.generic, *m.brands)}
        given = [f.values.get("new_drug", f.values.get("drug", "")) for f in facts if f.concept != "plan_stop"]
        return any("antibiotic" in kinds.get(name, "") for name in given)
    return False


def _settle_drug(
    action: str,
    values: dict[str, str],
    home: list[Fact],
    touched: set[str],
    banks: Banks,
    rng: random.Random,
    any_dose: float,
) -> bool:
    """Choose drug, dose and frequency in ``values``; False if the action cannot be done."""
    wanted = values.get("drug", HOME_DRUG)
    taken = [fact for fact in home if fact.concept not in touched and wanted in (HOME_DRUG, fact.concept)]
    current = rng.choice(taken) if taken else None
    generic = current.concept if current else wanted
    started = action in ("plan_start", "plan_otc")
    if generic == HOME_DRUG or generic in touched or (current and started):
        return False
    touched.add(generic)
    drug = banks.medications[generic]
    values["drug"] = current.values["drug"] if current else mk.drug_name(drug, rng, 0.15)
    if action == "plan_switch":
        new = banks.medications[values["new_drug"]]
        if new.generic in touched or any(fact.concept == new.generic for fact in home):
            return False
        touched.add(new.generic)
        values["new_drug"] = mk.drug_name(new, rng, 0.1)
        _set_dose(values, new, rng, any_dose)
    elif current:
        dose = current.values["dose"]
        if action in _STEPS and "dose" not in values:
            dose = mk.next_dose(drug, dose, _STEPS[action])
        values["dose"] = values.get("dose", dose) if action in _STEPS else dose
        values["frequency"] = current.values["frequency"]
        if not values["dose"] or (action in _STEPS and values["dose"] == current.values["dose"]):
            return False
    else:
        _set_dose(values, drug, rng, any_dose)
    return True


def _set_dose(values: dict[str, str], drug: Medication, rng: random.Random, any_dose: float) -> None:
    """The bank's lowest dose (they stand in rising order), with the probability ``any_dose`` any of them."""
    values.setdefault("dose", rng.choice(drug.doses) if rng.random() < any_dose else drug.doses[0])
    values.setdefault("frequency", rng.choice(drug.frequencies))


def fill_missing(action: str, values: dict[str, str], banks: Banks, rng: random.Random) -> None:
    """Give every placeholder of the action that has no value one at random."""
    for name in banks.patterns[action].placeholders:
        if name not in values:
            values[name] = rng.choice(_ANY.get((action, name), hv.INTERVALS))


def any_plan(count: int, home: list[Fact], drugs: list[str], banks: Banks, rng: random.Random) -> list[Fact]:
    """``count`` unrelated plan actions; new drugs are drawn from ``drugs`` (generic names)."""
    names = [name for name in banks.patterns if name.startswith("plan_")]
    weights = [3.0 if name in ("plan_start", "plan_follow_up", "plan_lab") else 1.0 for name in names]
    actions = []
    for name in dict.fromkeys(rng.choices(names, weights, k=count * 2)):
        extra: dict[str, str] = {}
        if name in _CHANGES:
            extra["drug"] = rng.choice(drugs) if name in ("plan_start", "plan_otc") or not home else HOME_DRUG
            if name == "plan_switch":
                extra["new_drug"] = rng.choice(drugs)
                if extra["new_drug"] == extra["drug"] or any(f.concept == extra["new_drug"] for f in home):
                    continue
        if not (name == "plan_otc" and extra["drug"] not in OVER_THE_COUNTER):
            actions.append(PlanAction(action=name, p=1.0, **extra))
        if name in ("plan_start", "plan_lab", "plan_return_precautions") and rng.random() < 0.3:
            again = {"drug": rng.choice(drugs)} if name == "plan_start" else {}
            actions.append(PlanAction(action=name, p=1.0, **again))
    return plan_facts(actions[:count], home, banks, rng, any_dose=True)


OVER_THE_COUNTER = frozenset((
    "acetaminophen", "ibuprofen", "naproxen", "cetirizine", "loratadine", "fexofenadine", "diphenhydramine",
    "guaifenesin", "dextromethorphan", "pseudoephedrine", "famotidine", "omeprazole", "loperamide", "docusate", "senna",
    "bisacodyl", "melatonin", "psyllium", "cholecalciferol", "aspirin", "polyethylene glycol", "calcium carbonate",
    "bismuth subsalicylate", "fluticasone nasal spray", "ferrous sulfate", "hydrocortisone cream", "clotrimazole cream",
    "folic acid", "magnesium oxide", "diclofenac gel",
))  # fmt: skip
