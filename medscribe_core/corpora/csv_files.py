"""Rows of a CSV file, one at a time: plain or gzip, with the line of whatever is wrong."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from medscribe_core.corpora.records import BrokenLine, OnBroken, undecodable
from medscribe_core.corpora.text_files import reason
from medscribe_core.errors import DataError

_GZIP_MAGIC = b"\x1f\x8b"
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)


def csv_rows(path: Path, columns: Sequence[str], on_broken: OnBroken) -> Iterator[tuple[int, dict[str, str]]]:
    """(number of the record's first line, values of ``columns``) in file order, in constant memory.

    Column names match in any case, other columns are ignored. A record that is no CSV, has too few or too many
    values, or bytes that are not UTF-8 goes to ``on_broken``; reading goes on with the next line that starts a record,
    so that a quote too many or too few costs one record and not the rest of the file.

    Raises DataError if the file cannot be read, is empty or lacks one of ``columns``.
    """
    with _open(path) as stream:
        lines = _Lines(stream)
        places = _places(path, lines, columns)
        for line, row in _records(path, lines, len(places.header), on_broken):
            if len(row) != len(places.header):
                on_broken(BrokenLine(path, line, f"has {len(row)} values instead of {len(places.header)}"))
            elif any(undecodable(value) for value in row):
                on_broken(BrokenLine(path, line, "is not UTF-8 text"))
            elif any("\0" in value for value in row):
                on_broken(BrokenLine(path, line, "has a null character"))
            else:
                yield line, {name: row[at] for name, at in places.columns.items()}


class _Places:
    def __init__(self, header: list[str], columns: Sequence[str]):
        self.header = header
        self.missing = [name for name in columns if name.lower() not in header]
        self.columns = {name: header.index(name.lower()) for name in columns if name not in self.missing}


class _Lines:
    """Lines of a file that can be gone back to; ``number`` counts those handed out."""

    def __init__(self, stream: Iterable[str]):
        self._stream = iter(stream)
        self._ahead: deque[str] = deque()
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._stream)
        self.number += 1
        return line

    def record(self) -> tuple[list[str] | None, list[str]]:
        """(values of the record that starts here or None at the end of the file, lines that it took).

        Raises csv.Error if no record starts here; the lines after the first are handed out again then.
        """
        taken: list[str] = []
        try:
            return next(csv.reader(self._noted(taken), strict=True), None), taken
        except csv.Error:
            self.again(taken[1:])
            raise

    def again(self, lines: list[str]) -> None:
        """Hand out ``lines`` once more."""
        self._ahead.extendleft(reversed(lines))
        self.number -= len(lines)

    def _noted(self, taken: list[str]) -> Iterator[str]:
        for line in self:
            taken.append(line)
            yield line


def _places(path: Path, lines: _Lines, columns: Sequence[str]) -> _Places:
    try:
        first, _ = lines.record()
    except csv.Error:
        raise DataError(f"{path}, line 1 is no CSV header.") from None
    except _DAMAGED:
        raise DataError(f"{path} cannot be unpacked: it is no whole gzip file.") from None
    if first is None:
        raise DataError(f"{path} is empty.")
    if any(undecodable(name) or "\0" in name for name in first):
        raise DataError(f"{path}, line 1 is not UTF-8 text.")
    places = _Places([name.strip().lower() for name in first], columns)
    if places.missing:
        raise DataError(f"{path}, line 1 lacks the column{'s'[: len(places.missing) > 1]} {', '.join(places.missing)}.")
    return places


def _records(path: Path, lines: _Lines, width: int, on_broken: OnBroken) -> Iterator[tuple[int, list[str]]]:
    lost = False  # after a broken record, until a line that can start one does
    while True:
        line = lines.number + 1
        try:
            row, taken = lines.record()
        except csv.Error as error:  # the messages of the csv module never quote the file
            if not lost:
                on_broken(BrokenLine(path, line, f"starts no CSV record ({error})"))
            lost = True
            continue
        except _DAMAGED:
            on_broken(BrokenLine(path, line, "is cut off: the compressed data ends or is damaged here"))
            return
        if row is None:
            return
        if lost and len(row) != width:
            lines.again(taken[1:])
        elif row:
            lost = False
            yield line, row


@contextmanager
def _open(path: Path) -> Iterator[io.TextIOWrapper]:
    if path.is_dir():
        raise DataError(f"{path} is a directory, not a file.")
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP_MAGIC
            if path.suffix == ".gz" and not packed:
                raise DataError(f"{path} cannot be unpacked: it is no whole gzip file.")
            raw.seek(0)
            with gzip.open(raw) if packed else raw as data:
                yield io.TextIOWrapper(data, encoding="utf-8-sig", errors="surrogateescape", newline="")
    except gzip.BadGzipFile:
        raise DataError(f"{path} cannot be unpacked: it is no whole gzip file.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {reason(error)}.") from None
