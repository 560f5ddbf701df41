"""The ``propagate`` and ``infill`` commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medscribe_core.errors import InputError
from medscribe_core.terminal import print_text

if TYPE_CHECKING:
    from medscribe_core.editing.propagation import Propagation
    from medscribe_core.editing.revision import Locks
    from medscribe_core.engine import NoteEngine
    from medscribe_core.sampling.infill import InfilledNote
    from medscribe_core.schema import Encounter, Section, SoapNote

_PolicyOption = Annotated[str | None, typer.Option(help="Unmasking policy: adaptive or confidence.")]
_StepsOption = Annotated[int | None, typer.Option(min=1, max=200, help="Denoising steps.")]
_ContextOption = Annotated[Path | None, typer.Option(help="Patient context, JSON.")]
_ModelsOption = Annotated[Path | None, typer.Option("--models", help="Folder with the model files.")]
_JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def propagate(
    note: Annotated[str, typer.Option(help="Note file (JSON, or text with section titles), or -.")],
    transcript: Annotated[str, typer.Option(help="Transcript file, or - for standard input.")],
    edit: Annotated[str, typer.Option(help="SECTION=TEXT: the section and its whole new text.")],
    to: Annotated[str | None, typer.Option(help="Only these sections may change, e.g. plan,hpi.")] = None,
    lock: Annotated[str | None, typer.Option(help="Sections that must not change, e.g. ros,exam.")] = None,
    keep: Annotated[list[str] | None, typer.Option(help="Words of the note that must stay. Repeatable.")] = None,
    delete: Annotated[bool, typer.Option("--delete", help="An empty edit deletes the section.")] = False,
    context: _ContextOption = None,
    policy: _PolicyOption = None,
    steps: _StepsOption = None,
    models: _ModelsOption = None,
    as_json: _JsonOption = False,
) -> None:
    """Edit one section of a note and carry the change to the others, before and after it."""
    if note == transcript == "-":
        raise InputError("The note and the transcript cannot both come from standard input.")
    section, equals, content = edit.partition("=")
    if not equals:
        raise InputError("--edit needs SECTION=TEXT, for example assessment='1. Hypertension, not at goal.'.")
    from medscribe_core.corpora.text_files import read_text
    from medscribe_core.editing.note_reading import read_note
    from medscribe_core.editing.propagation import check_edit

    before = read_note(read_text(note), _name(note))
    locks = _locks(before, lock, keep or [])
    options = {"locks": locks, "to": _names(to), "allow_delete": delete}
    check_edit(before, section.strip().lower(), content, **options)  # a mistake is named before the model is loaded
    encounter = read_encounter(transcript, context)
    found = _load_engine(models).propagate(
        encounter, before, section.strip().lower(), content, policy=policy, steps=steps, **options
    )
    print_text(json.dumps(found.to_response(), indent=2, ensure_ascii=False) if as_json else propagation_text(found))


def infill(
    template: Annotated[str, typer.Option(help="Partly written note or template (JSON, or text with titles), or -.")],
    transcript: Annotated[str | None, typer.Option(help="Transcript file; without one only what follows.")] = None,
    complete: Annotated[str | None, typer.Option(help="Sections to go on with after their end, e.g. hpi.")] = None,
    context: _ContextOption = None,
    policy: _PolicyOption = None,
    steps: _StepsOption = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="Same seed, same note.")] = None,
    models: _ModelsOption = None,
    as_json: _JsonOption = False,
) -> None:
    """Complete a partly written note or fill in a template; what is given stays byte for byte."""
    if template == transcript == "-":
        raise InputError("The template and the transcript cannot both come from standard input.")
    from medscribe_core.corpora.text_files import read_text
    from medscribe_core.editing.note_reading import read_sections
    from medscribe_core.sampling.infill import check_infilling

    given = read_sections(read_text(template), _name(template))
    encounter = read_encounter(transcript, context)
    going_on = None if complete is None else _sections(complete)
    check_infilling(given, complete=going_on, transcript=encounter.transcript)
    found = _load_engine(models).infill(encounter, given, complete=going_on, policy=policy, steps=steps, seed=seed)
    if as_json:
        print_text(json.dumps(found.to_response(), indent=2, ensure_ascii=False))
        return
    for warning in [*found.warnings, *_remarks(found)]:
        typer.echo(f"Warning: {warning}", err=True)
    print_text(found.note.to_text())


def propagation_text(found: Propagation) -> str:
    """The proposed changes and disagreements for a reader, and the note with them."""
    lines: list[str] = []
    for change in found.changes:
        cause = change.cause.after or change.cause.before
        sign = {"add": f"+ {change.after}", "remove": f"- {change.before}"}.get(
            change.kind, f"- {change.before}\n+ {change.after}"
        )
        lines.append(f'{change.section.title}, because of "{cause}" ({change.confidence:.0%} sure):\n{sign}')
    if found.nothing_else_changes:
        lines.append("Nothing else needs to change.")
    lines += [f"Disagreement: {disagreement.sentence()}" for disagreement in found.disagreements]
    return "\n".join([*lines, "", found.note.to_text()])


def _remarks(found: InfilledNote) -> list[str]:
    remarks = []
    if found.inferred:
        remarks.append("There was no transcript: what was written is inferred from the given text.")
    if found.unfilled:
        places = ", ".join(f"{section.value} ({count})" for section, count in found.unfilled.items())
        remarks.append(f"Blanks that nothing was found for: {places}.")
    return remarks


def _locks(note: SoapNote, sections: str | None, phrases: list[str]) -> Locks:
    from medscribe_core.editing.revision import Locks

    spans: dict[Section, list[tuple[int, int]]] = {}
    for number, phrase in enumerate(phrases, start=1):
        places = [(s, text.find(phrase)) for s, text in note.sections().items() if phrase and phrase in text]
        if not places:
            raise InputError(f"The words of --keep number {number} do not stand in the note.")
        for section, start in places:
            spans.setdefault(section, []).append((start, start + len(phrase)))
    return Locks(frozenset(_sections(sections) if sections else ()), spans)


def _names(listed: str | None) -> list[str] | None:
    return None if listed is None else [name.strip().lower() for name in listed.split(",") if name.strip()]


def _sections(listed: str) -> list[Section]:
    from medscribe_core.editing.propagation import known_section

    return [known_section(name) for name in _names(listed) or ()]


def _name(source: str) -> str:
    return "Standard input" if source == "-" else source


def read_encounter(transcript: str | None, context: Path | None) -> Encounter:
    """The visit that the command line names; raises InputError when it cannot be used."""
    from medscribe_core.corpora.text_files import read_json, read_text
    from medscribe_core.schema import Encounter, PatientContext

    text = "" if transcript is None else read_text(transcript)
    if transcript is not None and not text.strip():
        raise InputError("The transcript is empty.")
    patient_context = PatientContext.parse(read_json(context) if context else None)
    return Encounter(encounter_id="cli", transcript=text, patient_context=patient_context)


def _load_engine(models: Path | None) -> NoteEngine:
    from medscribe_core.engine import NoteEngine

    return NoteEngine.load(models)
