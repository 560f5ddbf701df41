"""Which notes are worth training on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TypeVar

from medscribe_core.corpora.headers import section_spans
from medscribe_core.corpora.section_parser import parse_section_labels
from medscribe_core.schema import NOTE_SECTIONS
from medscribe_core.tokenizer import ClinicalTokenizer

DOMINANT_SHARE = 0.6
T = TypeVar("T")


@dataclass
class FilterStats:
    """How many notes were kept and, by the first reason that applied, left out."""

    kept: int = 0
    too_short: int = 0
    too_long: int = 0
    too_few_sections: int = 0
    one_section_dominates: int = 0

    def count(self, reason: str | None) -> None:
        """Count a note that is left out for ``reason``, or kept."""
        name = reason or "kept"
        setattr(self, name, getattr(self, name) + 1)

    @property
    def total(self) -> int:
        """All notes that were looked at."""
        return sum(asdict(self).values())


def filter_notes(
    notes: Iterable[T],
    tokenizer: ClinicalTokenizer,
    min_tokens: int = 64,
    max_tokens: int = 512,
    min_sections: int = 3,
    *,
    text: Callable[[T], str] = str,
) -> tuple[list[T], FilterStats]:
    """(notes that are kept, counts). ``text`` gives the text of a note that is no string.

    Left out are notes of fewer than ``min_tokens`` or more than ``max_tokens`` tokens, with fewer than
    ``min_sections`` of the five sections (one that says only that nothing was said does not count), and those
    where more than 60% of the tokens have the same section label. The default maximum is a note canvas.
    """
    kept: list[T] = []
    stats = FilterStats()
    for note in notes:
        reason = filter_reason(text(note), tokenizer, min_tokens, max_tokens, min_sections)
        stats.count(reason)
        if reason is None:
            kept.append(note)
    return kept, stats


def filter_reason(
    note: str, tokenizer: ClinicalTokenizer, min_tokens: int = 64, max_tokens: int = 512, min_sections: int = 3
) -> str | None:
    """The first reason to leave ``note`` out, a field of FilterStats, or None."""
    ids, labels = parse_section_labels(note, tokenizer)
    if len(ids) < min_tokens:
        return "too_short"
    if len(ids) > max_tokens:
        return "too_long"
    if _filled_sections(note) < min_sections:
        return "too_few_sections"
    if labels and max(Counter(labels).values()) > DOMINANT_SHARE * len(labels):
        return "one_section_dominates"
    return None


def _filled_sections(note: str) -> int:
    filled = set()
    for span in section_spans(note):
        body = note[span.body : span.end].strip()
        if body and body != span.section.empty_text:
            filled.add(span.section)
    return len(filled.intersection(NOTE_SECTIONS))
