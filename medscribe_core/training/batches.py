"""Examples as one padded batch with several masked copies of every note."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from medscribe_core.diffusion.loss import MAX_TIME_WEIGHT, token_weights
from medscribe_core.diffusion.masking import forward_mask, frontier_mask, waiting_before
from medscribe_core.diffusion.schedule import sample_t
from medscribe_core.model.config import LENGTH_BUCKETS
from medscribe_core.model.context_encoder import CONTEXT_STEP, NOTE_STEP, rounded_up, window_batch
from medscribe_core.schema import NOTE_SECTIONS
from medscribe_core.tokenizer import WINDOW_END, WINDOW_START, ClinicalTokenizer
from medscribe_core.training.examples import Example, View, content_plan, evidence_matrix

#: In a note masked by sections in progress this many positions of a section count in the loss, each this much as the
#: one before it.
FRONTIER_DEPTH, FRONTIER_DECAY = 16, 0.85
#: What a [PAD] counts in an edited note, against any other token: there are many, and they are easy.
_PAD_WEIGHT = 0.3
#: What a token counts that the edit changes, against one that stays: there are few.
_CHANGED_WEIGHT = 5.0
_GLOSS_STEP = 32  # evidence spans are padded to a multiple of this (see WINDOW_STEP)


@dataclass
class Batch:
    """C contexts, B = C * copies noisy notes, N masked positions in note order.

    Attributes:
        window_ids (W, Lw), window_lengths (W,), kept: encoder windows, see ``window_batch``.
        context_ids (C, Lc), context_mask (C, Lc).
        noisy (B, L), clean (B, L), note_mask (B, L), sections (B, L), t (B,), lengths (B,): maskable positions.
        masked (B, L): True where the noisy note has [MASK] and the token counts in the loss.
        weights (N,): what each of these positions counts; a note's cross-entropy weighs 1 / B in the whole.
        evidence (N, Lc): context tokens that the masked positions rest on.
        length_targets (C, 5): bucket of each section's length.
        gloss_pooling (S, C * Lc), gloss_spans (M,), gloss_tokens (M,): see ``gloss_loss``.
        plan (C, Lc, 2 LISTS), plan_lengths (C, Lc): see ``plan_loss``.
        sources (B, L): see :meth:`ClinicalDiffusionLM.forward`; None where no position is told one.
        position: (pool, batch, batches in the pool): where the stream is.

    For the autoregressive model ``noisy`` is the note itself and ``clean`` the token after each of its positions, see
    ``make_causal_batch``.
    """

    window_ids: Tensor
    window_lengths: Tensor
    kept: list[tuple[int, int, int, int]]
    context_ids: Tensor
    context_mask: Tensor
    noisy: Tensor
    clean: Tensor
    masked: Tensor
    weights: Tensor
    note_mask: Tensor
    sections: Tensor
    t: Tensor
    lengths: Tensor
    evidence: Tensor
    length_targets: Tensor
    gloss_pooling: Tensor
    gloss_spans: Tensor
    gloss_tokens: Tensor
    plan: Tensor
    plan_lengths: Tensor
    sources: Tensor | None = None
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
    frontier_share: float = 0.0,
    position: tuple[int, int, int] = (0, 0, 0),
) -> Batch:
    """Pad, copy and mask.

    Args:
        infill_share: share of notes in which some whole sections stay clean (the infilling task).
        seed: of the masking; the same seed gives the same batch.
        t: one masking ratio for all (validation) instead of stratified draws.
        frontier_share: share of notes masked by :func:`frontier_mask`; of these the first positions missing in every
            section count, each FRONTIER_DECAY as much as the one before it.
    """
    generator = torch.Generator().manual_seed(seed)
    window_ids, window_lengths, kept, context_ids, context_mask = encoder_inputs(examples, tokenizer)
    clean, note_mask = pad_rows([e.note_ids for e in examples], tokenizer.pad_id, NOTE_STEP)
    sections, _ = pad_rows([e.sections for e in examples], 0, NOTE_STEP)
    header, _ = pad_rows([e.header for e in examples], 1, NOTE_STEP)
    clean, note_mask, sections = (x.repeat_interleave(copies, dim=0) for x in (clean, note_mask, sections))
    maskable = ~header.bool().repeat_interleave(copies, dim=0) & note_mask
    maskable &= ~given_sections(sections, infill_share, generator)
    batch = clean.shape[0]
    ratios = sample_t(batch, generator) if t is None else torch.full((batch,), t)
    noisy, masked = forward_mask(clean, ratios, maskable, tokenizer.mask_id, generator)
    lengths = maskable.sum(dim=1)
    weights = token_weights(ratios, lengths, MAX_TIME_WEIGHT)[:, None].expand_as(clean)
    if frontier_share:
        in_progress, missing = frontier_mask(clean, sections, maskable, tokenizer.mask_id, generator)
        waiting = waiting_before(missing, sections)
        counted = missing & (waiting < FRONTIER_DEPTH)
        decayed = FRONTIER_DECAY**waiting * counted
        decayed = decayed / decayed.sum(dim=1, keepdim=True).clamp(min=1e-6)
        chosen = torch.rand(batch, 1, generator=generator) < frontier_share
        noisy = torch.where(chosen, in_progress, noisy)
        masked = torch.where(chosen, counted, masked)
        weights = torch.where(chosen, decayed, weights)
        ratios = torch.where(chosen[:, 0], missing.sum(dim=1) / lengths.clamp(min=1), ratios)
    weights = weights.clone()
    sources = torch.full_like(clean, -1)
    for row in range(batch):
        view = examples[row // copies].view
        if view is not None:
            hide = _hide if view.sources is None else _hide_slots
            masked[row], weights[row] = hide(view, clean[row], sections[row], tokenizer.pad_id, generator)
            if view.sources is not None:
                sources[row, : len(view.sources)] = torch.tensor(view.sources)
            noisy[row] = clean[row].masked_fill(masked[row], tokenizer.mask_id)
            writable = sum(unit >= 0 or hidden for unit, hidden in zip(view.units, view.hidden, strict=True))
            ratios[row] = masked[row].sum() / max(writable, 1)
    width = context_ids.shape[1]
    evidence = [
        evidence_matrix(examples[row // copies], masked[row].nonzero().squeeze(1).numpy(), width)
        for row in range(batch)
    ]
    return Batch(
        window_ids,
        window_lengths,
        kept,
        context_ids,
        context_mask,
        noisy,
        clean,
        masked,
        weights[masked] / batch,
        note_mask,
        sections,
        ratios,
        lengths,
        torch.from_numpy(np.concatenate(evidence)),
        length_targets(examples),
        position=position,
        sources=sources if bool((sources >= 0).any()) else None,
        **content_plans(examples, width),
        **glosses(examples, width),
    )


def _hide(
    view: View, clean: Tensor, sections: Tensor, pad_id: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Hidden positions (L,) of one copy of an edited note, and what each counts (L,).

    A quarter of the units is hidden, as when they are judged, or any share. In half of the copies the beginning of
    what is hidden in each section has been written again.
    """
    draw = lambda *shape: torch.rand(*shape, generator=generator)  # noqa: E731
    length = clean.shape[0]
    units = torch.full((length,), -1)
    units[: len(view.units)] = torch.tensor(view.units)
    changed = torch.zeros(length, dtype=torch.bool)
    changed[: len(view.hidden)] = torch.tensor(view.hidden)
    hidden = changed.clone()
    share = 0.25 if draw(1) < 0.6 else draw(1)
    drawn = draw(int(units.max()) + 2) < share
    drawn[-1] = False  # of the unit -1
    hidden |= drawn[units]
    cuts = (draw(len(NOTE_SECTIONS)) * torch.bincount(sections[hidden], minlength=len(NOTE_SECTIONS))).floor()
    if draw(1) < 0.5:
        hidden = hidden & (waiting_before(hidden[None], sections[None])[0] >= cuts[sections])
    counts = torch.where(clean == pad_id, _PAD_WEIGHT, 1.0) * torch.where(changed, _CHANGED_WEIGHT, 1.0) * hidden
    return hidden, counts / counts.sum().clamp(min=1e-6)


def _hide_slots(
    view: View, clean: Tensor, sections: Tensor, pad_id: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Hidden positions (L,) of one copy of a scaffold, and what each counts (L,).

    Slots are hidden from some position on: from the first one in two copies of five, else after as many tokens in all
    slots, as after some denoising steps, or each after a share of its own.
    """
    draw = lambda *shape: torch.rand(*shape, generator=generator)  # noqa: E731
    slots = torch.full((clean.shape[0],), -1)
    slots[: len(view.units)] = torch.tensor(view.units)
    inside = slots >= 0
    count = int(slots.max()) + 1
    place = waiting_before(inside[None], slots[None] + 1)[0]
    lengths = torch.bincount(slots[inside], minlength=count).float()
    how = draw(1)
    cuts = torch.zeros(count)
    if how > 0.7:
        cuts = (draw(1) * 10 + draw(count) * 2).floor()
    elif how > 0.4:
        cuts = (draw(count) * (lengths + 1)).floor()
    hidden = inside & (place >= torch.cat((cuts, torch.zeros(1)))[slots])
    waiting = waiting_before(hidden[None], slots[None] + 1)[0]
    counts = torch.where(clean == pad_id, _PAD_WEIGHT, 1.0) * FRONTIER_DECAY**waiting * hidden
    return hidden, counts / counts.sum().clamp(min=1e-6)


def encoder_inputs(
    examples: list[Example], tokenizer: ClinicalTokenizer
) -> tuple[Tensor, Tensor, list[tuple[int, int, int, int]], Tensor, Tensor]:
    """``window_ids``, ``window_lengths``, ``kept``, ``context_ids`` and ``context_mask`` of a Batch."""
    window_ids, window_lengths, kept = window_batch(
        [e.context_ids for e in examples],
        [e.windows for e in examples],
        tokenizer.id_of(WINDOW_START),
        tokenizer.id_of(WINDOW_END),
        tokenizer.pad_id,
    )
    window_ids, window_lengths = _even_windows(window_ids, window_lengths, tokenizer.pad_id)
    context_ids, context_mask = pad_rows([e.context_ids for e in examples], tokenizer.pad_id, CONTEXT_STEP)
    return window_ids, window_lengths, kept, context_ids, context_mask


def length_targets(examples: list[Example]) -> Tensor:
    """(C, 5) bucket of the length of every section."""
    return torch.tensor([[length_bucket(n) for n in e.lengths] for e in examples])


def content_plans(examples: list[Example], width: int) -> dict[str, Tensor]:
    """``plan`` and ``plan_lengths`` of contexts padded to ``width``."""
    plans, lengths = zip(*(content_plan(example, width) for example in examples), strict=True)
    return {"plan": torch.from_numpy(np.stack(plans)), "plan_lengths": torch.from_numpy(np.stack(lengths))}


def glosses(examples: list[Example], width: int) -> dict[str, Tensor]:
    """``gloss_pooling``, ``gloss_spans`` and ``gloss_tokens`` of contexts padded to ``width``."""
    rows: list[Tensor] = []
    spans: list[int] = []
    tokens: list[int] = []
    for index, example in enumerate(examples):
        stated: dict[int, set[int]] = {}
        for token, span in zip(example.note_ids, example.evidence, strict=True):
            if span >= 0:
                stated.setdefault(span, set()).add(token)
        for span, words in stated.items():
            weights = torch.zeros(len(examples), width)
            for start, end in example.spans[span]:
                weights[index, start:end] = 1.0
            spans += [len(rows)] * len(words)
            tokens += sorted(words)
            rows.append(weights.flatten() / weights.sum().clamp(min=1.0))
    rows += [torch.zeros(len(examples) * width)] * (-len(rows) % _GLOSS_STEP)
    pooling = torch.stack(rows) if rows else torch.zeros(0, len(examples) * width)
    return {
        "gloss_pooling": pooling,
        "gloss_spans": torch.tensor(spans, dtype=torch.long),
        "gloss_tokens": torch.tensor(tokens, dtype=torch.long),
    }


def _even_windows(ids: Tensor, lengths: Tensor, pad_id: int) -> tuple[Tensor, Tensor]:
    """Dummy windows of one token up to a multiple of four, so that few distinct shapes occur."""
    extra = -ids.shape[0] % 4
    dummy = ids.new_full((extra, ids.shape[1]), pad_id)
    return torch.cat((ids, dummy)), torch.cat((lengths, lengths.new_ones(extra)))


def given_sections(sections: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """(B, L) True at sections (B, L) that are given: in a ``share`` of the notes, one to four random ones."""
    batch = sections.shape[0]
    count = len(NOTE_SECTIONS)
    chosen = torch.rand(batch, generator=generator) < share
    order = torch.rand(batch, count, generator=generator).argsort(dim=1)
    how_many = torch.randint(1, count, (batch, 1), generator=generator)
    given = (order < how_many) & chosen[:, None]
    return given.gather(1, sections)


def pad_rows(rows: list[list[int]] | list[list[bool]], value: int, step: int) -> tuple[Tensor, Tensor]:
    """Rows as one tensor (B, L), L a multiple of ``step``, with ``value`` after their ends, and True where they are."""
    longest = rounded_up(max(map(len, rows)), step)
    padded = torch.full((len(rows), longest), value)
    mask = torch.zeros(len(rows), longest, dtype=torch.bool)
    for i, row in enumerate(rows):
        padded[i, : len(row)] = torch.tensor(row, dtype=torch.long)
        mask[i, : len(row)] = True
    return padded, mask
