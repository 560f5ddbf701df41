"""A filled-in template: what was given, what was written, and what of it is still only an inference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medscribe_core.editing.templates import blanks_to_fill, find_blanks
from medscribe_core.generated import GeneratedNote, Trajectory
from medscribe_core.schema import NOTE_SECTIONS, Section
from medscribe_core.ui.components.marked import Kind
from medscribe_core.ui.components.note import confidence_words

if TYPE_CHECKING:
    from medscribe_core.sampling.infill import InfilledNote, WrittenSpan


def writable(given: Mapping[Section, str]) -> list[Section]:
    """Sections in which something is to be written: absent ones, and those with blanks or a half-written end."""
    return [s for s in NOTE_SECTIONS if not given.get(s, "").strip() or blanks_to_fill(s, given[s])]


@dataclass(frozen=True)
class FilledTemplate:
    """What came of a template.

    Attributes:
        given: the template's texts by section.
        wanted: sections that were to be written; the others stay as they were given.
        accepted: sections whose inferences the user accepted.
    """

    result_id: str
    infilled: InfilledNote
    given: Mapping[Section, str]
    wanted: frozenset[Section]
    accepted: frozenset[Section] = frozenset()

    def text(self, section: Section) -> str:
        """The section's text; empty when it was neither given nor to be written."""
        return self.infilled.note[section] if section in self.wanted else self.given.get(section, "")

    def written(self, section: Section) -> list[WrittenSpan]:
        """What the model wrote of the section's text."""
        return list(self.infilled.written.get(section, ())) if section in self.wanted else []

    def open_blanks(self, section: Section) -> int:
        """Blanks of the section that stand as they were given."""
        if section in self.wanted:
            return self.infilled.unfilled.get(section, 0)
        return len(find_blanks(section, self.given.get(section, "")))

    @property
    def to_accept(self) -> list[Section]:
        """Sections with something inferred that has not been accepted."""
        return [s for s in NOTE_SECTIONS if self.infilled.inferred and self.written(s) and s not in self.accepted]

    def toggled(self, section: Section) -> FilledTemplate:
        """With the section's inferences accepted, or no longer."""
        return replace(self, accepted=self.accepted ^ {section})

    def pieces(self, section: Section) -> list[tuple[Kind, str]]:
        """The section's text in pieces, each with who it is from."""
        text, kind = self.text(section), "inferred" if section in self.to_accept else "written"
        pieces: list[tuple[Kind, str]] = []
        done = 0
        for span in self.written(section):
            pieces += [("given", text[done : span.start]), (kind, text[span.start : span.end])]
            done = span.end
        return [(kind, piece) for kind, piece in (*pieces, ("given", text[done:])) if piece]

    def facts(self, section: Section) -> str:
        """In a few words: who wrote the section, how sure the model was, how many blanks are left."""
        spans = self.written(section)
        if spans:
            facts = [confidence_words(sum(span.confidence for span in spans) / len(spans))]
            if section in self.to_accept:
                facts.insert(0, "inferred, no transcript")
            elif section in self.accepted:
                facts.insert(0, "inferred, accepted by you")
        else:
            facts = ["given by you" if self.text(section) else "not written"]
        if blanks := self.open_blanks(section):
            facts.append(f"{blanks} {'blank' if blanks == 1 else 'blanks'} left open")
        return " · ".join(facts)

    def as_generated(self) -> GeneratedNote | None:
        """For the trajectory player, without what was not to be written; None when nothing was."""
        found = self.infilled
        if found.trajectory is None:
            return None
        shown = [t for t in found.trajectory.tokens if not t.step or Section(t.section) in self.wanted]
        return GeneratedNote(
            note_id=self.result_id,
            note=found.note.model_copy(update={section.value: self.text(section) for section in NOTE_SECTIONS}),
            confidence=found.confidence,
            timings=found.timings,
            steps=found.steps,
            model="diffusion",
            warnings=found.warnings,
            trajectory=Trajectory(shown, max((token.step for token in shown), default=0)),
            given=frozenset(section for section in NOTE_SECTIONS if not self.written(section)),
        )

    def download_text(self) -> str:
        """The note as a text file; what is inferred and not accepted is named first."""
        lines = ["Draft written by MedScribe (diffusion); not reviewed or signed."]
        if inferred := self.to_accept:
            lines.append(f"Inferred without a transcript, not accepted: {', '.join(s.title for s in inferred)}.")
        texts = [f"{section.header} {self.text(section)}" for section in NOTE_SECTIONS if self.text(section)]
        return "\n".join([*lines, "", *texts, ""])
