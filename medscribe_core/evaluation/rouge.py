"""ROUGE of a note against its reference (Lin, 2004), through the ``rouge_score`` package."""

from __future__ import annotations

from functools import lru_cache

from rouge_score.rouge_scorer import RougeScorer

from medscribe_core.facts.splitting import numbered_items, sentences
from medscribe_core.schema import LIST_SECTIONS, NOTE_SECTIONS, SoapNote

ROUGE_KINDS = ("rouge1", "rouge2", "rougeL", "rougeLsum")


def compute_rouge(generated: SoapNote, reference: SoapNote) -> dict[str, float]:
    """F-measures with stemming: ``rouge1``, ``rouge2``, ``rougeL`` (whole note), ``rougeLsum`` (union over sentences).

    Section headers are left out: they are the same in every note and would only raise the figure.
    """
    scores = _scorer().score(_lines(reference), _lines(generated))
    return {name: score.fmeasure for name, score in scores.items()}


def compute_rouge_l(generated: SoapNote, reference: SoapNote) -> float:
    """ROUGE-L F-measure of the whole note, 0 to 1 (see :func:`compute_rouge`)."""
    return compute_rouge(generated, reference)["rougeL"]


def _lines(note: SoapNote) -> str:
    lines: list[str] = []
    for section in NOTE_SECTIONS:
        split = numbered_items if section in LIST_SECTIONS else sentences
        lines.extend(split(note[section]))
    return "\n".join(lines)


@lru_cache(maxsize=1)
def _scorer() -> RougeScorer:
    return RougeScorer(list(ROUGE_KINDS), use_stemmer=True)
