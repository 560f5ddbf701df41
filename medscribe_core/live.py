"""A visit as it is spoken: a window is encoded when nothing can change it any more, before a note is asked for."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from medscribe_core.context import ContextTokens, Window, build_context
from medscribe_core.encoding import ContextEncoding, WindowFeatures
from medscribe_core.errors import InputError
from medscribe_core.generated import GeneratedNote
from medscribe_core.schema import Encounter, PatientContext
from medscribe_core.tokenizer import ClinicalTokenizer
from medscribe_core.transcript import parse_turns

#: Everything that a window's features depend on: the tokens that are read, and how many of them only as overlap.
WindowKey = tuple[tuple[int, ...], int]
#: What a speech recogniser hands over at once, at most.
PART_WORDS = 40
_WORD = re.compile(r"\s*\S+")


@dataclass(frozen=True)
class LiveLatency:
    """What was left to do for a note once the last turn had been said.

    Attributes:
        milliseconds: of work from the last word to the note; none of them is waiting between word and request.
        encoded_windows: windows of the note's context that were encoded after the last word.
        reused_windows: windows that had been encoded before it.
    """

    milliseconds: float
    encoded_windows: int
    reused_windows: int


class LiveEncounter:
    """One visit in progress; its turns and notes come from one thread at a time, the model is shared under ``lock``.

    Numbers heard can change how the words before them are normalised, and a visit that outgrows the context loses its
    least important turns. So every turn normalises the whole transcript anew, and features are kept by the tokens of
    their window: one whose tokens changed is encoded again, and the note is the one that the whole transcript gives.
    """

    def __init__(
        self,
        encounter_id: str,
        patient_context: PatientContext,
        *,
        tokenizer: ClinicalTokenizer,
        encoding: ContextEncoding,
        lock: AbstractContextManager[Any],
        generate: Callable[..., GeneratedNote],
    ):
        self._encounter = Encounter(encounter_id=encounter_id, transcript="", patient_context=patient_context)
        self._tokenizer, self._encoding, self._lock, self._generate = tokenizer, encoding, lock, generate
        self._context: ContextTokens | None = None
        self._features: dict[WindowKey, WindowFeatures] = {}
        self._encoded_lately: set[WindowKey] = set()
        self._last_turn_ms = 0.0
        #: Of the last note.
        self.latency: LiveLatency | None = None

    @property
    def encounter(self) -> Encounter:
        """The visit so far."""
        return self._encounter

    def append(self, turn: str) -> None:
        """Add what was said: a turn, on a line of its own unless ``turn`` begins with white space.

        Encodes the windows that the turn completes. Raises InputError for a turn without a word.
        """
        if not turn.strip():
            raise InputError("The turn is empty.")
        began = time.perf_counter()
        said = self._encounter.transcript
        separator = "" if not said or said[-1].isspace() or turn[0].isspace() else "\n"
        self._encounter = self._encounter.model_copy(update={"transcript": said + separator + turn})
        self._context = build_context(self._encounter, self._tokenizer)
        self._encoded_lately.clear()
        keys = {_key(self._context, window) for window in self._context.windows}
        self._features = {key: kept for key, kept in self._features.items() if key in keys}
        # A later turn can still lengthen the last window.
        self._encode(self._context, self._context.windows[:-1])
        self._last_turn_ms = _since(began)

    def note(self, **options: Any) -> GeneratedNote:
        """The note of what has been said so far; ``options`` are those of :meth:`NoteEngine.generate`.

        ``timings`` count from this call, and :attr:`latency` says what the last turn cost on top.

        Raises:
            InputError: nothing that a note can be written from has been said, or an option cannot be used.
        """
        if self._context is None:
            raise InputError("Nothing has been said yet.")
        began = time.perf_counter()
        context = self._context
        self._encode(context, context.windows)
        encode_ms = _since(began)
        mark = time.perf_counter()
        keys = [_key(context, window) for window in context.windows]
        with self._lock:
            joined = self._encoding.join(context, [self._features[key] for key in keys])
            self._encoding.keep(self._encounter.encounter_id, context, joined)
        adapt_ms = _since(mark)
        generated = self._generate(self._encounter, **options)
        total = _since(began)
        encoded = sum(key in self._encoded_lately for key in keys)
        self.latency = LiveLatency(self._last_turn_ms + total, encoded, len(keys) - encoded)
        self._encoded_lately.clear()
        self._last_turn_ms = 0.0
        return replace(generated, timings=generated.timings | {"encode": encode_ms, "adapt": adapt_ms, "total": total})

    def _encode(self, context: ContextTokens, windows: list[Window]) -> None:
        """Encode the windows whose features are not there, one at a time: rounding depends on what shares a batch."""
        for window in windows:
            key = _key(context, window)
            if key in self._features:
                continue
            with self._lock:
                (self._features[key],) = self._encoding.window_features(context, [window])
            self._encoded_lately.add(key)


def spoken_turns(transcript: str) -> list[str]:
    """The transcript cut behind each turn, a long turn into parts; joined, they are the transcript to the character.

    There are none only when the transcript is blank.
    """
    if not transcript.strip():
        return []
    ends = [turn.end for turn in parse_turns(transcript)]
    cuts = [0, *ends[:-1], len(transcript)]
    return [part for start, end in pairwise(cuts) for part in _parts(transcript[start:end])]


def _parts(turn: str) -> list[str]:
    """At most PART_WORDS words each, the white space in front of a word with it."""
    starts = [word.start() for word in _WORD.finditer(turn)][PART_WORDS::PART_WORDS]
    return [turn[start:end] for start, end in pairwise([0, *starts, len(turn)])]


def _key(context: ContextTokens, window: Window) -> WindowKey:
    return tuple(context.ids[window.read_from : window.end]), window.start - window.read_from


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000.0
