"""Any question to the engine as a job: carrying an edit, filling in a template, writing from scratch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from medscribe_core.schema import Encounter
from medscribe_core.ui import jobs


@dataclass(frozen=True)
class _Question:
    """What a job takes for an engine: it asks it to ``generate``, which here is to ``ask``."""

    ask: Callable[[Encounter], object]

    def generate(self, encounter: Encounter) -> object:
        return self.ask(encounter)


def start(encounter: Encounter, ask: Callable[[Encounter], object]) -> jobs.Job:
    """Begin to ``ask`` about ``encounter``, after the notes that are already queued; returns at once."""
    return jobs.start(_Question(ask), encounter)
