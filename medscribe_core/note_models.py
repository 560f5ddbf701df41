"""The note models behind an engine: the diffusion model, and the autoregressive one once it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from medscribe_core.checks.certainty import WITHHOLD_TOKENS_BELOW
from medscribe_core.checks.request import AUTOREGRESSIVE, DIFFUSION
from medscribe_core.checks.support import SupportModel
from medscribe_core.encoding import ContextCache, ContextEncoding
from medscribe_core.errors import ModelFilesError
from medscribe_core.model.causal import CausalTransformer
from medscribe_core.model.context_encoder import NOTE_STEP, rounded_up
from medscribe_core.model.denoiser import ClinicalDiffusionLM, EncodedContext
from medscribe_core.model.loading import LoadedModel
from medscribe_core.sampling.autoregressive import write_left_to_right
from medscribe_core.sampling.canvas import Canvas, build_canvas
from medscribe_core.sampling.denoise import REFRESH, Denoised, denoise
from medscribe_core.sampling.lengths import section_slots
from medscribe_core.sampling.planned import PlannedReading, read_scaffold
from medscribe_core.sampling.policies import Policy
from medscribe_core.sampling.reading import Reading, least_confidence, read_canvas
from medscribe_core.sampling.scaffold import Scaffold, lay_out_plan, planned_facts
from medscribe_core.sampling.support import GROUPS, support_features
from medscribe_core.schema import Section

#: Folders of the models inside the folder of all models.
FOLDERS = {DIFFUSION: "cpu", AUTOREGRESSIVE: "autoregressive"}


@dataclass(frozen=True)
class Draft:
    """A note as it was written, before anything is withheld.

    Attributes:
        reading: its statements and how they make a note.
        sources: of a scaffold, see :meth:`ClinicalDiffusionLM.forward`.
        judged_by_tokens: whether its tokens' probabilities say how sure its statements are.
    """

    canvas: Canvas
    denoised: Denoised
    reading: Reading | PlannedReading
    sources: list[int] | None = None
    judged_by_tokens: bool = False


class NoteModels:
    """Loaded models, how each encodes contexts and how each writes; what may be written is the same for both.

    Attributes:
        diffusion: the diffusion model.
        cache: the encoded contexts of all models.
    """

    def __init__(
        self,
        diffusion: LoadedModel[ClinicalDiffusionLM],
        cache: ContextCache,
        load_causal: Callable[[], LoadedModel[CausalTransformer]] | None,
        support: SupportModel | None = None,
    ):
        """``load_causal`` is called when the autoregressive model is first asked for; None: there is none.

        ``support`` says how probable it is that a statement of the diffusion model is supported.
        """
        self.diffusion, self.cache, self.support = diffusion, cache, support
        self._tokenizer = tokenizer = diffusion.tokenizer
        self._encodings = {DIFFUSION: ContextEncoding(diffusion.model, tokenizer, cache)}
        self._load_causal = load_causal
        self._causal: LoadedModel[CausalTransformer] | None = None
        self._loading = threading.Lock()
        forbidden = set(tokenizer.special_ids) - {tokenizer.pad_id}
        free = {i for i in range(tokenizer.vocab_size) if tokenizer.surface(i).strip().isdigit()}
        free |= set(tokenizer.special_ids)
        self._repeatable = torch.tensor([i in free for i in range(tokenizer.vocab_size)])
        self._forbidden = torch.tensor([i in forbidden for i in range(tokenizer.vocab_size)])

    @property
    def names(self) -> tuple[str, ...]:
        """The models that can be asked for."""
        return (DIFFUSION,) if self._load_causal is None else (DIFFUSION, AUTOREGRESSIVE)

    @property
    def causal(self) -> LoadedModel[CausalTransformer]:
        """The autoregressive model; raises ModelFilesError when it is missing or cannot be loaded."""
        with self._loading:
            if self._causal is None:
                if self._load_causal is None:
                    raise ModelFilesError(
                        "The autoregressive model is not installed; train it with medscribe train causal and put the "
                        f"exported folder beside the other models as {FOLDERS[AUTOREGRESSIVE]}."
                    )
                loaded = self._load_causal()
                if _pieces(loaded) != _pieces(self.diffusion):
                    raise ModelFilesError("The autoregressive model was trained with another tokenizer.")
                self._encodings[AUTOREGRESSIVE] = ContextEncoding(loaded.model, self._tokenizer, self.cache)
                self._causal = loaded
            return self._causal

    def loaded(self, name: str) -> LoadedModel:
        """The model called ``name``; raises ModelFilesError like :attr:`causal`."""
        return self.causal if name == AUTOREGRESSIVE else self.diffusion

    def encoding(self, name: str) -> ContextEncoding:
        """How contexts are encoded for the model; raises ModelFilesError like :attr:`causal`."""
        self.loaded(name)
        return self._encodings[name]

    @property
    def plans(self) -> bool:
        """Whether the diffusion model plans a note's content, so that notes can be laid out by it."""
        return self.diffusion.model.plan is not None

    def scaffold(self, encoded: EncodedContext, given: Mapping[Section, list[int]]) -> Scaffold:
        """The note of one encoded context laid out by its content plan."""
        assert encoded.plan_logits is not None
        facts = planned_facts(encoded.plan_logits[0], None if encoded.mask is None else encoded.mask[0])
        return lay_out_plan(self._tokenizer, facts, given)

    def fill(
        self,
        canvas: Canvas,
        encoded: EncodedContext,
        policy: Policy,
        seed: int | None = None,
        temperature: float = 0.0,
        scaffold: Scaffold | None = None,
    ) -> Denoised:
        """Denoise one canvas, that of the ``scaffold`` if one is given, padded so that few distinct shapes occur."""
        length = len(canvas.ids)
        extra = rounded_up(length, NOTE_STEP) - length
        return denoise(
            self.diffusion.model,
            torch.tensor([canvas.ids + [self._tokenizer.pad_id] * extra]),
            torch.tensor([canvas.sections + [canvas.sections[-1]] * extra]),
            torch.tensor([canvas.editable + [False] * extra]),
            encoded,
            policy,
            mask_id=self._tokenizer.mask_id,
            forbidden=self._forbidden,
            note_mask=torch.arange(length + extra)[None] < length,
            temperature=temperature,
            generator=None if seed is None else torch.Generator().manual_seed(seed),
            refresh=REFRESH,
            repeatable=self._repeatable,
            slots=None if scaffold is None else torch.tensor([scaffold.slots + [-1] * extra]),
            sources=None if scaffold is None else torch.tensor([scaffold.sources + [-1] * extra]),
        )

    def planned(
        self,
        given: Mapping[Section, list[int]],
        encoded: EncodedContext,
        policy: Policy,
        seed: int | None = None,
        temperature: float = 0.0,
    ) -> Draft:
        """Write the sections that are not ``given`` laid out by the content plan."""
        scaffold = self.scaffold(encoded, given)
        denoised = self.fill(scaffold.canvas, encoded, policy, seed, temperature, scaffold)
        return Draft(scaffold.canvas, denoised, read_scaffold(self._tokenizer, scaffold, denoised), scaffold.sources)

    def by_sections(
        self,
        given: Mapping[Section, list[int]],
        encoded: EncodedContext,
        policy: Policy,
        seed: int | None = None,
        temperature: float = 0.0,
    ) -> Draft:
        """Write the sections that are not ``given``, each of the length that is predicted for it."""
        canvas = build_canvas(self._tokenizer, given, section_slots(encoded.length_logits[0]))
        denoised = self.fill(canvas, encoded, policy, seed, temperature)
        return Draft(canvas, denoised, read_canvas(self._tokenizer, canvas, denoised, given))

    def left_to_right(self, given: Mapping[Section, list[int]], encoded: EncodedContext, *, use_cache: bool) -> Draft:
        """Write the sections that are not ``given`` with the autoregressive model."""
        ((canvas, result),) = write_left_to_right(
            self.causal.model,
            encoded,
            [given],
            headers=self._tokenizer.header_ids,
            end_id=self._tokenizer.pad_id,
            forbidden=self._forbidden,
            cached=use_cache,
            repeatable=self._repeatable,
        )
        reading = read_canvas(self._tokenizer, canvas, result, given)
        return Draft(canvas, result, reading, judged_by_tokens=True)

    def support_features(self, draft: Draft, encoded: EncodedContext) -> Tensor:
        """What is known of the statements of a draft, see :func:`support_features`."""
        ids = draft.denoised.ids
        extra = ids.shape[1] - len(draft.canvas.ids)
        return support_features(
            self.diffusion.model,
            self._tokenizer.mask_id,
            ids,
            torch.tensor([draft.canvas.sections + [draft.canvas.sections[-1]] * extra]),
            draft.denoised.confidence,
            torch.arange(ids.shape[1])[None] < len(draft.canvas.ids),
            draft.reading.places,
            encoded,
            None if draft.sources is None else torch.tensor([draft.sources + [-1] * extra]),
        )

    def judge(self, draft: Draft, encoded: EncodedContext) -> tuple[list[float], float]:
        """How sure it is of each statement of a draft, and the least with which one stands.

        The support model says so; without one, and of the autoregressive model, the least probable token does.
        """
        if self.support is None or draft.judged_by_tokens:
            return least_confidence(draft.reading.places, draft.denoised), WITHHOLD_TOKENS_BELOW
        found = self.support_features(draft, encoded)
        draft.denoised.position_visits += GROUPS * draft.denoised.ids.shape[1]
        return self.support.probabilities(found), self.support.threshold


def _pieces(loaded: LoadedModel) -> list[str]:
    return [loaded.tokenizer.piece(i) for i in range(loaded.tokenizer.vocab_size)]
