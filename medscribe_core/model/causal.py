"""`CausalTransformer`: the autoregressive baseline, of the denoiser's parts and sizes but looking only to the left."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from medscribe_core.model.config import ModelConfig
from medscribe_core.model.layers import (
    LocalMixing,
    SelfAttention,
    attend,
    in_compute_dtype,
    merge_heads,
    rotary_tables,
)
from medscribe_core.model.note_model import EncodedContext, NoteLayer, NoteModel


class LayerCache:
    """What one layer keeps of the positions of B notes: keys and values, and the last inputs of the local mixing."""

    def __init__(self, config: ModelConfig, notes: int, capacity: int, like: Tensor):
        shape = (notes, config.heads, capacity, config.width // config.heads)
        self.keys, self.values = like.new_zeros(shape), like.new_zeros(shape)
        self.mixed = like.new_zeros(notes, config.conv_width // 2, config.width)

    def extend(self, keys: Tensor, values: Tensor, start: int) -> tuple[Tensor, Tensor]:
        """Write keys and values (B, H, L, D / H) from position ``start`` on; views of all positions so far."""
        end = start + keys.shape[2]
        self.keys[:, :, start:end] = keys
        self.values[:, :, start:end] = values
        return self.keys[:, :, :end], self.values[:, :, :end]


class KeyValueCache:
    """Pre-allocated memory of the positions that ``notes`` notes have so far, at most ``capacity`` each."""

    def __init__(self, model: CausalTransformer, notes: int, capacity: int):
        config, like = model.config, model.tokens.weight
        self.layers = [LayerCache(config, notes, capacity, like) for _ in model.layers]
        self.tables = rotary_tables(capacity, config.width // config.heads, like.device)
        self.length = 0


class CausalMixing(LocalMixing):
    """Local mixing of a position with those before it.

    The weights of the positions after it stay unused, as in a masked convolution (van den Oord et al., 2016), so that
    every weight means the same in both models.
    """

    def forward(self, x: Tensor, cache: LayerCache | None) -> Tensor:
        """x (B, L, D), normed; the cache holds the (kernel - 1) / 2 inputs before it."""
        (batch, length, width), half = x.shape, self.kernel // 2
        before = x.new_zeros(batch, half, width) if cache is None else cache.mixed
        padded = torch.cat((before, x), dim=1)
        if cache is not None:
            cache.mixed = padded[:, length:]
        weight = self.weight.to(x.dtype)
        mixed = padded[:, :length] * weight[0]
        for i in range(1, half + 1):
            mixed = mixed + padded[:, i : i + length] * weight[i]
        return mixed


class CausalSelfAttention(SelfAttention):
    """Self-attention to the position itself and those before it."""

    def forward(
        self,
        x: Tensor,
        tables: tuple[Tensor, Tensor],
        mask: Tensor | None,
        cache: LayerCache | None = None,
        start: int = 0,
    ) -> Tensor:
        """x (B, L, D) from position ``start`` on, mask (L, start + L) or None when everything is allowed."""
        q, k, v = self.project(x, tables)
        if cache is not None:
            k, v = cache.extend(k, v, start)
        return self.out(merge_heads(attend(q, k, v, None if mask is None else mask[None, None])))


class CausalLayer(NoteLayer):
    """A layer of the denoiser's parameters that sees a position and what stands before it."""

    mixing_type = CausalMixing
    attention_type = CausalSelfAttention

    def forward(
        self,
        x: Tensor,
        tables: tuple[Tensor, Tensor],
        mask: Tensor | None,
        cache: LayerCache | None,
        start: int,
        key_value: tuple[Tensor, Tensor],
        context_mask: Tensor | None,
    ) -> Tensor:
        if self.mixing is not None and self.mixing_norm is not None:
            x = x + self.mixing(self.mixing_norm(x), cache)
        x = x + self.self_attention(self.self_norm(x), tables, mask, cache, start)
        return self.read_context(x, key_value, context_mask)


class CausalTransformer(NoteModel):
    """p(x_i+1 | x_1..i, c): a distribution over the vocabulary for the token after every note position.

    A note is its sections one after another, each a header and its tokens; after the last token of a section [PAD] is
    predicted, which is never an input.
    """

    kind = "autoregressive"

    def __init__(self, config: ModelConfig):
        super().__init__(config, CausalLayer, timed=False)

    def forward(
        self, note: Tensor, context: EncodedContext, sections: Tensor, cache: KeyValueCache | None = None
    ) -> Tensor:
        """Hidden states (B, L, D), each for the token after its position.

        Args:
            note: (B, L) token ids, with a cache those that follow what it holds; B = C * copies, copies of one context
                adjacent. Batch padding stands at the right, where no position of the note sees it.
            sections: (B, L) section of each of these tokens, SECTION_COUNT where it is not told.
            cache: is extended by these positions; raises ValueError when they do not fit.
        """
        length, start = note.shape[1], 0 if cache is None else cache.length
        end = start + length
        if cache is None:
            tables = rotary_tables(length, self.config.width // self.config.heads, note.device)
        else:
            if end > cache.tables[0].shape[0]:
                raise ValueError(f"The cache holds {cache.tables[0].shape[0]} positions, {end} are needed.")
            tables = (cache.tables[0][start:end], cache.tables[1][start:end])
            cache.length = end
        mask = None
        if length > 1:
            mask = torch.ones(length, end, dtype=torch.bool, device=note.device).tril(start)
        x = in_compute_dtype(self.tokens(note) * math.sqrt(self.config.width) + self.sections(sections))
        context_mask = None if context.mask is None else context.mask[:, None, None]
        for index, (layer, key_value) in enumerate(zip(self.layers, context.key_values, strict=True)):
            kept = None if cache is None else cache.layers[index]
            x = layer(x, tables, mask, kept, start, key_value, context_mask)
        return self.norm(x)
