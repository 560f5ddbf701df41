"""What the notes of a comparison have to show: figures side by side, ratios, and where each model is ahead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from medscribe_core.evaluation.comparison import compare_notes
from medscribe_core.evaluation.metrics import NoteScores, score_note
from medscribe_core.evaluation.provenance import describe_machine
from medscribe_core.generated import GeneratedNote
from medscribe_core.schema import SoapNote
from medscribe_core.ui.compare import Lane

Columns = dict[str, list[str]]
#: Stages of ``GeneratedNote.timings`` before the first forward pass of the note, and those passes.
BEFORE = ("prepare", "encode", "adapt")
WRITING = ("denoise", "write")


@dataclass(frozen=True)
class Measured:
    """One lane's note; ``scores`` is None without a reference note."""

    lane: Lane
    generated: GeneratedNote
    scores: NoteScores | None

    @property
    def milliseconds(self) -> float:
        """From the transcript to the note."""
        return self.generated.timings["total"]

    @property
    def tokens(self) -> int:
        """Tokens that the model wrote."""
        return sum(token.step > 0 for token in self.generated.trajectory.tokens)

    @property
    def tokens_a_second(self) -> float:
        """Tokens over the whole time, context included."""
        return 1000.0 * self.tokens / self.milliseconds


def measure(notes: Sequence[tuple[Lane, GeneratedNote]], reference: SoapNote | None) -> list[Measured]:
    """The notes with their figures against ``reference``."""
    return [
        Measured(lane, generated, score_note(compare_notes(reference, generated.note)) if reference else None)
        for lane, generated in notes
    ]


def lane_payload(measured: Measured) -> dict[str, Any]:
    """What the browser needs to replay a lane: ``Trajectory.to_payload`` and the lane's milliseconds."""
    timings, trajectory = measured.generated.timings, measured.generated.trajectory
    return {
        "id": measured.lane.key,
        "title": measured.lane.title,
        "parallel": measured.lane.model == "diffusion",
        "before_ms": round(sum(timings.get(stage, 0.0) for stage in BEFORE), 1),
        "writing_ms": round(sum(timings.get(stage, 0.0) for stage in WRITING), 1),
        "total_ms": round(measured.milliseconds, 1),
        **trajectory.to_payload(),
        "steps": max(measured.generated.steps, trajectory.steps),
    }


def figures_table(measured: list[Measured]) -> Columns:
    """A row a lane: cost, speed, and quality where there is a reference note."""
    notes = [one.generated for one in measured]
    columns: Columns = {
        "": [one.lane.title for one in measured],
        "Forward passes": [f"{note.steps:,}" for note in notes],
        "Milliseconds": [f"{one.milliseconds:,.0f}" for one in measured],
        "of which before writing": [f"{sum(note.timings.get(stage, 0.0) for stage in BEFORE):,.0f}" for note in notes],
        "Tokens written": [f"{one.tokens:,}" for one in measured],
        "Tokens a second": [f"{one.tokens_a_second:,.0f}" for one in measured],
    }
    for quality in QUALITIES:
        if all(one.scores for one in measured):
            columns[quality.label] = [quality.shown(one.scores) for one in measured if one.scores]
    return columns


@dataclass(frozen=True)
class Quality:
    """One figure of a note against its reference; ``value`` is the better, the higher."""

    label: str
    ahead: str
    value: Callable[[NoteScores], float]
    shown: Callable[[NoteScores], str]


QUALITIES = (
    Quality(
        "Facts captured",
        "captures more facts",
        lambda s: s.captured,
        lambda s: f"{s.captured} of {s.reference_facts}",
    ),
    Quality(
        "Unsupported facts",
        "states fewer unsupported facts",
        lambda s: -s.unsupported,
        lambda s: f"{s.unsupported} of {s.predicted_facts}",
    ),
    Quality("ROUGE-L", "has the higher ROUGE-L", lambda s: s.rouge["rougeL"], lambda s: f"{s.rouge['rougeL']:.2f}"),
    Quality(
        "Acceptance proxy",
        "passes the acceptance proxy, the other does not",
        lambda s: s.accepted,
        lambda s: "accepted" if s.accepted else "not accepted",
    ),
)


def ratios(measured: list[Measured]) -> list[str]:
    """One sentence a lane that is not the first: how its time compares with the first one's."""
    return [f"{other.lane.title}: {_times(measured[0], other)}" for other in measured[1:]]


def _times(first: Measured, other: Measured) -> str:
    if other.milliseconds >= first.milliseconds:
        return f"{other.milliseconds / first.milliseconds:.1f} times the time of {first.lane.title.lower()}."
    return f"faster, {first.lane.title.lower()} takes {first.milliseconds / other.milliseconds:.1f} times as long."


def ahead_of_first(measured: list[Measured]) -> list[str]:
    """One sentence a lane that is not the first: in what it is ahead of the first one, if in anything."""
    return [_ahead(measured[0], other) for other in measured[1:]]


def _ahead(first: Measured, other: Measured) -> str:
    points = ["is faster"] if other.milliseconds < first.milliseconds else []
    if first.scores and other.scores:
        points += [q.ahead for q in QUALITIES if q.value(other.scores) > q.value(first.scores)]
    if points:
        return f"{other.lane.title} wins here in that it {', '.join(points)}."
    figures = "time and quality" if first.scores else "time"
    return f"{other.lane.title} is not ahead of {first.lane.title.lower()} in {figures} here."


def machine_line() -> str:
    """The hardware and the number of threads that the notes were written with."""
    machine = describe_machine()
    threads = machine["threads"] or "unknown"
    return f"{machine['cpu']}, cores: {machine['cores']}, threads: {threads}, torch {machine['torch']}"
