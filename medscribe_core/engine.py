"""`NoteEngine`: loads once, writes notes from many threads."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from medscribe_core.checks.certainty import WITHHOLD_BELOW, Withheld, withhold
from medscribe_core.checks.contradictions import against_transcript, contradictions
from medscribe_core.checks.transcript import check_transcript
from medscribe_core.context import MAX_CONTEXT_TOKENS, ContextTokens, build_context
from medscribe_core.editing.propagation import Propagation, check_edit
from medscribe_core.editing.revision import Locks, Span
from medscribe_core.errors import InputError
from medscribe_core.generated import GeneratedNote, Trajectory, TrajectoryToken
from medscribe_core.model.context_encoder import CONTEXT_STEP, NOTE_STEP, join_windows, rounded_up, window_batch
from medscribe_core.model.denoiser import EncodedContext
from medscribe_core.model.loading import LoadedModel, load_model
from medscribe_core.sampling.canvas import MAX_NOTE_TOKENS, Canvas, build_canvas
from medscribe_core.sampling.denoise import REFRESH, Denoised, denoise
from medscribe_core.sampling.infill import InfilledNote, check_infilling, infill_note
from medscribe_core.sampling.lengths import section_slots
from medscribe_core.sampling.policies import Policy, make_policy
from medscribe_core.sampling.propagate import propagate_edit
from medscribe_core.sampling.text import tidy
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section, SoapNote
from medscribe_core.settings import settings
from medscribe_core.tokenizer import WINDOW_END, WINDOW_START

MODELS = ("diffusion", "autoregressive")
_MIN_SLOTS = 8  # positions that must be left for the sections to be written


class NoteEngine:
    """Writes SOAP notes with a loaded model. Safe to share between threads: the model runs one note at a time."""

    def __init__(self, loaded: LoadedModel, cached_contexts: int | None = None):
        self._model, self.tokenizer = loaded.model, loaded.tokenizer
        self.weights_id = loaded.weights_id
        self._lock = threading.Lock()
        self._cache: OrderedDict[tuple[str, str], EncodedContext] = OrderedDict()
        self._cache_size = settings().cached_contexts if cached_contexts is None else cached_contexts
        self.cache_hits = self.cache_misses = 0
        forbidden = set(self.tokenizer.special_ids) - {self.tokenizer.pad_id}
        free = {i for i in range(self.tokenizer.vocab_size) if self.tokenizer.surface(i).strip().isdigit()}
        free |= set(self.tokenizer.special_ids)
        self._repeatable = torch.tensor([i in free for i in range(self.tokenizer.vocab_size)])
        self._forbidden = torch.tensor([i in forbidden for i in range(self.tokenizer.vocab_size)])

    @classmethod
    def load(cls, models_dir: Path | None = None) -> NoteEngine:
        """Load the shipped model from ``models_dir`` (default: the project's own); raises ModelFilesError."""
        if settings().threads:
            torch.set_num_threads(settings().threads)
        return cls(load_model(Path(models_dir or settings().models_dir) / "cpu"))

    def generate(
        self,
        encounter: Encounter,
        *,
        model: str = "diffusion",
        policy: str | None = None,
        steps: int | None = None,
        partial_note: Mapping[Section, str] | None = None,
        seed: int | None = None,
        temperature: float = 0.0,
    ) -> GeneratedNote:
        """Write the sections that ``partial_note`` does not give; the given ones are returned byte for byte.

        Args:
            policy: ``adaptive`` (default) or ``confidence``.
            steps: denoising steps (``confidence``) or their cap (``adaptive``).
            seed: of the sampling noise when ``temperature`` is above 0.

        Raises:
            InputError: the transcript, the given sections or an option cannot be used.
        """
        began = time.perf_counter()
        if model not in MODELS:
            raise InputError(f"Unknown model {model[:40]!r}; known models are {', '.join(MODELS)}.")
        if model == "autoregressive":
            raise InputError("The autoregressive model is not part of this version.")
        chosen = make_policy(policy, steps)
        check_transcript(encounter.transcript)
        given = {Section(s): text for s, text in (partial_note or {}).items() if text.strip()}
        timings: dict[str, float] = {}
        context = build_context(encounter, self.tokenizer)
        given_ids = {s: self.tokenizer.encode(text) for s, text in given.items()}
        self._check_room(given_ids)
        timings["prepare"] = _since(began)
        with self._lock:
            mark = time.perf_counter()
            encoded = self.encode(encounter.encounter_id, context)
            timings["encode"] = _since(mark)
            mark = time.perf_counter()
            canvas = build_canvas(self.tokenizer, given_ids, section_slots(encoded.length_logits[0]))
            result = self._fill(canvas, encoded, chosen, seed, temperature)
            timings["denoise"] = _since(mark)
        mark = time.perf_counter()
        note, withheld = self._note(canvas, result, given)
        trajectory, confidence = self._trajectory(canvas, result, given)
        timings["decode"] = _since(mark)
        timings["total"] = _since(began)
        return GeneratedNote(
            note_id=f"note_{secrets.token_hex(6)}",
            note=note,
            confidence=confidence,
            timings=timings,
            steps=result.steps,
            model="diffusion",
            warnings=_warnings(context, given),
            trajectory=trajectory,
            given=frozenset(given),
            withheld=withheld,
        )

    def infill(
        self,
        encounter: Encounter,
        given: Mapping[Section, str],
        *,
        rewrite: Mapping[Section, Sequence[Span]] | None = None,
        complete: Collection[Section] | None = None,
        policy: str | None = None,
        steps: int | None = None,
        seed: int | None = None,
        temperature: float = 0.0,
    ) -> InfilledNote:
        """Complete a partly written note or a template with blanks; what is given stays byte for byte.

        Without a transcript only what follows from the given text is written, and the note is marked as inferred.
        ``rewrite`` and ``complete``: see :func:`check_infilling`.

        Raises:
            InputError: the transcript, the given text or an option cannot be used.
        """
        began = time.perf_counter()
        chosen = make_policy(policy, steps)
        if encounter.transcript.strip():
            check_transcript(encounter.transcript)
        infilling = check_infilling(
            given,
            rewrite=rewrite,
            complete=complete,
            transcript=encounter.transcript,
            patient_context=encounter.patient_context.as_line(),
        )
        context = build_context(encounter, self.tokenizer)
        trajectory, confidence = None, dict.fromkeys(NOTE_SECTIONS, 1.0)

        def fill(canvas: Canvas) -> Denoised:
            nonlocal trajectory, confidence
            result = self._fill(canvas, encoded, chosen, seed, temperature)
            trajectory, confidence = self._trajectory(canvas, result, dict.fromkeys(infilling.complete_sections, ""))
            return result

        with self._lock:
            encoded = self.encode(encounter.encounter_id, context)
            found = infill_note(self.tokenizer, infilling, section_slots(encoded.length_logits[0]), fill)
        return replace(
            found,
            confidence=confidence,
            trajectory=trajectory,
            timings={"total": _since(began)},
            warnings=_warnings(context, dict.fromkeys(infilling.complete_sections, "")),
        )

    def propagate(
        self,
        encounter: Encounter,
        note: SoapNote,
        section: str,
        new_content: str,
        *,
        locks: Locks | None = None,
        to: Collection[str] | None = None,
        allow_delete: bool = False,
        policy: str | None = None,
        steps: int | None = None,
    ) -> Propagation:
        """Propose what else of ``note`` has to change when ``section`` is edited to ``new_content``.

        ``locks``, ``to`` and ``allow_delete``: see :func:`check_edit`.

        Raises:
            InputError: the edit, the locks, the transcript or an option cannot be used.
        """
        began = time.perf_counter()
        chosen = make_policy(policy, steps)
        edit = check_edit(note, section, new_content, locks=locks, to=to, allow_delete=allow_delete)
        if encounter.transcript.strip():
            check_transcript(encounter.transcript)
        context = build_context(encounter, self.tokenizer)
        trajectory = None

        def fill(canvas: Canvas) -> Denoised:
            nonlocal trajectory
            result = self._fill(canvas, encoded, chosen, None, 0.0)
            trajectory, _ = self._trajectory(canvas, result, {})
            return result

        with self._lock:
            encoded = self.encode(encounter.encounter_id, context)
            mark = time.perf_counter()
            found = propagate_edit(self._model, self.tokenizer, encoded, edit, fill)
            timings = {"propagate": _since(mark)}
        mark = time.perf_counter()
        disagreements = [
            *against_transcript(edit.section, note[edit.section], edit.content, encounter.transcript),
            *contradictions(found.note),
        ]
        timings |= {"check": _since(mark), "total": _since(began)}
        return replace(found, disagreements=disagreements, trajectory=trajectory, timings=timings)

    def _fill(
        self, canvas: Canvas, encoded: EncodedContext, policy: Policy, seed: int | None, temperature: float
    ) -> Denoised:
        """Denoise one canvas, padded so that few distinct shapes occur (see WINDOW_STEP)."""
        length = len(canvas.ids)
        extra = rounded_up(length, NOTE_STEP) - length
        return denoise(
            self._model,
            torch.tensor([canvas.ids + [self.tokenizer.pad_id] * extra]),
            torch.tensor([canvas.sections + [canvas.sections[-1]] * extra]),
            torch.tensor([canvas.editable + [False] * extra]),
            encoded,
            policy,
            mask_id=self.tokenizer.mask_id,
            forbidden=self._forbidden,
            note_mask=torch.arange(length + extra)[None] < length,
            temperature=temperature,
            generator=None if seed is None else torch.Generator().manual_seed(seed),
            refresh=REFRESH,
            repeatable=self._repeatable,
        )

    @torch.inference_mode()
    def encode(self, encounter_id: str, context: ContextTokens) -> EncodedContext:
        """The encoded context, from the cache when this encounter's content was encoded before."""
        key = (encounter_id, context.content_hash)
        if key in self._cache:
            self._cache.move_to_end(key)
            self.cache_hits += 1
            return self._cache[key]
        self.cache_misses += 1
        tokenizer = self.tokenizer
        ids, lengths, kept = window_batch(
            [context.ids],
            [context.windows],
            tokenizer.id_of(WINDOW_START),
            tokenizer.id_of(WINDOW_END),
            tokenizer.pad_id,
        )
        middle, last = self._model.encoder(ids, lengths)
        length = rounded_up(len(context.ids), CONTEXT_STEP)
        encoded = self._model.encode_context(
            torch.tensor([context.ids + [tokenizer.pad_id] * (length - len(context.ids))]),
            join_windows(middle, kept, 1, length),
            join_windows(last, kept, 1, length),
            torch.arange(length)[None] < len(context.ids),
        )
        self._cache[key] = encoded
        while len(self._cache) > self._cache_size:
            self._cache.popitem(last=False)
        return encoded

    def _check_room(self, given_ids: Mapping[Section, list[int]]) -> None:
        used = sum(map(len, given_ids.values())) + len(NOTE_SECTIONS)
        left = len(NOTE_SECTIONS) - len(given_ids)
        if used + left * _MIN_SLOTS > MAX_NOTE_TOKENS:
            raise InputError(
                f"The given sections have {used:,} tokens; with what is still to be written a note holds "
                f"{MAX_NOTE_TOKENS}."
            )

    def _note(self, canvas: Canvas, result: Denoised, given: Mapping[Section, str]) -> tuple[SoapNote, list[Withheld]]:
        ids, confidence = result.ids[0].tolist(), result.confidence[0].tolist()
        texts: dict[str, str] = {}
        left_out: list[Withheld] = []
        for section in NOTE_SECTIONS:
            if section in given:
                texts[section.value] = given[section]
                continue
            places = [i for i, s in enumerate(canvas.sections) if s == section.index][1:]
            text, sources = self.tokenizer.decode_with_sources([ids[i] for i in places])
            sure = [confidence[places[source]] for source in sources]
            text, unsure = withhold(section, text, sure, WITHHOLD_BELOW)
            texts[section.value] = tidy(text, section)
            left_out += unsure
        return SoapNote(**texts), left_out

    def _trajectory(
        self, canvas: Canvas, result: Denoised, given: Mapping[Section, str]
    ) -> tuple[Trajectory, dict[Section, float]]:
        tokens: list[TrajectoryToken] = []
        sums: dict[Section, list[float]] = {section: [] for section in NOTE_SECTIONS}
        order = list(NOTE_SECTIONS)
        rows = zip(
            result.ids[0].tolist(),
            canvas.sections,
            result.step_of[0].tolist(),
            result.confidence[0].tolist(),
            strict=False,  # the result is padded
        )
        for token_id, index, step, confidence in rows:
            if token_id in self.tokenizer.special_ids:
                continue
            tokens.append(TrajectoryToken(order[index].value, self.tokenizer.surface(token_id), step, confidence))
            sums[order[index]].append(confidence)
        means = {
            section: 1.0 if section in given or not values else sum(values) / len(values)
            for section, values in sums.items()
        }
        # Steps that only turned left-over slots into [PAD] have nothing to show.
        return Trajectory(tokens, max((token.step for token in tokens), default=0)), means


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000.0


def _warnings(context: ContextTokens, given: Mapping[Section, str]) -> list[str]:
    warnings = []
    if context.left_out:
        warnings.append(
            f"The visit is longer than {MAX_CONTEXT_TOKENS:,} tokens: {len(context.left_out)} of "
            f"{context.turn_count} turns, those with the fewest numbers and clinical words, were left out "
            f"(turns {_ranges(context.left_out)})."
        )
    if len(given) == len(NOTE_SECTIONS):
        warnings.append("All five sections were given, so nothing was written.")
    return warnings


def _ranges(indices: list[int]) -> str:
    """1-based numbers with runs written as ranges: [0, 1, 2, 5] -> "1-3, 6"."""
    runs: list[list[int]] = []
    for i in indices:
        if runs and i == runs[-1][-1] + 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    return ", ".join(str(r[0] + 1) if len(r) == 1 else f"{r[0] + 1}-{r[-1] + 1}" for r in runs)
