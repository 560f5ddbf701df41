"""Reading and writing of a user's files: one clear sentence for whatever is wrong with one."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from medscribe_core.errors import DataError, InputError

#: A day of dictation is well below this; more is a wrong file.
MAX_TEXT_BYTES = 20_000_000


def decode_text(data: bytes, name: str) -> str:
    """UTF-8 text of ``data``, with or without a byte order mark, line ends unified.

    Raises InputError naming ``name`` when the bytes are not UTF-8 text.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{name} is not UTF-8 text; save it as plain text in UTF-8 and try again.") from None
    if "\0" in text:
        raise InputError(f"{name} is a binary file, not text.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_text(path: Path | str) -> str:
    """Text of the file at ``path``, or of standard input when it is ``-``; raises InputError."""
    if str(path) == "-":
        return decode_text(_standard_input(), "Standard input")
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path} is a directory, not a file.")
    try:
        if path.stat().st_size > MAX_TEXT_BYTES:
            raise InputError(f"{path} is larger than {MAX_TEXT_BYTES // 1_000_000} MB, which is no visit.")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}.") from None
    return decode_text(data, str(path))


def read_json(path: Path | str) -> Any:
    """The JSON value in ``path``; raises InputError with the line and column of a mistake."""
    return parse_json(read_text(path), str(path))


def parse_json(text: str, name: str) -> Any:
    """The JSON value in ``text``; a key given twice is refused, since one of its values would be lost."""
    try:
        return json.loads(text, object_pairs_hook=_unique_keys)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"{name} is not valid JSON ({where}: {error.msg.lower()}).") from None
    except (ValueError, RecursionError) as error:
        detail = str(error) if isinstance(error, _DuplicateKey) else "a value is too long or too deeply nested"
        raise InputError(f"{name} is not valid JSON ({detail}).") from None


def numbered_lines(path: Path | str, *, errors: str = "strict") -> Iterator[tuple[int, str]]:
    """(line number from 1, line) of a UTF-8 file, blank lines left out.

    Raises DataError if the file cannot be read and, unless ``errors`` is another of Python's decoding error
    handlers, when a line is not UTF-8; the line is named.
    """
    path = Path(path)
    if path.is_dir():
        raise DataError(f"{path} is a directory, not a file.")
    try:
        with path.open("rb") as stream:
            for number, raw in enumerate(stream, start=1):
                try:
                    line = raw.decode("utf-8-sig" if number == 1 else "utf-8", errors)
                except UnicodeDecodeError:
                    raise DataError(f"{path}, line {number} is not UTF-8 text.") from None
                if line.strip():
                    yield number, line
    except OSError as error:
        raise DataError(f"{path} cannot be read: {reason(error)}.") from None


@contextmanager
def atomic_writer(path: Path | str) -> Iterator[IO[str]]:
    """A text stream whose content appears at ``path`` only when the block ends without an error.

    Raises DataError when the file cannot be written (no such folder, no permission, disk full).
    """
    path = Path(path)
    if path.is_dir():
        raise DataError(f"{path} is a directory; give the name of a file to write.")
    if not path.parent.is_dir():
        raise DataError(f"{path} cannot be written: the folder {path.parent} does not exist.")
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        temporary = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            yield stream
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise DataError(f"{path} cannot be written: {reason(error)}.") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def reason(error: OSError) -> str:
    """The operating system's words for what went wrong, without the path."""
    return (error.strerror or type(error).__name__).lower()


def _standard_input() -> bytes:
    data = sys.stdin.buffer.read(MAX_TEXT_BYTES + 1)
    if len(data) > MAX_TEXT_BYTES:
        raise InputError(f"Standard input is larger than {MAX_TEXT_BYTES // 1_000_000} MB, which is no visit.")
    return data


class _DuplicateKey(ValueError):
    pass


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _DuplicateKey(f"the key {twice[:40]!r} is given twice")
    return found


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
