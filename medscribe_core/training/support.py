"""Fits the support model: notes are written, and what of them is supported is learnt from the reference notes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from medscribe_core.checks.support import SupportModel, fit_support
from medscribe_core.context import build_context
from medscribe_core.corpora import AuthoredEncounter
from medscribe_core.encoding import ContextCache
from medscribe_core.errors import DataError
from medscribe_core.evaluation.matching import match_facts, says
from medscribe_core.evaluation.provenance import sha256_of
from medscribe_core.facts.extraction import extract_facts
from medscribe_core.model.loading import LoadedModel
from medscribe_core.note_models import NoteModels
from medscribe_core.sampling.policies import make_policy
from medscribe_core.sampling.support import FEATURES, Place
from medscribe_core.schema import SoapNote


@dataclass(frozen=True)
class SupportExamples:
    """Statements of written notes: features (S, F) and the share of each one's facts that the reference has (S,)."""

    found: Tensor
    supported: Tensor


def support_examples(
    models: NoteModels, visits: Sequence[AuthoredEncounter], advance: Callable[[], None] = lambda: None
) -> SupportExamples:
    """Write a note for every visit, laid out by plan, and compare it with the reference; ``advance`` follows each."""
    found: list[Tensor] = []
    supported: list[float] = []
    tokenizer, policy = models.diffusion.tokenizer, make_policy(None, None)
    for visit in visits:
        context = build_context(visit.encounter, tokenizer)
        encoded = models.encoding("diffusion").encode(visit.id, context)
        draft = models.planned({}, encoded, policy)
        places = draft.reading.places
        note, _ = draft.reading.note({}, [1.0] * len(places), 0.0)
        features = models.support_features(draft, encoded)
        shares = _supported(places, note, visit.note)
        for row, share in zip(features, shares, strict=True):
            if share is not None:
                found.append(row)
                supported.append(share)
        advance()
    if not found:
        raise DataError("The notes of these visits have no statement to learn from.")
    return SupportExamples(torch.stack(found), torch.tensor(supported))


def train_support(
    loaded: LoadedModel, data: Sequence[Path], examples: SupportExamples, unsupported: float
) -> SupportModel:
    """The support model of the examples; the record names the data and how many statements were supported."""
    record = {
        "data": {path.name: sha256_of(path) for path in data},
        "statements": len(examples.supported),
        "supported": round(float(examples.supported.mean()), 4),
        "unsupported_allowed": unsupported,
    }
    return fit_support(examples.found, examples.supported, FEATURES, loaded.weights_id, record, unsupported)


def note_models(loaded: LoadedModel) -> NoteModels:
    """The model alone, each visit encoded anew."""
    return NoteModels(loaded, ContextCache(1), None)


def _supported(places: Sequence[Place], note: SoapNote, reference: SoapNote) -> list[float | None]:
    """Of each place the share of its facts that the reference states; None where no fact is found in it."""
    gold, guess = extract_facts(reference), extract_facts(note)
    unsupported = set(match_facts(gold, guess).unsupported)
    shares: list[float | None] = []
    for place in places:
        own = [i for i, fact in enumerate(guess) if fact.section is place.section and says(place.text, fact)]
        shares.append(sum(index not in unsupported for index in own) / len(own) if own else None)
    return shares
