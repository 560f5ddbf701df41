"""Run a note writer over a file of visits with reference notes and report how good its notes are."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from medscribe_core.corpora import AuthoredEncounter, read_authored
from medscribe_core.errors import MedScribeError
from medscribe_core.evaluation.baselines import NearestNote, copy_transcript
from medscribe_core.evaluation.metrics import NoteScores, aggregate, score_note
from medscribe_core.schema import Encounter, SoapNote

BOOTSTRAP_SEED = 20240607


class GeneratedLike(Protocol):
    """What an evaluation needs of a generated note."""

    note: SoapNote
    timings: dict[str, float]
    steps: int


class EngineLike(Protocol):
    """What an evaluation needs of an engine; NoteEngine is one."""

    def generate(
        self, encounter: Encounter, *, model: str, policy: str | None, steps: int | None, seed: int | None
    ) -> GeneratedLike:
        """Write the note of ``encounter``."""


@dataclass
class Evaluation:
    """Everything that a result file names: the data, the settings, the machine, each note's figures, the aggregate.

    ``failures`` maps the id of a visit without a note to the reason; such a visit counts as an empty note.
    """

    data: dict[str, Any]
    settings: dict[str, Any]
    machine: dict[str, Any]
    aggregate: dict[str, Any]
    encounters: list[dict[str, Any]]
    latency_ms: dict[str, dict[str, float]] = field(default_factory=dict)
    denoising_steps: dict[str, float] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    baselines: dict[str, dict[str, Any]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready dict in reading order."""
        return {
            "data": self.data,
            "settings": self.settings,
            "machine": self.machine,
            "aggregate": self.aggregate,
            "baselines": self.baselines,
            "latency_ms": self.latency_ms,
            "denoising_steps": self.denoising_steps,
            "failures": self.failures,
            "encounters": self.encounters,
        }


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
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Generate and score a note for each visit of ``data`` (authored-encounter format).

    ``progress`` is called with (done, all). With ``baselines`` the transcript copy is scored too and, when
    ``train`` is given, the nearest training note. Raises DataError for a file in the wrong format.
    """
    visits = list(read_authored(data, limit))
    nearest = NearestNote(read_authored(train)) if baselines and train else None
    scores: list[NoteScores] = []
    timings: list[dict[str, float]] = []
    used_steps: list[int] = []
    failures: dict[str, str] = {}
    for done, visit in enumerate(visits, start=1):
        try:
            generated = engine.generate(visit.encounter, model=model, policy=policy, steps=steps, seed=seed)
        except MedScribeError as error:
            failures[visit.id] = str(error)
            scores.append(score_note(visit.note, SoapNote()))
        else:
            scores.append(score_note(visit.note, generated.note))
            timings.append(generated.timings)
            used_steps.append(generated.steps)
        if progress:
            progress(done, len(visits))
    return Evaluation(
        data={"file": data.name, "sha256": _sha256(data), "encounters": len(visits)},
        settings={
            "model": model,
            "policy": policy or "default",
            "steps": steps,
            "seed": seed,
            "weights": getattr(engine, "weights_id", None),
        },
        machine=describe_machine(),
        aggregate=aggregate(scores, BOOTSTRAP_SEED),
        encounters=[{"id": v.id, **s.as_json()} for v, s in zip(visits, scores, strict=True)],
        latency_ms=_latency(timings),
        denoising_steps=_summary(used_steps),
        failures=failures,
        baselines=_baselines(visits, nearest) if baselines else {},
    )


def describe_machine() -> dict[str, Any]:
    """CPU model, core and thread counts and library versions; nothing that names the machine itself."""
    try:
        import torch

        threads = torch.get_num_threads()
    except ImportError:
        threads = None
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "threads": threads,
        "torch": _version("torch"),
        "python": platform.python_version(),
        "medscribe": _version("medscribe"),
    }


def _baselines(visits: Sequence[AuthoredEncounter], nearest: NearestNote | None) -> dict[str, dict[str, Any]]:
    writers: dict[str, Callable[[Encounter], SoapNote]] = {"copy_transcript": copy_transcript}
    if nearest:
        writers["nearest_training_note"] = nearest
    return {
        name: aggregate([score_note(visit.note, write(visit.encounter)) for visit in visits], BOOTSTRAP_SEED)
        for name, write in writers.items()
    }


def _latency(timings: Iterable[dict[str, float]]) -> dict[str, dict[str, float]]:
    stages: dict[str, list[float]] = {}
    for timing in timings:
        for stage, milliseconds in timing.items():
            stages.setdefault(stage, []).append(milliseconds)
    return {stage: _summary(values) for stage, values in stages.items()}


def _summary(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    p50, p99 = np.percentile(values, [50, 99])
    return {"mean": round(float(np.mean(values)), 2), "p50": round(float(p50), 2), "p99": round(float(p99), 2)}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
