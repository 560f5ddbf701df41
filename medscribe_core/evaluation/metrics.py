"""Figures of one note against its reference, and their aggregate over a set of visits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from medscribe_core.evaluation.bootstrap import interval
from medscribe_core.evaluation.facts import extract_facts
from medscribe_core.evaluation.matching import match_facts
from medscribe_core.evaluation.rouge import compute_rouge_l
from medscribe_core.evaluation.section_f1 import f1_by_section, macro_f1, section_counts
from medscribe_core.schema import NOTE_SECTIONS, SoapNote

#: What must never be read in a note: special symbols, byte pieces, word-boundary marks, the unknown symbol.
SPECIAL_SYMBOL = re.compile(
    r"\[(?:MASK|PAD|UNK|CLS|SEP|BOS|EOS|HPI|ROS|EXAM|ASSESSMENT|PLAN|OTHER)\]|<(?:s|/s|mask|pad|unk|0x[0-9A-F]{2})>"
    r"|[\u2581\u2047\ufffd]"
)


@dataclass(frozen=True)
class NoteScores:
    """Counts and figures of one generated note.

    ``repetition`` is the share of 4-grams of words that occurred before in the same note; ``empty_sections`` have no
    text at all; ``length_ratio`` is generated words over reference words.
    """

    reference_facts: int
    predicted_facts: int
    captured: int
    contradicted: int
    section_counts: np.ndarray
    rouge_l: float
    rouge_l_sum: float
    length_ratio: float
    empty_sections: int
    special_symbols: int
    repetition: float
    facts_by_kind: dict[str, tuple[int, int, int]]

    @property
    def unsupported(self) -> int:
        """Predicted facts that match no reference fact, contradicted ones included."""
        return self.predicted_facts - self.captured

    def as_json(self) -> dict:
        """The figures of this note for a result file; no note text."""
        return {
            "reference_facts": self.reference_facts,
            "predicted_facts": self.predicted_facts,
            "captured": self.captured,
            "unsupported": self.unsupported,
            "contradicted": self.contradicted,
            "section_f1": round(float(macro_f1(self.section_counts)), 4),
            "rougeL": round(self.rouge_l, 4),
            "rougeLsum": round(self.rouge_l_sum, 4),
            "length_ratio": round(self.length_ratio, 4),
            "empty_sections": self.empty_sections,
            "special_symbols": self.special_symbols,
            "repetition": round(self.repetition, 4),
        }


def score_note(reference: SoapNote, generated: SoapNote) -> NoteScores:
    """Score one generated note."""
    gold, guess = extract_facts(reference), extract_facts(generated)
    match = match_facts(gold, guess)
    rouge = compute_rouge_l(generated, reference)
    words = " ".join(generated.sections().values()).split()
    reference_words = sum(len(text.split()) for text in reference.sections().values())
    matched_kinds = Counter(gold[i].kind for i, _ in match.pairs)
    gold_kinds, guess_kinds = Counter(fact.kind for fact in gold), Counter(fact.kind for fact in guess)
    return NoteScores(
        reference_facts=len(gold),
        predicted_facts=len(guess),
        captured=len(match.pairs),
        contradicted=len(match.contradicted),
        section_counts=section_counts(reference, generated),
        rouge_l=rouge["rougeL"],
        rouge_l_sum=rouge["rougeLsum"],
        length_ratio=len(words) / max(reference_words, 1),
        empty_sections=sum(not text.strip() for text in generated.sections().values()),
        special_symbols=sum(len(SPECIAL_SYMBOL.findall(text)) for text in generated.sections().values()),
        repetition=repetition_rate(words),
        facts_by_kind={
            kind: (gold_kinds[kind], guess_kinds[kind], matched_kinds[kind])
            for kind in sorted(gold_kinds | guess_kinds)
        },
    )


def repetition_rate(words: Sequence[str], n: int = 4) -> float:
    """Share of word n-grams that occurred before in ``words``; 0 for a text shorter than n words."""
    grams = [tuple(word.lower() for word in words[i : i + n]) for i in range(len(words) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def aggregate(scores: Sequence[NoteScores], seed: int) -> dict:
    """Figures over all notes, each ``{"value", "low", "high"}`` with a 95% bootstrap interval over encounters.

    Facts are pooled (a note with many facts counts more); ROUGE, length and repetition are means over notes.
    """
    counts = np.array([[s.reference_facts, s.predicted_facts, s.captured, s.contradicted] for s in scores], dtype=float)
    sections = np.stack([s.section_counts for s in scores])
    figures: dict = {
        "facts_captured": _figure(counts, lambda m: _ratio(m[:, 2], m[:, 0]), seed),
        "unsupported_share": _figure(counts, lambda m: _ratio(m[:, 1] - m[:, 2], m[:, 1]), seed),
        "contradicted_share": _figure(counts, lambda m: _ratio(m[:, 3], m[:, 1]), seed),
        "section_f1": _figure(sections, macro_f1, seed),
    }
    for name, values in {
        "rougeL": [s.rouge_l for s in scores],
        "rougeLsum": [s.rouge_l_sum for s in scores],
        "length_ratio": [s.length_ratio for s in scores],
        "repetition": [s.repetition for s in scores],
    }.items():
        figures[name] = _figure(np.array(values)[:, None], lambda m: m[:, 0], seed)
    figures["notes_with_special_symbols"] = sum(s.special_symbols > 0 for s in scores)
    figures["empty_sections"] = sum(s.empty_sections for s in scores)
    figures["section_f1_by_section"] = _by_section(sections)
    figures["facts_by_kind"] = _by_kind(scores)
    return figures


def _figure(values: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], seed: int) -> dict[str, float]:
    low, high = interval(values, statistic, seed)
    value = float(statistic(values.mean(axis=0, keepdims=True))[0])
    return {"value": round(value, 4), "low": round(low, 4), "high": round(high, 4)}


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _by_section(sections: np.ndarray) -> dict[str, float | None]:
    by_section = f1_by_section(sections.sum(axis=0))
    return {
        section.value: None if np.isnan(value) else round(float(value), 4)
        for section, value in zip(NOTE_SECTIONS, by_section, strict=True)
    }


def _by_kind(scores: Sequence[NoteScores]) -> dict[str, dict[str, float]]:
    totals: dict[str, np.ndarray] = {}
    for score in scores:
        for kind, counts in score.facts_by_kind.items():
            totals[kind] = totals.get(kind, np.zeros(3)) + counts
    return {
        kind: {
            "reference": int(gold),
            "predicted": int(guess),
            "captured": round(matched / gold, 4) if gold else 0.0,
            "unsupported": round(1 - matched / guess, 4) if guess else 0.0,
        }
        for kind, (gold, guess, matched) in sorted(totals.items())
    }
