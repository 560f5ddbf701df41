"""The context encoder: a BERT-style stack over windows of turns, and the adapter that joins them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medscribe_core.context import Window
from medscribe_core.model.config import EncoderConfig, ModelConfig
from medscribe_core.model.layers import (
    FeedForward,
    SelfAttention,
    attend,
    in_compute_dtype,
    merge_heads,
    rotary_tables,
    split_heads,
)

#: Windows, contexts and canvases are padded to multiples of these.
WINDOW_STEP, CONTEXT_STEP, NOTE_STEP = 64, 64, 32


class EncoderLayer(nn.Module):
    """One post-norm layer as in BERT (Devlin et al., 2019), so that MiniLM's weights fit."""

    def __init__(self, config: EncoderConfig):
        super().__init__()
        self.heads = config.heads
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)
        self.attention_norm = nn.LayerNorm(config.width, eps=1e-12)
        self.up = nn.Linear(config.width, config.feed_forward)
        self.down = nn.Linear(config.feed_forward, config.width)
        self.output_norm = nn.LayerNorm(config.width, eps=1e-12)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x (W, L, width); mask (W, 1, 1, L), True at real tokens."""
        q, k, v = (split_heads(part, self.heads) for part in self.qkv(x).chunk(3, dim=-1))
        attended = merge_heads(attend(q, k, v, mask))
        x = self.attention_norm(x + self.out(attended))
        return self.output_norm(x + self.down(F.gelu(self.up(x), approximate="tanh")))


class ContextEncoder(nn.Module):
    """Encodes windows independently of each other, positions from 0 in each, as in pretraining."""

    def __init__(self, config: EncoderConfig, vocab_size: int):
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(vocab_size, config.width)
        self.positions = nn.Parameter(torch.zeros(config.max_positions, config.width))
        self.norm = nn.LayerNorm(config.width, eps=1e-12)
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.layers))

    def forward(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """ids (W, L) padded windows, lengths (W,) -> middle and last layer's features, each (W, L, width)."""
        length = ids.shape[1]
        mask = (torch.arange(length, device=ids.device)[None] < lengths[:, None])[:, None, None]
        x = in_compute_dtype(self.norm(self.tokens(ids) + self.positions[:length]))
        middle = x
        for index, layer in enumerate(self.layers, start=1):
            x = layer(x, mask)
            if index == self.config.middle_layer:
                middle = x
        return middle, x


class AdapterLayer(nn.Module):
    """Pre-norm full attention over the whole context."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.attention_norm = nn.LayerNorm(config.width)
        self.attention = SelfAttention(config.width, config.heads)
        self.output_norm = nn.LayerNorm(config.width)
        self.feed_forward = FeedForward(config.width, 2 * config.width)

    def forward(self, x: Tensor, tables: tuple[Tensor, Tensor], mask: Tensor | None) -> Tensor:
        x = x + self.attention(self.attention_norm(x), tables, mask)
        return x + self.feed_forward(self.output_norm(x))


class ContextAdapter(nn.Module):
    """Joins encoder features (width of the encoder) into one context (C, Lc, D) for the denoiser.

    The note-side embedding of every context token is added, so that what is to be copied is recognisable.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        self.from_last = nn.Linear(config.encoder.width, config.width)
        self.from_middle = nn.Linear(config.encoder.width, config.width)
        self.layers = nn.ModuleList(AdapterLayer(config) for _ in range(config.adapter_layers))
        self.norm = nn.LayerNorm(config.width)

    def forward(self, middle: Tensor, last: Tensor, embedded: Tensor, mask: Tensor | None) -> Tensor:
        """middle, last (C, Lc, encoder width), embedded (C, Lc, D), mask (C, Lc) True at real tokens."""
        x = in_compute_dtype(self.from_last(last) + self.from_middle(middle) + embedded)
        tables = rotary_tables(x.shape[1], self.config.width // self.config.heads, x.device)
        attention_mask = None if mask is None else mask[:, None, None]
        for layer in self.layers:
            x = layer(x, tables, attention_mask)
        return self.norm(x)


def window_batch(
    ids: Sequence[Sequence[int]], windows: Sequence[Sequence[Window]], start_id: int, end_id: int, pad_id: int
) -> tuple[Tensor, Tensor, list[tuple[int, int, int, int]]]:
    """All windows of several contexts as one padded batch.

    Returns:
        token ids (W, L), lengths (W,), and for every window (context, first kept token, its row offset, kept count).
    """
    rows: list[list[int]] = []
    kept: list[tuple[int, int, int, int]] = []
    for context, (tokens, spans) in enumerate(zip(ids, windows, strict=True)):
        for span in spans:
            rows.append([start_id, *tokens[span.read_from : span.end], end_id])
            kept.append((context, span.start, 1 + span.start - span.read_from, span.end - span.start))
    # Few distinct shapes: on a CPU every new shape of a matrix product has its kernel compiled first.
    batch = torch.full((len(rows), rounded_up(max(map(len, rows)), WINDOW_STEP)), pad_id)
    for i, row in enumerate(rows):
        batch[i, : len(row)] = torch.tensor(row)
    return batch, torch.tensor([len(row) for row in rows]), kept


def rounded_up(length: int, step: int) -> int:
    """The smallest multiple of ``step`` that is at least ``length``."""
    return -(-length // step) * step


def rows_rounded_up(x: Tensor, step: int) -> Tensor:
    """x (N, D) with rows of zeros up to a multiple of ``step``."""
    return F.pad(x, (0, 0, 0, rounded_up(x.shape[0], step) - x.shape[0]))


def join_windows(features: Tensor, kept: list[tuple[int, int, int, int]], contexts: int, length: int) -> Tensor:
    """Window features (W, L, E) -> per context (contexts, length, E); zeros at padding."""
    joined = features.new_zeros(contexts, length, features.shape[-1])
    for row, (context, start, offset, count) in enumerate(kept):
        joined[context, start : start + count] = features[row, offset : offset + count]
    return joined
