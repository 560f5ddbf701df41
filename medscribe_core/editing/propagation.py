"""An edit of one section, and what follows from it for the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from medscribe_core.checks.contradictions import Disagreement
from medscribe_core.editing.revision import Change, Locks, revise
from medscribe_core.errors import InputError
from medscribe_core.generated import Trajectory
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote


@dataclass(frozen=True)
class SectionEdit:
    """A checked edit: ``section`` of ``note`` now reads ``content``; ``targets`` are the sections that may follow."""

    note: SoapNote
    section: Section
    content: str
    locks: Locks
    targets: tuple[Section, ...]

    @property
    def edited_note(self) -> SoapNote:
        """The note with the edit and nothing else."""
        return self.note.model_copy(update={self.section.value: self.content})


@dataclass(frozen=True)
class Propagation:
    """What follows from an edit.

    Attributes:
        edit: the edit that was made.
        changes: proposed changes of other sections, in note order; empty when nothing else needs to change.
        note: the note with the edit and all changes.
        disagreements: what the edited note still says in two ways, and where the transcript says otherwise.
        trajectory: how the affected statements were rewritten; None when nothing was.
        timings: milliseconds by stage and in ``total``.
        steps: denoising steps used.
    """

    edit: SectionEdit
    changes: list[Change]
    note: SoapNote
    disagreements: list[Disagreement] = field(default_factory=list)
    trajectory: Trajectory | None = None
    timings: dict[str, float] = field(default_factory=dict)
    steps: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def nothing_else_changes(self) -> bool:
        """Nothing outside the edited section needs to change."""
        return not self.changes

    def with_only(self, accepted: Collection[int]) -> SoapNote:
        """The note with the edit and the ``accepted`` changes (indices into ``changes``)."""
        return apply_changes(self.edit, [change for i, change in enumerate(self.changes) if i in accepted])

    def to_response(self) -> dict[str, object]:
        """The response object of CLI and API."""
        return {
            "sections": {section.value: text for section, text in self.note.sections().items()},
            "edited_section": self.edit.section.value,
            "changes": [
                {
                    "section": change.section.value,
                    "kind": change.kind,
                    "before": change.before,
                    "after": change.after,
                    "caused_by": {"before": change.cause.before, "after": change.cause.after},
                    "confidence": round(change.confidence, 4),
                }
                for change in self.changes
            ],
            "nothing_else_changes": self.nothing_else_changes,
            "disagreements": [disagreement.as_json() for disagreement in self.disagreements],
            "generation_time_ms": round(self.timings.get("total", 0.0), 1),
            "timings": {stage: round(ms, 1) for stage, ms in self.timings.items()},
            "denoising_steps_used": self.steps,
            "warnings": list(self.warnings),
        }


def check_edit(
    note: SoapNote,
    section: str,
    content: str,
    *,
    locks: Locks | None = None,
    to: Collection[str] | None = None,
    allow_delete: bool = False,
) -> SectionEdit:
    """The edit if it can be made; ``to`` limits the sections that may change (default: all that are not locked).

    An empty ``content`` deletes the section, which then reads "Not discussed.", if ``allow_delete``.

    Raises InputError: unknown section, edit equal to the old text, empty edit, contradictory locks.
    """
    locks = locks or Locks()
    edited = known_section(section)
    locks.check(note)
    if edited in locks.sections:
        raise InputError(f"The section {edited.value} is locked; unlock it before it is edited.")
    if not content.strip():
        if not allow_delete:
            raise InputError(f"The edit would delete the section {edited.value}; confirm that it is to be deleted.")
        content = edited.empty_text
    if content == note[edited]:
        raise InputError(f"The edit of the section {edited.value} equals its text, so nothing changes.")
    for start, end in locks.of(edited, note[edited]):
        if note[edited][start:end] not in content:
            raise InputError(f"The edit of the section {edited.value} changes text in it that is locked.")
    wanted = None if to is None else [known_section(name) for name in to]
    if wanted is not None and edited in wanted:
        raise InputError(f"The edit is in the section {edited.value}, so it cannot be carried to it.")
    for target in wanted or ():
        if target in locks.sections:
            raise InputError(f"The section {target.value} is both locked and to be changed.")
    free = [s for s in NOTE_SECTIONS if s is not edited and s not in locks.sections]
    return SectionEdit(note, edited, content, locks, tuple(s for s in free if wanted is None or s in wanted))


def apply_changes(edit: SectionEdit, changes: Sequence[Change]) -> SoapNote:
    """The edited note with ``changes``; everything else character for character."""
    note = edit.edited_note
    texts = {
        section.value: revise(
            section,
            note[section],
            [change for change in changes if change.section is section],
            edit.locks.of(section, note[section]),
        )
        for section in edit.targets
    }
    return note.model_copy(update=texts)


def known_section(name: str) -> Section:
    """The section of a note called ``name``; raises InputError for any other name."""
    if name not in {section.value for section in NOTE_SECTIONS}:
        known = ", ".join(section.value for section in NOTE_SECTIONS)
        raise InputError(f"Unknown section {str(name)[:40]!r}; known sections are {known}.")
    return Section(name)
