"""The training objective: the masked-diffusion ELBO, section structure, evidence and length.

L = L_diffusion + 0.1 L_section (+ small auxiliary terms for the copy head's attention, the length head and glosses).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from medscribe_core.model.context_encoder import rows_rounded_up
from medscribe_core.model.note_model import EncodedContext, NoteModel

SECTION_WEIGHT = 0.1
EVIDENCE_WEIGHT = 0.2
LENGTH_WEIGHT = 0.05
GLOSS_WEIGHT = 0.2
PLAN_WEIGHT = 1.0
STATEMENT_LENGTH_WEIGHT = 0.1
#: In training 1/t is clamped here; the reported ELBO is exact.
MAX_TIME_WEIGHT = 5.0
_LOGITS_STEP = 256


def diffusion_loss(nll: Tensor, rows: Tensor, t: Tensor, lengths: Tensor, max_weight: float | None = None) -> Tensor:
    """E_t[ 1 / (t L) * sum over masked positions of -log p ], the continuous-time bound.

    Args:
        nll: (N,) negative log-likelihoods of the true tokens at the masked positions of all notes.
        rows: (N,) the note each of them belongs to.
        t: (B,) masking ratio of each note.
        lengths: (B,) number L of maskable positions of each note.
        max_weight: clamp of 1/t; None for the exact bound.

    Returns:
        Scalar, the mean over the B notes. t = 0.5, L = 4, p = 0.85 and 0.70 give 0.260.
    """
    return (nll * token_weights(t, lengths, max_weight)[rows]).sum() / t.shape[0]


def token_weights(t: Tensor, lengths: Tensor, max_weight: float | None = None) -> Tensor:
    """(B,) 1 / (t L): what a masked position of each note counts in :func:`diffusion_loss`."""
    weight = 1.0 / t
    if max_weight is not None:
        weight = weight.clamp(max=max_weight)
    return weight / lengths.clamp(min=1)


@dataclass
class LossParts:
    """Scalars of one batch; ``total`` is what is minimised, ``tokens`` its part for the tokens of the notes."""

    total: Tensor
    tokens: Tensor
    section: Tensor
    evidence: Tensor
    length: Tensor
    gloss: Tensor
    plan: Tensor


def token_nll(
    model: NoteModel,
    hidden: Tensor,
    masked: Tensor,
    targets: Tensor,
    context: EncodedContext,
    evidence: Tensor | None = None,
    *,
    close_gate: bool = False,
    sources: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """-log p of the targets under the gated mixture, and the evidence term.

    Args:
        hidden: (B, L, D) at all positions.
        masked: (B, L) True at the N positions that count.
        targets: (N,) true ids.
        evidence: (N, Lc) True at the context tokens that the target rests on, or None.
        close_gate: judge without the copy head (a health check).
        sources: (B, L) as in :func:`near_sources`.

    Returns:
        (N,) float32 and a scalar.
    """
    attention = F.log_softmax(model.copy_scores_everywhere(hidden, context, sources), dim=-1)
    at_masks = model.with_evidence(hidden, attention.exp(), context.features)[masked]
    logits = model.vocabulary_logits(rows_rounded_up(at_masks, _LOGITS_STEP))[: at_masks.shape[0]]
    vocabulary = -F.cross_entropy(logits.float(), targets, reduction="none")
    if close_gate:
        return -vocabulary, vocabulary.new_zeros(())
    log_copy, log_vocabulary = (log_gate[masked] for log_gate in model.log_gates(hidden))
    attention = attention[masked]
    rows = masked.nonzero()[:, 0] // (masked.shape[0] // context.ids.shape[0])
    matches = context.ids[rows] == targets[:, None]
    copied = torch.logsumexp(attention.masked_fill(~matches, -1e4), dim=-1)
    nll = -torch.logaddexp(log_copy + copied, log_vocabulary + vocabulary)
    if evidence is None:
        return nll, nll.new_zeros(())
    has = evidence.any(dim=-1)
    pointed = torch.logsumexp(attention.masked_fill(~evidence, -1e4), dim=-1)
    return nll, -(pointed * has).sum() / has.sum().clamp(min=1)


def gloss_loss(model: NoteModel, context: EncodedContext, pooling: Tensor, spans: Tensor, tokens: Tensor) -> Tensor:
    """How well the words of the note are told by the context they rest on alone, whatever is masked: a scalar.

    Every evidence span is pooled and has to name the tokens of its statement, in no order. One pass gives a signal
    for every fact of a visit, where the masked tokens give one for those that happen to be hard to guess.

    Args:
        pooling: (S, C * Lc) weights of the context tokens of each span.
        spans, tokens: (M,) pairs of a span and a token of its statement.
    """
    if model.reader is None or not len(tokens):
        return pooling.new_zeros(())
    pooled = pooling.to(context.features.dtype) @ context.features.flatten(0, 1)
    log_p = F.log_softmax(model.vocabulary_logits(model.reader(pooled)).float(), dim=-1)
    counts = torch.bincount(spans, minlength=len(pooling))
    return -(log_p[spans, tokens] / counts[spans]).sum() / (counts > 0).sum()


def plan_loss(context: EncodedContext, plan: Tensor, lengths: Tensor) -> Tensor:
    """Cross-entropy of the content plan: a scalar.

    Binary, summed over its lists, a mean over real context tokens; and of the lengths, a mean over the facts'
    beginnings.

    Args:
        plan: (C, Lc, 2 LISTS) True where a fact of a list begins, and where one covers the token.
        lengths: (C, Lc) bucket of the length of the statement of the fact that begins there, -100 elsewhere.
    """
    logits = context.plan_logits
    if logits is None:
        return context.features.new_zeros(())
    kinds, buckets = logits.float().split((plan.shape[-1], logits.shape[-1] - plan.shape[-1]), dim=-1)
    losses = F.binary_cross_entropy_with_logits(kinds, plan.float(), reduction="none").sum(dim=-1)
    known = losses.mean() if context.mask is None else losses[context.mask].mean()
    if not bool((lengths >= 0).any()):
        return known
    length = F.cross_entropy(buckets.flatten(0, 1), lengths.flatten(), ignore_index=-100)
    return known + STATEMENT_LENGTH_WEIGHT * length
