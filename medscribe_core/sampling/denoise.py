"""The one denoising loop: generation, infilling and edits all come here."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from medscribe_core.diffusion.masking import waiting_before
from medscribe_core.model.active import ActiveNote
from medscribe_core.model.denoiser import ClinicalDiffusionLM, EncodedContext
from medscribe_core.sampling.policies.base import Policy

#: Passes of which one computes all positions (validation visits: the same facts as with 1, in 0.6 of the time).
REFRESH = 8


@dataclass
class Denoised:
    """The outcome of one denoising run over B notes.

    Attributes:
        ids: (B, L) final token ids; nothing editable is [MASK] any more.
        step_of: (B, L) the 1-based step in which a position was committed, 0 where it was given.
        confidence: (B, L) probability of the token when it was committed, 1 where it was given.
        steps: forward passes of the note that took most.
        position_visits: positions of notes that were computed over all passes, padding included.
    """

    ids: Tensor
    step_of: Tensor
    confidence: Tensor
    steps: int
    position_visits: int = 0


@torch.inference_mode()
def denoise(
    model: ClinicalDiffusionLM,
    ids: Tensor,
    sections: Tensor,
    editable: Tensor,
    context: EncodedContext,
    policy: Policy,
    *,
    mask_id: int,
    forbidden: Tensor,
    note_mask: Tensor | None = None,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
    corrections: int = 0,
    correct_below: float = 0.5,
    refresh: int = 1,
    repeatable: Tensor | None = None,
    slots: Tensor | None = None,
    sources: Tensor | None = None,
) -> Denoised:
    """Fill every editable [MASK]; positions that are not editable or not masked never change.

    Args:
        ids: (B, L) canvases; B = C * copies, copies of one context adjacent.
        sections: (B, L) section indices.
        editable: (B, L) True where the model may write.
        forbidden: (V,) True at tokens that must never be written ([MASK], headers, speaker marks).
        note_mask: (B, L) False at batch padding.
        temperature: 0 takes the most probable token; above 0 Gumbel noise is drawn in float64 (in lower precision the
            draw is biased towards likely tokens).
        corrections: how many times tokens committed with a confidence under ``correct_below`` are masked again and
            redone with the rest of the note in view; each time within the policy's cap of its own.
        refresh: of a single note, in how many forward passes all positions are computed once; in the others only
            those that are judged or have changed (:class:`ActiveNote`). 1 is exact.
        repeatable: (V,) True at tokens that may stand in a loop (digits); the others are never written when they
            would repeat the one, two or three tokens before them for a second time. None guards against nothing.
        slots: (B, L) numbers of the slots of a scaffold, -1 outside: each is written from its front, all at the same
            time, where otherwise the sections are.
        sources: (B, L) as in :meth:`ClinicalDiffusionLM.forward`.
    """
    ids = ids.clone()
    masked = (ids == mask_id) & editable
    total = editable.sum(dim=1).clamp(min=1)
    step_of = torch.zeros_like(ids)
    confidence = torch.ones(ids.shape)
    copies = ids.shape[0] // context.ids.shape[0]
    parts = sections if slots is None else slots + 1
    active = None
    if refresh > 1 and ids.shape[0] == 1 and not model.config.shifted:
        whole = torch.ones_like(editable) if note_mask is None else note_mask
        active = ActiveNote(model, context, sections, whole, refresh, sources)
    step = started = position_visits = 0
    while bool(masked.any()):
        step += 1
        # The ratio that is masked now: what the model was told in training.
        t = masked.sum(dim=1) / total
        reach = policy.reach(step - started)
        judged = masked if reach is None else masked & (waiting_before(masked, parts) < reach)
        if active is None:
            hidden = model(ids, t, context, sections, note_mask, sources)[judged]
            position_visits += ids.numel()
        else:
            hidden = active.hidden(ids, t, judged)
        banned = None if repeatable is None else continued_loops(ids, repeatable)[judged]
        if temperature <= 0 and context.ids.shape[0] == 1:
            told = None if sources is None else sources[judged]
            token, chance = model.most_probable(hidden, context, forbidden, banned, told)
        else:
            probabilities = model.probabilities(hidden, judged.nonzero()[:, 0] // copies, context)
            if banned is not None:
                at = (banned >= 0).nonzero().squeeze(1)
                probabilities[at, banned[at]] = 0.0
            token, chance = _choose(probabilities.masked_fill_(forbidden, 0.0), temperature, generator)
        proposed = torch.full_like(ids, mask_id)
        proposed[judged] = token
        certainty = torch.zeros(ids.shape)
        certainty[judged] = chance
        commit = policy.select(certainty, masked, parts, step - started)
        ids = torch.where(commit, proposed, ids)
        confidence = torch.where(commit, certainty, confidence)
        step_of[commit] = step
        masked &= ~commit
        if corrections and not bool(masked.any()):
            corrections -= 1
            started = step
            masked = editable & (step_of > 0) & (confidence < correct_below)
            ids = ids.masked_fill(masked, mask_id)
    return Denoised(ids, step_of, confidence, step, position_visits if active is None else active.position_visits)


def continued_loops(ids: Tensor, repeatable: Tensor) -> Tensor:
    """(B, L) the token that would say the last one, two or three tokens for a third time (one) or again; -1 for none.

    ``a a`` bans a, ``a b a b`` bans a, ``a b c a b c`` bans a; nothing where one of them is ``repeatable`` (V,).
    """
    before = [F.pad(ids, (k, 0), value=-1)[:, : ids.shape[1]] for k in range(7)]
    banned = torch.full_like(ids, -1)
    for period in (3, 2, 1):  # the shortest one decides
        loops = torch.ones_like(ids, dtype=torch.bool)
        for k in range(1, period + 1):
            known = before[k] >= 0
            loops &= known & (before[k] == before[k + period]) & ~repeatable[before[k].clamp(min=0)]
        banned = torch.where(loops, before[period], banned)
    return banned


def _choose(probabilities: Tensor, temperature: float, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """Token (N,) and its probability (N,) for N distributions (N, V)."""
    if temperature <= 0:
        chance, token = probabilities.max(dim=1)
        return token, chance
    log_p = probabilities.double().clamp_min(1e-300).log() / temperature
    uniform = torch.rand(log_p.shape, generator=generator, dtype=torch.float64)
    token = (log_p - (-uniform.clamp_min(1e-300).log()).log()).argmax(dim=1)
    return token, probabilities.gather(1, token[:, None]).squeeze(1)
