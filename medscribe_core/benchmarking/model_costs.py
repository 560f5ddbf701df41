"""Parameters, memory and floating-point operations of the presets, counted on models without weights."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from medscribe_core.benchmarking.results import ModelCost
from medscribe_core.context import MAX_CONTEXT_TOKENS, MAX_WINDOW_TOKENS
from medscribe_core.model.causal import CausalTransformer, KeyValueCache
from medscribe_core.model.config import PRESETS, ModelConfig
from medscribe_core.model.denoiser import ClinicalDiffusionLM, EncodedContext
from medscribe_core.model.note_model import NoteModel
from medscribe_core.sampling.canvas import MAX_NOTE_TOKENS

_WINDOW_MARKS = 2  # start and end of an encoder window
_BYTES = {"float32": 4, "bfloat16": 2}


def preset_costs(context_tokens: int = MAX_CONTEXT_TOKENS, note_tokens: int = MAX_NOTE_TOKENS) -> list[ModelCost]:
    """What every preset of both models costs for a context and a note of these lengths."""
    return [
        model_cost(name, config, model_type, context_tokens, note_tokens)
        for name, config in PRESETS.items()
        for model_type in (ClinicalDiffusionLM, CausalTransformer)
    ]


@torch.no_grad()
def model_cost(
    preset: str, config: ModelConfig, model_type: type[NoteModel], context_tokens: int, note_tokens: int
) -> ModelCost:
    """Count one model; nothing is computed and no memory is taken for its weights."""
    with torch.device("meta"):
        model = model_type(config).eval()
        window = min(MAX_WINDOW_TOKENS + _WINDOW_MARKS, config.encoder.max_positions)
        windows = -(-context_tokens // (window - _WINDOW_MARKS))
        ids = torch.zeros(windows, window, dtype=torch.long)
        lengths = torch.full((windows,), window)
        context_ids = torch.zeros(1, context_tokens, dtype=torch.long)
        features = torch.zeros(1, context_tokens, config.encoder.width)
        context = model.encode_context(context_ids, features, features, None)
        flops = {
            "encode": count_flops(lambda: model.encoder(ids, lengths)),
            "adapt": count_flops(lambda: model.encode_context(context_ids, features, features, None)),
            **_writing_flops(model, context, note_tokens),
        }
    parameters = {"encoder": sum(p.numel() for p in model.encoder.parameters())}
    parameters["note model"] = sum(p.numel() for p in model.parameters()) - parameters["encoder"]
    parameters["total"] = sum(parameters.values())
    return ModelCost(
        preset=preset,
        model=model_type.kind,
        context_tokens=context_tokens,
        note_tokens=note_tokens,
        parameters=parameters,
        bytes={name: size * parameters["total"] for name, size in _BYTES.items()},
        flops=flops,
    )


def count_flops(run: Callable[[], object]) -> int:
    """Floating-point operations of the matrix products and attentions of ``run``."""
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()


def _writing_flops(model: NoteModel, context: EncodedContext, note_tokens: int) -> dict[str, int]:
    """One pass over all note positions with the head at all of them, or over the last one of a cached note."""
    note = torch.zeros(1, note_tokens, dtype=torch.long)
    if isinstance(model, CausalTransformer):
        cache = KeyValueCache(model, 1, note_tokens)
        cache.length = note_tokens - 1
        last = note[:, -1:]
        one_pass, positions = count_flops(lambda: model(last, context, last, cache)), 1
    else:
        one_pass, positions = count_flops(lambda: model(note, torch.ones(1), context, note)), note_tokens
    hidden = torch.zeros(1, positions, model.config.width)
    return {"pass": one_pass, "head": count_flops(lambda: _head(model, hidden, context))}


def _head(model: NoteModel, hidden: Tensor, context: EncodedContext) -> Tensor:
    """Copy head, reading of the evidence and logits over the vocabulary, as for committing tokens."""
    model.log_gates(hidden[0])
    attention = model.copy_scores_everywhere(hidden, context).softmax(dim=-1)
    return model.vocabulary_logits(model.with_evidence(hidden, attention, context.features))
