"""Quality against speed: the same visits written with few and with many denoising steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from medscribe_core.corpora import AuthoredEncounter
from medscribe_core.evaluation.figures import FIGURES
from medscribe_core.evaluation.running import EngineLike, run_model, summary

STEP_COUNTS = (1, 3, 5, 10, 15, 20, 25)
#: (policy, steps) of every point: the confidence policy with each step count, then the adaptive one.
POINTS: tuple[tuple[str, int | None], ...] = (*(("confidence", n) for n in STEP_COUNTS), ("adaptive", None))
CURVE_FIGURES = ("facts_captured", "unsupported_share", "section_f1", "rougeL", "acceptance_proxy")


def measure_step_curve(
    engine: EngineLike,
    visits: Sequence[AuthoredEncounter],
    *,
    seed: int | None,
    advance: Callable[[], None] = lambda: None,
) -> list[dict[str, Any]]:
    """One entry for each of POINTS: ``policy``, ``steps`` asked, ``steps_used``, CURVE_FIGURES and total ``ms``."""
    chosen = [figure for figure in FIGURES if figure.key in CURVE_FIGURES]
    curve = []
    for policy, steps in POINTS:
        run = run_model(engine, visits, model="diffusion", policy=policy, steps=steps, seed=seed, advance=advance)
        curve.append(
            {
                "policy": policy,
                "steps": steps,
                "steps_used": summary(run.steps),
                **{figure.key: figure.of(run.rows) for figure in chosen},
                "ms": run.latency_ms().get("total", {}),
            }
        )
    return curve
