"""`ClinicalDiffusionLM`: the bidirectional note denoiser."""

from __future__ import annotations

import math

from torch import Tensor

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

    def forward(
        self, note: Tensor, t: Tensor, context: EncodedContext, sections: Tensor, note_mask: Tensor | None = None
    ) -> Tensor:
        """Hidden states (B, L, D) of noisy notes.

        Args:
            note: (B, L) token ids with [MASK]; B = C * copies, copies of one context adjacent.
            t: (B,) masking ratio in [0, 1].
            sections: (B, L) section labels, SECTION_COUNT where the section is not told.
            note_mask: (B, L), True at note positions, False at batch padding; None when nothing is padded.
        """
        x = self.tokens(note) * math.sqrt(self.config.width) + self.sections(sections) + self.time(t)[:, None]
        x = in_compute_dtype(x)
        tables = rotary_tables(note.shape[1], self.config.width // self.config.heads, note.device)
        attention_mask = None if note_mask is None else note_mask[:, None, None]
        keep = None if note_mask is None else note_mask[..., None].to(x.dtype)
        context_mask = None if context.mask is None else context.mask[:, None, None]
        for layer, key_value in zip(self.layers, context.key_values, strict=True):
            x = layer(x, tables, attention_mask, keep, key_value, context_mask)
        x = self.norm(x)
        return x.roll(1, dims=1) if self.config.shifted else x
