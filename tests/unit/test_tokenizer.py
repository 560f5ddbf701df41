"""The shipped tokenizer: no text is lost, special symbols never come out of text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medscribe_core.errors import ModelFilesError
from medscribe_core.settings import REPOSITORY
from medscribe_core.tokenizer import PAD, USER_SYMBOLS, ClinicalTokenizer, load_tokenizer

PATH = REPOSITORY / "assets" / "models" / "cpu" / "tokenizer.model"
TOKENIZER = load_tokenizer(PATH)
AWKWARD = st.one_of(
    st.text(),
    st.text(alphabet=st.sampled_from("[]MASKPDHI \u2581\x00\n\tab9.,é😀")),
    st.lists(st.sampled_from([*USER_SYMBOLS, PAD, " ", "mg", "20", "\u2581"])).map("".join),
)


@given(AWKWARD)
@settings(max_examples=300, deadline=None)
def test_round_trip_of_any_text(text):
    text = text.encode("utf-8", errors="replace").decode()
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


@given(AWKWARD)
@settings(max_examples=200, deadline=None)
def test_text_never_becomes_a_special_symbol(text):
    text = text.encode("utf-8", errors="replace").decode()
    assert not set(TOKENIZER.encode(text)) & TOKENIZER.special_ids


@given(AWKWARD)
@settings(max_examples=200, deadline=None)
def test_offsets_cover_the_text_in_order(text):
    text = text.encode("utf-8", errors="replace").decode()
    ids, offsets = TOKENIZER.encode_with_offsets(text)
    assert len(ids) == len(offsets)
    covered = set()
    for (start, end), (following, _) in zip(offsets, [*offsets, (len(text), 0)][1:], strict=True):
        assert 0 <= start <= end <= len(text)
        assert start <= following
        covered.update(range(start, end))
    assert all(text[i] == " " for i in set(range(len(text))) - covered)


def test_offsets_are_the_words():
    text = "Start lisinopril 20 mg daily."
    ids, offsets = TOKENIZER.encode_with_offsets(text)
    for token_id, (start, end) in zip(ids, offsets, strict=True):
        assert TOKENIZER.surface(token_id).strip() == text[start:end].strip()


def test_digits_are_single_pieces():
    pieces = [TOKENIZER.surface(i).strip() for i in TOKENIZER.encode("BP 152/94, 1250 mg")]
    assert all(len(piece) == 1 for piece in pieces if piece.isdigit())


@pytest.mark.parametrize("symbol", [PAD, *USER_SYMBOLS])
def test_special_symbols_are_whole_pieces(symbol):
    assert TOKENIZER.piece(TOKENIZER.id_of(symbol)) == symbol


def test_a_corrupt_file_is_named(tmp_path):
    broken = tmp_path / "tokenizer.model"
    broken.write_bytes(b"not a model")
    with pytest.raises(ModelFilesError, match=r"tokenizer\.model"):
        ClinicalTokenizer(broken)
