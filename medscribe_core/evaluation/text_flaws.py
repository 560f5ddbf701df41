"""What is wrong with a note's text whatever it says: special symbols, repetition, statements that break off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from medscribe_core.facts.splitting import numbered_items, sentences
from medscribe_core.schema import LIST_SECTIONS, NOTE_SECTIONS, Section, SoapNote

#: What must never be read in a note: special symbols, byte pieces, word-boundary marks, the unknown symbol.
SPECIAL_SYMBOL = re.compile(
    r"\[(?:MASK|PAD|UNK|CLS|SEP|BOS|EOS|HPI|ROS|EXAM|ASSESSMENT|PLAN|OTHER)\]|<(?:s|/s|mask|pad|unk|0x[0-9A-F]{2})>"
    r"|[\u2581\u2047\ufffd]"
)
_DANGLING_WORDS = "a an the and or of to for with without by from at than as because per is are was"
#: A statement does not end with one of these (in lower case: influenza A is a name).
DANGLING = frozenset(_DANGLING_WORDS.split())
_BARE_NUMBER = re.compile(r"(?:^|[.;]\s)\d{1,2}\.\s*$")
_NO_STOP = re.compile(r"[,;]?\s+")
_WORD = re.compile(r"[\w/%'.-]*\w")
#: So many words repeated within a section are no longer a common phrase such as "500 mg twice daily".
_LONG_PHRASE = 7
_DOUBLED_WORDS = 5


def repetition_rate(words: Sequence[str], n: int = 4) -> float:
    """Share of word n-grams that occurred before in ``words``; 0 for a text shorter than n words."""
    grams = [tuple(word.lower() for word in words[i : i + n]) for i in range(len(words) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def repeated_phrases(text: str) -> list[str]:
    """Phrases of a section that are said again: up to 5 words that directly follow themselves, or 7 words anywhere.

    After a comma only a whole item counts: "leg pain, pain with walking" is a list.
    """
    found = list(_WORD.finditer(text))
    words = [match.group(0).lower() for match in found]
    phrases, i = [], 0
    while i < len(words):
        gap = text[found[i - 1].end() : found[i].start()] if i else "."
        length = _doubled(words, i) if _NO_STOP.fullmatch(gap) else 0
        if length and gap.strip() and text[found[i + length - 1].end() :][:1] not in {"", ",", ";", "."}:
            length = 0
        length = length or _seen_before(words, i)
        if length:
            phrases.append(text[found[i].start() : found[i + length - 1].end()])
        i += length or 1
    return phrases


def truncated_statements(section: Section, text: str) -> list[str]:
    """Statements of a section that break off: no full stop at the section's end, a last word that needs another
    one ("with", "the"), an open bracket, a number without its item."""
    text = text.strip()
    if not text:
        return []
    listed = section in LIST_SECTIONS
    statements = numbered_items(text) if listed else sentences(text)
    broken = [statement for statement in statements if _breaks_off(statement)]
    last = statements[-1] if statements else text
    ends_open = not text.endswith((".", "!", "?", '."', ".)")) or (listed and _BARE_NUMBER.search(text))
    return [*broken, last] if ends_open and last not in broken else broken


def note_truncations(note: SoapNote) -> Iterator[tuple[Section, str]]:
    """(section, statement) of every statement of ``note`` that breaks off."""
    for section in NOTE_SECTIONS:
        for statement in truncated_statements(section, note[section]):
            yield section, statement


def note_repetitions(note: SoapNote) -> Iterator[tuple[Section, str]]:
    """(section, phrase) of every phrase of ``note`` that its section says again."""
    for section in NOTE_SECTIONS:
        for phrase in repeated_phrases(note[section]):
            yield section, phrase


def _breaks_off(statement: str) -> bool:
    words = _WORD.findall(statement)
    dangling = bool(words) and words[-1] in DANGLING
    return dangling or statement.count("(") > statement.count(")") or statement.rstrip(".").endswith((",", ";", ":"))


def _doubled(words: Sequence[str], i: int) -> int:
    """Length of the phrase at ``i`` that repeats the words right before it, 0 if none does."""
    for length in range(min(_DOUBLED_WORDS, i, len(words) - i), 0, -1):
        if words[i - length : i] == words[i : i + length]:
            return length
    return 0


def _seen_before(words: Sequence[str], i: int) -> int:
    """Length of the longest phrase at ``i``, of 7 words or more, that ended before ``i``; 0 if there is none."""
    longest = 0
    for start in range(i - _LONG_PHRASE + 1):
        length = 0
        while start + length < i and i + length < len(words) and words[start + length] == words[i + length]:
            length += 1
        longest = max(longest, length)
    return longest if longest >= _LONG_PHRASE else 0
