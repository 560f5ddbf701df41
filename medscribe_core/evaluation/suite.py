"""Run a note writer over a file of visits with reference notes and report how good its notes are."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from medscribe_core.corpora import AuthoredEncounter, read_authored
from medscribe_core.errors import InputError
from medscribe_core.evaluation.baselines import NearestNote, copy_transcript
from medscribe_core.evaluation.calibration import calibrate
from medscribe_core.evaluation.comparison import compare_notes
from medscribe_core.evaluation.edits import evaluate_edits
from medscribe_core.evaluation.error_analysis import summarize_errors
from medscribe_core.evaluation.figures import aggregate
from medscribe_core.evaluation.groups import figures_by_group
from medscribe_core.evaluation.infilling import evaluate_infilling
from medscribe_core.evaluation.metrics import score_note
from medscribe_core.evaluation.provenance import commit, describe_machine, sha256_of
from medscribe_core.evaluation.running import EngineLike, run_model, summary
from medscribe_core.evaluation.step_curve import POINTS, measure_step_curve
from medscribe_core.schema import Encounter, SoapNote


@dataclass
class Evaluation:
    """Everything that a result file names, in reading order.

    ``data`` (file name, hash, how many visits, ``kind`` simulated or written by hand), ``settings`` with the hash of
    the weights, ``commit`` and ``machine`` say where the figures come from. ``encounters`` are the rows that the
    figures are made from, one a visit. ``calibration``, ``infilling``, ``edits``, ``step_curve`` and ``comparison`` are
    None when not measured.
    """

    data: dict[str, Any]
    settings: dict[str, Any]
    commit: str | None
    machine: dict[str, Any]
    aggregate: dict[str, Any]
    baselines: dict[str, dict[str, Any]]
    groups: dict[str, Any]
    calibration: dict[str, Any] | None
    errors: dict[str, Any]
    infilling: dict[str, Any] | None
    edits: dict[str, Any] | None
    step_curve: list[dict[str, Any]] | None
    latency_ms: dict[str, dict[str, float]]
    denoising_steps: dict[str, float]
    failures: dict[str, str]
    encounters: list[dict[str, Any]]
    comparison: dict[str, Any] | None = field(default=None)

    def to_text(self) -> str:
        """The result file: JSON with one line a visit."""
        return result_text(asdict(self))


def result_text(content: dict[str, Any]) -> str:
    """``content`` as indented JSON, its ``encounters`` last with one line each."""
    head = {key: value for key, value in content.items() if key != "encounters"}
    lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in content["encounters"])
    text = json.dumps(head, indent=2, ensure_ascii=False)
    return f'{text[:-2]},\n  "encounters": [\n{lines}\n  ]\n}}'


def evaluate(
    engine: EngineLike,
    data: Path,
    *,
    limit: int | None = None,
    model: str = "diffusion",
    policy: str | None = None,
    steps: int | None = None,
    seed: int | None = 0,
    baselines: bool = False,
    train: Path | None = None,
    infilling: bool = False,
    edits: bool = False,
    step_curve: bool = False,
    examples: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Generate and score a note for each visit of ``data`` (authored-encounter format).

    With ``baselines`` the transcript copy is scored too and, when ``train`` is given, the nearest training note.
    ``infilling``, ``edits`` and ``step_curve`` write every visit once, once and eight times more. ``examples`` errors
    of each kind are quoted; with 0 the result holds no words of any note. ``progress`` is called with (done, all)
    notes. Raises DataError for a file in the wrong format, InputError for infilling, edits or a step curve of another
    model than the diffusion model.
    """
    if model != "diffusion" and (infilling or edits or step_curve):
        raise InputError("Infilling, edits and the step curve are measured for the diffusion model only.")
    visits = list(read_authored(data, limit))
    nearest = NearestNote(read_authored(train)) if baselines and train else None
    total = len(visits) * (1 + infilling + edits + len(POINTS) * step_curve)
    done = itertools.count(1)

    def advance() -> None:
        if progress:
            progress(next(done), total)

    run = run_model(engine, visits, model=model, policy=policy, steps=steps, seed=seed, advance=advance)
    return Evaluation(
        data={
            "file": data.name,
            "sha256": sha256_of(data),
            "encounters": len(visits),
            "kind": "simulated" if all(visit.facts for visit in visits) else "written",
        },
        settings={
            "model": model,
            "policy": policy or "default",
            "steps": steps,
            "seed": seed,
            "weights": engine.weights_of(model),
        },
        commit=commit(),
        machine=describe_machine(),
        aggregate=aggregate(run.rows),
        baselines=_baselines(visits, nearest) if baselines else {},
        groups=figures_by_group(run.rows),
        calibration=calibrate(run.rated),
        errors=summarize_errors(run.errors, examples),
        infilling=evaluate_infilling(engine, visits, policy=policy, steps=steps, seed=seed, advance=advance)
        if infilling
        else None,
        edits=evaluate_edits(engine, visits, advance=advance) if edits else None,
        step_curve=measure_step_curve(engine, visits, seed=seed, advance=advance) if step_curve else None,
        latency_ms=run.latency_ms(),
        denoising_steps=summary(run.steps),
        failures=run.failures,
        encounters=run.rows,
    )


def _baselines(visits: Sequence[AuthoredEncounter], nearest: NearestNote | None) -> dict[str, dict[str, Any]]:
    writers: dict[str, Callable[[Encounter], SoapNote]] = {"copy_transcript": copy_transcript}
    if nearest:
        writers["nearest_training_note"] = nearest
    return {
        name: aggregate([_row(visit, write(visit.encounter)) for visit in visits]) for name, write in writers.items()
    }


def _row(visit: AuthoredEncounter, note: SoapNote) -> dict[str, Any]:
    return score_note(compare_notes(visit.note, note)).as_row()
