"""Let a model write the note of every visit and keep what an evaluation is made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from medscribe_core.corpora import AuthoredEncounter
from medscribe_core.errors import MedScribeError
from medscribe_core.evaluation.calibration import Rated, rate_statements
from medscribe_core.evaluation.comparison import compare_notes
from medscribe_core.evaluation.error_analysis import NoteError, categorize_errors
from medscribe_core.evaluation.groups import groups_of
from medscribe_core.evaluation.metrics import score_note
from medscribe_core.generated import Rated as RatedStatement
from medscribe_core.schema import Encounter, SoapNote


class GeneratedLike(Protocol):
    """What an evaluation needs of a generated note."""

    note: SoapNote
    timings: dict[str, float]
    steps: int
    statements: Sequence[RatedStatement]


class EngineLike(Protocol):
    """What an evaluation needs of an engine; NoteEngine is one."""

    def generate(
        self, encounter: Encounter, *, model: str, policy: str | None, steps: int | None, seed: int | None
    ) -> GeneratedLike:
        """Write the note of ``encounter``."""

    def weights_of(self, model: str) -> str:
        """The id of the model's weights; raises ModelFilesError when they are not there."""


@dataclass
class ModelRun:
    """One model's notes of all visits, as figures.

    ``rows`` are those of ``NoteScores.as_row`` with ``id`` and ``groups``, one a visit in the visits' order.
    ``failures`` maps the id of a visit without a note to the reason; such a visit counts as an empty note and has no
    ``errors``. ``rated`` holds the confidences of each written note's statements.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    timings: list[dict[str, float]] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    rated: list[list[Rated]] = field(default_factory=list)
    errors: dict[str, list[NoteError]] = field(default_factory=dict)

    def latency_ms(self) -> dict[str, dict[str, float]]:
        """Milliseconds by stage: mean, median, 99th percentile."""
        stages: dict[str, list[float]] = {}
        for timing in self.timings:
            for stage, milliseconds in timing.items():
                stages.setdefault(stage, []).append(milliseconds)
        return {stage: summary(values) for stage, values in stages.items()}


def run_model(
    engine: EngineLike,
    visits: Sequence[AuthoredEncounter],
    *,
    model: str,
    policy: str | None,
    steps: int | None,
    seed: int | None,
    advance: Callable[[], None] = lambda: None,
) -> ModelRun:
    """Generate and score a note for each visit; ``advance`` is called after every one."""
    run = ModelRun()
    for visit in visits:
        try:
            generated = engine.generate(visit.encounter, model=model, policy=policy, steps=steps, seed=seed)
        except MedScribeError as error:
            run.failures[visit.id] = str(error)
            comparison = compare_notes(visit.note, SoapNote())
        else:
            comparison = compare_notes(visit.note, generated.note)
            run.timings.append(generated.timings)
            run.steps.append(generated.steps)
            run.rated.append(rate_statements(comparison, generated.statements))
            run.errors[visit.id] = categorize_errors(generated.note, visit.note, visit.encounter)
        run.rows.append({"id": visit.id, "groups": groups_of(visit), **score_note(comparison).as_row()})
        advance()
    return run


def summary(values: Sequence[float]) -> dict[str, float]:
    """Mean, median and 99th percentile; empty without values."""
    if not values:
        return {}
    p50, p99 = np.percentile(values, [50, 99])
    return {"mean": round(float(np.mean(values)), 2), "p50": round(float(p50), 2), "p99": round(float(p99), 2)}
