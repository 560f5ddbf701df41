"""From a transcript to the tokens that the encoder reads."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medscribe_core.checks.transcript import MAX_WORDS, check_transcript
from medscribe_core.context import MAX_CONTEXT_TOKENS, MAX_WINDOW_TOKENS, build_context, cut_windows
from medscribe_core.errors import InputError
from medscribe_core.schema import Encounter, PatientContext
from medscribe_core.settings import REPOSITORY
from medscribe_core.tokenizer import load_tokenizer
from medscribe_core.transcript import parse_turns

TOKENIZER = load_tokenizer(REPOSITORY / "assets" / "models" / "cpu" / "tokenizer.model")


def context_of(transcript, **patient):
    encounter = Encounter(encounter_id="e", transcript=transcript, patient_context=PatientContext(**patient))
    return build_context(encounter, TOKENIZER)


@pytest.mark.parametrize(
    ("transcript", "speakers"),
    [
        ("Doctor: Hi.\nPatient: My knee hurts.", ["doctor", "patient"]),
        ("DR: Hi.\nPT: My knee hurts.", ["doctor", "patient"]),
        ("D: Hi.\nP: My knee hurts.", ["doctor", "patient"]),
        ("[doctor] hi , how are you ?\n[patient] my knee hurts .", ["doctor", "patient"]),
        ("Doctor: Hi.\nMother: She has a cough.", ["doctor", "other"]),
        ("how are you\nmy knee hurts", ["unknown", "unknown"]),
        ("Doctor: Hi.\nHow are you?\nPatient: Fine.", ["doctor", "patient"]),
        ("Plan: rest and ice.", ["unknown"]),
    ],
)
def test_speakers_are_found_however_they_are_marked(transcript, speakers):
    assert [turn.speaker for turn in parse_turns(transcript)] == speakers


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_turns_are_in_order_and_do_not_overlap(text):
    turns = parse_turns(text)
    for turn, following in pairwise(turns):
        assert turn.start <= turn.end <= following.start
    assert all(text[turn.start : turn.end].strip() for turn in turns)


def test_a_long_dictation_is_cut_at_sentence_ends():
    text = "The patient reports knee pain for two weeks. " * 60
    turns = parse_turns(text.strip())
    assert len(turns) > 3
    assert all(text[turn.start : turn.end].strip().endswith(".") for turn in turns)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_windows_tile_the_context(lengths):
    windows = cut_windows(lengths)
    assert windows[0].start == 0
    assert windows[-1].end == sum(lengths)
    for window, following in pairwise(windows):
        assert window.end == following.start
    for window in windows:
        assert window.read_from <= window.start < window.end
        assert window.end - window.read_from <= MAX_WINDOW_TOKENS


@given(st.lists(st.integers(1, 120), min_size=2, max_size=30), st.integers(1, 29))
@settings(max_examples=100, deadline=None)
def test_windows_of_a_visit_in_progress_stay_valid(lengths, so_far):
    partial, whole = cut_windows(lengths[:so_far]), cut_windows(lengths)
    assert partial[:-1] == whole[: len(partial) - 1]


def test_tokens_point_at_the_speakers_own_words():
    transcript = "Doctor: Pressure is one fifty-two over ninety-four today."
    context = context_of(transcript)
    pieces = {}
    for token_id, (start, end) in zip(context.ids, context.offsets, strict=True):
        if start >= 0:
            original = context.normalised.original_span(start, end)
            pieces[TOKENIZER.surface(token_id).strip()] = transcript[slice(*original)]
    assert "ninety-four" in pieces["9"]
    assert "fifty-two" in pieces["5"]


def test_a_long_visit_keeps_what_matters_and_says_what_was_left_out():
    small_talk = "Doctor: Did you see the game on the weekend?\nPatient: Oh yes, it was so much fun, wow.\n"
    substance = "Doctor: Blood pressure is 152/94, increase lisinopril to 20 mg daily.\n"
    context = context_of(small_talk * 60 + substance + small_talk * 60, age=50)
    assert len(context.ids) <= MAX_CONTEXT_TOKENS
    assert context.left_out
    assert 120 not in context.left_out
    assert "lisinopril" in TOKENIZER.decode(context.ids)


def test_same_content_same_hash():
    one, same = context_of("Patient: My knee hurts a lot."), context_of("Patient: My knee hurts a lot.")
    other = context_of("Patient: My knee hurts a bit.")
    assert one.content_hash == same.content_hash != other.content_hash


NATURAL = "Doctor: What brings you in?\nPatient: I have had a cough for about a week now, and it is worse at night."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("  \n\t ", "empty"),
        ("cough", "fewer than"),
        ("the cough was bad " * 12_500, f"{MAX_WORDS:,}"),
        ("Buenos días, doctora. Desde hace una semana tengo tos seca y fiebre, y me duele el pecho.", "English"),
        ("Guten Tag, ich habe seit einer Woche Husten und Fieber, und nachts wird es schlimmer.", "English"),
        ("患者は一週間前から咳が出ています。熱はありません。薬は飲んでいません。", "fewer than|English"),
        ("\x00\x01\x7fELF\x02\x01\x01" * 40, "binary"),
        ("😀 😷 🤒 💊 👍", "fewer than"),
    ],
)  # fmt: skip
def test_what_is_no_transcript_is_refused_in_one_sentence(text, reason):
    with pytest.raises(InputError, match=reason) as error:
        check_transcript(text)
    assert "\n" not in str(error.value)
    assert text.strip()[:30] not in str(error.value) or not text.strip()


@pytest.mark.parametrize("text", [NATURAL, NATURAL + " 😀", NATURAL.lower(), "Señora García here. " + NATURAL])
def test_a_visit_is_accepted(text):
    check_transcript(text)
