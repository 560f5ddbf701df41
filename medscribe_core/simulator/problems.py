"""The other problems of a visit: known illnesses that are judged and whose drugs go on."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from medscribe_core.simulator import history_values as hv
from medscribe_core.simulator import making_facts as mk
from medscribe_core.simulator.banks import Banks
from medscribe_core.simulator.facts import Fact

if TYPE_CHECKING:
    from medscribe_core.simulator.content import VisitContent

#: Share of visits in which known illnesses are dealt with too, and how often each of them is.
_BROAD_VISITS = 0.6
_DEALT_WITH = 0.75
_CALM = ("stable", "well controlled", "")
_CONTROLLED = ("well controlled", "stable", "well controlled")
_UNCONTROLLED = ("not at goal", "poorly controlled", "not at goal")
#: Illness -> (measure, key of its value, below this it is controlled, from this on it is not).
_MEASURED = {
    "hypertension": ("blood_pressure", "sys", 135.0, 142.0),
    "type_2_diabetes": ("hba1c", "value", 7.1, 7.8),
    "hyperlipidemia": ("ldl", "value", 100.0, 125.0),
}
#: Illness -> (plan action, its values) that often goes with it.
_USUAL_CARE: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "hypertension": (
        ("plan_diet", {"diet": "low-salt diet"}),
        ("plan_home_monitoring", {"measure": "blood pressure", "frequency": "daily"}),
        ("plan_lab", {"test": "BMP"}),
    ),
    "type_2_diabetes": (
        ("plan_lab_interval", {"test": "HbA1c", "interval": "3 months"}),
        ("plan_diet", {"diet": "low-carbohydrate diet"}),
        ("plan_referral", {"specialty": "ophthalmology"}),
    ),
    "hyperlipidemia": (
        ("plan_lab_interval", {"test": "lipid panel", "interval": "6 months"}),
        ("plan_diet", {"diet": "Mediterranean diet"}),
    ),
    "hypothyroidism": (
        ("plan_lab", {"test": "TSH"}),
        ("plan_lab_interval", {"test": "TSH", "interval": "6 months"}),
    ),
    "depression": (("plan_therapy", {"therapy": "cognitive behavioral therapy"}),),
    "gad": (("plan_therapy", {"therapy": "cognitive behavioral therapy"}),),
    "gout": (("plan_lab", {"test": "uric acid level"}),),
    "vitamin_d_deficiency": (("plan_lab_interval", {"test": "vitamin D level", "interval": "3 months"}),),
    "asthma": (("plan_vaccine", {"vaccine": "influenza"}),),
}

#: Diagnoses of one illness, of which a note lists one.
_FAMILIES = tuple(
    frozenset(line.split())
    for line in (
        "type_2_diabetes diabetes_hyperglycemia diabetic_neuropathy diabetic_ckd prediabetes",
        "ckd_stage_3 diabetic_ckd",
        "asthma asthma_exacerbation moderate_persistent_asthma",
        "copd copd_exacerbation",
        "hyperlipidemia mixed_hyperlipidemia hypertriglyceridemia",
        "heart_failure hfpef",
        "depression mdd_recurrent adjustment_disorder bipolar_disorder",
        "gad panic_disorder",
        "gout gout_right_foot",
        "migraine migraine_aura tension_headache",
        "anemia iron_deficiency_anemia b12_deficiency",
        "hypothyroidism hyperthyroidism graves_disease",
        "ibs ibs_diarrhea",
        "gerd gastritis peptic_ulcer functional_dyspepsia",
        "knee_oa_right knee_oa_left knee_oa_both",
        "mild_cognitive_impairment alzheimer",
    )
)


def kindred(concept: str) -> set[str]:
    """The diagnosis and those that say the same illness."""
    return {concept}.union(*(family for family in _FAMILIES if concept in family))


def add_known_problems(visit: VisitContent, banks: Banks, rng: random.Random) -> None:
    """Judge some of the patient's known illnesses and continue the drugs that they are taken for."""
    if rng.random() > _BROAD_VISITS or not visit.diagnoses:
        return
    taken = {concept for fact in visit.diagnoses for concept in kindred(fact.concept)}
    added = 0
    for concept in _known(visit):
        if concept in taken or added == 3 or rng.random() > _DEALT_WITH:
            continue
        visit.diagnoses.append(mk.diagnosis(banks, concept, status_of(concept, visit, rng)))
        taken |= kindred(concept)
        added += 1
        items = [_continued(banks, f) for f in visit.medications if hv.USUAL_DRUGS.get(f.concept) == concept]
        care = list(_USUAL_CARE.get(concept, ()))
        if care and rng.random() < 0.6:
            action, values = rng.choice(care)
            items.append(mk.pattern(banks, action, values, "plan"))
        _add_items(visit, items)


def status_of(concept: str, visit: VisitContent, rng: random.Random) -> str:
    """A status that agrees with what was measured today."""
    if concept in _MEASURED:
        measure, key, low, high = _MEASURED[concept]
        values = [float(f.values[key]) for f in visit.vitals + visit.results if f.concept == measure]
        if values:
            value = max(values)
            return rng.choice(_CONTROLLED if value < low else _UNCONTROLLED if value >= high else ("", "stable"))
    return rng.choice(_CALM)


def _known(visit: VisitContent) -> list[str]:
    listed = [f.concept for f in visit.history if "condition" in f.values and "said" in f.values]
    return list(dict.fromkeys(listed))


def _continued(banks: Banks, drug: Fact) -> Fact:
    return mk.pattern(banks, "plan_continue", drug.values, "plan")


def _add_items(visit: VisitContent, items: list[Fact]) -> None:
    """Before the precautions and the follow-up; a drug that the plan already speaks of stays as it is."""
    spoken = {v for f in visit.plan for v in (f.values.get("drug"), f.values.get("new_drug")) if v}
    same = {(f.concept, f.values.get("test"), f.values.get("measure")) for f in visit.plan}
    same |= {("plan_lab_interval", f.values["test"], None) for f in visit.plan if f.concept == "plan_lab"}
    diets = any(f.concept == "plan_diet" for f in visit.plan)
    last = [f for f in visit.plan if f.concept in mk.PLAN_LAST]
    plan = [f for f in visit.plan if f.concept not in mk.PLAN_LAST]
    for item in items:
        known = (item.concept, item.values.get("test"), item.values.get("measure")) in same
        if item.values.get("drug") in spoken or known or (diets and item.concept == "plan_diet"):
            continue
        plan.append(item)
    visit.plan = plan + last
