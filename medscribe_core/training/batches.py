"""Examples as one padded batch with several masked copies of every note."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from medscribe_core.diffusion.masking import forward_mask
from medscribe_core.diffusion.schedule import sample_t
from medscribe_core.model.config import LENGTH_BUCKETS
from medscribe_core.model.context_encoder import CONTEXT_STEP, NOTE_STEP, rounded_up, window_batch
from medscribe_core.schema import NOTE_SECTIONS
from medscribe_core.tokenizer import WINDOW_END, WINDOW_START, ClinicalTokenizer
from medscribe_core.training.examples import Example, evidence_matrix


@dataclass
class Batch:
    """C contexts, B = C * copies noisy notes, N masked positions in note order.

    Attributes:
        window_ids (W, Lw), window_lengths (W,), kept: encoder windows, see ``window_batch``.
        context_ids (C, Lc), context_mask (C, Lc).
        noisy (B, L), clean (B, L), note_mask (B, L), sections (B, L), t (B,), lengths (B,): maskable positions.
        masked (B, L): True where the noisy note has [MASK].
        evidence (N, Lc): context tokens that the masked positions rest on.
        length_targets (C, 5): bucket of each section's length.
        position: (pool, batch, batches in the pool): where the stream is.
    """

    window_ids: Tensor
    window_lengths: Tensor
    kept: list[tuple[int, int, int, int]]
    context_ids: Tensor
    context_mask: Tensor
    noisy: Tensor
    clean: Tensor
    masked: Tensor
    note_mask: Tensor
    sections: Tensor
    t: Tensor
    lengths: Tensor
    evidence: Tensor
    length_targets: Tensor
    position: tuple[int, int, int] = (0, 0, 0)


def length_bucket(length: int) -> int:
    """Index of the bucket of a section of ``length`` tokens (the last one holds everything longer)."""
    return next((i for i, upper in enumerate(LENGTH_BUCKETS) if length <= upper), len(LENGTH_BUCKETS) - 1)


def make_batch(
    examples: list[Example],
    tokenizer: ClinicalTokenizer,
    *,
    copies: int,
    infill_share: float,
    seed: int,
    t: float | None = None,
    position: tuple[int, int, int] = (0, 0, 0),
) -> Batch:
    """Pad, copy and mask.

    Args:
        infill_share: share of notes in which some whole sections stay clean (the infilling task).
        seed: of the masking; the same seed gives the same batch.
        t: one masking ratio for all (validation) instead of stratified draws.
    """
    generator = torch.Generator().manual_seed(seed)
    window_ids, window_lengths, kept = window_batch(
        [e.context_ids for e in examples],
        [e.windows for e in examples],
        tokenizer.id_of(WINDOW_START),
        tokenizer.id_of(WINDOW_END),
        tokenizer.pad_id,
    )
    window_ids, window_lengths = _even_windows(window_ids, window_lengths, tokenizer.pad_id)
    context_ids, context_mask = _pad([e.context_ids for e in examples], tokenizer.pad_id, CONTEXT_STEP)
    clean, note_mask = _pad([e.note_ids for e in examples], tokenizer.pad_id, NOTE_STEP)
    sections, _ = _pad([e.sections for e in examples], 0, NOTE_STEP)
    header, _ = _pad([e.header for e in examples], 1, NOTE_STEP)
    clean, note_mask, sections = (x.repeat_interleave(copies, dim=0) for x in (clean, note_mask, sections))
    maskable = ~header.bool().repeat_interleave(copies, dim=0) & note_mask
    maskable &= ~_given(sections, infill_share, generator)
    batch = clean.shape[0]
    ratios = sample_t(batch, generator) if t is None else torch.full((batch,), t)
    noisy, masked = forward_mask(clean, ratios, maskable, tokenizer.mask_id, generator)
    width = context_ids.shape[1]
    evidence = [
        evidence_matrix(examples[row // copies], masked[row].nonzero().squeeze(1).numpy(), width)
        for row in range(batch)
    ]
    targets = torch.tensor([[length_bucket(n) for n in e.lengths] for e in examples])
    return Batch(
        window_ids,
        window_lengths,
        kept,
        context_ids,
        context_mask,
        noisy,
        clean,
        masked,
        note_mask,
        sections,
        ratios,
        maskable.sum(dim=1),
        torch.from_numpy(np.concatenate(evidence)),
        targets,
        position,
    )


def _even_windows(ids: Tensor, lengths: Tensor, pad_id: int) -> tuple[Tensor, Tensor]:
    """Dummy windows of one token up to a multiple of four, so that few distinct shapes occur."""
    extra = -ids.shape[0] % 4
    dummy = ids.new_full((extra, ids.shape[1]), pad_id)
    return torch.cat((ids, dummy)), torch.cat((lengths, lengths.new_ones(extra)))


def _given(sections: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """(B, L) True at sections that stay clean: in a ``share`` of the notes, one to four random ones."""
    batch = sections.shape[0]
    count = len(NOTE_SECTIONS)
    chosen = torch.rand(batch, generator=generator) < share
    order = torch.rand(batch, count, generator=generator).argsort(dim=1)
    how_many = torch.randint(1, count, (batch, 1), generator=generator)
    given = (order < how_many) & chosen[:, None]
    return given.gather(1, sections)


def _pad(rows: list[list[int]] | list[list[bool]], value: int, step: int) -> tuple[Tensor, Tensor]:
    longest = rounded_up(max(map(len, rows)), step)
    padded = torch.full((len(rows), longest), value)
    mask = torch.zeros(len(rows), longest, dtype=torch.bool)
    for i, row in enumerate(rows):
        padded[i, : len(row)] = torch.tensor(row, dtype=torch.long)
        mask[i, : len(row)] = True
    return padded, mask
