"""Diagnoses: replaced, struck out, of another status; and the measurement that decides the status."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from medscribe_core.editing.linked.draft import Draft
from medscribe_core.editing.linked.words import (
    intakes,
    is_given_for,
    is_treatable,
    lower_name,
    next_dose,
    stems,
    upper_name,
)
from medscribe_core.facts import NoteFact, section_facts
from medscribe_core.schema import Section

_CONTROLLED = frozenset({"well controlled", "controlled", "at goal", "stable", "improving", "resolved"})
_UNCONTROLLED = frozenset({"poorly controlled", "not well controlled", "uncontrolled", "not at goal", "worsening"})
_FOLLOW_UP = "follow-up of "
_STARTS = re.compile(r"(?:Start|Give)\b")
_TREATS = re.compile(r"(?:Start|Continue|Increase|Refill|Give|Resume)\b")
_BP = re.compile(r"\bBP (\d{2,3})/\d{2,3}")
_HEMOGLOBIN = re.compile(r"\b[Hh]emoglobin (\d+(?:\.\d+)?)")
_HBA1C = re.compile(r"\b(?:HbA1c|A1c)(?: of)? (\d+(?:\.\d+)?)")
_POTASSIUM = re.compile(r"\b[Pp]otassium (\d+(?:\.\d+)?)")
#: Name of the illness, its measurement in the examination (first group: the value), the lowest value that is not too
#: low, controlled below, not from.
_MEASURED = (
    ("hypertension", _BP, 90.0, 130.0, 135.0),
    ("diabetes", _HBA1C, 4.0, 7.0, 7.5),
    ("hypothyroidism", re.compile(r"\bTSH (\d+(?:\.\d+)?)"), 0.4, 4.5, 4.6),
)
#: Name of a problem that is nothing but an abnormal value, its measurement, and between which values it is none.
_ABNORMAL = (
    ("elevated blood pressure", _BP, 0.0, 130.0),
    ("prediabetes", _HBA1C, 0.0, 5.7),
    ("anemia", _HEMOGLOBIN, 12.0, 17.5),
    ("hypokalemia", _POTASSIUM, 3.5, 5.0),
    ("hyperkalemia", _POTASSIUM, 3.5, 5.0),
)


def link_diagnoses(draft: Draft) -> None:
    """ASSESSMENT to HPI and plan, the conditions of the HPI to ASSESSMENT, measurements of EXAM to both."""
    match draft.edit.section:
        case Section.ASSESSMENT:
            _from_assessment(draft)
        case Section.HPI:
            _from_hpi(draft)
        case Section.EXAM:
            _from_measurements(draft)
            _from_normal_values(draft)
        case Section.PLAN:
            _from_plan(draft)


def _from_assessment(draft: Draft) -> None:
    old, new = (
        [fact for fact in facts if fact.kind == "diagnosis"] for facts in (draft.facts_before, draft.facts_after)
    )
    for was, now in _aligned(old, new):
        if now is None:
            _struck_out(draft, was, new)
        elif _head(was.core) != _head(now.core):
            _renamed(draft, _head(was.core), _head(now.core))
            if not stems(_head(was.core)) & stems(_head(now.core)) and is_treatable(now.core):
                _no_longer_treated(draft, was, new)
        elif (now.status in _UNCONTROLLED) != (was.status in _UNCONTROLLED) and now.status:
            _dose_follows(draft, now, new)


def _aligned(old: Sequence[NoteFact], new: Sequence[NoteFact]) -> Iterator[tuple[NoteFact, NoteFact | None]]:
    """(old diagnosis, the one that stands for it now or None) of the items that are not word for word the same."""
    names = [[_head(fact.core).lower() for fact in facts] for facts in (old, new)]
    for tag, a, b, c, d in SequenceMatcher(None, *names, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from zip(old[a:b], new[c:d], strict=True)
        elif tag in ("replace", "delete"):
            partners: list[NoteFact | None] = [*new[c:d]] if b - a == d - c else [None] * (b - a)
            if b - a == d - c or tag == "delete":
                yield from zip(old[a:b], partners, strict=True)


def _head(core: str) -> str:
    return core.split(", ")[0]


def _renamed(draft: Draft, old: str, new: str) -> None:
    """The old name of an illness is the new one wherever it stands."""
    pattern = re.compile(rf"(?<![\w-]){re.escape(old)}(?![\w-])", re.IGNORECASE)
    if stems(old) <= stems(new):  # only the side differs, or the name is narrower
        return
    for section, index, body in draft.statements(Section.HPI, Section.ASSESSMENT, Section.PLAN):
        if section is Section.HPI and not re.search(rf"for {_FOLLOW_UP}", body):
            continue
        text = pattern.sub(lambda m: upper_name(new) if m.start() == 0 else lower_name(new), body)
        if text != body:
            draft.write(section, index, text, f"{old} {new}", "diagnosis")


def _struck_out(draft: Draft, gone: NoteFact, left: Sequence[NoteFact], treats: re.Pattern[str] = _TREATS) -> None:
    """A problem that is none needs no drug that ``treats`` it alone, and no plan item that names it."""
    name = stems(_head(gone.core))
    others = [stems(fact.core) for fact in left]
    for section, index, body in draft.statements(Section.PLAN):
        treated = _only_for(body, gone, left) and treats.match(body)
        named = name and name <= stems(body) and not any(name <= other for other in others)
        if treated or named:
            draft.write(section, index, "", gone.text, "treatment")


def _no_longer_treated(draft: Draft, gone: NoteFact, left: Sequence[NoteFact]) -> None:
    """A drug that is started for nothing but the illness that it turned out not to be."""
    for section, index, body in draft.statements(Section.PLAN):
        if body.startswith("Start ") and _only_for(body, gone, left):
            draft.write(section, index, "", gone.text, "treatment")


def _only_for(body: str, diagnosis: NoteFact, others: Sequence[NoteFact]) -> bool:
    drugs = {intake.generic for intake in intakes(body)}
    return (
        len(drugs) == 1
        and all(is_given_for(drug, diagnosis.core) for drug in drugs)
        and not any(is_given_for(drug, other.core) for drug in drugs for other in others)
    )


def _dose_follows(draft: Draft, now: NoteFact, diagnoses: Sequence[NoteFact]) -> None:
    """One drug of a controlled illness goes on as it is, one of an uncontrolled one goes up."""
    others = [fact for fact in diagnoses if _head(fact.core) != _head(now.core)]
    home = {i.generic: i for i in intakes(draft.text(Section.HPI)) if i.dose}
    mine = [item for item in draft.statements(Section.PLAN) if _only_for(item[2], now, others)]
    if not mine and now.status in _CONTROLLED:
        raised = [
            item for item in draft.statements(Section.PLAN) if item[2].startswith("Increase ") and intakes(item[2])
        ]
        free = [i for i in raised if not any(is_given_for(intakes(i[2])[0].generic, f.core) for f in others)]
        mine = free if len(free) == 1 else []
    for section, index, body in mine:
        [drug, *_] = intakes(body)
        text = body
        if now.status in _CONTROLLED and body.startswith("Increase "):
            amount = home[drug.generic].amount if drug.generic in home else ""
            text = f"Continue {drug.name} {amount}".rstrip() + "."
        elif now.status in _UNCONTROLLED and body.startswith("Continue ") and drug.dose:
            dose = next_dose(drug.generic, drug.dose)
            text = f"Increase {drug.name} to {dose} {drug.frequency}".rstrip() + "." if dose else body
        if text != body:
            draft.write(section, index, text, now.text, "status")
            return


def _from_hpi(draft: Draft) -> None:
    """The condition that is followed is the problem that is assessed."""
    followed = [
        [fact.core.removeprefix(_FOLLOW_UP) for fact in facts if fact.core.startswith(_FOLLOW_UP)]
        for facts in (draft.gone, draft.came)
    ]
    for old, new in zip(*followed, strict=False):
        _renamed(draft, old, new)


def _from_measurements(draft: Draft) -> None:
    for illness, pattern, lowest, low, high in _MEASURED:
        was, now = (pattern.search(text) for text in (draft.before, draft.after))
        if was is None or now is None or was[1] == now[1]:
            continue
        value = float(now[1])
        if value < lowest or low <= value < high:
            continue
        for section, index, body in draft.statements(Section.ASSESSMENT):
            if not re.search(rf"\b{illness}\b", body.lower()):
                continue
            status = "well controlled" if value < low else "not at goal"
            opposite = _UNCONTROLLED if value < low else _CONTROLLED
            text = _with_status(body, opposite, status)
            if text != body:
                draft.write(section, index, text, now[0], "measured")


def _with_status(body: str, old: frozenset[str], new: str) -> str:
    """The item with its status changed and, if it is controlled now, without what the old one was due to."""
    for status in sorted(old - {"resolved"}, key=len, reverse=True):
        found = re.search(rf", {status}\b(?:,? due [^.]*)?", body)
        if found:
            return f"{body[: found.start()]}, {new}{body[found.end() :]}"
    return body


def _from_normal_values(draft: Draft) -> None:
    """A problem that was an abnormal value is none when the value is normal."""
    for problem, pattern, low, high in _ABNORMAL:
        was, now = (pattern.search(text) for text in (draft.before, draft.after))
        if was is None or now is None or low <= float(was[1]) < high or not low <= float(now[1]) < high:
            continue
        left = section_facts(Section.ASSESSMENT, draft.text(Section.ASSESSMENT))
        for section, index, body in draft.statements(Section.ASSESSMENT):
            if _head(body).rstrip(".").lower() == problem:
                draft.write(section, index, "", now[0], "measured")
                gone = NoteFact(section, "diagnosis", _head(body), _head(body).rstrip("."))
                _struck_out(draft, gone, [fact for fact in left if _head(fact.core).lower() != problem], _STARTS)


def _from_plan(draft: Draft) -> None:
    """A drug that goes up instead of on was not enough; one that goes on instead of up was."""
    diagnoses = section_facts(Section.ASSESSMENT, draft.text(Section.ASSESSMENT))
    verbs = [
        {intakes(fact.text)[0].generic: fact.text.split()[0] for fact in facts if intakes(fact.text)}
        for facts in (draft.facts_before, draft.facts_after)
    ]
    for drug, verb in verbs[1].items():
        turn = (verbs[0].get(drug), verb)
        if turn not in (("Continue", "Increase"), ("Increase", "Continue")):
            continue
        treated = [fact for fact in diagnoses if is_given_for(drug, fact.core)]
        old, new = (_UNCONTROLLED, "well controlled") if verb == "Continue" else (_CONTROLLED, "not at goal")
        for section, index, body in draft.statements(Section.ASSESSMENT):
            if len(treated) == 1 and body.startswith(treated[0].text):
                draft.write(section, index, _with_status(body, old, new), drug, "status")
