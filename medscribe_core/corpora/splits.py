"""Train, validation and test without leakage: by patient, and no near duplicate on two sides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from medscribe_core.corpora.near_duplicates import NearDuplicates
from medscribe_core.corpora.records import Record

SplitName = Literal["train", "validation", "test"]
T = TypeVar("T", bound=Record)


@dataclass
class Split(Generic[T]):
    """The three parts, and (id, id of the record that it repeats) of every record left out."""

    train: list[T] = field(default_factory=list)
    validation: list[T] = field(default_factory=list)
    test: list[T] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)


def split_name(group: str, seed: int = 0) -> SplitName:
    """The part of a patient (or visit), 80/10/10 by a hash of its id.

    It depends on nothing else, so that records added later move nobody from one part to another.
    """
    digest = hashlib.sha256(f"{seed}:{group}".encode("utf-8", errors="surrogatepass")).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return "train" if place < 0.8 else "validation" if place < 0.9 else "test"


def split_records(records: Iterable[T], *, threshold: float = 0.8, seed: int = 0) -> Split[T]:
    """Split ``records`` by ``group``; of near duplicates (Jaccard of word shingles) only the first is kept."""
    split: Split[T] = Split()
    seen = NearDuplicates(threshold)
    for record in records:
        match = seen.add(record.id, comparable_text(record))
        if match is not None:
            split.duplicates.append((record.id, match))
        else:
            getattr(split, split_name(record.group, seed)).append(record)
    return split


def comparable_text(record: Record) -> str:
    """What two records are compared by: the transcript, or the note where there is none."""
    return record.texts().get("transcript") or record.note_text
