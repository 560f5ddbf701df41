"""`ClinicalDiffusionLM`: the bidirectional note denoiser."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from medscribe_core.model.config import ModelConfig
from medscribe_core.model.layers import in_compute_dtype, rotary_tables
from medscribe_core.model.note_model import EncodedContext, NoteLayer, NoteModel


class DenoiserLayer(NoteLayer):
    """Pre-norm: local mixing (every other layer), self-attention, cross-attention, feed-forward."""

    def forward(
        self,
        x: Tensor,
        tables: tuple[Tensor, Tensor],
        note_mask: Tensor | None,
        keep: Tensor | None,
        key_value: tuple[Tensor, Tensor],
        context_mask: Tensor | None,
    ) -> Tensor:
        if self.mixing is not None and self.mixing_norm is not None:
            x = x + self.mixing(self.mixing_norm(x), keep)
        x = x + self.self_attention(self.self_norm(x), tables, note_mask)
        return self.read_context(x, key_value, context_mask)


class ClinicalDiffusionLM(NoteModel):
    """p(x_0 | x_t, c): a distribution over the vocabulary at every note position."""

    kind = "diffusion"

    def __init__(self, config: ModelConfig):
        super().__init__(config, DenoiserLayer, timed=True)
        self.source = nn.Linear(config.width, config.width, bias=False) if config.plans_content else None
        if self.source is not None:
            nn.init.zeros_(self.source.weight)

    def forward(
        self,
        note: Tensor,
        t: Tensor,
        context: EncodedContext,
        sections: Tensor,
        note_mask: Tensor | None = None,
        sources: Tensor | None = None,
    ) -> Tensor:
        """Hidden states (B, L, D) of noisy notes.

        Args:
            note: (B, L) token ids with [MASK]; B = C * copies, copies of one context adjacent.
            t: (B,) masking ratio in [0, 1].
            sections: (B, L) section labels, SECTION_COUNT where the section is not told.
            note_mask: (B, L), True at note positions, False at batch padding; None when nothing is padded.
            sources: (B, L) context token at which the fact begins that a position belongs to; -1 where not told.
        """
        x = self.tokens(note) * math.sqrt(self.config.width) + self.sections(sections) + self.time(t)[:, None]
        if sources is not None and self.source is not None:
            x = x + self.told_sources(context, sources)
        x = in_compute_dtype(x)
        tables = rotary_tables(note.shape[1], self.config.width // self.config.heads, note.device)
        attention_mask = None if note_mask is None else note_mask[:, None, None]
        keep = None if note_mask is None else note_mask[..., None].to(x.dtype)
        context_mask = None if context.mask is None else context.mask[:, None, None]
        for layer, key_value in zip(self.layers, context.key_values, strict=True):
            x = layer(x, tables, attention_mask, keep, key_value, context_mask)
        x = self.norm(x)
        return x.roll(1, dims=1) if self.config.shifted else x

    def told_sources(self, context: EncodedContext, sources: Tensor) -> Tensor:
        """(B, L, D) what the positions are told of the words that their facts begin with."""
        features = self.source(context.features)
        contexts, length, width = features.shape
        own = torch.arange(sources.shape[0], device=sources.device) // (sources.shape[0] // contexts)
        flat = sources.clamp(min=0) + (own * length)[:, None]
        told = features.reshape(-1, width)[flat.flatten()].view(*sources.shape, width)
        return told * (sources >= 0)[..., None]
