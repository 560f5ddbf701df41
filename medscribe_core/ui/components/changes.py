"""The proposed changes of a carried edit, each to be accepted or rejected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medscribe_core.ui.components.mounting import component
from medscribe_core.ui.edit_diff import word_diff

if TYPE_CHECKING:
    from medscribe_core.ui.edit_note import Review

_mount = component("changes")


@dataclass(frozen=True)
class Decision:
    """All that is decided on the changes (indices) of ``review``; ``revision`` grows with every decision."""

    review: str
    revision: int
    accepted: tuple[int, ...]
    rejected: tuple[int, ...]

    @classmethod
    def read(cls, value: object) -> Decision | None:
        """The decision that the browser sent; None if ``value`` is none."""
        if not isinstance(value, dict):
            return None
        review, revision = value.get("review"), value.get("revision")
        chosen = [value.get("accepted"), value.get("rejected")]
        if not isinstance(review, str) or type(revision) is not int:
            return None
        if not all(isinstance(indices, list) and all(type(i) is int for i in indices) for indices in chosen):
            return None
        return cls(review, revision, tuple(chosen[0]), tuple(chosen[1]))


def review_payload(review: Review, revision: int) -> dict[str, object]:
    """What the component draws, JSON-ready."""
    edit = review.propagation.edit
    return {
        "review": review.review_id,
        "revision": revision,
        "edited": edit.section.title,
        "accepted": sorted(review.accepted),
        "rejected": sorted(review.rejected),
        "changes": [
            {
                "section": change.section.title,
                "kind": change.kind,
                "direction": "forward" if change.section.index > edit.section.index else "backward",
                "confidence": round(change.confidence, 4),
                "cause": {"before": change.cause.before, "after": change.cause.after},
                "pieces": word_diff(change.before, change.after),
            }
            for change in review.propagation.changes
        ],
    }


def proposed_changes(review: Review, revision: int, *, key: str, on_decision: Callable[[], None]) -> None:
    """Draw the changes of ``review``.

    Every click sends all decisions as ``st.session_state[key].decision`` (see :class:`Decision`) and calls
    ``on_decision``. Decisions made elsewhere, such as an undo, need a larger ``revision`` to be shown.
    """
    _mount(key=key, data=review_payload(review, revision), on_decision_change=on_decision)
