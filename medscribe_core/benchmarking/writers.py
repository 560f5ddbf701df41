"""The ways to write a note that a benchmark compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from medscribe_core.benchmarking.results import Writer
from medscribe_core.checks.request import AUTOREGRESSIVE, DIFFUSION
from medscribe_core.errors import InputError

ADAPTIVE = "adaptive"
CACHED, UNCACHED = "ar-cached", "ar-uncached"
FAMILIES = (DIFFUSION, CACHED, UNCACHED)
STEPS = (ADAPTIVE, "5", "10", "15", "20", "25")


def make_writers(families: Sequence[str], steps: Sequence[str]) -> list[Writer]:
    """The diffusion model once for each of ``steps`` (numbers or ``adaptive``), the autoregressive one as asked for.

    Raises InputError for an unknown family, a number of steps outside 1 to 200, or nothing to measure.
    """
    for family in families:
        if family not in FAMILIES:
            raise InputError(f"Unknown writer {family[:40]!r}; known writers are {', '.join(FAMILIES)}.")
    writers = [_denoiser(step) for step in dict.fromkeys(steps)] if DIFFUSION in families else []
    if CACHED in families:
        writers.append(Writer(key=CACHED, label="Autoregressive, KV cache", model=AUTOREGRESSIVE, use_cache=True))
    if UNCACHED in families:
        writers.append(Writer(key=UNCACHED, label="Autoregressive, no cache", model=AUTOREGRESSIVE, use_cache=False))
    if not writers:
        raise InputError("Nothing to measure: name a writer, and for the diffusion model a number of steps.")
    return writers


def _denoiser(step: str) -> Writer:
    if step == ADAPTIVE:
        return Writer(key=f"{DIFFUSION}-{ADAPTIVE}", label="Diffusion, adaptive", model=DIFFUSION, policy=ADAPTIVE)
    if not (step.isascii() and step.isdigit() and 1 <= int(step) <= 200):
        raise InputError(f"The steps {step[:20]!r} are neither {ADAPTIVE!r} nor a number between 1 and 200.")
    count = int(step)
    return Writer(
        key=f"{DIFFUSION}-{count}",
        label=f"Diffusion, {count} steps",
        model=DIFFUSION,
        policy="confidence",
        steps=count,
    )


def options(writer: Writer) -> dict[str, Any]:
    """The writer as options of :meth:`NoteEngine.generate`."""
    cache = {} if writer.use_cache is None else {"use_cache": writer.use_cache}
    return {"model": writer.model, "policy": writer.policy, "steps": writer.steps, **cache}
