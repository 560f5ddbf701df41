"""Encoder windows and join apart from each other, and the cache of what they yield."""

import pytest
import torch

from medscribe_core.context import build_context
from medscribe_core.encoding import CacheKey, ContextCache, ContextEncoding, memory_of
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from tests.unit.test_engine_models import TOKENIZER, VISIT, tiny
from tests.unit.tiny import tiny_context, tiny_model

LONG = VISIT.model_copy(update={"transcript": "\n".join([VISIT.transcript] * 8)})
CONTEXT = tiny_context(tiny_model())


def key(number):
    return CacheKey("diffusion", f"visit-{number}", "hash")


def test_windows_encoded_one_by_one_join_to_the_whole():
    encoding = ContextEncoding(tiny(ClinicalDiffusionLM, 0).model, TOKENIZER, ContextCache(1))
    context = build_context(LONG, TOKENIZER)
    assert len(context.windows) > 2
    apart = [encoding.window_features(context, [window])[0] for window in context.windows]
    for features, window in zip(apart, context.windows, strict=True):
        assert features.middle.shape == features.last.shape == (window.end - window.start, 24)
    joined, whole = encoding.join(context, apart), encoding.encode("visit", context)
    assert torch.allclose(joined.features, whole.features, atol=1e-4)
    assert joined.mask is not None
    assert int(joined.mask.sum()) == len(context.ids)


def test_a_missing_window_is_an_error():
    encoding = ContextEncoding(tiny(ClinicalDiffusionLM, 0).model, TOKENIZER, ContextCache(1))
    context = build_context(LONG, TOKENIZER)
    with pytest.raises(ValueError, match="tokens"):
        encoding.join(context, encoding.window_features(context, context.windows[:-1]))


def test_stages_are_told_also_when_the_context_was_cached():
    encoding = ContextEncoding(tiny(ClinicalDiffusionLM, 0).model, TOKENIZER, ContextCache(1))
    context = build_context(VISIT, TOKENIZER)
    for _ in range(2):
        stages = {}
        encoding.encode("visit", context, stages.__setitem__)
        assert set(stages) == {"encode", "adapt"}


def test_what_was_encoded_elsewhere_is_found():
    cache = ContextCache(2)
    encoding = ContextEncoding(tiny(ClinicalDiffusionLM, 0).model, TOKENIZER, cache)
    context = build_context(VISIT, TOKENIZER)
    joined = encoding.join(context, encoding.window_features(context, context.windows))
    encoding.keep("visit", context, joined)
    assert encoding.encode("visit", context) is joined
    assert (cache.hits, cache.misses) == (1, 0)


def test_the_cache_forgets_what_was_used_longest_ago():
    cache = ContextCache(2)
    for number in range(2):
        cache.put(key(number), CONTEXT)
    assert cache.get(key(0)) is CONTEXT
    cache.put(key(2), CONTEXT)
    assert cache.get(key(1)) is None
    assert cache.get(key(0)) is CONTEXT
    assert (cache.hits, cache.misses, len(cache)) == (2, 1, 2)


def test_the_cache_is_bounded_in_memory():
    size = memory_of(CONTEXT)
    cache = ContextCache(100, max_bytes=3 * size)
    for number in range(7):
        cache.put(key(number), CONTEXT)
        assert cache.bytes == len(cache) * size <= cache.max_bytes
    assert len(cache) == 3
    cache.put(key(6), CONTEXT)
    assert cache.bytes == 3 * size


def test_what_is_larger_than_the_cache_is_not_kept():
    cache = ContextCache(100, max_bytes=memory_of(CONTEXT) - 1)
    cache.put(key(0), CONTEXT)
    assert (len(cache), cache.bytes) == (0, 0)
    assert ContextCache(0).get(key(0)) is None
