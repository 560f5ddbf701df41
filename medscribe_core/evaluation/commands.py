"""What ``medscribe evaluate`` does: evaluate a model, compare stored results, check the fact extractor."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from medscribe_core.corpora import read_authored
from medscribe_core.corpora.text_files import atomic_writer
from medscribe_core.evaluation.extractor_check import check_extractor
from medscribe_core.evaluation.report import comparison_table, error_table, extractor_table, table
from medscribe_core.evaluation.results import StoredResult, compare_results, read_result
from medscribe_core.evaluation.running import EngineLike
from medscribe_core.evaluation.suite import evaluate
from medscribe_core.terminal import print_text, progress_bar


def evaluate_model(
    load_engine: Callable[[], EngineLike],
    data: Path,
    *,
    compare: Path | None,
    out: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Evaluate on ``data`` with the ``options`` of ``suite.evaluate``; with ``compare`` beside a stored result.

    Wrong files are refused before the model is loaded.
    """
    next(read_authored(data, 1))
    other = read_result(compare) if compare else None
    engine = load_engine()
    with progress_bar("Evaluating") as advance:
        evaluation = evaluate(engine, data, progress=advance, **options)
    result = StoredResult.model_validate({**asdict(evaluation), "name": out.stem if out else "this run"})
    tables = [table(result), error_table(evaluation.errors)]
    if other:
        evaluation.comparison = compare_results(result, other)
        tables.append(comparison_table(result.name, evaluation.comparison))
    _deliver(evaluation.to_text(), tables, out, as_json)


def compare_stored(first: Path, second: Path, out: Path | None, as_json: bool) -> None:
    """Compare two stored results of the same data."""
    result = read_result(first)
    comparison = compare_results(result, read_result(second))
    text = json.dumps({"name": result.name, **comparison}, indent=2)
    _deliver(text, [comparison_table(result.name, comparison)], out, as_json)


def check_facts(visits: int, seed: int, out: Path | None, as_json: bool) -> None:
    """Check the fact extractor against ``visits`` simulated visits."""
    with progress_bar("Checking the fact extractor") as advance:
        checked = check_extractor(visits, seed, advance)
    _deliver(json.dumps(checked, indent=2), [extractor_table(checked["extractor_check"])], out, as_json)


def _deliver(text: str, tables: list[Table], out: Path | None, as_json: bool) -> None:
    if out is not None:
        with atomic_writer(out) as stream:
            stream.write(text + "\n")
    if as_json:
        print_text(text)
        return
    console = Console()
    for drawn in tables:
        console.print(drawn)
