"""`medscribe corpora ...`"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medscribe_core.corpora.kinds import CorpusKind
from medscribe_core.errors import DataError
from medscribe_core.settings import settings
from medscribe_core.terminal import print_text, require_writable

if TYPE_CHECKING:
    from medscribe_core.corpora.check import CorpusCheck

app = typer.Typer(
    help="Look at a corpus file before it is trained on.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="The corpus file.")],
    kind: Annotated[CorpusKind, typer.Option(help="Which corpus it is.")],
    out: Annotated[Path | None, typer.Option(help="Write the records that can be used here, one a line.")] = None,
    digests: Annotated[
        Path | None, typer.Option(help="Write a digest of each identifier here, for the list of reviewed ones.")
    ] = None,
    tokenizer: Annotated[Path | None, typer.Option(help="Tokenizer; by default the shipped one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Count records, broken lines, identifiers and notes not worth training on; exit code 2 if anything is wrong."""
    for target in (out, digests):
        if target is not None:
            require_writable(target)
    from medscribe_core.corpora.check import check_corpus
    from medscribe_core.corpora.text_files import atomic_writer
    from medscribe_core.tokenizer import load_tokenizer

    model = load_tokenizer(tokenizer or settings().models_dir / "cpu" / "tokenizer.model")
    result = check_corpus(file, kind, model, out)
    if digests is not None:
        with atomic_writer(digests) as stream:
            stream.writelines(f"{alarm.digest} {alarm.record_id} {alarm.kind}\n" for alarm in result.phi.alarms)
    print_text(json.dumps(result.as_json(), indent=2) if as_json else "\n".join(_lines(result)))
    found = result.phi.by_record()
    if result.broken or found:
        raise DataError(
            f"{file} has {_count(result.broken, 'broken line')} and {_count(len(found), 'record')} with "
            "identifiers of people."
        )


def _lines(result: CorpusCheck) -> list[str]:
    filtered = result.filtered
    lines = [
        f"{_count(result.records, 'record')} of {_count(result.groups, 'patient or visit', 'patients or visits')}; "
        + ", ".join(f"{name} in {count}" for name, count in result.sections.items()),
        *(f"Left out, {why}: {count}" for why, count in result.skipped.items()),
        f"Broken lines: {result.broken}",
        *(f"  {broken}" for broken in result.broken_lines),
    ]
    if result.broken > len(result.broken_lines):
        lines.append(f"  and {result.broken - len(result.broken_lines)} more")
    if filtered.total:
        lines.append(
            f"Notes worth training on: {filtered.kept} of {filtered.total} (too short {filtered.too_short}, too long "
            f"{filtered.too_long}, too few sections {filtered.too_few_sections}, one section above 60% "
            f"{filtered.one_section_dominates})"
        )
    kinds = ", ".join(f"{kind} {count}" for kind, count in result.phi.by_kind().items()) or "none"
    lines.append(f"Identifiers: {kinds}; reviewed as invented: {result.phi.reviewed}")
    lines.extend(f"  {name}: {', '.join(kinds)}" for name, kinds in result.phi.by_record().items())
    return lines


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
