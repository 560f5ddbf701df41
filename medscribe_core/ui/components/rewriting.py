"""The animation of a carried edit: the affected statements are masked and written again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from medscribe_core.editing.revision import Change
from medscribe_core.facts.statements import statements
from medscribe_core.schema import NOTE_SECTIONS, Section
from medscribe_core.ui.components.mounting import component

if TYPE_CHECKING:
    from medscribe_core.ui.edit_note import Review

_mount = component("rewriting")


def rewriting_payload(review: Review) -> dict[str, object] | None:
    """What the animation draws, JSON-ready: the sections in which something was written; None when nothing was."""
    found = review.propagation
    if found.trajectory is None:
        return None
    note = found.edit.edited_note
    sections = []
    for section in NOTE_SECTIONS:
        changes = [change for change in found.changes if change.section is section]
        tokens = [token for token in found.trajectory.tokens if token.section == section.value]
        if changes or any(token.step for token in tokens):
            sections.append(
                {
                    "title": section.title,
                    "before": before_pieces(section, note[section], changes),
                    "tokens": [[token.text, token.step] for token in tokens],
                }
            )
    return {"review": review.review_id, "steps": found.trajectory.steps, "sections": sections}


def before_pieces(section: Section, text: str, changes: Iterable[Change]) -> list[tuple[str, bool]]:
    """The section's text in pieces, each with whether it is a statement that is changed or removed."""
    affected = {change.index for change in changes if change.kind != "add"}
    pieces: list[tuple[str, bool]] = []
    done = 0
    for index, statement in enumerate(statements(section, text)):
        if index in affected:
            pieces += [(text[done : statement.body], False), (text[statement.body : statement.end], True)]
            done = statement.end
    return [(piece, marked) for piece, marked in (*pieces, (text[done:], False)) if piece]


def rewriting_player(review: Review, *, key: str) -> None:
    """Draw the animation; it plays by itself once a review, unless the reader's system asks for reduced motion."""
    payload = rewriting_payload(review)
    if payload is not None:
        _mount(key=key, data=payload)
