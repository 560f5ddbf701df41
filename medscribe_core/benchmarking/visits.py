"""The visits that a benchmark writes notes of: simulated or from a file, and cut or joined to wanted lengths."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from medscribe_core.corpora import AuthoredEncounter, read_authored
from medscribe_core.evaluation.provenance import sha256_of
from medscribe_core.evaluation.results import EvaluatedData
from medscribe_core.schema import Encounter
from medscribe_core.tokenizer import ClinicalTokenizer
from medscribe_core.transcript import parse_turns

SPLIT = "validation"
#: Context lengths in tokens at which the growth of latency is measured.
CONTEXT_LENGTHS = (128, 256, 384, 512, 768, 1024)
_MIN_TURNS = 6


def simulated(count: int, seed: int) -> tuple[list[AuthoredEncounter], EvaluatedData]:
    """``count`` simulated visits of phrases that no training used, and what a result says of them."""
    from medscribe_core.simulator import simulate_encounters

    records = list(simulate_encounters(count, seed, SPLIT))
    digest = hashlib.sha256("\n".join(json.dumps(record, sort_keys=True) for record in records).encode()).hexdigest()
    data = EvaluatedData(
        file=f"simulated {SPLIT} visits, seed {seed}", sha256=digest, encounters=count, kind="simulated"
    )
    return [AuthoredEncounter.model_validate(record) for record in records], data


def from_file(path: Path, count: int) -> tuple[list[AuthoredEncounter], EvaluatedData]:
    """At most ``count`` visits of a file, and what a result says of them; raises DataError for a wrong format."""
    visits = list(read_authored(path, count))
    kind = "simulated" if all(visit.facts for visit in visits) else "written"
    return visits, EvaluatedData(file=path.name, sha256=sha256_of(path), encounters=len(visits), kind=kind)


def of_length(visits: Sequence[AuthoredEncounter], tokenizer: ClinicalTokenizer) -> Iterator[Encounter]:
    """Encounters of about CONTEXT_LENGTHS tokens: the first turns of every two visits in a row, one after the other.

    For timing only: two visits in one are no visit. Dictations and other transcripts of few turns are passed over.
    """
    talks = [visit for visit in visits if len(parse_turns(visit.transcript)) >= _MIN_TURNS]
    for first, second in pairwise(talks):
        text = f"{first.transcript}\n{second.transcript}"
        chart = len(tokenizer.encode(first.patient_context.as_line()))
        for length in CONTEXT_LENGTHS:
            yield Encounter(
                encounter_id=f"{first.id}-{length}",
                transcript=_first_turns(text, length - chart, tokenizer),
                patient_context=first.patient_context,
            )


def _first_turns(text: str, tokens: int, tokenizer: ClinicalTokenizer) -> str:
    """As many of the first turns of ``text``, at least one, as have together at most about ``tokens`` tokens."""
    end = used = 0
    for turn in parse_turns(text):
        used += 1 + len(tokenizer.encode(text[turn.start : turn.end]))
        if end and used > tokens:
            break
        end = turn.end
    return text[:end]
