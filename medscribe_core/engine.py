"""`NoteEngine`: loads once, writes notes from many threads."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from medscribe_core.checks.contradictions import against_transcript, contradictions
from medscribe_core.checks.request import (
    AUTOREGRESSIVE,
    BY_SECTIONS,
    DIFFUSION,
    check_options,
    check_room,
    request_warnings,
)
from medscribe_core.checks.support import SupportModel, load_support
from medscribe_core.checks.transcript import check_transcript
from medscribe_core.context import build_context
from medscribe_core.editing.propagation import Propagation, check_edit
from medscribe_core.editing.revision import Locks, Span
from medscribe_core.encoding import ContextCache, ContextEncoding
from medscribe_core.generated import GeneratedNote, Rated
from medscribe_core.live import LiveEncounter
from medscribe_core.model.causal import CausalTransformer
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from medscribe_core.model.loading import CONFIG_FILE, LoadedModel, load_model
from medscribe_core.note_models import FOLDERS, NoteModels
from medscribe_core.sampling.canvas import MAX_NOTE_TOKENS
from medscribe_core.sampling.infill import InfilledNote, check_infilling, infill_note
from medscribe_core.sampling.lengths import section_slots
from medscribe_core.sampling.policies import make_policy
from medscribe_core.sampling.propagate import propagate_edit
from medscribe_core.sampling.reading import RecordedFill
from medscribe_core.sampling.support import FEATURES
from medscribe_core.schema import Encounter, PatientContext, Section, SoapNote
from medscribe_core.settings import settings


class NoteEngine:
    """Writes SOAP notes with loaded models. Safe to share between threads: one note is written at a time.

    Attributes:
        weights_id: of the diffusion model, see :class:`LoadedModel`.
        lock: held while a model runs.
        cache: the encoded contexts of all models, with its counters.
    """

    def __init__(
        self,
        loaded: LoadedModel[ClinicalDiffusionLM],
        cached_contexts: int | None = None,
        causal: Callable[[], LoadedModel[CausalTransformer]] | None = None,
        support: SupportModel | None = None,
    ):
        """``causal`` loads the autoregressive model; it is called when that model is first asked for.

        ``support`` says how probable it is that a statement of the diffusion model is supported; without it the least
        probability of a statement's tokens stands for that.
        """
        self.tokenizer, self.weights_id = loaded.tokenizer, loaded.weights_id
        self.lock = threading.RLock()
        self.cache = ContextCache(settings().cached_contexts if cached_contexts is None else cached_contexts)
        self._models = NoteModels(loaded, self.cache, causal, support)

    @classmethod
    def load(cls, models_dir: Path | None = None, cached_contexts: int | None = None) -> NoteEngine:
        """Load the shipped model from ``models_dir`` (default: the project's own); raises ModelFilesError.

        The autoregressive model is loaded from its own folder there when it is first asked for. ``cached_contexts``:
        encoded visits that are kept in memory (default: the setting).
        """
        if settings().threads:
            torch.set_num_threads(settings().threads)
        folder = Path(models_dir or settings().models_dir)
        causal = folder / FOLDERS[AUTOREGRESSIVE]
        found = (causal / CONFIG_FILE).is_file()
        diffusion = load_model(folder / FOLDERS[DIFFUSION])
        return cls(
            diffusion,
            cached_contexts,
            support=load_support(folder / FOLDERS[DIFFUSION], diffusion.weights_id, FEATURES),
            causal=(lambda: load_model(causal, CausalTransformer)) if found else None,
        )

    @property
    def models(self) -> tuple[str, ...]:
        """The models that can be asked for: those whose files are there."""
        return self._models.names

    @property
    def dtype(self) -> torch.dtype:
        """The number format of the diffusion model's weights in memory."""
        return self._models.diffusion.model.tokens.weight.dtype

    def encoding(self, model: str = DIFFUSION) -> ContextEncoding:
        """How contexts are encoded for one of the models; raises ModelFilesError when its files are not there."""
        return self._models.encoding(model)

    def weights_of(self, model: str) -> str:
        """The id of a model's weights, see :class:`LoadedModel`; raises ModelFilesError when they are not there."""
        return self._models.loaded(model).weights_id

    def generate(
        self,
        encounter: Encounter,
        *,
        model: str = DIFFUSION,
        policy: str | None = None,
        steps: int | None = None,
        partial_note: Mapping[Section, str] | None = None,
        seed: int | None = None,
        temperature: float = 0.0,
        use_cache: bool = True,
        layout: str | None = None,
    ) -> GeneratedNote:
        """Write the sections that ``partial_note`` does not give; the given ones are returned byte for byte.

        Args:
            model: ``diffusion`` or ``autoregressive``; the latter reads given sections before it writes the others.
            policy: ``adaptive`` (default) or ``confidence``.
            steps: denoising steps (``confidence``) or their cap (``adaptive``).
            seed: of the sampling noise when ``temperature`` is above 0.
            layout: ``plan``: a slot a fact (default where the model plans content); ``sections``: by predicted length.
            use_cache: False: the autoregressive model reads the whole note so far again for every token.

        Raises:
            InputError: the transcript, the given sections or an option cannot be used.
            ModelFilesError: the autoregressive model is not there.
        """
        check_options(model, policy=policy, steps=steps, temperature=temperature, use_cache=use_cache, layout=layout)
        chosen = make_policy(policy, steps)
        encoding = self.encoding(model)
        began = time.perf_counter()
        check_transcript(encounter.transcript)
        given = {Section(s): text for s, text in (partial_note or {}).items() if text.strip()}
        timings: dict[str, float] = {}
        context = build_context(encounter, self.tokenizer)
        given_ids = {s: self.tokenizer.encode(text) for s, text in given.items()}
        check_room(given_ids, MAX_NOTE_TOKENS)
        timings["prepare"] = _since(began)
        with self.lock:
            encoded = encoding.encode(encounter.encounter_id, context, timings.__setitem__)
            mark = time.perf_counter()
            if model == AUTOREGRESSIVE:
                draft = self._models.left_to_right(given_ids, encoded, use_cache=use_cache)
            elif self._models.plans and layout != BY_SECTIONS:
                draft = self._models.planned(given_ids, encoded, chosen, seed, temperature)
            else:
                draft = self._models.by_sections(given_ids, encoded, chosen, seed, temperature)
            timings["write" if model == AUTOREGRESSIVE else "denoise"] = _since(mark)
            mark = time.perf_counter()
            sure, threshold = self._models.judge(draft, encoded)
            timings["check"] = _since(mark)
        mark = time.perf_counter()
        note, withheld = draft.reading.note(given, sure, threshold)
        trajectory, confidence = draft.reading.trajectory(given, sure, threshold)
        timings["decode"] = _since(mark)
        timings["total"] = _since(began)
        return GeneratedNote(
            note_id=f"note_{secrets.token_hex(6)}",
            note=note,
            confidence=confidence,
            timings=timings,
            steps=draft.denoised.steps,
            model=model,
            warnings=request_warnings(context, given),
            trajectory=trajectory,
            given=frozenset(given),
            withheld=withheld,
            statements=[Rated(p.section, p.text, s) for p, s in zip(draft.reading.places, sure, strict=True)],
            position_visits=draft.denoised.position_visits,
        )

    def open_encounter(self, encounter_id: str, patient_context: PatientContext | None = None) -> LiveEncounter:
        """A visit in progress, whose transcript arrives turn by turn."""
        return LiveEncounter(
            encounter_id,
            patient_context or PatientContext(),
            tokenizer=self.tokenizer,
            encoding=self.encoding(),
            lock=self.lock,
            generate=self.generate,
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
        if self._models.plans and infilling.by_sections:
            written = self.generate(
                encounter, partial_note=infilling.given, policy=policy, steps=steps, seed=seed, temperature=temperature
            )
            return InfilledNote.of(written)
        context = build_context(encounter, self.tokenizer)
        with self.lock:
            encoded = self.encoding().encode(encounter.encounter_id, context)
            fill = RecordedFill(
                self.tokenizer,
                lambda canvas: self._models.fill(canvas, encoded, chosen, seed, temperature),
                infilling.complete_sections,
            )
            found = infill_note(self.tokenizer, infilling, section_slots(encoded.length_logits[0]), fill)
        return replace(
            found,
            confidence=fill.confidence,
            trajectory=fill.trajectory,
            timings={"total": _since(began)},
            warnings=request_warnings(context, infilling.complete_sections),
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
        with self.lock:
            encoded = self.encoding().encode(encounter.encounter_id, context)
            fill = RecordedFill(self.tokenizer, lambda canvas: self._models.fill(canvas, encoded, chosen))
            mark = time.perf_counter()
            found = propagate_edit(self._models.diffusion.model, self.tokenizer, encoded, edit, fill)
            timings = {"propagate": _since(mark)}
        mark = time.perf_counter()
        disagreements = [
            *against_transcript(edit.section, note[edit.section], edit.content, encounter.transcript),
            *contradictions(found.note),
        ]
        timings |= {"check": _since(mark), "total": _since(began)}
        return replace(found, disagreements=disagreements, trajectory=fill.trajectory, timings=timings)


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000.0
