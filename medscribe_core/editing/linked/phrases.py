"""Words of the edit that other statements repeat: the side of a finding, a value, the name of a thing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from medscribe_core.editing.linked.draft import Draft
from medscribe_core.editing.linked.words import lower_name, stems, upper_name
from medscribe_core.facts import STATUSES, read_wording, section_facts, sentences
from medscribe_core.schema import Section

_OTHER_SIDE = {"left": "right", "right": "left", "Left": "Right", "Right": "Left"}
_SIDE = re.compile(r"\b(?:left|right)\b(?! (?:away|now|after|before)\b)", re.IGNORECASE)
_MOST_WORDS = 4
_DOSE = re.compile(r"\d ?(?:mg|mcg|g|mEq|mL|units?|tablets?|puffs?|capsules?)\b")
_NEGATION = re.compile(r"(?:no|not|without|denies)\b", re.IGNORECASE)
_UNIT = re.compile(r"\d.*[a-z%]|\d+/\d+")
#: Words that say how, when or whether, and so are no name of a thing.
_NO_NAME = frozenset(
    """
    about after also before daily denies every first from have having into left less mild moderate more negative never
    nightly none normal once only positive reports right severe since some start started still stop stopped takes than
    that then this three times today twice weekly when which with without worse better continue increase decrease
    tolerates chronic acute likely possible probable days weeks months years well controlled new stable
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True)
class _Replaced:
    """``old`` words of a statement became ``new``; ``said`` is the statement as it was."""

    old: str
    new: str
    said: str


def link_phrases(draft: Draft) -> None:
    """Carry sides, then short phrases that were replaced, to the statements that have the old words."""
    _carry_sides(draft)
    for replaced in _replacements(draft.before, draft.after):
        _carry(draft, replaced)


def _carry_sides(draft: Draft) -> None:
    """Mirror the statements that share a word with what was mirrored.

    All that have a side, if every side of the edited section was mirrored and the note has one side, or one problem
    with a side: the other side is mentioned only to compare.
    """
    swapped = [
        replaced
        for replaced in _replacements(draft.before, draft.after)
        if (side := _SIDE.search(replaced.old)) and re.search(_OTHER_SIDE[side[0]], replaced.new, re.IGNORECASE)
    ]
    if not swapped:
        return
    old = {side[0].lower() for replaced in swapped for side in _SIDE.finditer(replaced.old)}
    about = frozenset[str]().union(*(stems(replaced.said) for replaced in swapped))
    problems = [f for f in section_facts(Section.ASSESSMENT, draft.edit.note.assessment) if f.wording.sides]
    one_sided = len(problems) == 1 or len({side.lower() for side in _SIDE.findall(draft.edit.note.to_text())}) == 1
    complete = not old & {side.lower() for side in _SIDE.findall(draft.after)}
    for section, index, body in draft.statements():
        here = {side.lower() for side in _SIDE.findall(body)}
        if (here and one_sided and complete) or (here & old and about & stems(body)):
            text = _SIDE.sub(lambda side: _OTHER_SIDE[side[0]], body)
            draft.write(section, index, text, " ".join(old), "side")


def _replacements(before: str, after: str) -> Iterator[_Replaced]:
    old, new = before.split(), after.split()
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "replace" and b - a <= _MOST_WORDS and d - c <= _MOST_WORDS:
            was, now = (" ".join(words).strip(".,;:()") for words in (old[a:b], new[c:d]))
            if was[-1:].isdigit() and now[-1:].isdigit() and b < len(old) and d < len(new):
                unit = old[b].strip(".,;:()")  # the same in both: the difference ends before it
                was, now = f"{was} {unit}", f"{now} {unit}"
            if was and now:
                yield _Replaced(was, now, _sentence_around(before, old, a))


def _sentence_around(text: str, words: list[str], at: int) -> str:
    """The sentence in which word ``at`` of the text stands."""
    count = 0
    for sentence in sentences(text):
        count += len(sentence.split())
        if at < count:
            return sentence
    return text


def _carry(draft: Draft, replaced: _Replaced) -> None:
    if not _can_be_carried(replaced):
        return
    if draft.edit.section is Section.ASSESSMENT and _is_problem_or_cause(replaced):
        return
    pattern = re.compile(rf"(?<![\w-]){re.escape(replaced.old)}(?![\w-])", re.IGNORECASE)
    for section, index, body in draft.statements():
        if pattern.search(body) and _same_topic(replaced, body):
            text = pattern.sub(lambda m: _cased(m, replaced), body)
            draft.write(section, index, text, f"{replaced.old} {replaced.new}", "phrase")


def _can_be_carried(replaced: _Replaced) -> bool:
    """Whether a name was replaced by another one: no side, drug, dose or negation, which have rules of their own."""
    old, new = replaced.old, replaced.new
    return (
        _is_name(old)
        and not _SIDE.search(old)
        and not _DOSE.search(old)
        and not _NEGATION.match(new)
        and old.lower() not in new.lower()
        and len(new.split()) <= len(old.split()) + 1
        and not read_wording(old).drugs
    )


def _is_problem_or_cause(replaced: _Replaced) -> bool:
    """Whether a whole diagnosis was replaced, which says nothing of the rest, or what it is due to."""
    head = re.sub(r"^\d+\.\s+", "", replaced.said).split(",")[0].rstrip(".")
    return stems(replaced.old) == stems(head) or f"due to {replaced.old}" in replaced.said


def _is_name(phrase: str) -> bool:
    words = re.findall(r"[a-z]+", phrase.lower())
    if any(c.isdigit() for c in phrase):
        return bool(_UNIT.search(phrase))
    return phrase.lower() not in STATUSES and any(len(word) > 3 and word not in _NO_NAME for word in words)


def _same_topic(replaced: _Replaced, body: str) -> bool:
    numbers = {number for number, _ in read_wording(replaced.old).quantities}
    return any("/" in number for number in numbers) or bool(
        (stems(replaced.said) - stems(replaced.old)) & (stems(body) - stems(replaced.old))
    )


def _cased(match: re.Match[str], replaced: _Replaced) -> str:
    if match.start() == 0:
        return upper_name(replaced.new)
    return lower_name(replaced.new) if match[0][0].islower() and replaced.old[0].isupper() else replaced.new
