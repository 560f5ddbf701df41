"""Facts from bank entries: values drawn and the note's wording fixed, nothing said yet."""

from __future__ import annotations

import random

from medscribe_core.schema import Section
from medscribe_core.simulator.banks import Banks, Medication, Result
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.lay_terms import lower_first, upper_first
from medscribe_core.simulator.sides import sided_note

#: Vitals in the order of the house style.
VITAL_ORDER = (
    "blood_pressure", "heart_rate", "respiratory_rate", "temperature", "spo2", "weight", "height", "bmi", "pain_score",
    "peak_flow", "glucose_fingerstick",
)  # fmt: skip
_DEFAULT_VITALS: dict[str, tuple[float, float]] = {
    "heart_rate": (52, 118), "respiratory_rate": (12, 24), "temperature": (96.8, 103.4), "spo2": (88, 100),
    "weight": (98, 320), "height": (57, 77), "bmi": (18.0, 46.0), "pain_score": (1, 10), "peak_flow": (120, 620),
    "glucose_fingerstick": (58, 380),
}  # fmt: skip
_DECIMAL_VITALS = {"temperature", "bmi"}
#: Plan items that come last.
PLAN_LAST = ("plan_return_precautions", "plan_emergency_precautions", "plan_follow_up")
#: Word a home reading is introduced by in the history.
HOME_VITAL = "Home {}."


def complaint(banks: Banks, concept: str, side: str = "") -> Fact:
    """A presenting symptom of the first HPI sentence."""
    symptom = banks.symptoms[concept]
    values = {"side": side} if side else {}
    return Fact("complaint", concept, Section.HPI, sided_note(symptom.clinical, side), values)


def follow_up(banks: Banks, concept: str) -> Fact:
    """A condition that the visit is a follow-up of."""
    note = banks.diagnoses[concept].note
    return Fact("complaint", concept, Section.HPI, lower_first(note), {"condition": note, "visit": "follow-up"})


def checkup() -> Fact:
    """A visit without a complaint: the yearly examination."""
    statement = "annual physical examination"
    return Fact("complaint", "annual_exam", Section.HPI, statement, {"visit": "preventive"})


def present(banks: Banks, concept: str, side: str = "") -> Fact:
    symptom = banks.symptoms[concept]
    values = {"negated": "no"} | ({"side": side} if side else {})
    return Fact("symptom_present", concept, Section.ROS, sided_note(symptom.clinical, side), values)


def absent(banks: Banks, concept: str) -> Fact:
    return Fact("symptom_absent", concept, Section.ROS, banks.symptoms[concept].note_absent, {"negated": "yes"})


def duration(text: str) -> Fact:
    """How long the complaint has lasted; stands in the first HPI sentence."""
    return Fact("attribute", "duration", Section.HPI, f"for {text}", {"duration": text})


def pattern(banks: Banks, concept: str, values: dict[str, str], kind: str) -> Fact:
    """A fact of a pattern: an HPI sentence, or a plan item (written without its full stop)."""
    entry = banks.patterns[concept]
    note = entry.note.format(**values)
    values = {name: values[name] for name in entry.placeholders}
    if kind == "plan":
        return Fact(kind, concept, Section.PLAN, upper_first(note.removesuffix(".")), values)
    return Fact(kind, concept, Section.HPI, note, values)


def medication(generic: str, name: str, dose: str, frequency: str) -> Fact:
    statement = f"{name} {dose} {frequency}"
    return Fact("medication", generic, Section.HPI, statement, {"drug": name, "dose": dose, "frequency": frequency})


def condition(banks: Banks, concept: str) -> Fact:
    """A known illness of the past history."""
    note = banks.diagnoses[concept].note
    return Fact("history", concept, Section.HPI, lower_first(note), {"condition": note})


def diagnosis(banks: Banks, concept: str, status: str = "") -> Fact:
    """``status`` as in the note ("not at goal"), or empty."""
    note = banks.diagnoses[concept].note
    statement = f"{note}, {status}" if status else note
    values = {"condition": note} | ({"status": status} if status else {})
    return Fact("diagnosis", concept, Section.ASSESSMENT, statement, values)


def finding(banks: Banks, concept: str) -> Fact:
    entry = banks.findings[concept]
    return Fact("finding", concept, Section.EXAM, entry.note, {"system": entry.system})


def vital(banks: Banks, concept: str, rng: random.Random, limits: list | None = None, *, home: bool = False) -> Fact:
    """A measured vital; ``limits`` is [low, high], for blood pressure [[low, high], [low, high]]."""
    if concept == "blood_pressure":
        (sys_low, sys_high), (dia_low, dia_high) = limits or ([94, 188], [54, 108])
        systolic = rng.randint(int(sys_low), int(sys_high))
        diastolic = min(rng.randint(int(dia_low), int(dia_high)), systolic - 20)
        values = {"sys": str(systolic), "dia": str(diastolic)}
    else:
        low, high = limits or _DEFAULT_VITALS[concept]
        values = {"value": draw_number(rng, float(low), float(high), 1 if concept in _DECIMAL_VITALS else 0)}
    statement = banks.vitals[concept].note.format(**values)
    if home:
        return Fact("vital", concept, Section.HPI, HOME_VITAL.format(statement), values | {"home": "yes"})
    return Fact("vital", concept, Section.EXAM, statement, values)


def result(entry: Result, rng: random.Random, values: list[str] | None = None, limits: tuple | None = None) -> Fact:
    if entry.values:
        value = rng.choice(values or entry.values)
    else:
        low, high = limits or (entry.low, entry.high)
        value = rng.choice(values) if values else draw_number(rng, low, high, entry.decimals)
    return Fact("result", entry.concept, Section.EXAM, entry.note.format(value=value), {"value": value})


def draw_number(rng: random.Random, low: float, high: float, decimals: int) -> str:
    """A number in [low, high] as a note writes it."""
    return f"{rng.uniform(low, high):.{decimals}f}" if decimals else str(rng.randint(round(low), round(high)))


def drug_name(drug: Medication, rng: random.Random, brand_probability: float) -> str:
    """Generic or brand name: the one that will be said is the one that the note writes."""
    return rng.choice(drug.brands) if drug.brands and rng.random() < brand_probability else drug.generic


def next_dose(drug: Medication, dose: str, step: int) -> str:
    """The bank's dose one step above (1) or below (-1) ``dose``, or empty."""
    if dose not in drug.doses:
        return ""
    position = drug.doses.index(dose) + step
    return drug.doses[position] if 0 <= position < len(drug.doses) else ""
