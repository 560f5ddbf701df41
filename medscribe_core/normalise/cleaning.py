"""Characters: Unicode NFC, plain quotes and hyphens, no control characters, single spaces and newlines."""

from __future__ import annotations

import re
import unicodedata

from medscribe_core.normalise.offsets import Edit, NormalisedText

_PLAIN = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
    **dict.fromkeys("\u2010\u2011", "-"),
}
# Control and format characters and lone surrogates; the joiner that emoji need is kept.
_REMOVED = (
    r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200c\u200e\u200f"
    r"\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
)
_REMOVABLE = re.compile(f"[{_REMOVED}]+")
_SURFACE = re.compile(r"\s+|[" + "".join(_PLAIN) + "]")
_NEWLINES = re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]")
# Some transcripts set punctuation apart from the word before it.
_SPACED = re.compile(r"(?<=\w) (?=[,.?!;:](?:\s|\Z))")
_UNTIDY = re.compile(r"[^\S \n]|[ \n][ \n]|\A\s|\s\Z|[" + "".join(_PLAIN) + "]")


def clean(text: str) -> NormalisedText:
    """Tidy the characters of any text, keeping every character's offsets."""
    result = NormalisedText(text, list(range(len(text))), list(range(1, len(text) + 1)))
    if not text.isascii() or _REMOVABLE.search(text):
        result = result.edited([(m.start(), m.end(), "") for m in _REMOVABLE.finditer(result.text)])
        if not unicodedata.is_normalized("NFC", result.text):
            result = result.edited(_compositions(result.text))
    if _UNTIDY.search(result.text):
        result = result.edited(_surface_edits(result.text))
    if _SPACED.search(result.text):
        result = result.edited([(m.start(), m.end(), "") for m in _SPACED.finditer(result.text)])
    return result


def _surface_edits(text: str) -> list[Edit]:
    edits: list[Edit] = []
    for match in _SURFACE.finditer(text):
        found = match.group()
        plain = _PLAIN.get(found)
        if plain is None:
            at_an_end = match.start() == 0 or match.end() == len(text)
            plain = "" if at_an_end else "\n" if _NEWLINES.search(found) else " "
        if plain != found:
            edits.append((match.start(), match.end(), plain))
    return edits


def _compositions(text: str) -> list[Edit]:
    """NFC as edits of whole clusters: a cluster ends where the next character cannot combine with it."""
    edits: list[Edit] = []
    start = 0
    for position in range(1, len(text) + 1):
        if position < len(text) and _combines(text[max(start, position - 3) : position], text[position]):
            continue
        cluster = text[start:position]
        composed = unicodedata.normalize("NFC", cluster)
        if composed != cluster:
            edits.append((start, position, composed))
        start = position
    return edits


def _combines(tail: str, following: str) -> bool:
    if following.isascii():
        return False
    if unicodedata.combining(following):
        return True
    # Hangul vowels and a few Indic vowel signs join the letter before them although their class is 0.
    joined = unicodedata.normalize("NFC", tail + following)
    return joined != unicodedata.normalize("NFC", tail) + unicodedata.normalize("NFC", following)
