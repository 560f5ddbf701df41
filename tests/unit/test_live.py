"""A visit in progress: what is encoded when, and that the note is the one of the whole transcript."""

import threading
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from medscribe_core.context import build_context
from medscribe_core.encoding import ContextCache, ContextEncoding
from medscribe_core.engine import NoteEngine
from medscribe_core.errors import InputError
from medscribe_core.generated import GeneratedNote, Trajectory
from medscribe_core.live import LiveEncounter, spoken_turns
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from medscribe_core.model.loading import LoadedModel
from medscribe_core.samples import load_samples
from medscribe_core.schema import Encounter, PatientContext, SoapNote
from medscribe_core.settings import REPOSITORY
from medscribe_core.tokenizer import load_tokenizer
from tests.unit.tiny import CONFIG, spread_out

TOKENIZER = load_tokenizer(REPOSITORY / "assets" / "models" / "cpu" / "tokenizer.model")
PATIENT = PatientContext(age=58, sex="M", medications=["amlodipine 5 mg daily"])
VISIT = load_samples()[1].transcript
CHATTER = "Doctor: How was the game on the weekend?\nPatient: We went to the lake and it was so nice, thanks.\n"


def tiny_model() -> ClinicalDiffusionLM:
    """Random weights with the shipped vocabulary and windows as long as the shipped ones."""
    torch.manual_seed(0)
    config = replace(CONFIG, vocab_size=TOKENIZER.vocab_size, encoder=replace(CONFIG.encoder, max_positions=192))
    return spread_out(ClinicalDiffusionLM(config).eval())


class WatchedEncoding(ContextEncoding):
    """Remembers how many windows were encoded at once."""

    def __init__(self, model):
        super().__init__(model, TOKENIZER, ContextCache(4))
        self.batches = []

    def window_features(self, context, windows):
        self.batches.append(len(windows))
        return super().window_features(context, windows)


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture
def encoding(model):
    return WatchedEncoding(model)


def open_encounter(encoding) -> LiveEncounter:
    """A visit in progress whose notes are empty."""

    def generate(encounter, **options):
        return GeneratedNote("note", SoapNote(), {}, {"total": 1.0}, 1, "diffusion", [], Trajectory([], 1))

    return LiveEncounter(
        "visit", PATIENT, tokenizer=TOKENIZER, encoding=encoding, lock=threading.Lock(), generate=generate
    )


def say(live: LiveEncounter, transcript: str) -> None:
    for turn in spoken_turns(transcript):
        live.append(turn)


def whole(transcript):
    encounter = Encounter(encounter_id="visit", transcript=transcript, patient_context=PATIENT)
    return build_context(encounter, TOKENIZER)


@pytest.mark.parametrize("transcript", [VISIT, CHATTER * 40 + VISIT], ids=["fits", "outgrows the context"])
def test_a_visit_in_progress_is_encoded_like_the_whole_transcript(model, encoding, transcript):
    live = open_encounter(encoding)
    say(live, transcript)
    live.note()
    context = whole(transcript)
    encoded = encoding.encode("visit", context)
    at_once = ContextEncoding(model, TOKENIZER, ContextCache(4)).encode("visit", context)
    assert len(context.windows) >= 3
    torch.testing.assert_close(encoded.features, at_once.features)
    torch.testing.assert_close(encoded.copy_keys, at_once.copy_keys)
    torch.testing.assert_close(encoded.length_logits, at_once.length_logits)
    for ours, theirs in zip(encoded.key_values, at_once.key_values, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_every_window_is_encoded_once_and_only_the_last_waits_for_the_note(encoding):
    live = open_encounter(encoding)
    say(live, VISIT)
    windows = len(whole(VISIT).windows)
    assert sum(encoding.batches) == windows - 1
    live.note()
    assert encoding.batches[-1] == 1
    assert sum(encoding.batches) == windows
    assert live.latency.encoded_windows + live.latency.reused_windows == windows
    assert live.latency.reused_windows >= windows - 2


def test_the_note_of_a_visit_in_progress_is_the_note_of_its_transcript(model):
    engine = NoteEngine(LoadedModel(model, TOKENIZER, "tiny"))
    live = engine.open_encounter("visit", PATIENT)
    say(live, VISIT)
    ours = live.note(policy="confidence", steps=3)
    fresh = NoteEngine(LoadedModel(model, TOKENIZER, "tiny"))
    theirs = fresh.generate(live.encounter, policy="confidence", steps=3)
    assert live.encounter.transcript == VISIT
    assert ours.note == theirs.note
    assert set(ours.timings) == set(theirs.timings)


def test_a_second_note_reuses_everything(encoding):
    live = open_encounter(encoding)
    say(live, VISIT)
    live.note()
    before = list(encoding.batches)
    first = live.latency
    live.note()
    assert encoding.batches == before
    assert live.latency.encoded_windows == 0
    assert live.latency.reused_windows == first.encoded_windows + first.reused_windows


def test_a_draft_does_not_change_what_comes_after_it(model, encoding):
    live = open_encounter(encoding)
    for turn in spoken_turns(VISIT):
        live.append(turn)
        live.note()
    context = whole(VISIT)
    at_once = ContextEncoding(model, TOKENIZER, ContextCache(4)).encode("visit", context)
    torch.testing.assert_close(encoding.encode("visit", context).features, at_once.features)


def test_turns_stand_on_lines_of_their_own():
    live = open_encounter(WatchedEncoding(tiny_model()))
    for turn in ("Doctor: What brings you in?", "Patient: My knee hurts", " when I climb stairs."):
        live.append(turn)
    assert live.encounter.transcript == "Doctor: What brings you in?\nPatient: My knee hurts when I climb stairs."


def test_nothing_said_is_refused(encoding):
    live = open_encounter(encoding)
    with pytest.raises(InputError, match="Nothing has been said"):
        live.note()
    with pytest.raises(InputError, match="empty"):
        live.append(" \n")


@given(st.text(max_size=300))
def test_the_spoken_turns_are_the_transcript(text):
    turns = spoken_turns(text)
    assert "".join(turns) == (text if turns else "")
    assert all(turn.strip() for turn in turns)
    assert bool(turns) == bool(text.strip())


@pytest.mark.parametrize("sample", load_samples(), ids=lambda sample: sample.id)
def test_sample_visits_are_spoken_in_several_turns(sample):
    assert len(spoken_turns(sample.transcript)) > 3
