"""Visits whose facts have nothing to do with each other, so that a model must read to write the note."""

from __future__ import annotations

import random

from medscribe_core.schema import PatientContext
from medscribe_core.simulator import history_values as hv
from medscribe_core.simulator import making_facts as mk
from medscribe_core.simulator.agreement import settle
from medscribe_core.simulator.banks import Banks
from medscribe_core.simulator.content import (
    VisitContent,
    adherence_facts,
    caregiver_name,
    leave_parts_out,
    pick_side,
    set_patient,
    unique_statements,
)
from medscribe_core.simulator.demography import diagnosis_fits, drug_fits, fitting_symptoms, result_fits
from medscribe_core.simulator.examination import compatible
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.history import history_facts
from medscribe_core.simulator.plans import any_plan
from medscribe_core.simulator.scenarios import HISTORY_TOPICS, STATUSES

#: Symptoms of one family are not mixed: having one and denying another would read as a contradiction.
_FAMILIES = (
    "chest_pain exertional_chest_pain chest_pressure chest_tightness pleuritic_chest_pain",
    "cough_dry cough_productive nocturnal_cough",
    "dyspnea_on_exertion dyspnea_at_rest orthopnea paroxysmal_nocturnal_dyspnea",
    "abdominal_pain_generalized epigastric_pain right_upper_quadrant_pain left_upper_quadrant_pain"
    " right_lower_quadrant_pain left_lower_quadrant_pain periumbilical_pain lower_abdominal_pain abdominal_cramping",
    "leg_swelling unilateral_leg_swelling",
    "syncope presyncope orthostatic_lightheadedness dizziness vertigo",
    "headache thunderclap_headache",
    "urinary_incontinence stress_incontinence",
    "joint_pain joint_swelling knee_pain hip_pain shoulder_pain hand_pain wrist_pain elbow_pain",
    "swollen_glands lymph_node_swelling",
    "fatigue malaise generalized_weakness lethargy",
    "insomnia early_morning_awakening decreased_need_for_sleep",
    "suicidal_ideation passive_death_wish self_harm hopelessness",
    "low_mood anhedonia crying_spells",
    "anxiety panic_attacks",
    "palpitations skipped_beats",
    "weight_loss weight_gain",
    "heartburn acid_regurgitation",
    "ear_pain ear_pulling",
    "rash hives blisters skin_redness_warmth diaper_rash",
    "heavy_periods irregular_periods missed_period intermenstrual_bleeding postmenopausal_bleeding",
    "diarrhea constipation",
    "appetite_loss polyphagia poor_feeding",
)
_FAMILY_OF = {concept: number for number, line in enumerate(_FAMILIES) for concept in line.split()}


def decorrelated_content(banks: Banks, rng: random.Random, caregiver: bool) -> VisitContent:
    """Any symptoms, findings, results, diagnoses, drugs and plan actions that this patient could have."""
    child = caregiver and rng.random() < 0.6
    age = rng.randint(1, 12) if child else rng.randint(60, 93) if caregiver else rng.randint(18, 92)
    sex = rng.choice("FM")
    name = caregiver_name(age, sex, rng) if caregiver else ""
    visit = VisitContent(age, sex, PatientContext(), "decorrelated", "", False, True, name)
    size = rng.triangular(0.25, 2.1, 1.15)  # how much is talked about
    _add_symptoms(visit, banks, rng, size)
    drugs = [g for g in banks.medications if drug_fits(g, age, sex)]
    illnesses = [d for d in banks.diagnoses if diagnosis_fits(d, age, sex)]
    chronic = [d for d in illnesses if banks.diagnoses[d].chronic]
    if not visit.complaints and chronic:
        visit.complaints = [mk.follow_up(banks, c) for c in rng.sample(chronic, rng.choice((1, 1, 2)))]
    set_patient(
        visit, banks, rng, rng.sample(drugs, _count(rng, 1.6, size, 4)), rng.sample(chronic, _count(rng, 1.0, size, 3))
    )
    topics = rng.sample(HISTORY_TOPICS, _count(rng, 3.0, size, 7))
    visit.history += history_facts(visit, banks, rng, topics, [])
    if rng.random() < 0.3:
        visit.history += adherence_facts(visit, banks, rng)
    _add_exam(visit, banks, rng, size)
    known = {fact.concept for fact in visit.history}
    picked = [d for d in rng.sample(illnesses, _count(rng, 2.4, size, 5)) if d not in known]
    followed = [f.concept for f in visit.complaints if "condition" in f.values]
    statuses = list(STATUSES.values())
    visit.diagnoses = [
        mk.diagnosis(banks, d, rng.choice(statuses) if rng.random() < 0.5 else "")
        for d in dict.fromkeys(followed + picked)
    ]
    visit.plan = any_plan(1 + _count(rng, 4.5, size, 8), visit.medications, drugs, banks, rng)
    leave_parts_out(visit, rng)
    settle(visit, banks, rng)
    visit.label = " and ".join(fact.statement for fact in visit.complaints[:2])
    return visit


def _count(rng: random.Random, mean: float, size: float, most: int) -> int:
    return min(most, round(rng.expovariate(1.0) * 0.5 * mean * size + 0.5 * mean * size))


def _add_symptoms(visit: VisitContent, banks: Banks, rng: random.Random, size: float) -> None:
    pool = fitting_symptoms(banks, visit.age, visit.sex, visit.caregiver)
    positives, negatives = _count(rng, 2.6, size, 6), _count(rng, 4.0, size, 9)
    presenting = 0 if rng.random() < 0.2 and visit.age >= 18 else rng.choice((1, 1, 1, 2, 2, 3))
    chosen, families = [], set()
    for concept in rng.sample(pool, min(len(pool), 3 * (positives + negatives + presenting))):
        family = _FAMILY_OF.get(concept, concept)
        if family not in families:
            families.add(family)
            chosen.append(concept)
    side = rng.choice(("left", "right"))
    first, second = presenting, presenting + positives
    visit.complaints = [mk.complaint(banks, c, pick_side(banks, c, side, rng)) for c in chosen[:first]]
    present = [mk.present(banks, c, pick_side(banks, c, side, rng)) for c in chosen[first:second]]
    visit.present = unique_statements(visit.complaints, present)
    absent = [mk.absent(banks, c) for c in chosen[second : second + negatives]]
    visit.absent = unique_statements(visit.complaints + present, absent)
    if presenting and rng.random() < 0.85:
        unit = rng.choice(("hour", "day", "day", "week", "month", "year"))
        number = rng.randint(1, {"hour": 36, "day": 14, "week": 8, "month": 11, "year": min(12, visit.age)}[unit])
        visit.duration = mk.duration(f"{number} {unit}{'' if number == 1 else 's'}")
    if presenting:
        visit.attributes = _attributes(banks, rng, size)


def _attributes(banks: Banks, rng: random.Random, size: float) -> list[Fact]:
    severity = rng.choice((("severity_scale", str(rng.randint(1, 10))), (f"severity_{rng.choice(_GRADES)}", "")))
    options = [
        (severity[0], {"number": severity[1]} if severity[1] else {}),
        (f"timing_{rng.choice(('constant', 'intermittent', 'night', 'morning'))}", {}),
        ("worse_with", {"trigger": rng.choice(hv.TRIGGERS)}),
        ("better_with", {"reliever": rng.choice(hv.RELIEVERS)}),
        ("radiates_to", {"body_part": rng.choice(hv.BODY_PARTS)}),
        (f"tried_{rng.choice(('helped', 'no_help', 'partial'))}", {"treatment": rng.choice(hv.TREATMENTS)}),
    ]
    chosen = rng.sample(options, _count(rng, 2.2, size, 6))
    if any(c == "better_with" for c, _ in chosen):
        reliever = next(v["reliever"] for c, v in chosen if c == "better_with")
        chosen = [(c, v) for c, v in chosen if reliever not in v.values() or c == "better_with"]
    return [mk.pattern(banks, concept, values, "attribute") for concept, values in chosen]


_GRADES = ("mild", "moderate", "severe")


def _add_exam(visit: VisitContent, banks: Banks, rng: random.Random, size: float) -> None:
    visit.examined = rng.random() > 0.18
    if visit.examined:
        vitals = rng.sample(mk.VITAL_ORDER, _count(rng, 3.5, size, 8))
        visit.vitals = [mk.vital(banks, v, rng) for v in vitals]
        names = rng.sample(list(banks.findings), _count(rng, 4.5, size, 11))
        names = [n for n in names if "breast" not in n]
        visit.findings = [mk.finding(banks, name) for name in compatible(banks, names)]
    elif rng.random() < 0.4:
        visit.vitals = [mk.vital(banks, v, rng, home=True) for v in rng.sample(mk.VITAL_ORDER[:6], 2)]
    if not visit.examined and rng.random() < 0.5:
        return
    fitting = [r for r in banks.results if result_fits(r, visit.age, visit.sex)]
    visit.results = [mk.result(banks.results[r], rng) for r in rng.sample(fitting, _count(rng, 1.4, size, 4))]
