"""Changes of diagnoses, their status, findings and results, and what the plan then has to say."""

from __future__ import annotations

import random
from collections import defaultdict
from functools import lru_cache

from medscribe_core.schema import Section
from medscribe_core.simulator import history_values as hv
from medscribe_core.simulator import making_facts as mk
from medscribe_core.simulator.banks import Banks
from medscribe_core.simulator.fact_changes import Change, Facts, Made, Maker, positions
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.problems import kindred
from medscribe_core.simulator.scenarios import HOME_DRUG, STATUSES, load_scenarios

_UNCONTROLLED = ("not at goal", "poorly controlled", "worsening")
_CONTROLLED = ("well controlled", "stable", "improving")
_STARTS = ("plan_start", "plan_otc")
#: Diagnoses of which the one may turn out to be the other.
_MISTAKABLE = tuple(
    tuple(pair.split())
    for pair in (
        "viral_pharyngitis strep_pharyngitis", "uri acute_sinusitis", "uri influenza", "uri allergic_rhinitis",
        "acute_bronchitis pneumonia", "tension_headache migraine", "gerd gastritis", "gerd functional_dyspepsia",
        "lumbar_strain lumbar_radiculopathy", "acute_cystitis acute_pyelonephritis", "uti acute_cystitis",
        "vaginitis_bv vulvovaginal_candidiasis", "conjunctivitis_viral allergic_conjunctivitis", "uri covid_19",
        "atopic_dermatitis psoriasis", "contact_dermatitis_plants scabies", "tinea_corporis atopic_dermatitis",
        "impetigo atopic_dermatitis", "gad panic_disorder", "depression adjustment_disorder", "acne rosacea",
        "asthma_exacerbation acute_bronchitis", "copd_exacerbation pneumonia", "constipation ibs",
        "heart_failure venous_insufficiency", "viral_gastroenteritis diverticulitis", "bph overactive_bladder",
        "costochondritis gerd", "fibromyalgia polymyalgia_rheumatica", "essential_tremor parkinsons_disease",
        "urticaria contact_dermatitis_plants", "kidney_stone acute_pyelonephritis", "hemorrhoids anal_fissure",
        "stress_incontinence overactive_bladder", "gout_right_foot cellulitis_right_leg", "insomnia restless_legs",
        "cellulitis_left_leg dvt_left_leg", "seborrheic_dermatitis psoriasis", "neck_strain cervical_radiculopathy",
        "iron_deficiency_anemia b12_deficiency", "hypertension hfpef", "asthma copd", "depression bipolar_disorder",
        "peptic_ulcer gerd", "shingles contact_dermatitis_plants", "tinea_pedis contact_dermatitis_plants",
        "type_2_diabetes prediabetes", "osteoporosis osteopenia", "rheumatoid_arthritis fibromyalgia",
    )
)  # fmt: skip
#: Test -> (diagnosis if it is positive, diagnosis if it is negative).
_DECIDED_BY = {
    "rapid_strep": ("strep_pharyngitis", "viral_pharyngitis"),
    "flu_a": ("influenza", "uri"),
    "covid": ("covid_19", "uri"),
}


@lru_cache(maxsize=1)
def _treatments() -> dict[str, dict[str, dict[str, str]]]:
    """Diagnosis -> drug that the scenarios start for it -> its action and given dose and frequency."""
    found: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for scenario in load_scenarios():
        if len(scenario.diagnoses) != 1 and not (scenario.diagnoses and scenario.diagnoses[1].p < 0.3):
            continue
        for action in scenario.plan:
            if action.action in _STARTS and action.p >= 0.35:
                values = {key: options[0] for key, options in action.choices().items() if key != "drug"}
                for drug in action.choices().get("drug", []):
                    if drug != HOME_DRUG:
                        found[scenario.diagnoses[0].concept].setdefault(drug, {"action": action.action} | values)
    return dict(found)


def _generic(banks: Banks, fact: Fact) -> str:
    name = fact.values.get("drug", "")
    return next((m.generic for m in banks.medications.values() if name == m.generic or name in m.brands), "")


def _treats(banks: Banks, generic: str, concept: str) -> bool:
    if hv.USUAL_DRUGS.get(generic) == concept or generic in _treatments().get(concept, ()):
        return True
    names = {concept.replace("_", " "), banks.diagnoses[concept].note.lower()}
    return generic in banks.medications and bool(names & {t.lower() for t in banks.medications[generic].treats})


def _plan_for(facts: Facts, banks: Banks, concept: str, actions: tuple[str, ...]) -> list[int]:
    """Positions of the plan items that give a drug for the diagnosis and for no other one of the note."""
    others = [f.concept for f in facts if f.kind == "diagnosis" and f.concept not in kindred(concept)]
    hits = []
    for i, fact in enumerate(facts):
        if fact.concept in actions:
            generic = _generic(banks, fact)
            if _treats(banks, generic, concept) and not any(_treats(banks, generic, other) for other in others):
                hits.append(i)
    return hits


def _replaced(facts: Facts, banks: Banks, rng: random.Random, at: int, new: str) -> Change:
    """The diagnosis at ``at`` becomes ``new`` and drugs started for the old one those for the new one."""
    change: Change = {at: mk.diagnosis(banks, new, facts[at].values.get("status", ""))}
    options = _treatments().get(new, {})
    old = [i for i in _plan_for(facts, banks, facts[at].concept, _STARTS) if _generic(banks, facts[i]) not in options]
    planned = {_generic(banks, f) for f in facts if f.kind in ("plan", "medication")}
    fresh = [drug for drug in options if drug not in planned]
    for i in old:
        change[i] = _started(banks, fresh.pop(0), options) if fresh else None
    given = [f for f in change.values() if f is not None and f.kind == "plan"]
    if any("antibiotic" in banks.medications[_generic(banks, f)].drug_class for f in given):
        change |= {i: None for i, f in enumerate(facts) if f.concept == "plan_no_antibiotics"}
    return change


def _started(banks: Banks, generic: str, options: dict[str, dict[str, str]]) -> Fact:
    drug, given = banks.medications[generic], options[generic]
    values = {
        "drug": generic,
        "dose": given.get("dose", drug.doses[0]),
        "frequency": given.get("frequency", drug.frequencies[0]),
    }
    return mk.pattern(banks, given["action"], values, "plan")


def other_diagnosis(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """It is another illness, and is treated as such."""
    known = {f.concept for f in facts}
    for i in positions(facts, rng, lambda f: f.kind == "diagnosis"):
        mates = [b if a == facts[i].concept else a for a, b in _MISTAKABLE if facts[i].concept in (a, b)]
        for new in rng.sample(mates, len(mates)):
            change = _replaced(facts, banks, rng, i, new)
            if new not in known and len(change) > 1:
                return Section.ASSESSMENT, change
    return None


def any_diagnosis(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """Another illness that changes nothing else in the note."""
    known = {f.concept for f in facts}
    for i in positions(facts, rng, lambda f: f.kind == "diagnosis"):
        mates = [b if a == facts[i].concept else a for a, b in _MISTAKABLE if facts[i].concept in (a, b)]
        mates = [m for m in mates if m not in known]
        if mates and not _plan_for(facts, banks, facts[i].concept, (*_STARTS, "plan_continue")):
            return Section.ASSESSMENT, {i: mk.diagnosis(banks, rng.choice(mates), facts[i].values.get("status", ""))}
    return None


def diagnosis_removed(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """A problem is struck out, and what the plan does for it alone with it."""
    found = positions(facts, rng, lambda f: f.kind == "diagnosis")
    for i in found:
        actions = (*_STARTS, "plan_continue", "plan_increase_dose", "plan_refill")
        hits = _plan_for(facts, banks, facts[i].concept, actions)
        if hits and len(found) > 1:
            return Section.ASSESSMENT, dict.fromkeys([i, *hits])
    return None


def status_with_plan(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """A controlled illness is not controlled, or the other way round; its drug goes up or stays as it is."""
    for i in positions(facts, rng, lambda f: f.kind == "diagnosis"):
        concept = facts[i].concept
        bad = facts[i].values.get("status", "") in _UNCONTROLLED
        status = rng.choice(_CONTROLLED[:2] if bad else _UNCONTROLLED[:2])
        change = _dose_follows(facts, banks, concept, controlled=bad)
        if change:
            return Section.ASSESSMENT, {i: mk.diagnosis(banks, concept, status)} | change
    return None


def _dose_follows(facts: Facts, banks: Banks, concept: str, *, controlled: bool) -> Change:
    """One drug of the plan for the illness, increased or (``controlled``) continued instead."""
    home = {f.concept: f for f in facts if f.kind == "medication" and "dose" in f.values}
    action = "plan_increase_dose" if controlled else "plan_continue"
    for i in _plan_for(facts, banks, concept, (action,)):
        fact, generic = facts[i], _generic(banks, facts[i])
        if controlled and generic in home:
            return {i: mk.pattern(banks, "plan_continue", home[generic].values, "plan")}
        dose = "" if controlled else mk.next_dose(banks.medications[generic], fact.values["dose"], 1)
        if dose:
            return {i: mk.pattern(banks, "plan_increase_dose", fact.values | {"dose": dose}, "plan")}
    return {}


def any_status(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    for i in positions(facts, rng, lambda f: f.kind == "diagnosis"):
        others = [s for s in STATUSES.values() if s != facts[i].values.get("status", "")]
        return Section.ASSESSMENT, {i: mk.diagnosis(banks, facts[i].concept, rng.choice(others))}
    return None


def measured_again(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """Another blood pressure or HbA1c, the status of hypertension or diabetes and the dose that go with it."""
    pairs = (("blood_pressure", "hypertension"), ("hba1c", "type_2_diabetes"))
    for measured, illness in rng.sample(pairs, 2):
        values = [i for i, f in enumerate(facts) if f.concept == measured and f.section is Section.EXAM]
        judged = [i for i, f in enumerate(facts) if f.concept == illness and f.kind == "diagnosis"]
        if not values or not judged:
            continue
        value, status = facts[values[0]], facts[judged[0]].values.get("status", "")
        high = _is_high(value)
        if status in (_UNCONTROLLED if high else _CONTROLLED):
            new = "well controlled" if high else "not at goal"
            change = _dose_follows(facts, banks, illness, controlled=high)
            change |= {values[0]: _measured(value, banks, rng, high=not high)}
            return Section.EXAM, change | {judged[0]: mk.diagnosis(banks, illness, new)}
    return None


def _is_high(fact: Fact) -> bool:
    return int(fact.values["sys"]) >= 135 if "sys" in fact.values else float(fact.values["value"]) >= 7.5


def _measured(fact: Fact, banks: Banks, rng: random.Random, *, high: bool) -> Fact:
    if "sys" in fact.values:
        limits = [[148, 178], [88, 102]] if high else [[108, 126], [64, 78]]
        return mk.vital(banks, fact.concept, rng, limits)
    return mk.result(banks.results[fact.concept], rng, None, (8.4, 11.0) if high else (5.6, 6.8))


def test_corrected(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """A test read wrongly: the diagnosis and its treatment change with it."""
    for i in positions(facts, rng, lambda f: f.kind == "result" and f.concept in _DECIDED_BY):
        if_positive, if_negative = _DECIDED_BY[facts[i].concept]
        positive = facts[i].values["value"] == "positive"
        old, new = (if_positive, if_negative) if positive else (if_negative, if_positive)
        judged = [j for j, f in enumerate(facts) if f.kind == "diagnosis" and f.concept == old]
        if judged and all(f.concept != new for f in facts):
            value = ["negative" if positive else "positive"]
            result = mk.result(banks.results[facts[i].concept], rng, value)
            return Section.EXAM, {i: result} | _replaced(facts, banks, rng, judged[0], new)
    return None


def other_finding(facts: Facts, banks: Banks, rng: random.Random) -> Made:
    """The opposite was found."""
    for i in positions(facts, rng, lambda f: f.kind == "finding" and bool(banks.findings[f.concept].contradicts)):
        entry = banks.findings[facts[i].concept]
        mates = [c for c in entry.contradicts if c in banks.findings and banks.findings[c].system == entry.system]
        if mates:
            return Section.EXAM, {i: mk.finding(banks, rng.choice(sorted(mates)))}
    return None


LINKED: tuple[tuple[str, Maker], ...] = (
    ("diagnosis_replaced", other_diagnosis), ("diagnosis_removed", diagnosis_removed), ("status", status_with_plan),
    ("status", status_with_plan), ("finding", measured_again), ("finding", test_corrected),
)  # fmt: skip
ALONE: tuple[tuple[str, Maker], ...] = (
    ("status", any_status), ("finding", other_finding), ("diagnosis_replaced", any_diagnosis),
)  # fmt: skip
