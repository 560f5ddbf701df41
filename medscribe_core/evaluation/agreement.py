"""Does a section agree with itself? Across sections see ``checks.contradictions``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from medscribe_core.facts.extraction import NoteFact, status_trend
from medscribe_core.schema import Section

#: Plan actions that cannot both be meant for one drug.
_EXCLUSIVE_ACTIONS = {
    frozenset(pair)
    for pair in (
        ("stop", "start"), ("stop", "continue"), ("stop", "increase"), ("stop", "decrease"), ("stop", "refill"),
        ("hold", "start"), ("hold", "continue"), ("hold", "increase"), ("increase", "decrease"),
        ("start", "continue"), ("continue", "increase"), ("continue", "decrease"),
    )
}  # fmt: skip


def self_contradictions(facts: Sequence[NoteFact]) -> set[tuple[str, str]]:
    """(what disagrees, what about) of a note's facts within one section; empty when each agrees with itself.

    A symptom that is both present and denied, a problem that is both better and worse, a drug with two actions that
    exclude each other.
    """
    return {*_denied(facts), *_statuses(facts), *_actions(facts)}


def _denied(facts: Sequence[NoteFact]) -> Iterator[tuple[str, str]]:
    present, absent = ({_plain(fact) for fact in facts if fact.polarity == p} for p in ("positive", "negative"))
    for name in present & absent:
        yield "denied", name


def _statuses(facts: Sequence[NoteFact]) -> Iterator[tuple[str, str]]:
    trends: dict[str, set[str]] = {}
    for fact in facts:
        if fact.kind == "diagnosis":
            trends.setdefault(_plain(fact), set()).add(status_trend(fact.status))
    for name, found in trends.items():
        if {"good", "bad"} <= found:
            yield "status", name


def _actions(facts: Sequence[NoteFact]) -> Iterator[tuple[str, str]]:
    planned = [fact for fact in facts if fact.section is Section.PLAN and len(fact.wording.drugs) == 1]
    for one, other in combinations(planned, 2):
        if one.wording.drugs == other.wording.drugs and frozenset((one.action, other.action)) in _EXCLUSIVE_ACTIONS:
            yield "action", next(iter(one.wording.drugs))


def _plain(fact: NoteFact) -> str:
    return " ".join(sorted(fact.wording.all_tokens.elements()))
