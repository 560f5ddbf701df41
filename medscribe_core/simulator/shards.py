"""Many simulated visits as files of equal share, made by several processes, with a manifest of their checksums."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from medscribe_core.corpora.text_files import atomic_writer, reason
from medscribe_core.errors import DataError
from medscribe_core.simulator.banks import SPLITS
from medscribe_core.simulator.encounters import simulate_encounters

MANIFEST = "manifest.json"


def write_shards(
    folder: Path | str,
    count: int,
    seed: int,
    split: str,
    *,
    shards: int,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Write ``count`` encounters to ``folder`` as ``shards`` JSONL files and a manifest; returns the manifest.

    The bytes depend on count, seed, split and shards, never on ``workers``. A shard appears when it is complete,
    the manifest (with every shard's sha256) when all are; memory holds one encounter a worker. ``progress`` is
    called with the number of encounters in complete shards. Raises DataError for an unknown split, fewer
    encounters than shards, shards of another run in the folder, and a folder that cannot be written.
    """
    folder = Path(folder)
    if split not in SPLITS:
        raise DataError(f"Unknown split {split!r}; known splits are {', '.join(SPLITS)}.")
    if not 1 <= shards <= count:
        raise DataError(f"{count} visits cannot be cut into {shards} shards.")
    edges = [count * i // shards for i in range(shards + 1)]
    names = [f"shard-{i:05d}-of-{shards:05d}.jsonl" for i in range(shards)]
    _prepare(folder, set(names))
    jobs = [
        (str(folder / name), start, end - start, seed, split)
        for name, start, end in zip(names, edges, edges[1:], strict=False)
    ]
    entries = _run(jobs, workers, progress)
    manifest = {"split": split, "seed": seed, "count": count, "shards": entries}
    with atomic_writer(folder / MANIFEST) as out:
        out.write(json.dumps(manifest, indent=2) + "\n")
    return manifest


def _prepare(folder: Path, names: set[str]) -> None:
    """Make the folder and take away a manifest that is about to become wrong."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(path.name not in names for path in folder.glob("shard-*.jsonl")):
            raise DataError(f"{folder} holds shards of another run; give an empty folder.")
        (folder / MANIFEST).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {reason(error)}.") from None


def _run(jobs: list[tuple[Any, ...]], workers: int, progress: Callable[[int], None] | None) -> list[dict[str, Any]]:
    done = 0
    entries: list[dict[str, Any]] = []

    def finished(entry: dict[str, Any]) -> None:
        nonlocal done
        entries.append(entry)
        done += entry["encounters"]
        if progress:
            progress(done)

    if workers < 2 or len(jobs) == 1:
        for job in jobs:
            finished(_write_shard(*job))
        return entries
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("spawn")) as pool:
        pending: set[Future[dict[str, Any]]] = {pool.submit(_write_shard, *job) for job in jobs}
        try:
            while pending:
                complete, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in complete:
                    finished(future.result())
        except BaseException:
            with suppress(RuntimeError):
                pool.shutdown(wait=False, cancel_futures=True)
            raise
    return sorted(entries, key=lambda entry: entry["file"])


def _write_shard(path: str, start: int, count: int, seed: int, split: str) -> dict[str, Any]:
    """Write one shard; returns its entry in the manifest."""
    digest, size = hashlib.sha256(), 0
    with atomic_writer(path) as out:
        for encounter in simulate_encounters(count, seed, split, start):
            line = json.dumps(encounter, ensure_ascii=False) + "\n"
            out.write(line)
            data = line.encode()
            digest.update(data)
            size += len(data)
    return {"file": Path(path).name, "encounters": count, "bytes": size, "sha256": digest.hexdigest()}
