"""Where the time of a note goes: timers around every part of the code, put there while profiling and removed after."""

from __future__ import annotations

import functools
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from medscribe_core import context, engine, note_models
from medscribe_core.benchmarking.measuring import EngineLike, timed_note
from medscribe_core.benchmarking.results import Profile, ProfilePart, ProfileStep, Writer
from medscribe_core.checks.support import SupportModel
from medscribe_core.encoding import ContextEncoding
from medscribe_core.model import active, layers
from medscribe_core.model.causal import CausalMixing, CausalSelfAttention, CausalTransformer
from medscribe_core.model.content_plan import ContentPlan
from medscribe_core.model.context_encoder import ContextAdapter, ContextEncoder
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from medscribe_core.model.note_model import NoteModel
from medscribe_core.sampling import reading
from medscribe_core.sampling.planned import PlannedReading
from medscribe_core.schema import Encounter
from medscribe_core.tokenizer import ClinicalTokenizer

_PASS = "passes: embeddings, norms, the rest"
_FILL = "sampling loop"
_WRITING = ("passes: ", "head: ")  # parts of the sampling loop; elsewhere they belong to what calls them
#: Owner, attribute and the part that it is timed as; a part holds what the parts inside it do not.
PROBES: tuple[tuple[Any, str, str], ...] = (
    (engine, "check_transcript", "request: checks"),
    (engine, "build_context", "context: layout of turns and windows"),
    (context, "normalise", "context: normalise numbers"),
    (ClinicalTokenizer, "encode_with_offsets", "context: tokenise"),
    (ContextEncoding, "window_features", "encode: windows in and out"),
    (ContextEncoder, "forward", "encode: pretrained layers"),
    (ContextEncoding, "join", "adapt: join of windows"),
    (NoteModel, "encode_context", "adapt: keys and values of every layer, lengths"),
    (ContextAdapter, "forward", "adapt: adapter layers"),
    (ContentPlan, "forward", "adapt: content plan"),
    (note_models.NoteModels, "scaffold", "plan: layout of the note"),
    (note_models, "denoise", _FILL),
    (note_models, "write_left_to_right", _FILL),
    (active.ActiveNote, "_forward", _PASS),
    (ClinicalDiffusionLM, "forward", _PASS),
    (CausalTransformer, "forward", _PASS),
    (active.ActiveNote, "_mix", "passes: local mixing"),
    (CausalMixing, "forward", "passes: local mixing"),
    (layers.SelfAttention, "project", "passes: self-attention, projection"),
    (active, "attend", "passes: self-attention"),
    (CausalSelfAttention, "forward", "passes: self-attention"),
    (layers.CrossAttention, "forward", "passes: cross-attention"),
    (layers.FeedForward, "forward", "passes: feed-forward"),
    (NoteModel, "most_probable", "head: choice of tokens"),
    (NoteModel, "probabilities", "head: choice of tokens"),
    (NoteModel, "vocabulary_logits", "head: vocabulary"),
    (NoteModel, "copy_scores", "head: copying"),
    (NoteModel, "with_evidence", "head: reading the evidence"),
    (note_models, "read_canvas", "checks: statements of the note"),
    (note_models, "read_scaffold", "checks: statements of the note"),
    (note_models, "support_features", "checks: support of every statement"),
    (SupportModel, "probabilities", "checks: support of every statement"),
    (reading, "withhold", "checks: withhold uncertain statements"),
    (reading.Reading, "note", "checks: tidy text, number items"),
    (PlannedReading, "note", "checks: tidy text, number items"),
    (PlannedReading, "trajectory", "record of the trajectory"),
    (ClinicalTokenizer, "decode_with_sources", "detokenise"),
    (ClinicalTokenizer, "decode", "detokenise"),
    (reading, "read_trajectory", "record of the trajectory"),
)


@dataclass
class Stopwatch:
    """Seconds spent in every part without the parts inside it, and how often it was entered.

    ``passes`` has a list a note: the time at which each forward pass began and the positions it computed, and at the
    end the time at which the sampling loop was left.
    """

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    calls: Counter[str] = field(default_factory=Counter)
    passes: list[list[tuple[float, int]]] = field(default_factory=list)
    _inside: list[float] = field(default_factory=list)
    _writing: bool = False

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function`` with its time added to ``part``."""

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            if part.startswith(_WRITING) and not self._writing:
                return function(*args, **kwargs)
            self._inside.append(0.0)
            began = time.perf_counter()
            if part == _FILL:
                self._writing = True
                self.passes.append([])
            elif part == _PASS:
                self.passes[-1].append((began, _positions(args)))
            try:
                return function(*args, **kwargs)
            finally:
                ended = time.perf_counter()
                if part == _FILL:
                    self._writing = False
                    self.passes[-1].append((ended, 0))
                self.calls[part] += 1
                self.seconds[part] += ended - began - self._inside.pop()
                if self._inside:
                    self._inside[-1] += ended - began

        return run

    @contextmanager
    def running(self, probes: Sequence[tuple[Any, str, str]] = PROBES) -> Iterator[None]:
        """Time every probe inside the block; outside nothing is slowed."""
        with ExitStack() as stack:
            for owner, name, part in probes:
                original = getattr(owner, name)
                stack.callback(setattr, owner, name, original)
                setattr(owner, name, self.timed(part, original))
            yield


def profile(
    target: EngineLike, encounters: Sequence[Encounter], writer: Writer, advance: Callable[[], None] = lambda: None
) -> Profile:
    """Write the encounters' notes with timers around every part; they take a little longer for it."""
    watch, total = Stopwatch(), 0.0
    for encounter in encounters:
        with watch.running():
            total += timed_note(target, encounter, writer)[1]["total"]
        advance()
    notes = len(encounters)
    parts = [
        ProfilePart(
            part=part,
            ms_per_note=round(seconds * 1000.0 / notes, 4),
            calls_per_note=round(watch.calls[part] / notes, 2),
            share=round(seconds * 1000.0 / total, 5),
        )
        for part, seconds in sorted(watch.seconds.items(), key=lambda item: -item[1])
    ]
    rest = total - sum(watch.seconds.values()) * 1000.0
    parts.append(
        ProfilePart(
            part="everything else",
            ms_per_note=round(rest / notes, 4),
            calls_per_note=1.0,
            share=round(rest / total, 5),
        )
    )
    return Profile(
        writer=writer.key, notes=notes, ms_per_note=round(total / notes, 3), parts=parts, steps=_steps(watch.passes)
    )


def _steps(notes: Sequence[Sequence[tuple[float, int]]]) -> list[ProfileStep]:
    """The n-th steps of all notes together; a step lasts from its forward pass to the next one or the loop's end."""
    steps: list[list[tuple[float, int]]] = []
    for passes in notes:
        for index, ((began, positions), (ended, _)) in enumerate(pairwise(passes)):
            if index == len(steps):
                steps.append([])
            steps[index].append(((ended - began) * 1000.0, positions))
    return [
        ProfileStep(
            step=number,
            notes=len(found),
            ms=round(float(np.median([ms for ms, _ in found])), 4),
            positions=round(float(np.mean([positions for _, positions in found])), 1),
        )
        for number, found in enumerate(steps, start=1)
    ]


def _positions(args: tuple[Any, ...]) -> int:
    """Positions of one forward pass: the last argument of ``ActiveNote._forward``, the ids of a model."""
    return len(args[3]) if isinstance(args[0], active.ActiveNote) else int(args[1].shape[1])
