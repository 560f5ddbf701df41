"""The result file of ``medscribe benchmark``: its keys, and how it is read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from medscribe_core.corpora.text_files import read_json
from medscribe_core.errors import DataError, InputError
from medscribe_core.evaluation.results import RESULTS, EvaluatedData

BENCHMARK_FILE = RESULTS / "benchmark.json"


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Estimate(_Part):
    """A figure and its 95% bootstrap interval over visits."""

    value: float
    low: float
    high: float


class Percentiles(_Part):
    """A distribution over notes."""

    mean: float
    p50: float
    p95: float
    p99: float


class Writer(_Part):
    """One way to write a note: a model and its options, called ``key`` everywhere in the result.

    ``policy`` and ``steps`` are the diffusion model's, ``use_cache`` is the autoregressive model's; else None.
    """

    key: str
    label: str
    model: str
    policy: str | None = None
    steps: int | None = None
    use_cache: bool | None = None


class WriterResult(_Part):
    """What was measured of one writer.

    Attributes:
        notes: how many notes it wrote, after warm-up.
        latency_ms: by stage (``prepare``, ``encode``, ``adapt``, ``denoise`` or ``write``, ``check``, ``decode``,
            ``response``) and in ``total``, every context encoded anew.
        passes: forward passes in which a note was written.
        emitted_tokens: tokens of the note that the model wrote.
        position_visits_per_token: note positions computed over all passes, those of the check and padding included,
            for each emitted token.
        tokens_per_second: emitted tokens over total time, all notes together.
        notes_per_second: one after another, on all threads.
        cost_per_note: at the stated price an hour, None without one.
        quality: figures of the same notes by the keys of ``evaluation.figures.FIGURES``; empty without references.
        failures: id of a visit without a note to the reason.
    """

    writer: Writer
    notes: int
    latency_ms: dict[str, Percentiles]
    passes: Percentiles | None
    emitted_tokens: Percentiles | None
    position_visits_per_token: float | None
    tokens_per_second: float | None
    notes_per_second: float | None
    cost_per_note: float | None = None
    quality: dict[str, Estimate] = Field(default_factory=dict)
    failures: dict[str, str] = Field(default_factory=dict)


class Ratio(_Part):
    """Median total time of writer ``slower`` over that of writer ``faster``, on the same visits of the same run.

    ``quality_differences``: quality of ``faster`` minus that of ``slower``, paired by visit. ``target``: least ratio
    that the project asks for, None where it asks for none.
    """

    slower: str
    faster: str
    visits: int
    ratio: Estimate
    target: float | None = None
    quality_differences: dict[str, Estimate] = Field(default_factory=dict)


class BudgetRow(_Part):
    """One component of the latency budget: targets of the project and what was measured, in milliseconds.

    ``stages`` are the stages of ``latency_ms`` that the component is made of.
    """

    component: str
    stages: list[str]
    target_p50: float
    target_p99: float
    p50: float
    p99: float


class LengthPoint(_Part):
    """Median milliseconds of the notes whose length in tokens lies around ``tokens``."""

    tokens: float
    notes: int
    p50: float


class LengthCurve(_Part):
    """How the time of ``stages`` of the writer grows with a length.

    ``exponent`` is the slope of log time over log length over all notes: 1 is linear growth, less is below it.
    """

    writer: str
    length: Literal["context tokens", "note tokens"]
    stages: list[str]
    points: list[LengthPoint]
    exponent: Estimate | None


class ModelCost(_Part):
    """Computed, not measured: what one preset of a model needs.

    Attributes:
        parameters: by part (``encoder``, ``note model``) and in ``total``.
        bytes: of the weights in ``float32`` and ``bfloat16``.
        flops: floating-point operations for a context of ``context_tokens`` and a note of ``note_tokens``: ``encode``,
            ``adapt``, one ``pass`` over all note positions and the ``head`` at all of them; of the autoregressive
            model ``pass`` and ``head`` are those of the last token with a key-value cache.
    """

    preset: str
    model: str
    context_tokens: int
    note_tokens: int
    parameters: dict[str, int]
    bytes: dict[str, int]
    flops: dict[str, int]


class ProfilePart(_Part):
    """Time spent in one part of the code, without the parts inside it."""

    part: str
    ms_per_note: float
    calls_per_note: float
    share: float


class ProfileStep(_Part):
    """One denoising step: how many notes came to it, its median time, the mean of the positions it computed."""

    step: int
    notes: int
    ms: float
    positions: float


class Profile(_Part):
    """Where the time of a note goes, of notes that were written with timers around every part."""

    writer: str
    notes: int
    ms_per_note: float
    parts: list[ProfilePart]
    steps: list[ProfileStep]


class Throughput(_Part):
    """Notes a second; ``batch_sizes`` maps the size of a batch to it and holds 1 alone while notes are not batched."""

    writer: str
    batched: bool
    batch_sizes: dict[int, float]
    remark: str


class BenchmarkResult(_Part):
    """One run of ``medscribe benchmark``.

    Attributes:
        settings: the options of the run.
        weights: id of the weights of every model.
        writers: what was measured, by the writers' keys.
        peak_memory_bytes: largest resident memory of the process, all writers together.
        cpu_use: CPU seconds a second while notes were measured; far below ``machine["threads"]`` other processes had
            the CPU, or threads waited.
        presets: computed, see ModelCost.
        visits: a row a visit, without text: ``id``, ``context_tokens`` and for each writer's key ``total_ms``,
            ``note_tokens`` and ``passes``.
    """

    kind: Literal["benchmark"] = "benchmark"
    name: str = ""
    data: EvaluatedData
    settings: dict[str, Any]
    weights: dict[str, str]
    commit: str | None = None
    machine: dict[str, Any]
    writers: dict[str, WriterResult]
    ratios: list[Ratio]
    budget: list[BudgetRow]
    lengths: list[LengthCurve]
    throughput: Throughput | None = None
    peak_memory_bytes: int | None = None
    cpu_use: float | None = None
    price_per_hour: float | None = None
    presets: list[ModelCost] = Field(default_factory=list)
    profile: Profile | None = None
    visits: list[dict[str, Any]] = Field(default_factory=list)

    def to_text(self) -> str:
        """The result file: indented JSON with one line a visit."""
        head = json.dumps(self.model_dump(mode="json", exclude={"visits"}), indent=2, ensure_ascii=False)
        rows = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in self.visits)
        return f'{head[:-2]},\n  "visits": [\n{rows}\n  ]\n}}'


def read_benchmark(path: Path = BENCHMARK_FILE) -> BenchmarkResult:
    """The benchmark in ``path``; raises DataError when it is none."""
    try:
        content = read_json(path)
    except InputError as error:
        raise DataError(str(error)) from None
    if not isinstance(content, dict) or content.get("kind") != "benchmark":
        raise DataError(f"{path} is no result of medscribe benchmark.")
    try:
        return BenchmarkResult.model_validate({**content, "name": path.stem})
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise DataError(f"{path} is no result of medscribe benchmark: {where} cannot be used.") from None
