"""An endless, deterministic stream of examples: simulated visits, excerpts of them, authored encounters."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import IterableDataset, get_worker_info

from medscribe_core.corpora import read_authored
from medscribe_core.corpora.authored import AuthoredEncounter, SectionEdit, edited_note, read_edits
from medscribe_core.corpora.phi_screen import screen
from medscribe_core.errors import DataError
from medscribe_core.model.context_encoder import CONTEXT_STEP, NOTE_STEP, rounded_up
from medscribe_core.schema import Encounter, Section, SoapNote
from medscribe_core.simulator import training_example
from medscribe_core.tokenizer import ClinicalTokenizer, load_tokenizer
from medscribe_core.training.batches import Batch, make_batch
from medscribe_core.training.causal_batches import make_causal_batch
from medscribe_core.training.edit_examples import edit_example
from medscribe_core.training.examples import Example, make_example
from medscribe_core.training.scaffold_examples import scaffold_example

_BATCH_SIZES = (16, 12, 8, 6, 4, 3, 2, 1)
_AUTHORED_EDITS = 0.25  # of the edited notes
POOL = 192  # examples generated at a time and sorted by size before they are cut into batches


@dataclass(frozen=True)
class StreamConfig:
    """What is trained on, in which proportions.

    Attributes:
        excerpt_start, excerpt_end: share of simulated visits cut to excerpts in the first pool and after
            ``lengthening_pools`` pools (a curriculum from short to long).
        authored: JSONL files of authored encounters; their share rises from 0 to ``authored_share``.
        batch_cost: positions a batch (context + 3 x note), the measure of Example.cost.
        causal: notes are read left to right by the autoregressive model instead of masked for the diffusion model.
        copies: masked copies of a note that share one context encoding; only one is read left to right.
        infill_share, frontier_share: see ``make_batch`` and ``make_causal_batch``.
        edit_share: share of edited notes (see ``edit_example``) once the curriculum is through.
        scaffold_share: share of the others that are laid out by their content plan (see ``scaffold_example``).
        edits: JSONL files of edits of the authored encounters, of which a quarter of the edited notes are.
    """

    tokenizer: Path
    seed: int = 0
    excerpt_start: float = 0.95
    excerpt_end: float = 0.5
    lengthening_pools: int = 300
    authored: tuple[Path, ...] = ()
    authored_share: float = 0.2
    batch_cost: int = 7000
    causal: bool = False
    copies: int = 4
    infill_share: float = 0.25
    frontier_share: float = 0.0
    edits: tuple[Path, ...] = ()
    edit_share: float = 0.0
    scaffold_share: float = 0.0

    def stage(self, pool: int) -> float:
        """Progress of the curriculum, 0 to 1."""
        return min(pool / max(self.lengthening_pools, 1), 1.0)


def read_encounters(paths: Sequence[Path]) -> list[AuthoredEncounter]:
    """Authored encounters of several files, none of which names a person.

    Raises DataError that names the file and line of a broken record, or the first record in which the PHI screen
    finds an identifier and its kind.
    """
    encounters: list[AuthoredEncounter] = []
    for path in paths:
        found = list(read_authored(path))
        alarms = screen(found).by_record()
        if alarms:
            name, kinds = next(iter(alarms.items()))
            listed = ", ".join(kind.replace("_", " ") for kind in kinds)
            raise DataError(
                f"{path} cannot be trained on: the record {name[:40]!r} seems to hold an identifier of a person "
                f"({listed}); `medscribe corpora check` lists every one."
            )
        encounters += found
    return encounters


def authored_example(record: AuthoredEncounter, tokenizer: ClinicalTokenizer, rng: random.Random) -> Example | None:
    """An authored encounter as an example, with its quotes as evidence."""
    evidence = []
    for item in record.evidence:
        at = record.transcript.find(item.quote)
        if at >= 0:
            evidence.append((item.section, item.statement, at, at + len(item.quote)))
    return make_example(tokenizer, record.encounter, record.note, evidence, rng, guess_sources=True)


def simulated_example(
    split: str, tokenizer: ClinicalTokenizer, rng: random.Random, excerpt_probability: float
) -> Example | None:
    """One simulated visit (or an excerpt of one) as an example."""
    visit = training_example(rng, split, excerpt_probability=excerpt_probability)
    return _as_example(visit, tokenizer, rng)


def edited_simulated_example(
    split: str, tokenizer: ClinicalTokenizer, rng: random.Random, excerpt_probability: float
) -> Example | None:
    """One simulated visit whose note was edited; None where its note has nothing to edit."""
    visit = training_example(rng, split, excerpt_probability=excerpt_probability, with_edit=True)
    example = _as_example(visit, tokenizer, rng)
    if example is None or visit["edit"] is None:
        return None
    edit = SectionEdit.model_validate({key: value for key, value in visit["edit"].items() if key != "kind"})
    return _edited(tokenizer, example, visit["note"], edit, rng)


def edited_authored_example(
    record: AuthoredEncounter, edit: SectionEdit, tokenizer: ClinicalTokenizer, rng: random.Random
) -> Example | None:
    """An authored encounter whose note was edited."""
    example = authored_example(record, tokenizer, rng)
    return None if example is None else _edited(tokenizer, example, record.note, edit, rng)


def _as_example(visit: dict[str, Any], tokenizer: ClinicalTokenizer, rng: random.Random) -> Example | None:
    encounter = Encounter(
        encounter_id="simulated", transcript=visit["transcript"], patient_context=visit["patient_context"]
    )
    return make_example(tokenizer, encounter, visit["note"], visit["evidence"], rng, charted=visit["charted"])


def _edited(
    tokenizer: ClinicalTokenizer, example: Example, note: SoapNote, edit: SectionEdit, rng: random.Random
) -> Example | None:
    return edit_example(tokenizer, example, (note, edited_note(note, edit)), Section(edit.section), rng)


class BatchStream(IterableDataset):
    """Batches in an order that depends only on the configuration; starts at any (pool, batch)."""

    def __init__(self, config: StreamConfig, start_pool: int = 0, start_batch: int = 0):
        self.config = config
        self.start = (start_pool, start_batch)

    def __iter__(self) -> Iterator[Batch]:
        info = get_worker_info()
        if info is not None:
            torch.set_num_threads(1)
        tokenizer = load_tokenizer(self.config.tokenizer)
        authored = read_encounters(self.config.authored)
        by_id = {record.id: record for record in authored}
        edits = [
            (by_id[name], edit)
            for path in self.config.edits
            for name, found in read_edits(path).items()
            if name in by_id
            for edit in found
        ]
        pool, skip = self.start
        while True:
            groups = self._groups(pool, tokenizer, authored, edits)
            for index, group in enumerate(groups):
                if index >= skip:
                    seed = hash((self.config.seed, pool, index)) & 0x7FFFFFFF
                    yield self._batch(group, tokenizer, seed, (pool, index, len(groups)))
            pool, skip = pool + 1, 0

    def _batch(
        self, group: list[Example], tokenizer: ClinicalTokenizer, seed: int, position: tuple[int, int, int]
    ) -> Batch:
        config = self.config
        if config.causal:
            return make_causal_batch(group, tokenizer, infill_share=config.infill_share, seed=seed, position=position)
        return make_batch(
            group,
            tokenizer,
            copies=config.copies,
            infill_share=config.infill_share,
            frontier_share=config.frontier_share,
            seed=seed,
            position=position,
        )

    def _groups(
        self,
        pool: int,
        tokenizer: ClinicalTokenizer,
        authored: list[AuthoredEncounter],
        edits: list[tuple[AuthoredEncounter, SectionEdit]],
    ) -> list[list[Example]]:
        config = self.config
        rng = random.Random(f"{config.seed}-{pool}")
        stage = config.stage(pool)
        excerpts = config.excerpt_start + (config.excerpt_end - config.excerpt_start) * stage
        examples: list[Example] = []
        while len(examples) < POOL:
            if config.edit_share and rng.random() < config.edit_share * stage:
                if edits and rng.random() < _AUTHORED_EDITS:
                    example = edited_authored_example(*rng.choice(edits), tokenizer, rng)
                else:
                    example = edited_simulated_example("train", tokenizer, rng, excerpts)
            else:
                laid_out = rng.random() < config.scaffold_share
                if authored and rng.random() < config.authored_share * stage:
                    example = authored_example(rng.choice(authored), tokenizer, rng)
                else:
                    example = simulated_example("train", tokenizer, rng, excerpts)
                if laid_out and example is not None:
                    example = scaffold_example(tokenizer, example, rng)
            if example is not None:
                examples.append(example)
        return cut_by_cost(examples, config.batch_cost, rng)


def cut_by_cost(examples: list[Example], budget: int, rng: random.Random) -> list[list[Example]]:
    """Batches of similar size, each within the budget of padded positions, in random order.

    Batch sizes come from a short list, so that few distinct shapes occur (see WINDOW_STEP).
    """
    ordered = sorted(
        examples, key=lambda e: (rounded_up(len(e.note_ids), NOTE_STEP), rounded_up(len(e.context_ids), CONTEXT_STEP))
    )
    groups: list[list[Example]] = []
    start = 0
    while start < len(ordered):
        size = next(k for k in _BATCH_SIZES if k == 1 or _fits(ordered[start : start + k], k, budget))
        groups.append(ordered[start : start + size])
        start += size
    rng.shuffle(groups)
    return groups


def _fits(group: list[Example], size: int, budget: int) -> bool:
    note = rounded_up(max(len(e.note_ids) for e in group), NOTE_STEP)
    context = rounded_up(max(len(e.context_ids) for e in group), CONTEXT_STEP)
    return len(group) == size and size * (context + 3 * note) <= budget
