"""Past, family and social history facts."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from medscribe_core.simulator import history_values as hv
from medscribe_core.simulator import making_facts as mk
from medscribe_core.simulator.banks import Banks
from medscribe_core.simulator.facts import Fact

if TYPE_CHECKING:
    from medscribe_core.simulator.content import VisitContent

_NOT_FOR_CHILDREN = {
    "smoker", "alcohol", "occupation", "lives_with", "pregnancy", "contraception", "stress", "exercise", "family",
}  # fmt: skip
_NOT_BY_CAREGIVER = {"family", "pregnancy", "contraception", "lives_with", "sick_contact"}


def history_facts(
    visit: VisitContent, banks: Banks, rng: random.Random, topics: list[str], family_conditions: list[str]
) -> list[Fact]:
    """One fact for each topic that can be asked of this patient."""
    facts = []
    for topic in topics:
        if (visit.age < 16 and topic in _NOT_FOR_CHILDREN) or (visit.caregiver and topic in _NOT_BY_CAREGIVER):
            continue
        drawn = _draw(topic, visit, rng, family_conditions)
        if drawn:
            concept, values = drawn
            kind = "allergy" if topic == "allergy" else "history"
            facts.append(mk.pattern(banks, concept, values, kind))
    return facts


def _draw(
    topic: str, visit: VisitContent, rng: random.Random, family_conditions: list[str]
) -> tuple[str, dict[str, str]] | None:
    """Pattern concept and values for a topic, or None where it does not apply."""
    pick = rng.choice
    if topic == "smoker":
        concept = pick(("smoker_never", "smoker_never", "smoker_current", "smoker_former"))
        if concept == "smoker_former" and visit.age < 26:
            concept = "smoker_never"
        years = str(rng.randint(1, max(1, min(30, visit.age - 24))))
        return concept, {"smoker_never": {}, "smoker_current": {"amount": pick(hv.SMOKING)}}.get(
            concept, {"duration": _count(years, "year")}
        )
    if topic == "alcohol":
        concept = pick(("alcohol_none", "alcohol_some", "alcohol_some", "alcohol_heavy"))
        amounts = hv.HEAVY_DRINKS if concept == "alcohol_heavy" else hv.DRINKS
        return concept, {} if concept == "alcohol_none" else {"amount": pick(amounts)}
    if topic == "allergy":
        if rng.random() < 0.5:
            return "allergy_none", {}
        return "allergy_reported", {"substance": pick(hv.ALLERGENS), "reaction": pick(hv.REACTIONS)}
    if topic == "family":
        condition = pick(family_conditions or hv.FAMILY_CONDITIONS)
        if rng.random() < 0.3:
            return "family_none", {"condition": condition}
        return "family_history", {"condition": condition, "relative": pick(hv.FAMILY)}
    if topic == "surgery":
        fitting = [s for s in hv.SURGERIES if hv.SEX_SURGERIES.get(s, visit.sex) == visit.sex]
        years = str(rng.randint(1, max(1, min(25, visit.age - 4))))
        surgery = pick(fitting) if visit.age >= 18 else pick(("tonsillectomy", "appendectomy", "hernia repair"))
        return "surgery_history", {"surgery": surgery, "duration": _count(years, "year")}
    if topic == "hospitalised":
        reason = pick(hv.HOSPITAL_REASONS) if visit.age >= 18 else pick(("pneumonia", "asthma", "dehydration"))
        unit = pick(("week", "month", "year"))
        return "hospitalised", {"condition": reason, "duration": _count(str(rng.randint(1, 6)), unit)}
    if topic == "pregnancy":
        return ("pregnant_no", {}) if visit.sex == "F" and 14 <= visit.age <= 50 else None
    if topic == "contraception":
        fits = visit.sex == "F" and 16 <= visit.age <= 50
        return ("contraception", {"method": pick(hv.CONTRACEPTION)}) if fits else None
    if topic == "occupation" and visit.age > 72:
        return None
    if topic == "lives_with" and visit.age > 60:
        return topic, {"relative": pick([r for r in hv.HOUSEHOLD if r not in hv.OF_THE_YOUNG])}
    return _draw_social(topic, rng)


def _draw_social(topic: str, rng: random.Random) -> tuple[str, dict[str, str]]:
    pick = rng.choice
    if topic == "sick_contact":
        return topic, {"relative": pick(hv.SICK_RELATIVES), "condition": pick(hv.SICK_CONDITIONS)}
    if topic == "travel":
        span = _count(str(rng.randint(1, 5)), pick(("week", "month")))
        return topic, {"place": pick(hv.PLACES), "duration": span}
    if topic == "exercise":
        return "exercise_habit", {"activity": pick(hv.ACTIVITIES), "frequency": pick(hv.EXERCISE_FREQUENCIES)}
    if topic == "diet":
        return "diet_habit", {"diet": pick(hv.DIETS)}
    if topic == "sleep":
        return "sleep_habit", {"number": pick(hv.SLEEP_HOURS)}
    if topic == "stress":
        return topic, {"stressor": pick(hv.STRESSORS)}
    if topic == "lives_with":
        return topic, {"relative": pick(hv.HOUSEHOLD)}
    return "occupation", {"occupation": pick(hv.OCCUPATIONS)}


def _count(number: str, unit: str) -> str:
    return f"{number} {unit}{'' if number == '1' else 's'}"
