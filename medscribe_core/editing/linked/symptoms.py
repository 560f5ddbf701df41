"""Complaints of the HPI and the two lists of the ROS: what one has newly, the other does not deny."""

from __future__ import annotations

import re
from collections.abc import Sequence

from medscribe_core.editing.linked.draft import Draft
from medscribe_core.editing.linked.words import said_and_denied, stems, with_items
from medscribe_core.facts import STATUSES, NoteFact, section_facts, sentences
from medscribe_core.schema import Section

_LEAD = re.compile(r"(Positive|Negative) for ")


def link_symptoms(draft: Draft) -> None:
    """HPI to ROS and back."""
    if draft.edit.section is Section.HPI:
        _to_ros(draft)
    elif draft.edit.section is Section.ROS:
        _to_hpi(draft)


def _to_ros(draft: Draft) -> None:
    listed = section_facts(Section.ROS, draft.text(Section.ROS))
    positive = [fact.text for fact in listed if fact.polarity == "positive"]
    negative = [fact.text for fact in listed if fact.polarity == "negative"]
    stays = [fact for fact in _complaints(draft.facts_after) if fact not in draft.came]
    repeats = any(_names(item, fact.text) for item in positive for fact in stays)
    told_before, told_after = _Told(draft.before), _Told(draft.after)
    complaints = [fact.text for fact in _complaints(draft.came)]
    for item in negative:
        if any(_names(item, complaint) or _names(complaint, item) for complaint in complaints):
            _move(draft, item, "negative", "positive" if repeats else None)
        elif told_after.has(item) and not told_before.has(item) and not told_after.denies(item):
            _move(draft, item, "negative", "positive")
    for item in positive:
        if item.lower() in STATUSES:
            continue
        if told_after.denies(item) and not told_before.denies(item) and not told_after.has(item):
            _move(draft, item, "positive", "negative")
        elif told_before.has(item) and not told_after.mentions(item):
            _move(draft, item, "positive", None)


class _Told:
    """What an HPI says of symptoms, sentence by sentence."""

    def __init__(self, text: str) -> None:
        self._sentences = [said_and_denied(sentence) for sentence in sentences(text)]

    def has(self, item: str) -> bool:
        return any(stems(item) <= said for said, _ in self._sentences)

    def denies(self, item: str) -> bool:
        return any(stems(item) & denied and stems(item) <= said | denied for said, denied in self._sentences)

    def mentions(self, item: str) -> bool:
        return any(stems(item) & (said | denied) for said, denied in self._sentences)


def _names(item: str, text: str) -> bool:
    return bool(stems(item)) and stems(item) <= stems(text)


def _complaints(facts: Sequence[NoteFact]) -> list[NoteFact]:
    return [fact for fact in facts if fact.kind == "complaint" and not fact.core.startswith("follow-up of")]


def _move(draft: Draft, item: str, source: str, target: str | None) -> None:
    """Take an item from one list of the ROS and add it to the other, or to none."""
    for section, index, body in draft.statements(Section.ROS):
        items = [fact.text for fact in section_facts(Section.ROS, body) if fact.polarity == source]
        if item in items:
            kept = [other for other in items if other != item]
            lists = _lists(body)
            lists[source] = with_items(lists[source], items, kept) if kept else ""
            if target and lists.get(target):
                lists[target] = _longer(lists[target], item)
                target = None
            elif target and not any(_starts(other, target) for _, i, other in draft.statements(section) if i != index):
                lists[target] = f"{target.capitalize()} for {item}."
                target = None
            ordered = (lists.get("positive"), lists.get("negative"), *lists.get("rest", "").splitlines())
            draft.write(section, index, " ".join(filter(None, ordered)), item, "symptom")
            break
    else:
        return
    for section, index, body in draft.statements(Section.ROS):
        if target and _starts(body, target):
            draft.write(section, index, _longer(body, item), item, "symptom")
            return


def _lists(body: str) -> dict[str, str]:
    """The lists in a statement of the ROS by polarity: one, or both where one was put before the other."""
    found: dict[str, str] = {}
    for sentence in sentences(body):
        lead = _LEAD.match(sentence)
        found[lead[1].lower() if lead else "rest"] = sentence
    return found


def _starts(body: str, polarity: str) -> bool:
    return any(sentence.lower().startswith(f"{polarity} for ") for sentence in sentences(body))


def _longer(body: str, item: str) -> str:
    items = [fact.text for fact in section_facts(Section.ROS, body)]
    if len(items) == 1:
        return re.sub(r"\.?$", lambda end: f", {item}{end[0]}", body, count=1)
    return with_items(body, items, [*items, item])


def _to_hpi(draft: Draft) -> None:
    denied = [fact.text for fact in draft.came if fact.polarity == "negative"]
    for item in denied:
        for section, index, body in draft.statements(Section.HPI):
            complaints = [fact.text for fact in _complaints(section_facts(section, body))]
            kept = [other for other in complaints if not _names(item, other)]
            if len(kept) < len(complaints) and kept:
                draft.write(section, index, with_items(body, complaints, kept), item, "symptom")
