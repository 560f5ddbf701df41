"""What is measured while training: cross-entropy (by masking ratio) and the health checks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import torch

from medscribe_core.diffusion.loss import token_nll
from medscribe_core.model.causal import CausalTransformer
from medscribe_core.model.note_model import NoteModel
from medscribe_core.model.precision import autocast
from medscribe_core.tokenizer import ClinicalTokenizer
from medscribe_core.training.batches import make_batch
from medscribe_core.training.causal_batches import make_causal_batch
from medscribe_core.training.examples import Example
from medscribe_core.training.objective import encode_batch, hidden_states
from medscribe_core.training.stream import authored_example, cut_by_cost, read_encounters, simulated_example

_BUDGET = 6000
#: Of every measurement: its name, the masking ratio (None: sections in progress), what is changed.
_DIFFUSION_MEASURES = (
    ("t0.1", 0.1, None),
    ("t0.5", 0.5, None),
    ("t1.0", 1.0, None),
    ("frontier", None, None),
    ("wrong_context", 0.5, "context"),
    ("closed_gate", 0.5, "gate"),
)
_CAUSAL_MEASURES = (("next_token", None, None), ("wrong_context", None, "context"), ("closed_gate", None, "gate"))


def validation_sets(
    tokenizer: ClinicalTokenizer, authored: Sequence[Path], counts: dict[str, int] | None = None
) -> dict[str, list[list[Example]]]:
    """Fixed batches of held-back phrasing: excerpts, whole visits and authored visits (where a file is given)."""
    counts = counts or {"excerpts": 48, "visits": 32, "authored": 40}
    rng = random.Random(20260101)
    sets = {
        "excerpts": [simulated_example("validation", tokenizer, rng, 1.0) for _ in range(counts["excerpts"])],
        "visits": [simulated_example("validation", tokenizer, rng, 0.0) for _ in range(counts["visits"])],
    }
    records = read_encounters(authored)[: counts["authored"]]
    if records:
        sets["authored"] = [authored_example(record, tokenizer, rng) for record in records]
    return {
        name: cut_by_cost([e for e in examples if e is not None], _BUDGET, random.Random(0))
        for name, examples in sets.items()
    }


@torch.no_grad()
def validate(model: NoteModel, tokenizer: ClinicalTokenizer, sets: dict[str, list[list[Example]]]) -> dict[str, float]:
    """Mean -log p per masked token at t = 0.1, 0.5 and 1, and at t = 0.5 with a wrong context and a closed copy gate.

    ``frontier`` is the weighted mean over the first missing positions of sections in progress (``frontier_mask``).

    Health: ``t0.1`` far below ``t1.0``; ``wrong_context`` and ``closed_gate`` far above ``t0.5``.

    Of the autoregressive model ``next_token`` is the mean over all tokens, and stands for ``t0.5``.
    """
    measures = _CAUSAL_MEASURES if isinstance(model, CausalTransformer) else _DIFFUSION_MEASURES
    model.eval()
    result: dict[str, float] = {}
    for name, groups in sets.items():
        for label, t, change in measures:
            if change and name != "visits":
                continue
            total, count = 0.0, 0.0
            for index, group in enumerate(groups):
                batch_total, batch_count = _batch_nll(model, tokenizer, group, t, index, change)
                total += batch_total
                count += batch_count
            result[f"{name}/{label}"] = total / max(count, 1)
    model.train()
    return result


def _batch_nll(
    model: NoteModel,
    tokenizer: ClinicalTokenizer,
    group: list[Example],
    t: float | None,
    index: int,
    change: str | None,
) -> tuple[float, float]:
    causal, seed = isinstance(model, CausalTransformer), 1000 + index
    if causal:
        batch = make_causal_batch(group, tokenizer, infill_share=0.0, seed=seed)
    else:
        batch = make_batch(group, tokenizer, copies=1, infill_share=0.0, seed=seed, t=t, frontier_share=t is None)
    with autocast():
        context = encode_batch(model, batch, train_encoder=False)
        if change == "context":
            context = context.each(lambda part: part.roll(1, dims=0))  # every note gets the next one's
        hidden = hidden_states(model, batch, context, batch.sections)
        targets = batch.clean[batch.masked]
        nll, _ = token_nll(model, hidden, batch.masked, targets, context, close_gate=change == "gate")
    if t is None and not causal:
        return float((nll * batch.weights).sum()) * len(batch.t), len(batch.t)
    return float(nll.sum()), len(targets)


def health_problems(result: dict[str, float]) -> list[str]:
    """Sentences for the checks that fail; empty for a healthy run."""
    problems = []
    causal = "visits/next_token" in result
    usual = result["visits/next_token" if causal else "visits/t0.5"]
    if not causal and result["visits/t0.1"] > 0.6 * result["visits/t1.0"]:
        problems.append("cross-entropy at t = 0.1 is not far below t = 1: visible neighbours are ignored")
    if result["visits/wrong_context"] < 1.2 * usual:
        problems.append("a wrong context costs little: the transcript is ignored")
    if result["visits/closed_gate"] < 1.1 * usual:
        problems.append("closing the copy gate costs little: nothing is copied")
    return problems
