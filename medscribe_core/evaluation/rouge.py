"""ROUGE-L of a note against its reference (Lin, 2004), through the ``rouge_score`` package."""

from __future__ import annotations

from functools import lru_cache

from rouge_score.rouge_scorer import RougeScorer

from medscribe_core.evaluation.splitting import numbered_items, sentences
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote


def compute_rouge_l(generated: SoapNote, reference: SoapNote) -> dict[str, float]:
    """F-measures ``rougeL`` (whole note) and ``rougeLsum`` (union over sentences), with stemming.

    Section headers are left out: they are the same in every note and would only raise the figure.
    """
    scores = _scorer().score(_lines(reference), _lines(generated))
    return {name: score.fmeasure for name, score in scores.items()}


def _lines(note: SoapNote) -> str:
    lines: list[str] = []
    for section in NOTE_SECTIONS:
        split = numbered_items if section in (Section.ASSESSMENT, Section.PLAN) else sentences
        lines.extend(split(note[section]))
    return "\n".join(lines)


@lru_cache(maxsize=1)
def _scorer() -> RougeScorer:
    return RougeScorer(["rougeL", "rougeLsum"], use_stemmer=True)
