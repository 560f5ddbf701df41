"""Where a note says two things that cannot both be right, and where an edit says other than the transcript.

Only what the words themselves show is reported: a check that cries wolf is not read. The physician's word wins; a
disagreement is shown, never corrected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from medscribe_core.facts import (
    STATUSES,
    NoteFact,
    Wording,
    extract_facts,
    read_wording,
    section_facts,
    sentences,
    status_trend,
    token_f1,
)
from medscribe_core.normalise import normalise
from medscribe_core.schema import Section, SoapNote
from medscribe_core.simulator.banks import raw_banks
from medscribe_core.transcript import parse_turns

TRANSCRIPT = "transcript"
_CONTROLLED = frozenset({"well controlled", "controlled", "at goal", "resolved"})
_UNCONTROLLED = frozenset({"poorly controlled", "not well controlled", "uncontrolled", "not at goal"})
_RESPONSES = frozenset({"start", "increase", "switch", "change", "stop", "hold", "decrease"})
#: What HPI says of other people, other times or effects of a drug says nothing of the symptoms today.
_ELSEWHERE = re.compile(
    r"\b(?:mother|father|brother|sister|son|daughter|wife|husband|partner|aunt|uncle|cousin|grand\w+|family|coworker|"
    r"roommate|history|previous(?:ly)?|resolved|last (?:week|month|year)|in the past|ago|until|before|since|no longer|"
    r"used to|stopped|subsided|improved|recurred|gone|causes?|caused|was|were|(?<!has )(?<!have )had)\b",
    re.IGNORECASE,
)
#: Parts of the body that come in pairs.
_PAIRED = frozenset(
    """
    ankle arm axilla breast buttock calf cheek ear elbow eye eyelid finger flank foot forearm groin hand heel hip knee
    leg shin shoulder thigh thumb toe wrist
    """.split()  # noqa: SIM905
)
#: Symptoms that an examination sees.
_VISIBLE = frozenset({"edema", "rash", "swelling", "erythema", "jaundice", "effusion", "lymphadenopathy"})
_SIMILAR_TOPIC = 0.5


@dataclass(frozen=True)
class Disagreement:
    """``section`` says ``statement``, ``other`` (a section or the transcript) says ``quote``.

    Attributes:
        about: what they disagree on.
        start, end: characters of the original transcript that ``quote`` stands at; None for a section.
    """

    about: Literal["presence", "side", "dose", "treatment", "number", "drug", "status"]
    section: Section
    statement: str
    other: Section | Literal["transcript"]
    quote: str
    start: int | None = None
    end: int | None = None

    def as_json(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "about": self.about,
            "section": self.section.value,
            "statement": self.statement,
            "other": str(self.other),
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
        }

    def sentence(self) -> str:
        """The disagreement as one sentence for the reader of the note."""
        where = "the transcript" if self.other == TRANSCRIPT else f"the section {Section(self.other).title}"
        return f'{self.section.title} says "{self.statement}", {where} says "{self.quote}".'


def contradictions(note: SoapNote) -> list[Disagreement]:
    """Assessment against plan, HPI against ROS, exam against HPI, home doses against plan."""
    facts = extract_facts(note)
    by_section = {section: [fact for fact in facts if fact.section is section] for section in Section}
    hpi, ros, exam = by_section[Section.HPI], by_section[Section.ROS], by_section[Section.EXAM]
    diagnoses = [fact for fact in by_section[Section.ASSESSMENT] if fact.kind == "diagnosis"]
    plan = by_section[Section.PLAN]
    complaints = [fact for fact in hpi if fact.kind == "complaint"]
    return [
        *_treatments(diagnoses, plan),
        *_sides(diagnoses, plan),
        *_presence(hpi, ros),
        *_seen(complaints, exam),
        *_sides(complaints, [finding for finding in exam if not _is_normal(finding)]),
        *_sides(complaints, diagnoses),
        *_doses([fact for fact in hpi if fact.kind == "medication"], plan),
    ]


def _treatments(diagnoses: Sequence[NoteFact], plan: Sequence[NoteFact]) -> Iterator[Disagreement]:
    """A controlled problem whose drug goes up or is new; an uncontrolled one whose drugs only go on."""
    for diagnosis in diagnoses:
        mine = [item for item in plan if _treats(item, diagnosis, diagnoses)]
        if diagnosis.status in _CONTROLLED:
            replaces = any(item.action in ("stop", "switch", "change", "decrease") for item in plan)
            clashing = [i for i in mine if i.action == "increase" or (i.action == "start" and not replaces)]
        elif diagnosis.status in _UNCONTROLLED and not any(item.action in _RESPONSES for item in mine):
            others = [item for item in plan if item.action in _RESPONSES or item.action in ("refer", "give")]
            clashing = [] if others else [item for item in mine if item.action == "continue"]
        else:
            continue
        for item in clashing:
            yield Disagreement("treatment", diagnosis.section, diagnosis.text, item.section, item.text)


def _treats(item: NoteFact, diagnosis: NoteFact, diagnoses: Sequence[NoteFact]) -> bool:
    """Whether the plan item gives a drug for this diagnosis and for no other one of the note."""
    treated = [other for other in diagnoses if _is_for(item.wording.drugs, other.core)]
    return treated == [diagnosis]


def _is_for(drugs: frozenset[str], diagnosis: str) -> bool:
    name = diagnosis.lower()
    return any(indication in name for drug in drugs for indication in _indications().get(drug, ()))


@lru_cache(maxsize=1)
def _indications() -> dict[str, tuple[str, ...]]:
    """Generic name -> what it is given for, lower case."""
    found: dict[str, tuple[str, ...]] = {}
    for row in raw_banks():
        if row["bank"] == "medication":
            for drug in read_wording(row["generic"]).drugs:
                found[drug] = (*found.get(drug, ()), *(use.lower() for use in row["for"]))
    return found


def _is_normal(finding: NoteFact) -> bool:
    return bool(finding.wording.negated) or "normal" in finding.wording.words


def _sides(first: Sequence[NoteFact], second: Sequence[NoteFact]) -> Iterator[Disagreement]:
    """The same part of the body, left in all of ``first`` and right in all of ``second``."""
    for part in sorted(_PAIRED):
        here, there = ([f for f in facts if part in f.wording.words] for facts in (first, second))
        one, other = ({side for f in facts for side in f.wording.sides} for facts in (here, there))
        if len(one) == len(other) == 1 and one != other and "both" not in one | other:
            a, b = (next(f for f in facts if f.wording.sides) for facts in (here, there))
            yield Disagreement("side", a.section, a.text, b.section, b.text)


def _presence(hpi: Sequence[NoteFact], ros: Sequence[NoteFact]) -> Iterator[Disagreement]:
    """A symptom that one of HPI and ROS has and the other denies."""
    told = [fact for fact in hpi if fact.kind in ("complaint", "history") and not _ELSEWHERE.search(fact.text)]
    for item in ros:
        if not item.polarity:
            continue
        name = re.compile(rf"\b{re.escape(item.text.lower())}\b")
        named = [fact for fact in told if name.search(fact.text.lower())]
        denied = [set(item.wording.words) <= fact.wording.negated for fact in named]
        opposite = item.polarity == "positive"
        if named and all(d is opposite for d in denied):
            yield Disagreement(
                "presence", named[0].section, named[0].text, item.section, f"{item.polarity}: {item.text}"
            )


def _seen(complaints: Sequence[NoteFact], exam: Sequence[NoteFact]) -> Iterator[Disagreement]:
    """A visible complaint that the examination does not find."""
    for complaint in complaints:
        for sign in sorted(_VISIBLE & complaint.wording.words.keys() - complaint.wording.negated):
            named = [f for f in exam if sign in f.wording.words]
            if named and all(sign in f.wording.negated for f in named):
                yield Disagreement("presence", named[0].section, named[0].text, complaint.section, complaint.text)


def _doses(home: Sequence[NoteFact], plan: Sequence[NoteFact]) -> Iterator[Disagreement]:
    """A drug that goes on in another dose than the one taken, or goes up to a dose that is not higher (or down)."""
    for item in plan:
        for taken in home:
            if len(item.wording.drugs) != 1 or item.wording.drugs != taken.wording.drugs:
                continue
            old, new = _dose(taken.wording), _dose(item.wording)
            if old is None or new is None or old[1] != new[1]:
                continue
            wrong = {"continue": new[0] != old[0], "increase": new[0] < old[0], "decrease": new[0] > old[0]}
            if wrong.get(item.action, False):
                yield Disagreement("dose", item.section, item.text, taken.section, taken.text)


def _dose(wording: Wording) -> tuple[float, str] | None:
    """(amount, unit) when exactly one is given."""
    doses = [(number, unit) for number, unit in wording.quantities if unit in ("mg", "mcg", "g", "unit", "ml")]
    return (float(doses[0][0]), doses[0][1]) if len(doses) == 1 and "/" not in doses[0][0] else None


# -- an edit against what was said ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Said:
    """One sentence of the transcript: its wording, and its characters in the original."""

    text: str
    wording: Wording
    quote: str
    start: int
    end: int


def against_transcript(section: Section, before: str, after: str, transcript: str) -> list[Disagreement]:
    """What the transcript says for the text ``before`` and against the text ``after`` of an edited section.

    A fact that was edited is compared where it differs (number, drug, side, status): a sentence of the transcript that
    has the old value, when none has the new one, is quoted. Questions say nothing.
    """
    old = section_facts(section, before)
    new = section_facts(section, after)
    gone = [fact for fact in old if fact not in new]
    found: list[Disagreement] = []
    said: list[_Said] | None = None
    for fact in new:
        was = None if fact in old else _counterpart(fact, gone)
        if was is None:
            continue
        said = _said(transcript) if said is None else said
        found += _disputed(section, was, fact, said)
    return found


def _counterpart(fact: NoteFact, gone: Sequence[NoteFact]) -> NoteFact | None:
    """The fact that ``fact`` has replaced: the most similar one of the same kind."""
    same = [f for f in gone if (f.kind, f.system) == (fact.kind, fact.system)]
    best = max(same, key=lambda f: _similarity(f, fact), default=None)
    return best if best is not None and _similarity(best, fact) >= _SIMILAR_TOPIC else None


def _similarity(a: NoteFact, b: NoteFact) -> float:
    # "BP 152/94" and "BP 125/94" share the topic; "Start lisinopril 10 mg" and "Start losartan 10 mg" the tokens.
    one, other = a.wording, b.wording
    return max(token_f1(one.topic, other.topic), token_f1(one.all_tokens, other.all_tokens))


def _said(transcript: str) -> list[_Said]:
    normalised = normalise(transcript)
    found: list[_Said] = []
    for turn in parse_turns(normalised.text):
        position = turn.start
        for sentence in sentences(normalised.text[turn.start : turn.end]):
            at = normalised.text.find(sentence, position, turn.end)
            if at < 0 or sentence.endswith("?"):
                continue
            position = at + len(sentence)
            start, end = normalised.original_span(at, position)
            found.append(_Said(sentence.lower(), read_wording(sentence), transcript[start:end], start, end))
    return found


def _disputed(section: Section, was: NoteFact, now: NoteFact, said: Sequence[_Said]) -> Iterator[Disagreement]:
    shared = set(was.wording.topic) & set(now.wording.topic)
    for about, old, new in _differences(was, now):
        on_topic = [s for s in said if about == "drug" or shared & set(s.wording.words) or _tells(about, old)]
        for_old = [s for s in on_topic if _has(s, about, old)]
        if for_old and not any(_has(s, about, new) for s in on_topic):
            quoted = for_old[-1]
            yield Disagreement(about, section, now.text, TRANSCRIPT, quoted.quote, quoted.start, quoted.end)


_About = Literal["number", "drug", "side", "status"]


def _differences(was: NoteFact, now: NoteFact) -> Iterator[tuple[_About, frozenset[str], frozenset[str]]]:
    """(what, old values, new values) where both facts have a value and the values differ."""
    numbers = [frozenset(number for number, _ in f.wording.quantities) for f in (was, now)]
    pairs: list[tuple[_About, frozenset[str], frozenset[str]]] = [
        ("number", *numbers),
        ("drug", was.wording.drugs, now.wording.drugs),
        ("side", was.wording.sides, now.wording.sides),
        ("status", _same_trend(was.status), _same_trend(now.status)),
    ]
    for about, old, new in pairs:
        if old - new and new - old:
            yield about, old - new, new - old


def _same_trend(status: str) -> frozenset[str]:
    trend = status_trend(status)
    return frozenset(s for s in STATUSES if trend and status_trend(s) == trend)


def _tells(about: str, values: frozenset[str]) -> bool:
    """Whether a value is so rare that it needs no word of the topic beside it: 152/94, 101.2, 185."""
    return about == "number" and any(len(value) > 2 for value in values)


def _has(said: _Said, about: str, values: frozenset[str]) -> bool:
    if about == "number":
        return any(number in values for number, _ in said.wording.quantities)
    if about == "drug":
        return bool(said.wording.drugs & values)
    if about == "side":
        return bool(said.wording.sides & values)
    return any(
        re.search(rf"(?<!not )(?<!not well )(?<!poorly )\b{re.escape(status)}\b", said.text) for status in values
    )
