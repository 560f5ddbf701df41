"""The denoiser at the positions that matter now: all others keep the keys and values of the last time they did."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from medscribe_core.model.context_encoder import rounded_up
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from medscribe_core.model.layers import attend, merge_heads, rotary_tables
from medscribe_core.model.note_model import EncodedContext

#: Active positions are padded to a multiple of this (see WINDOW_STEP).
ACTIVE_STEP = 16


class ActiveNote:
    """One note while it is denoised.

    A forward pass computes the positions that are asked for and those whose token has changed. Every ``refresh``
    passes all positions are computed again; with 1 the result is exactly the model's, with more it is an
    approximation (Wu et al., Fast-dLLM, 2025) whose cost grows with the active positions and not with the note.

    Attributes:
        position_visits: positions computed so far over all passes, padding included.
    """

    def __init__(
        self,
        model: ClinicalDiffusionLM,
        context: EncodedContext,
        sections: Tensor,
        note_mask: Tensor,
        refresh: int,
        sources: Tensor | None = None,
    ):
        """``sections``, ``note_mask``, ``sources`` (1, L) as in :meth:`ClinicalDiffusionLM.forward`; of one context."""
        config, length, like = model.config, sections.shape[1], model.tokens.weight
        self._model, self._context, self._sections, self._refresh = model, context, sections, refresh
        tables = rotary_tables(length, config.width // config.heads, sections.device)
        self._tables = tuple(table.to(like.dtype) for table in tables)  # once, not in every layer
        self._keep = note_mask[..., None].to(like.dtype)
        self._attention_mask = note_mask[:, None, None]
        self._context_mask = None if context.mask is None else context.mask[:, None, None]
        shape = (1, config.heads, length, config.width // config.heads)
        self._keys = [like.new_zeros(shape) for _ in model.layers]
        self._values = [like.new_zeros(shape) for _ in model.layers]
        self._mixed = [like.new_zeros(1, length + config.conv_width - 1, config.width) for _ in model.layers]
        self._told = model.told_sources(context, sources) if sources is not None and model.source is not None else None
        self._ids: Tensor | None = None
        self._passes = self.position_visits = 0

    def hidden(self, ids: Tensor, t: Tensor, wanted: Tensor) -> Tensor:
        """Hidden states (N, D) at the N positions of ``ids`` (1, L) where ``wanted`` (1, L) is True."""
        if self._ids is None or self._passes % self._refresh == 0:
            at = torch.arange(ids.shape[1])
        else:
            at = (wanted | (ids != self._ids))[0].nonzero().squeeze(1)
        self._ids, self._passes = ids, self._passes + 1
        count = len(at)
        at = F.pad(at, (0, rounded_up(count, ACTIVE_STEP) - count), value=int(at[0]))
        self.position_visits += len(at)
        hidden = self._forward(ids, t, at)
        at = at[:count]
        return hidden[0, :count][wanted[0, at]]

    def _forward(self, ids: Tensor, t: Tensor, at: Tensor) -> Tensor:
        """Hidden states (1, A, D) at the positions ``at`` (A,), which may repeat."""
        model, context = self._model, self._context
        x = model.tokens(ids[:, at]) * math.sqrt(model.config.width) + model.sections(self._sections[:, at])
        x = x + model.time(t)[:, None]
        if self._told is not None:
            x = x + self._told[:, at]
        tables = (self._tables[0][at], self._tables[1][at])
        for index, (layer, key_value) in enumerate(zip(model.layers, context.key_values, strict=True)):
            if layer.mixing is not None:
                x = x + self._mix(index, layer.mixing_norm(x) * self._keep[:, at], at)
            attention = layer.self_attention
            q, k, v = attention.project(layer.self_norm(x), tables)
            self._keys[index][:, :, at] = k
            self._values[index][:, :, at] = v
            attended = attend(q, self._keys[index], self._values[index], self._attention_mask)
            x = x + attention.out(merge_heads(attended))
            x = layer.read_context(x, key_value, self._context_mask)
        return model.norm(x)

    def _mix(self, index: int, normed: Tensor, at: Tensor) -> Tensor:
        """Local mixing (1, A, D) of the positions with their neighbours, as these were last."""
        mixing, memory = self._model.layers[index].mixing, self._mixed[index]
        memory[:, at + mixing.kernel // 2] = normed
        weight = mixing.weight.to(normed.dtype)
        return sum(memory[:, at + i] * weight[i] for i in range(mixing.kernel))
