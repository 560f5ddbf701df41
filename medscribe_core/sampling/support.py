"""Second thoughts: every statement of a finished note is hidden once, and how the model would write it again is told.

A statement that rests on the transcript is one that the model finds again with the rest of the note in view, in words
of the transcript that belong in its list and that no other statement rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from medscribe_core.checks.certainty import Unit
from medscribe_core.diffusion.loss import token_nll
from medscribe_core.model.denoiser import ClinicalDiffusionLM, EncodedContext
from medscribe_core.note_lists import NOTE_LISTS
from medscribe_core.schema import Section

#: Statements are hidden in this many groups, neighbours apart, one forward pass for all.
GROUPS = 4
#: What is known of a statement, in this order; the last ones say which list it is in.
FEATURES = (
    "least_confidence", "mean_confidence", "least_likelihood", "mean_likelihood", "first_likelihood", "in_its_list",
    "in_any_list", "shared_evidence", "copied", "length", *(f"list_{name}" for name in NOTE_LISTS),
)  # fmt: skip
_FLOOR = -8.0  # nats: below this a token is as unlikely as can be


@dataclass(frozen=True)
class Place:
    """A statement, its text and the canvas positions of its tokens; ``list`` is its index in NOTE_LISTS."""

    section: Section
    unit: Unit
    text: str
    positions: tuple[int, ...]
    list: int


@torch.inference_mode()
def support_features(
    model: ClinicalDiffusionLM,
    mask_id: int,
    ids: Tensor,
    sections: Tensor,
    confidence: Tensor,
    note_mask: Tensor,
    places: Sequence[Place],
    context: EncodedContext,
    sources: Tensor | None = None,
) -> Tensor:
    """(S, len(FEATURES)) of the S ``places`` of a finished note, float32.

    Args:
        ids, sections, note_mask, sources: (1, L) as in :func:`denoise`.
        confidence: (1, L) probability of each token when it was committed.
        context: of the note's encounter.
    """
    if not places:
        return torch.zeros(0, len(FEATURES))
    hidden_in = torch.zeros(GROUPS, ids.shape[1], dtype=torch.bool)
    for index, place in enumerate(places):
        hidden_in[index % GROUPS, list(place.positions)] = True
    rows = ids.expand(GROUPS, -1)
    t = hidden_in.sum(dim=1) / note_mask.sum()
    told = None if sources is None else sources.expand(GROUPS, -1)
    states = model(
        rows.masked_fill(hidden_in, mask_id),
        t,
        context,
        sections.expand(GROUPS, -1),
        note_mask.expand(GROUPS, -1),
        told,
    )
    likelihood = torch.zeros(GROUPS, ids.shape[1])
    likelihood[hidden_in] = -token_nll(model, states, hidden_in, rows[hidden_in], context, sources=told)[0].float()
    attention = F.softmax(model.copy_scores_everywhere(states, context, told), dim=-1)
    copied = model.log_gates(states.flatten(0, 1))[0].exp().view(GROUPS, -1)
    covers = covered(context)
    found = torch.zeros(len(places), len(FEATURES))
    evidence = torch.zeros(len(places), attention.shape[-1])
    for index, place in enumerate(places):
        group, at = index % GROUPS, list(place.positions)
        again, sure = likelihood[group, at].clamp(min=_FLOOR), confidence[0, at].clamp(min=1e-4).log()
        evidence[index] = attention[group, at].mean(dim=0)
        found[index, :10] = torch.tensor(
            [
                float(sure.min()),
                float(sure.mean()),
                float(again.min()),
                float(again.mean()),
                float(again[0]),
                float(evidence[index] @ covers[:, place.list]),
                float(evidence[index] @ covers.amax(dim=1)),
                0.0,
                float(copied[group, at].mean()),
                len(at) / 10.0,
            ]
        )
        found[index, 10 + place.list] = 1.0
    alike = F.normalize(evidence, dim=1)
    overlap = alike @ alike.T - torch.eye(len(places))
    same = torch.tensor([[a.section is b.section for b in places] for a in places])
    found[:, FEATURES.index("shared_evidence")] = overlap.masked_fill(~same, 0.0).amax(dim=1)
    return found


def covered(context: EncodedContext) -> Tensor:
    """(Lc, len(NOTE_LISTS)) chance that a fact of each list rests on each context token; zeros without a plan."""
    if context.plan_logits is None:
        return torch.zeros(context.ids.shape[1], len(NOTE_LISTS))
    return torch.sigmoid(context.plan_logits[0, :, len(NOTE_LISTS) : 2 * len(NOTE_LISTS)].float())
