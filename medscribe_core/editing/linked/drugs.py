"""Home drugs of the HPI and what the plan does with them: a drug gone, replaced by another one, in another dose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medscribe_core.editing.linked.draft import Draft
from medscribe_core.editing.linked.words import Intake, intakes
from medscribe_core.facts import section_facts
from medscribe_core.schema import Section

_GOES_ON = re.compile(r"(?:Continue|Refill|Resume)\b")
_OF_HOME_DRUGS = re.compile(r"(?:Continue|Refill|Stop|Resume|Hold|Increase|Decrease|Discontinue|Switch|Change)\b")


def link_drugs(draft: Draft) -> None:
    """HPI to the plan and the other sections, continued drugs of the plan back to the HPI."""
    if draft.edit.section not in (Section.HPI, Section.PLAN, Section.ASSESSMENT):
        return
    old, new = (_by_generic([*_told(draft, text), *_named(draft, text)]) for text in (draft.before, draft.after))
    gone = [
        drug for drug in old if drug not in {i.generic for i in [*intakes(draft.after), *_named(draft, draft.after)]}
    ]
    came = [drug for drug in new if drug not in {i.generic for i in intakes(draft.before)}]
    replaced = dict(_replaced(draft, gone, came))
    for drug in gone:
        if drug in replaced:
            _substitute(draft, old[drug], new[replaced[drug]])
        elif draft.edit.section is Section.HPI:
            _drop(draft, drug)
        elif draft.edit.section is Section.ASSESSMENT and f"due to {old[drug].name}" in draft.before:
            _go_on(draft, drug)
    if draft.edit.section is Section.PLAN:
        old, new = (_by_generic(_told(draft, text, _GOES_ON)) for text in (draft.before, draft.after))
    for drug, was in old.items():
        now = new.get(drug)
        if now is not None and was.dose and now.dose and _differ(was, now):
            _redose(draft, was, now)


def _named(draft: Draft, text: str) -> list[Intake]:
    """Of an assessment's text the drugs that only the rest of the note shows to be drugs."""
    if draft.edit.section is not Section.ASSESSMENT:
        return []
    known = {i.generic for i in intakes(text)}
    others = {
        i.generic: i for s in (Section.HPI, Section.PLAN) for i in intakes(draft.text(s)) if i.generic not in known
    }
    return [
        Intake(i.name, i.generic, "", "", 0, 0) for i in others.values() if re.search(rf"\b{re.escape(i.name)}\b", text)
    ]


def _differ(was: Intake, now: Intake) -> bool:
    return was.dose != now.dose or bool(was.frequency and now.frequency and was.frequency != now.frequency)


def _told(draft: Draft, text: str, of_plan: re.Pattern[str] = _OF_HOME_DRUGS) -> list[Intake]:
    """The drugs of the edited section; of the plan those of the items ``of_plan``."""
    if draft.edit.section is not Section.PLAN:
        return list(intakes(text))
    items = [fact.text for fact in section_facts(Section.PLAN, text) if of_plan.match(fact.text)]
    return [intake for item in items for intake in intakes(item)]


def _by_generic(found: list[Intake]) -> dict[str, Intake]:
    """The first intake of each drug that has a dose, else the first."""
    by_generic: dict[str, Intake] = {}
    for intake in found:
        if intake.generic not in by_generic or (intake.dose and not by_generic[intake.generic].dose):
            by_generic[intake.generic] = intake
    return by_generic


def _replaced(draft: Draft, gone: list[str], came: list[str]) -> Iterator[tuple[str, str]]:
    """(old drug, new drug) that stand in the same edited phrase."""
    for phrase in draft.phrases:
        old = [i.generic for i in intakes(phrase.before) if i.generic in gone]
        new = [i.generic for i in intakes(phrase.after) if i.generic in came]
        if len(set(old)) == len(set(new)) == 1:
            yield old[0], new[0]
    if len(gone) == len(came) == 1:
        yield gone[0], came[0]


def _substitute(draft: Draft, old: Intake, new: Intake) -> None:
    """Every mention of the old drug is one of the new drug, in its dose where the old dose was given."""
    for section, index, body in draft.statements():
        text = body
        for mention in reversed(intakes(body)):
            if mention.generic != old.generic or new.generic in {i.generic for i in intakes(body)}:
                continue
            name = new.name.capitalize() if mention.start == 0 else new.name
            if mention.dose and new.dose and (mention.dose == old.dose or not old.dose):
                same = mention.frequency == old.frequency or not mention.frequency
                frequency = new.frequency if same else mention.frequency
                text = f"{text[: mention.start]}{f'{name} {new.dose} {frequency}'.rstrip()}{text[mention.end :]}"
            else:
                text = text[: mention.start] + name + text[mention.start + len(mention.name) :]
        if text != body:
            draft.write(section, index, text, f"{old.name} {new.name}", "drug")


def _drop(draft: Draft, drug: str) -> None:
    """Nothing is continued, changed or stopped that is not taken."""
    for section, index, body in draft.statements(Section.PLAN):
        if _OF_HOME_DRUGS.match(body) and {intake.generic for intake in intakes(body)} == {drug}:
            draft.write(section, index, "", drug, "drug")


def _redose(draft: Draft, old: Intake, new: Intake) -> None:
    for section, index, body in draft.statements():
        text = body
        for mention in reversed(intakes(body)):
            if mention.generic == old.generic and mention.dose and mention.dose == old.dose:
                frequency = new.frequency if mention.frequency == old.frequency else mention.frequency
                at = body.index(mention.dose, mention.start)
                text = f"{text[:at]}{f'{new.dose} {frequency}'.strip()}{text[mention.end :]}"
        if text != body:
            draft.write(section, index, text, f"{new.name} {new.amount}", "dose")


def _go_on(draft: Draft, drug: str) -> None:
    """A drug that is to blame no longer is not stopped."""
    home = [i for i in intakes(draft.text(Section.HPI)) if i.generic == drug and i.dose]
    for section, index, body in draft.statements(Section.PLAN):
        if re.match(r"(?:Stop|Hold)\b", body) and {i.generic for i in intakes(body)} == {drug}:
            name = intakes(body)[0].name
            amount = home[0].amount if home else ""
            draft.write(section, index, f"Continue {name} {amount}".rstrip() + ".", drug, "drug")


def drop_orphans(draft: Draft) -> None:
    """Advice about a drug that the plan gives no longer goes with it."""
    given = re.compile(r"(?:Start|Give|Administer)\b")
    old = {i.generic for item in draft.removed(Section.PLAN) if given.match(item) for i in intakes(item)}
    kept = [body for _, _, body in draft.statements(Section.PLAN)]
    left = {i.generic for body in kept if given.match(body) or _OF_HOME_DRUGS.match(body) for i in intakes(body)}
    left -= {i.generic for body in kept if re.match(r"Stop .* and call", body) for i in intakes(body)}
    for section, index, body in draft.statements(Section.PLAN):
        drugs = {intake.generic for intake in intakes(body)}
        advice = re.match(r"Counseled\b|Stop .* and call", body)
        if advice and len(drugs) == 1 and drugs <= old - left:
            draft.write(section, index, "", " ".join(drugs), "treatment")
