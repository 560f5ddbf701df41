"""What the command line shows: progress on standard error, one sentence for a mistake, results on standard output."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from medscribe_core.errors import DataError, MedScribeError

MISTAKE, INTERNAL, INTERRUPTED, PIPE_CLOSED = 2, 1, 130, 141
# Click's (or typer's own) base class of every wrong option or argument.
_UsageError = typer.BadParameter.__mro__[1]


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error; yields a function to be called with (done, all)."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def require_writable(out: Path) -> None:
    """Raise DataError before long work, not after it, when ``out`` cannot be written."""
    if out.is_dir():
        raise DataError(f"{out} is a directory; give the name of a file to write.")
    if not out.parent.is_dir():
        raise DataError(f"{out} cannot be written: the folder {out.parent} does not exist.")
    if not os.access(out.parent, os.W_OK):
        raise DataError(f"{out} cannot be written: permission denied.")


def print_text(text: str) -> None:
    """Print to standard output; a character that the terminal cannot show becomes an escape, not a crash."""
    encoding = sys.stdout.encoding or "utf-8"
    typer.echo(text.encode(encoding, errors="backslashreplace").decode(encoding))


def exit_code_of(run: Callable[[], object]) -> int:
    """Run a command and turn how it ended into an exit code.

    0 is success, 2 the user's mistake (one sentence on standard error), 130 an interruption. An internal error is
    named by its type and place only, since its message or variables could hold a transcript;
    ``MEDSCRIBE_DEBUG=1`` shows the traceback.
    """
    try:
        return int(run() or 0)
    except MedScribeError as error:
        return _fail(str(error), MISTAKE)
    except _UsageError as error:
        return _usage(error)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("Interrupted.", INTERRUPTED)
    except BrokenPipeError:
        # The reader of the pipe (head, less) has gone; without this Python complains again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return _fail(f"{error.strerror or type(error).__name__}{where}.", MISTAKE)
    except Exception as error:
        if os.environ.get("MEDSCRIBE_DEBUG"):
            raise
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}, line {frame.lineno}"
        return _fail(f"Internal error: {type(error).__name__} in {place}; this is a bug.", INTERNAL)


def _usage(error: Exception) -> int:
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message(), err=True)
        return MISTAKE
    hint = f" See {context.command_path} --help." if context else ""
    return _fail(message.rstrip(".") + "." + hint, MISTAKE)


def _fail(sentence: str, code: int) -> int:
    typer.echo(sentence, err=True)
    return code
