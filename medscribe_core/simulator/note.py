"""Facts to a note in the house style, in one predictable wording."""

from __future__ import annotations

from collections.abc import Sequence

from medscribe_core.note_lists import EXAM_SYSTEMS
from medscribe_core.schema import PatientContext, Section, SoapNote
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.making_facts import VITAL_ORDER

#: HPI sentences after the first, in this order; a name is a concept or the part before its first underscore.
_HPI_ORDER = (
    "onset", "duration", "severity", "timing", "radiates", "worse", "better", "tried", "home_vital", "MEDICATIONS",
    "adherence", "side", "allergy", "CONDITIONS", "surgery", "hospitalised", "pregnant", "contraception", "family",
    "sick", "travel", "smoker", "alcohol", "occupation", "lives", "exercise", "diet", "sleep", "stress",
)  # fmt: skip
_HPI_RANK = {name: rank for rank, name in enumerate(_HPI_ORDER)}
_PLAN_LAST = {"plan_return_precautions": 1, "plan_emergency_precautions": 1, "plan_follow_up": 2}


def write_note(facts: Sequence[Fact], patient_context: PatientContext) -> SoapNote:
    """The note of any subset of a visit's facts, which are given in the order in which they were said."""
    by_section: dict[Section, list[Fact]] = {section: [] for section in Section}
    for fact in facts:
        by_section[fact.section].append(fact)
    texts = {
        Section.HPI: _hpi(by_section[Section.HPI], patient_context),
        Section.ROS: _ros(by_section[Section.ROS]),
        Section.EXAM: _exam(by_section[Section.EXAM]),
        Section.ASSESSMENT: _numbered([fact.statement for fact in by_section[Section.ASSESSMENT]]),
        Section.PLAN: _plan(by_section[Section.PLAN]),
    }
    return SoapNote(**{section.value: text or section.empty_text for section, text in texts.items()})


def join_and(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b, and c``."""
    if len(items) < 3:
        return " and ".join(items)
    return f"{', '.join(items[:-1])}, and {items[-1]}"


def who(context: PatientContext) -> str:
    """``58-year-old woman``, or ``Patient`` where age or sex is unknown."""
    if context.age is None or context.sex is None:
        return "Patient"
    noun = {"F": "woman", "M": "man"} if context.age >= 18 else {"F": "girl", "M": "boy"}
    return f"{context.age}-year-old {noun[context.sex]}"


def first_sentence(complaints: Sequence[Fact], duration: str, context: PatientContext) -> str:
    """The opening of the HPI. ``duration`` is ``for 4 days`` or empty."""
    symptoms = [f.statement for f in complaints if "visit" not in f.values]
    followed = [f.statement for f in complaints if f.values.get("visit") == "follow-up"]
    checkups = [f.statement for f in complaints if f.values.get("visit") == "preventive"]
    reasons = []
    if symptoms:
        reasons.append(" ".join(filter(None, ("with", join_and(symptoms), duration))))
    if followed:
        reasons.append(f"for follow-up of {join_and(followed)}")
    if checkups:
        reasons.append(f"for {join_and(checkups)}")
    return f"{who(context)} presents {' and '.join(reasons)}."


def hpi_sentences(facts: Sequence[Fact], context: PatientContext) -> list[str]:
    """The sentences of the HPI, in the order of the house style."""
    complaints = [f for f in facts if f.kind == "complaint"]
    sentences: list[tuple[int, str]] = []
    durations = [f for f in facts if f.concept == "duration"]
    with_symptom = any("visit" not in f.values for f in complaints)
    duration = durations[0].statement if durations and with_symptom else ""
    if complaints:
        sentences.append((-1, first_sentence(complaints, duration, context)))
    medications = [f.statement for f in facts if _is_drug(f)]
    conditions = [f.statement for f in facts if _is_condition(f)]
    if medications:
        sentences.append((_HPI_RANK["MEDICATIONS"], f"Current medications include {join_and(medications)}."))
    if conditions:
        sentences.append((_HPI_RANK["CONDITIONS"], f"History of {join_and(conditions)}."))
    for fact in facts:
        if fact.kind == "complaint" or _is_drug(fact) or _is_condition(fact):
            continue
        if fact.concept == "duration" and duration:
            continue
        text = f"Symptoms have lasted {fact.values['duration']}." if fact.concept == "duration" else fact.statement
        sentences.append((_rank(fact), text))
    return [text for _, text in sorted(sentences, key=lambda item: item[0])]


def _is_drug(fact: Fact) -> bool:
    return fact.kind == "medication" and not fact.statement.endswith(".")


def _is_condition(fact: Fact) -> bool:
    return fact.kind == "history" and not fact.statement.endswith(".")


def _rank(fact: Fact) -> int:
    if fact.kind == "vital":
        return _HPI_RANK["home_vital"]
    return _HPI_RANK[fact.concept.split("_")[0]]


def _hpi(facts: list[Fact], context: PatientContext) -> str:
    return " ".join(hpi_sentences(facts, context))


def _ros(facts: list[Fact]) -> str:
    present = [f.statement for f in facts if f.kind == "symptom_present"]
    absent = [f.statement for f in facts if f.kind == "symptom_absent"]
    sentences = [f"Positive for {', '.join(present)}."] if present else []
    if absent:
        sentences.append(f"Negative for {', '.join(absent)}.")
    return " ".join(sentences)


def _exam(facts: list[Fact]) -> str:
    vitals = sorted((f for f in facts if f.kind == "vital"), key=lambda f: VITAL_ORDER.index(f.concept))
    sentences = [f"Vitals: {', '.join(f.statement for f in vitals)}."] if vitals else []
    for system in EXAM_SYSTEMS:
        found = [f.statement for f in facts if f.kind == "finding" and f.values["system"] == system]
        if found:
            sentences.append(f"{system}: {', '.join(found)}.")
    results = [f.statement for f in facts if f.kind == "result"]
    if results:
        sentences.append(f"Results: {', '.join(results)}.")
    return " ".join(sentences)


def plan_order(facts: Sequence[Fact]) -> list[Fact]:
    """Plan facts as said, with return precautions before follow-up and follow-up last."""
    return sorted(facts, key=lambda f: _PLAN_LAST.get(f.concept, 0))


def _plan(facts: list[Fact]) -> str:
    return _numbered([fact.statement for fact in plan_order(facts)])


def _numbered(items: list[str]) -> str:
    return " ".join(f"{number}. {item}." for number, item in enumerate(items, 1))
