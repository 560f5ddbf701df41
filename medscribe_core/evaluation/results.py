"""Stored result files: what ``medscribe evaluate`` wrote, read back, also from earlier versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from medscribe_core.corpora.text_files import read_json
from medscribe_core.errors import DataError, InputError
from medscribe_core.evaluation.figures import paired_differences
from medscribe_core.settings import REPOSITORY

RESULTS = REPOSITORY / "assets" / "results"


class EvaluatedData(BaseModel):
    """The file that was evaluated; ``kind`` is ``simulated`` or ``written``, None in older results."""

    file: str
    sha256: str
    encounters: int
    kind: str | None = None


class StoredResult(BaseModel):
    """One evaluation. What an older file does not have is empty or None: not measured."""

    model_config = ConfigDict(extra="ignore")

    name: str
    data: EvaluatedData
    settings: dict[str, Any]
    commit: str | None = None
    machine: dict[str, Any]
    aggregate: dict[str, Any]
    baselines: dict[str, dict[str, Any]] = Field(default_factory=dict)
    groups: dict[str, dict[str, dict[str, Any]]] = Field(default_factory=dict)
    calibration: dict[str, Any] | None = None
    errors: dict[str, Any] | None = None
    infilling: dict[str, Any] | None = None
    edits: dict[str, Any] | None = None
    step_curve: list[dict[str, Any]] | None = None
    comparison: dict[str, Any] | None = None
    latency_ms: dict[str, dict[str, float]] = Field(default_factory=dict)
    failures: dict[str, str] = Field(default_factory=dict)
    encounters: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def simulated(self) -> bool:
        """The visits are simulated; older results say so by the visits' ids only."""
        if self.data.kind is not None:
            return self.data.kind == "simulated"
        return bool(self.encounters) and all(str(row.get("id", "")).startswith("sim-") for row in self.encounters)

    @property
    def title(self) -> str:
        """The result in a few words: data, model, policy and steps."""
        settings = self.settings
        steps = f", {settings['steps']} steps" if settings.get("steps") else ""
        return f"{self.data.file}: {settings.get('model')}, {settings.get('policy')} policy{steps} ({self.name})"


def read_result(path: Path) -> StoredResult:
    """The evaluation in ``path``; raises DataError when it is none."""
    try:
        content = read_json(path)
    except InputError as error:
        raise DataError(str(error)) from None
    if not isinstance(content, dict) or "aggregate" not in content:
        raise DataError(f"{path} is no result of medscribe evaluate.")
    try:
        return StoredResult.model_validate({**content, "name": path.stem})
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise DataError(f"{path} is no result of medscribe evaluate: {where} cannot be used.") from None


def stored_results(folder: Path | None = None) -> tuple[list[StoredResult], list[str]]:
    """The evaluations in ``folder``, by name, and one sentence for each evaluation that cannot be read.

    Other JSON files of the folder are passed over.
    """
    results, problems = [], []
    for path, content in _json_files(folder, problems):
        if isinstance(content, dict) and "aggregate" in content:
            try:
                results.append(read_result(path))
            except DataError as error:
                problems.append(str(error))
    return results, problems


def stored_extractor_check(folder: Path | None = None) -> dict[str, Any] | None:
    """The last stored check of the fact extractor (see ``extractor_check``), or None."""
    checks = [
        c["extractor_check"] for _, c in _json_files(folder, []) if isinstance(c, dict) and "extractor_check" in c
    ]
    return checks[-1] if checks else None


def compare_results(result: StoredResult, other: StoredResult) -> dict[str, Any]:
    """``result`` minus ``other``, visit by visit, with paired 95% intervals.

    Raises DataError when they are not of the same data file.
    """
    if result.data.sha256 != other.data.sha256:
        raise DataError(
            f"{result.name} and {other.name} were measured on different data files; only notes of the same visits "
            "can be compared."
        )
    ids = {row["id"] for row in result.encounters} & {row["id"] for row in other.encounters}
    return {
        "other": {"name": other.name, "settings": other.settings, "commit": other.commit},
        "encounters": len(ids),
        "differences": paired_differences(result.encounters, other.encounters),
    }


def _json_files(folder: Path | None, problems: list[str]) -> Iterator[tuple[Path, Any]]:
    for path in sorted((folder or RESULTS).glob("*.json")):
        try:
            yield path, read_json(path)
        except InputError as error:
            problems.append(str(error))
