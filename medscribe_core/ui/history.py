"""Undo and redo: every step keeps the whole state, so that going back restores it exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

State = TypeVar("State")


@dataclass(frozen=True)
class Step(Generic[State]):
    """``state`` and, as a label without any text of the state, what led to it."""

    label: str
    state: State


@dataclass(frozen=True)
class History(Generic[State]):
    """Steps in order; ``position`` is the current one, those after it can be redone."""

    steps: tuple[Step[State], ...]
    position: int = 0

    @classmethod
    def begin(cls, label: str, state: State) -> History[State]:
        """A history of one step, which cannot be undone."""
        return cls((Step(label, state),))

    @property
    def current(self) -> State:
        """The state of the current step."""
        return self.steps[self.position].state

    @property
    def undoable(self) -> str | None:
        """Label of what ``undone`` takes back; None at the beginning."""
        return self.steps[self.position].label if self.position else None

    @property
    def redoable(self) -> str | None:
        """Label of what ``redone`` brings back; None at the end."""
        return self.steps[self.position + 1].label if self.position + 1 < len(self.steps) else None

    def pushed(self, label: str, state: State) -> History[State]:
        """A step after the current one; what could have been redone is gone."""
        return History((*self.steps[: self.position + 1], Step(label, state)), self.position + 1)

    def amended(self, state: State) -> History[State]:
        """The current step with another state; no step is added or lost."""
        step = replace(self.steps[self.position], state=state)
        return replace(self, steps=(*self.steps[: self.position], step, *self.steps[self.position + 1 :]))

    def undone(self) -> History[State]:
        """One step back; the same history at its beginning."""
        return replace(self, position=max(0, self.position - 1))

    def redone(self) -> History[State]:
        """One step forward; the same history at its end."""
        return replace(self, position=min(len(self.steps) - 1, self.position + 1))
