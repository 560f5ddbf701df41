"""What the two note models share: context encoder and adapter, embeddings, layers, heads, the gated copy head."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medscribe_core.model.config import LENGTH_BUCKETS, ModelConfig
from medscribe_core.model.content_plan import ContentPlan
from medscribe_core.model.context_encoder import ContextAdapter, ContextEncoder, rows_rounded_up
from medscribe_core.model.layers import CrossAttention, FeedForward, LocalMixing, SelfAttention, TimeConditioningMLP
from medscribe_core.schema import NOTE_SECTIONS, Section

SECTION_COUNT = len(Section)
#: Positions at which logits are computed are padded to a multiple of this (see WINDOW_STEP).
POSITION_STEP = 64
#: See :func:`near_sources`.
SOURCE_BIAS, SOURCE_REACH = 2.0, 16


@dataclass
class EncodedContext:
    """Everything a note model needs of C contexts, computed once an encounter.

    Attributes:
        ids: (C, Lc) token ids, padded.
        mask: (C, Lc) True at real tokens; None when nothing is padded.
        key_values: per layer of the note model, keys and values (C, H, Lc, D / H).
        copy_keys: (C, Lc, D) keys of the copy head.
        features: (C, Lc, D) the adapted context.
        length_logits: (C, 5, buckets) of the section length head.
        plan_logits: (C, Lc, 2 LISTS + buckets) of the content plan, where the model has one.
    """

    ids: Tensor
    mask: Tensor | None
    key_values: list[tuple[Tensor, Tensor]]
    copy_keys: Tensor
    features: Tensor
    length_logits: Tensor
    plan_logits: Tensor | None = None

    def only(self, index: int) -> EncodedContext:
        """The encoded context of one encounter of the batch."""
        return self.each(lambda part: part[index : index + 1])

    def each(self, change: Callable[[Tensor], Tensor]) -> EncodedContext:
        """The same with every tensor changed along its first dimension, the contexts."""
        return EncodedContext(
            change(self.ids),
            None if self.mask is None else change(self.mask),
            [(change(key), change(value)) for key, value in self.key_values],
            change(self.copy_keys),
            change(self.features),
            change(self.length_logits),
            None if self.plan_logits is None else change(self.plan_logits),
        )

    @cached_property
    def words(self) -> tuple[Tensor, Tensor]:
        """Distinct token ids (U,) of a single context, and for each of its positions the index of its own (Lc,)."""
        return torch.unique(self.ids[0], return_inverse=True)


class NoteLayer(nn.Module):
    """The parameters of one pre-norm layer over note positions, and its second half.

    Local mixing (every other layer) and self-attention differ between the models; cross-attention and feed-forward
    do not.
    """

    mixing_type: type[LocalMixing] = LocalMixing
    attention_type: type[SelfAttention] = SelfAttention

    def __init__(self, config: ModelConfig, *, mixes: bool):
        super().__init__()
        self.mixing_norm = nn.LayerNorm(config.width) if mixes else None
        self.mixing = self.mixing_type(config.width, config.conv_width) if mixes else None
        self.self_norm = nn.LayerNorm(config.width)
        self.self_attention = self.attention_type(config.width, config.heads)
        self.cross_norm = nn.LayerNorm(config.width)
        self.cross_attention = CrossAttention(config.width, config.heads)
        self.output_norm = nn.LayerNorm(config.width)
        self.feed_forward = FeedForward(config.width, config.feed_forward)

    def read_context(self, x: Tensor, key_value: tuple[Tensor, Tensor], context_mask: Tensor | None) -> Tensor:
        """Cross-attention and feed-forward of x (B, L, D)."""
        x = x + self.cross_attention(self.cross_norm(x), key_value, context_mask)
        return x + self.feed_forward(self.output_norm(x))


class NoteModel(nn.Module):
    """A distribution over the vocabulary at note positions, given a context.

    The probability of a token is (1 - g) p_vocabulary + g p_copy, where p_copy points at context tokens. With
    ``reads_evidence`` the features of the context tokens that p_copy points at are added to what p_vocabulary is
    computed from: a symptom told in the patient's words has its clinical term there.
    """

    #: What the configuration file of an exported model calls it.
    kind: ClassVar[str]

    def __init__(self, config: ModelConfig, layer_type: type[NoteLayer], *, timed: bool):
        """``timed``: whether every note position is told the masking ratio."""
        super().__init__()
        self.config = config
        self.encoder = ContextEncoder(config.encoder, config.vocab_size)
        self.adapter = ContextAdapter(config)
        self.plan = ContentPlan(config) if config.plans_content else None
        self.tokens = nn.Embedding(config.vocab_size, config.width)
        self.sections = nn.Embedding(SECTION_COUNT + 1, config.width)  # the last one: section not told
        self.time = TimeConditioningMLP(config.width) if timed else None
        self.layers = nn.ModuleList(layer_type(config, mixes=i % 2 == 0) for i in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.output_bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.section_head = nn.Linear(config.width, SECTION_COUNT)
        self.copy_query = nn.Linear(config.width, config.width)
        self.copy_key = nn.Linear(config.width, config.width)
        self.copy_gate = nn.Linear(config.width, 1)
        self.reader = nn.Linear(config.width, config.width, bias=False) if config.reads_evidence else None
        self.length_queries = nn.Parameter(torch.randn(len(NOTE_SECTIONS), config.width) * 0.02)
        self.length_head = nn.Linear(config.width, len(LENGTH_BUCKETS))
        self.apply(_initialise)
        nn.init.normal_(self.tokens.weight, std=1 / math.sqrt(config.width))
        if self.reader is not None:
            nn.init.zeros_(self.reader.weight)
        if self.plan is not None:
            nn.init.zeros_(self.plan.place.weight)
            nn.init.constant_(self.plan.head.bias, -4.0)  # of a list's tokens few belong to it
        for layer in self.layers:
            for last in (layer.self_attention.out, layer.cross_attention.out, layer.feed_forward.down):
                nn.init.normal_(last.weight, std=0.02 / math.sqrt(2 * config.layers))

    def encode_context(self, ids: Tensor, middle: Tensor, last: Tensor, mask: Tensor | None) -> EncodedContext:
        """Adapt encoder features and compute every layer's keys and values.

        Args:
            ids: (C, Lc) context token ids.
            middle, last: (C, Lc, encoder width) features of the encoder, windows joined.
            mask: (C, Lc), True at real tokens, or None.
        """
        context = self.adapter(middle, last, self.tokens(ids) * math.sqrt(self.config.width), mask)
        plan_logits = None
        if self.plan is not None:
            context, plan_logits = self.plan(context, mask)
        key_values = [layer.cross_attention.project_context(context) for layer in self.layers]
        length_logits = self._length_logits(context, mask)
        return EncodedContext(ids, mask, key_values, self.copy_key(context), context, length_logits, plan_logits)

    def _length_logits(self, context: Tensor, mask: Tensor | None) -> Tensor:
        """(C, Lc, D) -> (C, 5, buckets): one attention pooling a section, plus the log of the context's length."""
        scores = torch.einsum("sd,cld->csl", self.length_queries, context)
        if mask is not None:
            scores = scores.masked_fill(~mask[:, None], -1e4)
        # A sum of sigmoids counts mentions; a softmax would lose how many there are.
        weights = torch.sigmoid(scores - 3.0)
        pooled = torch.einsum("csl,cld->csd", weights, context) / 16.0
        return self.length_head(pooled + self.length_queries)

    def vocabulary_logits(self, hidden: Tensor) -> Tensor:
        """(N, D) -> (N, V); the output matrix is the token embedding."""
        return F.linear(hidden, self.tokens.weight) + self.output_bias

    def copy_scores_everywhere(self, hidden: Tensor, context: EncodedContext, sources: Tensor | None = None) -> Tensor:
        """Scores (B, L, Lc) of pointing at each context token from all positions of hidden states (B, L, D).

        ``sources`` (B, L): see :func:`near_sources`.
        """
        contexts, (batch, length, width) = context.copy_keys.shape[0], hidden.shape
        query = self.copy_query(hidden).view(contexts, -1, width)
        scores = torch.bmm(query, context.copy_keys.transpose(1, 2)).float() / math.sqrt(width)
        if context.mask is not None:
            scores = scores.masked_fill(~context.mask[:, None], -1e4)
        scores = scores.view(batch, length, -1)
        return scores if sources is None else scores + near_sources(sources, scores.shape[-1])

    def copy_scores(self, hidden: Tensor, rows: Tensor, context: EncodedContext) -> Tensor:
        """Scores (N, Lc) of pointing at each context token from N hidden states of contexts ``rows`` (N,), ascending.

        Computed per context, not by gathering keys per position.
        """
        query = self.copy_query(hidden)
        counts = torch.bincount(rows, minlength=context.copy_keys.shape[0]).tolist()
        parts = [q @ k.T for q, k in zip(query.split(counts), context.copy_keys, strict=True)]
        scores = torch.cat(parts).float() / math.sqrt(self.config.width)
        return scores if context.mask is None else scores.masked_fill(~context.mask[rows], -1e4)

    def with_evidence(self, hidden: Tensor, attention: Tensor, features: Tensor) -> Tensor:
        """What p_vocabulary is computed from: hidden states and the features that the copy head points at.

        Args:
            hidden: (B, L, D), or (N, D) of a single context.
            attention: (B, L, Lc) or (N, Lc), the copy head's.
            features: (C, Lc, D) of the contexts.
        """
        if self.reader is None:
            return hidden
        contexts, length = features.shape[:2]
        read = torch.bmm(attention.to(hidden.dtype).view(contexts, -1, length), features.to(hidden.dtype))
        return hidden + self.reader(read).view(hidden.shape)

    def log_gates(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """log g and log (1 - g), each (N,), of the copy gate."""
        raw = self.copy_gate(hidden).float().squeeze(-1)
        return F.logsigmoid(raw), F.logsigmoid(-raw)

    def most_probable(
        self,
        hidden: Tensor,
        context: EncodedContext,
        forbidden: Tensor,
        banned: Tensor | None = None,
        sources: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """The most probable allowed token (N,) and its probability (N,) at N positions of one context.

        The same as the maximum over :meth:`probabilities`, without writing out the mixture over the vocabulary: only
        tokens of the context have a copy part. ``banned`` (N,) names one more token that each position must not take,
        -1 for none; ``sources`` (N,) the context token at which each one's fact begins, see :func:`near_sources`.
        """
        count = hidden.shape[0]
        hidden = rows_rounded_up(hidden, POSITION_STEP)
        log_copy, log_vocabulary = self.log_gates(hidden)
        scores = self.copy_scores(hidden, torch.zeros(len(hidden), dtype=torch.long), context)
        if sources is not None:
            scores = scores + near_sources(F.pad(sources, (0, len(hidden) - count), value=-1), scores.shape[-1])
        attention = F.softmax(scores, dim=-1)
        logits = self.vocabulary_logits(self.with_evidence(hidden, attention, context.features)).float()
        normaliser = torch.logsumexp(logits, dim=-1)
        logits.masked_fill_(forbidden, -1e4)
        if banned is not None:
            banned = F.pad(banned, (0, len(hidden) - count), value=-1)
            at = (banned >= 0).nonzero().squeeze(1)
            logits[at, banned[at]] = -1e4
        best, token = logits.max(dim=-1)
        chance = (best - normaliser + log_vocabulary).exp()
        in_context, place = context.words
        copied = attention * log_copy.exp()[:, None]
        spoken = (logits[:, in_context] - normaliser[:, None] + log_vocabulary[:, None]).exp()
        spoken = spoken.scatter_add(1, place.expand_as(copied), copied).masked_fill(forbidden[in_context], 0.0)
        if banned is not None:
            spoken = spoken.masked_fill(in_context[None] == banned[:, None], 0.0)
        best_spoken, which = spoken.max(dim=-1)
        copies = best_spoken > chance
        token = torch.where(copies, in_context[which], token)
        return token[:count], torch.where(copies, best_spoken, chance)[:count]

    def probabilities(self, hidden: Tensor, rows: Tensor, context: EncodedContext, step: int = POSITION_STEP) -> Tensor:
        """Distributions (N, V) in float32 at N positions, which are padded to a multiple of ``step``; rows sum to 1."""
        count = hidden.shape[0]
        hidden = rows_rounded_up(hidden, step)
        rows = F.pad(rows, (0, hidden.shape[0] - count), value=context.ids.shape[0] - 1)
        log_copy, log_vocabulary = self.log_gates(hidden)
        attention = F.softmax(self.copy_scores(hidden, rows, context), dim=-1)
        counts = torch.bincount(rows, minlength=context.ids.shape[0]).tolist()
        parts = zip(hidden.split(counts), attention.split(counts), context.features.split(1), strict=True)
        read = torch.cat([self.with_evidence(*part) for part in parts])
        vocabulary = F.softmax(self.vocabulary_logits(read).float(), dim=-1) * log_vocabulary.exp()[:, None]
        copy = attention * log_copy.exp()[:, None]
        return vocabulary.scatter_add(1, context.ids[rows], copy)[:count]


def near_sources(sources: Tensor, length: int) -> Tensor:
    """(..., length) what is added to the copy head's scores where a position is told its source (...,), -1 for none.

    A fact is said within a few words after its beginning: these are SOURCE_BIAS nats more likely to be pointed at.
    """
    after = torch.arange(length, device=sources.device) - sources[..., None]
    return SOURCE_BIAS * ((after >= 0) & (after < SOURCE_REACH) & (sources[..., None] >= 0))


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
