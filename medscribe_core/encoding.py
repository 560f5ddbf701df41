"""From a visit's tokens to what a note model reads: encoder windows, the adapter's join, a bounded cache of both."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from medscribe_core.context import ContextTokens, Window
from medscribe_core.model.context_encoder import CONTEXT_STEP, rounded_up, window_batch
from medscribe_core.model.denoiser import EncodedContext
from medscribe_core.model.note_model import NoteModel
from medscribe_core.tokenizer import WINDOW_END, WINDOW_START, ClinicalTokenizer

#: Memory of the cached contexts of an engine, whatever their number (a visit of 1,024 tokens has 7 MB in bfloat16).
CACHED_BYTES = 128 * 2**20


class WindowFeatures(NamedTuple):
    """Encoder features of the kept tokens of one window: middle and last layer, each (n, encoder width)."""

    middle: Tensor
    last: Tensor


class CacheKey(NamedTuple):
    """What a cached context belongs to: a kind of model, an encounter, the hash of what the encoder sees of it."""

    model: str
    encounter_id: str
    content_hash: str


class ContextCache:
    """The contexts used last, at most ``capacity`` of them and ``max_bytes`` in memory; counts hits and misses."""

    def __init__(self, capacity: int, max_bytes: int = CACHED_BYTES):
        self.capacity, self.max_bytes = capacity, max_bytes
        self.hits = self.misses = self.bytes = 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[CacheKey, tuple[EncodedContext, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: CacheKey) -> EncodedContext | None:
        """The context kept under ``key``, which becomes the one used last; None when it is not there."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                self.misses += 1
                return None
            self._kept.move_to_end(key)
            self.hits += 1
            return found[0]

    def put(self, key: CacheKey, context: EncodedContext) -> None:
        """Keep a context; those used longest ago make room. One that is too large for the cache is not kept."""
        size = memory_of(context)
        with self._lock:
            _, replaced = self._kept.pop(key, (None, 0))
            self.bytes -= replaced
            if size > self.max_bytes:
                return
            self._kept[key] = context, size
            self.bytes += size
            while self._kept and (len(self._kept) > self.capacity or self.bytes > self.max_bytes):
                _, (_, freed) = self._kept.popitem(last=False)
                self.bytes -= freed


class ContextEncoding:
    """Encodes visits for one model.

    The two halves can be called apart: :meth:`window_features` reads windows independently of each other, so that a
    window can be encoded as soon as it has been spoken; :meth:`join` needs all of them.
    """

    def __init__(self, model: NoteModel, tokenizer: ClinicalTokenizer, cache: ContextCache):
        self._model, self._tokenizer, self._cache = model, tokenizer, cache

    @torch.inference_mode()
    def window_features(self, context: ContextTokens, windows: Sequence[Window]) -> list[WindowFeatures]:
        """Encode some of the context's ``windows``; what a window yields depends on its tokens only."""
        # One window at a time: in bfloat16 a window's features depend a little on what shares its batch, and a note
        # must not depend on when its windows were spoken. It takes as long.
        return [self._window(context, window) for window in windows]

    def _window(self, context: ContextTokens, window: Window) -> WindowFeatures:
        ids, lengths, kept = window_batch(
            [context.ids],
            [[window]],
            self._tokenizer.id_of(WINDOW_START),
            self._tokenizer.id_of(WINDOW_END),
            self._tokenizer.pad_id,
        )
        middle, last = self._model.encoder(ids, lengths)
        ((_, _, offset, count),) = kept
        return WindowFeatures(middle[0, offset : offset + count], last[0, offset : offset + count])

    @torch.inference_mode()
    def join(self, context: ContextTokens, features: Sequence[WindowFeatures]) -> EncodedContext:
        """Adapt the features of all of ``context.windows``, in their order, and compute what every layer reads.

        Raises ValueError when they do not cover the context.
        """
        count = len(context.ids)
        middle, last = (torch.cat(parts) for parts in zip(*features, strict=True))
        if len(last) != count:
            raise ValueError(f"The windows have {len(last)} tokens, the context has {count}.")
        length = rounded_up(count, CONTEXT_STEP)
        return self._model.encode_context(
            torch.tensor([context.ids + [self._tokenizer.pad_id] * (length - count)]),
            _padded(middle, length),
            _padded(last, length),
            torch.arange(length)[None] < count,
        )

    def encode(
        self, encounter_id: str, context: ContextTokens, record: Callable[[str, float], None] = lambda stage, ms: None
    ) -> EncodedContext:
        """The encoded context, from the cache when this encounter's content was encoded before.

        ``record`` is told the milliseconds of the stages ``encode`` and ``adapt``, also when both came from the cache.
        """
        began = time.perf_counter()
        encoded = self._cache.get(self._key(encounter_id, context))
        features = self.window_features(context, context.windows) if encoded is None else []
        middle = time.perf_counter()
        if encoded is None:
            encoded = self.join(context, features)
            self.keep(encounter_id, context, encoded)
        record("encode", (middle - began) * 1000.0)
        record("adapt", (time.perf_counter() - middle) * 1000.0)
        return encoded

    def keep(self, encounter_id: str, context: ContextTokens, encoded: EncodedContext) -> None:
        """Put a context that was encoded elsewhere, window by window, into the cache."""
        self._cache.put(self._key(encounter_id, context), encoded)

    def _key(self, encounter_id: str, context: ContextTokens) -> CacheKey:
        return CacheKey(self._model.kind, encounter_id, context.content_hash)


def memory_of(context: EncodedContext) -> int:
    """Bytes of the tensors of an encoded context."""
    tensors = [context.ids, context.copy_keys, context.features, context.length_logits]
    tensors += [part for pair in context.key_values for part in pair]
    tensors += [part for part in (context.mask, context.plan_logits) if part is not None]
    return sum(tensor.element_size() * tensor.nelement() for tensor in tensors)


def _padded(features: Tensor, length: int) -> Tensor:
    """(n, E) -> (1, length, E) with zeros at the end."""
    padded = features.new_zeros(1, length, features.shape[-1])
    padded[0, : len(features)] = features
    return padded
