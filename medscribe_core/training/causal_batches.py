"""Batches for the autoregressive baseline: every token of a note is predicted from those before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from medscribe_core.model.context_encoder import NOTE_STEP
from medscribe_core.schema import NOTE_SECTIONS
from medscribe_core.tokenizer import ClinicalTokenizer
from medscribe_core.training.batches import (
    Batch,
    content_plans,
    encoder_inputs,
    given_sections,
    glosses,
    length_targets,
    pad_rows,
)
from medscribe_core.training.examples import Example, evidence_matrix


def make_causal_batch(
    examples: list[Example],
    tokenizer: ClinicalTokenizer,
    *,
    infill_share: float,
    seed: int,
    position: tuple[int, int, int] = (0, 0, 0),
) -> Batch:
    """Pad notes without slack; of the Batch, ``noisy`` is what is read and ``clean`` the token that follows.

    The loss counts at every position, a note's tokens equally: ``masked`` is the note's mask, and headers, which the
    layout writes, are read but never predicted.

    Args:
        infill_share: share of notes in which one to four random sections stand in front of the others, as given
            sections do when a note is completed.
        seed: of the choice of these; the same seed gives the same batch.
    """
    generator = torch.Generator().manual_seed(seed)
    count = len(NOTE_SECTIONS)
    every_section = torch.arange(count).expand(len(examples), count)
    given = given_sections(every_section, infill_share, generator)
    # A stable sort keeps the order of the given sections, and that of the others.
    orders = torch.argsort(~given, dim=1, stable=True).tolist()
    notes = [in_order(example, order) for example, order in zip(examples, orders, strict=True)]
    read, note_mask = pad_rows([note.note_ids for note in notes], tokenizer.pad_id, NOTE_STEP)
    sections, _ = pad_rows([note.sections for note in notes], 0, NOTE_STEP)
    following, _ = pad_rows([following_tokens(note, tokenizer.pad_id) for note in notes], tokenizer.pad_id, NOTE_STEP)
    lengths = note_mask.sum(dim=1)
    encoder = encoder_inputs(examples, tokenizer)
    width = encoder[-1].shape[1]
    return Batch(
        *encoder,
        noisy=read,
        clean=following,
        masked=note_mask,
        weights=(1.0 / lengths)[:, None].expand_as(read)[note_mask] / len(notes),
        note_mask=note_mask,
        sections=sections,
        t=torch.zeros(len(notes)),
        lengths=lengths,
        evidence=torch.from_numpy(np.concatenate([following_evidence(note, width) for note in notes])),
        length_targets=length_targets(examples),
        position=position,
        **content_plans(examples, width),
        **glosses(examples, width),
    )


def in_order(example: Example, order: Sequence[int]) -> Example:
    """The example with its sections, given by index, in another order and without slack."""
    kept: list[int] = []
    for section in order:
        start = example.sections.index(section)
        kept += range(start, start + 1 + example.lengths[section])
    return replace(
        example,
        note_ids=[example.note_ids[i] for i in kept],
        sections=[example.sections[i] for i in kept],
        header=[example.header[i] for i in kept],
        evidence=[example.evidence[i] for i in kept],
    )


def following_tokens(note: Example, end_id: int) -> list[int]:
    """For every position of a note without slack the token after it, ``end_id`` at the end of a section."""
    following = zip(note.note_ids[1:], note.header[1:], strict=True)
    return [*(end_id if header else token for token, header in following), end_id]


def following_evidence(note: Example, width: int) -> np.ndarray:
    """(L, width) bool: context tokens that the token after each position rests on."""
    at = evidence_matrix(note, np.arange(1, len(note.note_ids)), width)
    return np.concatenate((at, np.zeros((1, width), dtype=bool)))
