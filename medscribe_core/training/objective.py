"""From a batch to the loss: encoder, adapter, note model, heads."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from medscribe_core.diffusion.loss import (
    EVIDENCE_WEIGHT,
    GLOSS_WEIGHT,
    LENGTH_WEIGHT,
    PLAN_WEIGHT,
    SECTION_WEIGHT,
    LossParts,
    gloss_loss,
    plan_loss,
    token_nll,
)
from medscribe_core.model.causal import CausalTransformer
from medscribe_core.model.context_encoder import join_windows
from medscribe_core.model.note_model import SECTION_COUNT, EncodedContext, NoteModel
from medscribe_core.training.batches import Batch


def encode_batch(model: NoteModel, batch: Batch, *, train_encoder: bool) -> EncodedContext:
    """Encode the batch's contexts; the pretrained layers keep no graph unless they are trained."""
    contexts, length = batch.context_ids.shape
    with torch.set_grad_enabled(train_encoder and torch.is_grad_enabled()):
        middle, last = model.encoder(batch.window_ids, batch.window_lengths)
        middle = join_windows(middle, batch.kept, contexts, length)
        last = join_windows(last, batch.kept, contexts, length)
    return model.encode_context(batch.context_ids, middle, last, batch.context_mask)


def hidden_states(model: NoteModel, batch: Batch, context: EncodedContext, sections: Tensor) -> Tensor:
    """Hidden states (B, L, D) of the batch's notes; sections (B, L) as the model is told them."""
    if isinstance(model, CausalTransformer):
        return model(batch.noisy, context, sections)
    return model(batch.noisy, batch.t, context, sections, batch.note_mask, batch.sources)


def training_loss(
    model: NoteModel, batch: Batch, *, train_encoder: bool = False, generator: torch.Generator | None = None
) -> LossParts:
    """L = L_tokens + 0.1 L_section + 0.2 L_evidence + 0.05 L_length + 0.2 L_gloss + 1.0 L_plan for one batch.

    L_tokens is the weighted cross-entropy of what the batch says is to be predicted: L_diffusion at masked positions,
    or the next-token loss of the autoregressive model.
    """
    context = encode_batch(model, batch, train_encoder=train_encoder)
    sections = batch.sections
    if model.training and model.config.section_dropout:
        untold = torch.rand(sections.shape[0], 1, generator=generator) < model.config.section_dropout
        sections = torch.where(untold, SECTION_COUNT, sections)
    hidden = hidden_states(model, batch, context, sections)
    targets = batch.clean[batch.masked]
    nll, evidence = token_nll(model, hidden, batch.masked, targets, context, batch.evidence, sources=batch.sources)
    tokens = (nll * batch.weights).sum()
    labels = batch.sections.masked_fill(~batch.note_mask, -100)
    section = F.cross_entropy(model.section_head(hidden).float().flatten(0, 1), labels.flatten(), ignore_index=-100)
    length = F.cross_entropy(context.length_logits.float().flatten(0, 1), batch.length_targets.flatten())
    gloss = gloss_loss(model, context, batch.gloss_pooling, batch.gloss_spans, batch.gloss_tokens)
    total = tokens + SECTION_WEIGHT * section + EVIDENCE_WEIGHT * evidence
    plan = plan_loss(context, batch.plan, batch.plan_lengths)
    total = total + LENGTH_WEIGHT * length + GLOSS_WEIGHT * gloss + PLAN_WEIGHT * plan
    return LossParts(total, tokens, section, evidence, length, gloss, plan)
