"""What the edit now denies, and allergies: causes, problems and advice that rest on it go."""

from __future__ import annotations

import re
from functools import lru_cache

from medscribe_core.editing.linked.draft import Draft
from medscribe_core.editing.linked.words import drug_class, intakes, is_given_for, said_and_denied, stems
from medscribe_core.schema import Section
from medscribe_core.simulator.agreement import CLASHING_CLASSES

_ADVICE = re.compile(r"(?:Counseled|Stop|Limit|Avoid)\b")
#: Words of advice that say nothing of what it is about.
_OF_ADVICE = (
    "counseled stop stopping avoiding reducing cessation limiting quitting quit ready yet decreasing cutting down less "
    "daily none risk risks effects per"
)
_ALLERGY = re.compile(r"\b[Aa]llerg(?:ic|y) to ([a-z]+)|\b([a-z]+) allergy\b")
_REASON = re.compile(r"because of ([a-z]+) allergy\b")
_HAS_NO_ALLERGY = re.compile(r"\bhas no(?: known)?(?: drug| medication| antibiotic)? allergies\b")
_NO_ALLERGY = re.compile(r"\bNo(?: known)?(?: drug| medication| antibiotic)? allergies\b")
_GIVEN = re.compile(r"(?:Start|Give|Administer|Continue)\b")
_CAUSE = re.compile(
    r",?(?: (?:new|likely|possibly|probably|in part))* (?:due (?:in part )?to|worsened by|triggered by) "
)


def link_history(draft: Draft) -> None:
    """HPI and EXAM to ASSESSMENT and plan; an allergy that is the reason of a treatment back to the HPI."""
    if draft.edit.section in (Section.HPI, Section.EXAM):
        denied = _newly_denied(draft.before, draft.after)
        if denied:
            _drop_problems(draft, denied)
            _drop_causes(draft, denied)
            _drop_advice(draft, denied)
    if draft.edit.section is Section.HPI:
        _heed_allergies(draft)
    elif draft.edit.section in (Section.ASSESSMENT, Section.PLAN):
        _tell_allergies(draft)


def _newly_denied(before: str, after: str) -> frozenset[str]:
    """Stems of what was said to be there and is now only denied."""
    said_before, denied_before = said_and_denied(before)
    said_after, denied_after = said_and_denied(after)
    return (denied_after & said_before) - said_after - denied_before


def _drop_problems(draft: Draft, denied: frozenset[str]) -> None:
    """A problem of the assessment that has the name of what is denied, and what is given for it."""
    said, still = said_and_denied(draft.before)[0], said_and_denied(draft.after)[0]
    for section, index, body in draft.statements(Section.ASSESSMENT):
        name = body.rstrip(".").split(",")[0]
        words = stems(name)
        if words & denied and words <= said and not (words - denied) & still:
            draft.write(section, index, "", name, "denied")
            for _, item, order in draft.statements(Section.PLAN):
                drugs = {intake.generic for intake in intakes(order)}
                if _GIVEN.match(order) and drugs and all(is_given_for(drug, name) for drug in drugs):
                    draft.write(Section.PLAN, item, "", name, "denied")


def _drop_causes(draft: Draft, denied: frozenset[str]) -> None:
    """A cause that is denied; of two causes the other one stays."""
    for section, index, body in draft.statements(Section.ASSESSMENT):
        lead = _CAUSE.search(body)
        if lead is None:
            continue
        causes = body[lead.end() :].rstrip(".").split(" and ")
        kept = [cause for cause in causes if not stems(cause) & denied]
        if len(kept) < len(causes):
            text = body[: lead.end()] + " and ".join(kept) + "." if kept else f"{body[: lead.start()]}."
            draft.write(section, index, text, " ".join(denied), "denied")


def _drop_advice(draft: Draft, denied: frozenset[str]) -> None:
    for section, index, body in draft.statements(Section.PLAN):
        about = stems(body) - stems(_OF_ADVICE)
        if _ADVICE.match(body) and 2 * len(about & denied) >= max(1, len(about)):
            draft.write(section, index, "", " ".join(about & denied), "denied")


def _heed_allergies(draft: Draft) -> None:
    """Nothing is given that a new allergy rules out."""
    known = _allergies(draft.before)
    for substance in _allergies(draft.after) - known:
        for section, index, body in draft.statements(Section.PLAN):
            drugs = {intake.generic for intake in intakes(body)}
            if _GIVEN.match(body) and any(drug == substance or _rules_out(substance, drug) for drug in drugs):
                draft.write(section, index, "", f"allergic to {substance}", "allergy")


def _allergies(text: str) -> frozenset[str]:
    return frozenset((match[1] or match[2]).lower() for match in _ALLERGY.finditer(text))


def _tell_allergies(draft: Draft) -> None:
    """The history has the allergy for which a treatment was chosen."""
    told = frozenset(_REASON.findall(draft.before)) | _allergies(draft.text(Section.HPI))
    for substance in dict.fromkeys(_REASON.findall(draft.after)):
        if substance in told:
            continue
        about = f"{substance} allergy"
        for section, index, body in draft.statements(Section.HPI):
            text = _HAS_NO_ALLERGY.sub(f"is allergic to {substance}", body)
            text = _NO_ALLERGY.sub(f"Allergy to {substance}", text)
            if text != body:
                draft.write(section, index, text, about, "allergy")
                break
        else:
            draft.add(Section.HPI, f"Allergy to {substance}.", about, "allergy")


@lru_cache(maxsize=500)
def _rules_out(substance: str, drug: str) -> bool:
    return drug_class(drug) in CLASHING_CLASSES.get(substance, ()) and drug != "clopidogrel"
