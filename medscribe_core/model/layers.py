"""Building blocks: rotary attention, local mixing, feed-forward, time conditioning."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def in_compute_dtype(x: Tensor) -> Tensor:
    """x in the format of the matrix products, so that the residual stream is not converted at every layer."""
    return x.to(torch.get_autocast_dtype("cpu")) if torch.is_autocast_enabled("cpu") else x


def rotary_tables(length: int, head_dim: int, device: torch.device | None = None) -> tuple[Tensor, Tensor]:
    """Cosine and sine tables, each (length, head_dim / 2), of rotary positions (Su et al., 2021)."""
    inverse = 10000.0 ** (-torch.arange(0, head_dim, 2, device=device).float() / head_dim)
    angles = torch.arange(length, device=device).float()[:, None] * inverse[None]
    return angles.cos(), angles.sin()


def rotate(x: Tensor, tables: tuple[Tensor, Tensor]) -> Tensor:
    """Apply rotary positions to x (B, H, L, head_dim)."""
    cos, sin = (t.to(x.dtype) for t in tables)
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """(B, L, D) -> (B, H, L, D / H)."""
    batch, length, width = x.shape
    return x.view(batch, length, heads, width // heads).transpose(1, 2)


def merge_heads(x: Tensor) -> Tensor:
    """(B, H, L, D / H) -> (B, L, D)."""
    batch, heads, length, dim = x.shape
    return x.transpose(1, 2).reshape(batch, length, heads * dim)


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Softmax attention of (B, H, Lq, d) queries to (B, H, Lk, d) keys; mask True where allowed, over
    (B, 1, 1, Lk) or (B, 1, Lq, Lk).

    On a CPU the backward pass of the fused kernel costs three to five times that of two matrix products in
    bfloat16, so training writes the products out; inference uses the fused kernel.
    """
    if not (torch.is_grad_enabled() and q.requires_grad):
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    batch, heads, length, dim = q.shape
    keys = k.shape[2]
    if mask is None:
        bias = q.new_zeros(1, 1, 1)
    else:
        bias = torch.zeros_like(mask, dtype=q.dtype).masked_fill_(~mask, -1e4)
        bias = bias.expand(batch, heads, -1, keys).reshape(batch * heads, -1, keys)
    scores = torch.baddbmm(
        bias, q.reshape(-1, length, dim), k.reshape(-1, keys, dim).transpose(1, 2), alpha=1 / math.sqrt(dim)
    )
    return torch.bmm(scores.softmax(dim=-1), v.reshape(-1, keys, dim)).view(batch, heads, length, dim)


class SelfAttention(nn.Module):
    """Bidirectional self-attention with rotary positions and a fused QKV projection."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, tables: tuple[Tensor, Tensor], mask: Tensor | None) -> Tensor:
        """x (B, L, D), mask broadcastable to (B, 1, L, L), True where attention is allowed."""
        return self.out(merge_heads(attend(*self.project(x, tables), mask)))

    def project(self, x: Tensor, tables: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values (B, H, L, D / H) of x (B, L, D), the first two rotated."""
        q, k, v = (split_heads(part, self.heads) for part in self.qkv(x).chunk(3, dim=-1))
        return rotate(q, tables), rotate(k, tables), v


class CrossAttention(nn.Module):
    """Attention of note positions to a context whose keys and values are computed once."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def project_context(self, context: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values (C, H, Lc, D / H) of contexts (C, Lc, D)."""
        key, value = self.key_value(context).chunk(2, dim=-1)
        return split_heads(key, self.heads), split_heads(value, self.heads)

    def forward(self, x: Tensor, key_value: tuple[Tensor, Tensor], mask: Tensor | None) -> Tensor:
        """x (B, L, D) with B = C * copies, copies of one context adjacent; mask (C, 1, 1, Lc)."""
        key, value = key_value
        contexts, (batch, length, width) = key.shape[0], x.shape
        # The copies of a context are queries of one attention: keys are never gathered per copy.
        q = split_heads(self.query(x).view(contexts, -1, width), self.heads)
        attended = merge_heads(attend(q, key, value, mask))
        return self.out(attended.view(batch, length, width))


class LocalMixing(nn.Module):
    """Depthwise convolution over neighbouring note positions: what a masked position sees first."""

    def __init__(self, width: int, kernel: int):
        super().__init__()
        self.kernel = kernel
        self.weight = nn.Parameter(torch.zeros(kernel, width))
        nn.init.normal_(self.weight, std=1 / math.sqrt(kernel))

    def forward(self, x: Tensor, keep: Tensor | None) -> Tensor:
        """x (B, L, D); keep (B, L, 1) is 0 at padding, so that padding never leaks into a neighbour."""
        if keep is not None:
            x = x * keep
        half = self.kernel // 2
        padded = F.pad(x, (0, 0, half, half))
        weight = self.weight.to(x.dtype)
        length = x.shape[1]
        mixed = padded[:, :length] * weight[0]
        for i in range(1, self.kernel):
            mixed = mixed + padded[:, i : i + length] * weight[i]
        return mixed


class FeedForward(nn.Module):
    """Two linear layers with GELU."""

    def __init__(self, width: int, hidden: int):
        super().__init__()
        self.up = nn.Linear(width, hidden)
        self.down = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.gelu(self.up(x), approximate="tanh"))


class TimeConditioningMLP(nn.Module):
    """The masking ratio t as a vector added to every note position.

    t in [0, 1] is scaled by 1000 before the sinusoidal features; unscaled they would be nearly constant.
    """

    def __init__(self, width: int):
        super().__init__()
        self.width = width
        self.mlp = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))

    def features(self, t: Tensor) -> Tensor:
        """Sinusoidal features (B, width) of masking ratios (B,)."""
        half = self.width // 2
        frequencies = torch.exp(-math.log(10000.0) * torch.arange(half, device=t.device).float() / half)
        angles = 1000.0 * t.float()[:, None] * frequencies[None]
        return torch.cat((angles.sin(), angles.cos()), dim=-1)

    def forward(self, t: Tensor) -> Tensor:
        """t (B,) -> (B, width)."""
        return self.mlp(self.features(t).to(self.mlp[0].weight.dtype))
