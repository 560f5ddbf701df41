"""From a batch to the loss: encoder, adapter, denoiser, heads."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from medscribe_core.diffusion.loss import (
    EVIDENCE_WEIGHT,
    LENGTH_WEIGHT,
    MAX_TIME_WEIGHT,
    SECTION_WEIGHT,
    LossParts,
    diffusion_loss,
    token_nll,
)
from medscribe_core.model.context_encoder import join_windows
from medscribe_core.model.denoiser import SECTION_COUNT, ClinicalDiffusionLM, EncodedContext
from medscribe_core.training.batches import Batch


def encode_batch(model: ClinicalDiffusionLM, batch: Batch, *, train_encoder: bool) -> EncodedContext:
    """Encode the batch's contexts; the pretrained layers keep no graph unless they are trained."""
    contexts, length = batch.context_ids.shape
    with torch.set_grad_enabled(train_encoder and torch.is_grad_enabled()):
        middle, last = model.encoder(batch.window_ids, batch.window_lengths)
        middle = join_windows(middle, batch.kept, contexts, length)
        last = join_windows(last, batch.kept, contexts, length)
    return model.encode_context(batch.context_ids, middle, last, batch.context_mask)


def training_loss(
    model: ClinicalDiffusionLM, batch: Batch, *, train_encoder: bool = False, generator: torch.Generator | None = None
) -> LossParts:
    """L = L_diffusion + 0.1 L_section + 0.2 L_evidence + 0.05 L_length for one batch."""
    context = encode_batch(model, batch, train_encoder=train_encoder)
    sections = batch.sections
    if model.training and model.config.section_dropout:
        untold = torch.rand(sections.shape[0], 1, generator=generator) < model.config.section_dropout
        sections = torch.where(untold, SECTION_COUNT, sections)
    hidden = model(batch.noisy, batch.t, context, sections, batch.note_mask)
    targets = batch.clean[batch.masked]
    nll, evidence = token_nll(model, hidden, batch.masked, targets, context, batch.evidence)
    diffusion = diffusion_loss(nll, batch.masked.nonzero()[:, 0], batch.t, batch.lengths, MAX_TIME_WEIGHT)
    labels = batch.sections.masked_fill(~batch.note_mask, -100)
    section = F.cross_entropy(model.section_head(hidden).float().flatten(0, 1), labels.flatten(), ignore_index=-100)
    length = F.cross_entropy(context.length_logits.float().flatten(0, 1), batch.length_targets.flatten())
    total = diffusion + SECTION_WEIGHT * section + EVIDENCE_WEIGHT * evidence + LENGTH_WEIGHT * length
    return LossParts(total, diffusion, section, evidence, length)
