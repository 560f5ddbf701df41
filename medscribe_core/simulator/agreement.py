"""Allergies and smoking that agree with what the patient takes and is told."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from medscribe_core.simulator import history_values as hv
from medscribe_core.simulator import making_facts as mk
from medscribe_core.simulator.banks import Banks
from medscribe_core.simulator.facts import Fact

if TYPE_CHECKING:
    from medscribe_core.simulator.content import VisitContent

_NSAIDS = ("NSAID", "topical NSAID", "antiplatelet")
_OPIOIDS = ("opioid analgesic", "opioid partial agonist")
_PENICILLINS = ("penicillin antibiotic",)

#: Substance of an allergy -> classes of drugs that a clinician would not give.
CLASHING_CLASSES: dict[str, tuple[str, ...]] = {
    "penicillin": _PENICILLINS,
    "amoxicillin": _PENICILLINS,
    "sulfa": ("sulfonamide antibiotic",),
    "codeine": _OPIOIDS,
    "morphine": _OPIOIDS,
    "ibuprofen": _NSAIDS,
    "aspirin": _NSAIDS,
    "erythromycin": ("macrolide antibiotic",),
    "cephalexin": ("cephalosporin antibiotic",),
    "doxycycline": ("tetracycline antibiotic",),
    "ciprofloxacin": ("fluoroquinolone antibiotic",),
}
#: Not of the class by its effect, though the bank files it there.
_TOLERATED = frozenset(["clopidogrel"])


def forbidden_drugs(substance: str, banks: Banks) -> set[str]:
    """Generic and brand names (lower case) that an allergy to ``substance`` rules out."""
    classes = CLASHING_CLASSES.get(substance, ())
    drugs = [m for m in banks.medications.values() if m.drug_class in classes and m.generic not in _TOLERATED]
    return {name.lower() for drug in drugs for name in (drug.generic, *drug.brands)}


def clashes(allergy: Fact, facts: Sequence[Fact], banks: Banks) -> bool:
    """Whether any fact takes, took or gives what the allergy rules out."""
    forbidden = forbidden_drugs(allergy.values.get("substance", ""), banks)
    if not forbidden:
        return False
    texts = (value.lower() for fact in facts if fact.kind != "allergy" for value in fact.values.values())
    return any(name in text for text in texts for name in forbidden)


def settle(visit: VisitContent, banks: Banks, rng: random.Random) -> None:
    """Change what the history says against the rest of the visit."""
    _settle_allergies(visit, banks, rng)
    counseled = any(f.concept in ("plan_smoking_cessation", "nicotine_dependence") for f in visit.facts())
    for position, fact in enumerate(visit.history):
        if counseled and fact.concept in ("smoker_never", "smoker_former"):
            values = {"amount": rng.choice(hv.SMOKING)}
            visit.history[position] = mk.pattern(banks, "smoker_current", values, fact.kind)


def _settle_allergies(visit: VisitContent, banks: Banks, rng: random.Random) -> None:
    """Give every allergy that clashes with the visit's other facts another substance."""
    for position, fact in enumerate(visit.history):
        if fact.concept == "allergy_reported" and clashes(fact, visit.facts(), banks):
            others = [mk.pattern(banks, fact.concept, fact.values | {"substance": s}, fact.kind) for s in hv.ALLERGENS]
            visit.history[position] = rng.choice([o for o in others if not clashes(o, visit.facts(), banks)])
