"""A note under edit: what was typed, what has been carried into the other sections, what awaits a decision."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from medscribe_core.checks.contradictions import TRANSCRIPT, Disagreement, contradictions
from medscribe_core.editing.propagation import Propagation
from medscribe_core.editing.revision import Locks, Span
from medscribe_core.errors import InputError
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote
from medscribe_core.ui.edit_typed import moved, typed_after_edit


@dataclass(frozen=True)
class Review:
    """A carried edit: which of its changes were accepted and rejected; the others are still to be decided.

    ``disagreements`` are those of the note with all changes that were not rejected.
    """

    review_id: str
    propagation: Propagation
    disagreements: tuple[Disagreement, ...]
    accepted: frozenset[int] = frozenset()
    rejected: frozenset[int] = frozenset()


@dataclass(frozen=True)
class EditedNote:
    """A note and what its reader did to it.

    Attributes:
        carried: the texts that an edit is compared with: as they were before what has not been carried yet.
        typed: spans of the note's texts that the user typed.
        review: of the last carried edit; None after any later edit.
    """

    note: SoapNote
    carried: SoapNote
    typed: Mapping[Section, tuple[Span, ...]] = field(default_factory=dict)
    review: Review | None = None

    @classmethod
    def opened(cls, note: SoapNote) -> EditedNote:
        """A note that nothing was done to yet."""
        return cls(note, note)

    @property
    def uncarried(self) -> tuple[Section, ...]:
        """Sections with an edit that has not been carried into the others."""
        return tuple(section for section in NOTE_SECTIONS if self.note[section] != self.carried[section])

    def edited(self, section: Section, text: str) -> EditedNote:
        """With ``text`` typed into ``section``; a review ends, its undecided changes are not made."""
        typed = typed_after_edit(self.note[section], text, self.typed.get(section, ()))
        note = self.note.model_copy(update={section.value: text})
        return EditedNote(note, self.carried, {**self.typed, section: typed})

    def before_edit(self, section: Section) -> SoapNote:
        """The note without the edit of ``section`` that has not been carried."""
        return self.note.model_copy(update={section.value: self.carried[section]})

    def locks(self, edited: Section, locked: Collection[Section]) -> Locks:
        """What must stay when the edit of ``edited`` is carried: ``locked`` sections and the words typed in others."""
        spans = {s: spans for s, spans in self.typed.items() if spans and s is not edited and s not in locked}
        return Locks(frozenset(locked), spans)

    def reviewing(self, review_id: str, propagation: Propagation) -> EditedNote:
        """With the changes that follow from an edit laid out for review; the note is as it was.

        Raises InputError when ``propagation`` is not of this note.
        """
        if propagation.edit.edited_note != self.note:
            raise InputError("The note was changed while its edit was being carried; carry the edit again.")
        section = propagation.edit.section
        carried = self.carried.model_copy(update={section.value: self.note[section]})
        review = Review(review_id, propagation, tuple(propagation.disagreements))
        return replace(self, carried=carried, review=review)

    def decided(self, accepted: Collection[int], rejected: Collection[int]) -> EditedNote:
        """With these changes (indices) of the review accepted and rejected, whatever was decided before.

        Raises InputError: there is no review, an unknown change, or one both accepted and rejected.
        """
        if self.review is None:
            raise InputError("There is no proposed change to decide on.")
        propagation = self.review.propagation
        accepted, rejected = frozenset(accepted), frozenset(rejected)
        if accepted & rejected or not accepted | rejected <= set(range(len(propagation.changes))):
            raise InputError("A decision on the proposed changes cannot be used: each change is accepted or rejected.")
        note = propagation.with_only(accepted)
        edited = self.uncarried
        review = replace(self.review, accepted=accepted, rejected=rejected)
        if rejected != self.review.rejected:
            review = replace(review, disagreements=_disagreements(propagation, rejected))
        return EditedNote(
            note=note,
            carried=SoapNote(**{s.value: self.carried[s] if s in edited else note[s] for s in NOTE_SECTIONS}),
            typed={s: moved(self.note[s], note[s], spans) for s, spans in self.typed.items()},
            review=review,
        )


def _disagreements(propagation: Propagation, rejected: Collection[int]) -> tuple[Disagreement, ...]:
    kept = [i for i in range(len(propagation.changes)) if i not in rejected]
    told = [disagreement for disagreement in propagation.disagreements if disagreement.other == TRANSCRIPT]
    return (*told, *contradictions(propagation.with_only(kept)))
