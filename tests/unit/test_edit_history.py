"""Undo and redo, word-level diffs, and the words that the user typed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from medscribe_core.ui.edit_diff import word_diff
from medscribe_core.ui.edit_typed import moved, typed_after_edit
from medscribe_core.ui.history import History

WORDS = st.lists(st.sampled_from(["a", "bb", "20 mg", "daily.", "1.", " ", "\n", "é"]), max_size=12).map(" ".join)


def text_of(spans, text):
    return [text[start:end] for start, end in spans]


# -- history ----------------------------------------------------------------------------------------------


def test_undo_and_redo_restore_every_state():
    history = History.begin("Opened", 0)
    for state in (1, 2, 3):
        history = history.pushed(f"Step {state}", state)
    back = [history]
    while back[-1].undoable:
        back.append(back[-1].undone())
    assert [h.current for h in back] == [3, 2, 1, 0]
    forth = [back[-1]]
    while forth[-1].redoable:
        forth.append(forth[-1].redone())
    assert [h.current for h in forth] == [0, 1, 2, 3]
    assert back[-1].undone() == back[-1] and forth[-1].redone() == forth[-1]


def test_labels_name_what_is_undone_and_redone():
    history = History.begin("Opened", 0).pushed("First", 1).pushed("Second", 2).undone()
    assert (history.undoable, history.redoable) == ("First", "Second")


def test_a_new_step_ends_what_could_be_redone():
    history = History.begin("Opened", 0).pushed("First", 1).undone().pushed("Other", 2)
    assert history.redoable is None
    assert [step.label for step in history.steps] == ["Opened", "Other"]


def test_amending_keeps_all_steps():
    history = History.begin("Opened", 0).pushed("First", 1).pushed("Second", 2).undone().amended(9)
    assert [step.state for step in history.steps] == [0, 9, 2]
    assert history.redoable == "Second"


# -- word_diff --------------------------------------------------------------------------------------------


def test_whole_words_are_deleted_and_added():
    assert word_diff("Hypertension, well controlled.", "Hypertension, poorly controlled.") == [
        ("equal", "Hypertension, "),
        ("delete", "well"),
        ("insert", "poorly"),
        ("equal", " controlled."),
    ]


def test_changes_that_only_white_space_parts_are_one():
    assert word_diff("Continue lisinopril 20 mg daily.", "Start lisinopril 40 mcg daily.") == [
        ("delete", "Continue"),
        ("insert", "Start"),
        ("equal", " lisinopril "),
        ("delete", "20 mg"),
        ("insert", "40 mcg"),
        ("equal", " daily."),
    ]


def test_an_addition_and_a_removal_are_one_piece():
    assert word_diff("", "Order BMP.") == [("insert", "Order BMP.")]
    assert word_diff("Order BMP.", "") == [("delete", "Order BMP.")]
    assert word_diff("", "") == []


@given(WORDS, WORDS)
def test_the_pieces_are_both_texts(before, after):
    pieces = word_diff(before, after)
    assert "".join(text for operation, text in pieces if operation != "insert") == before
    assert "".join(text for operation, text in pieces if operation != "delete") == after
    assert all(text for _, text in pieces)


# -- typed words ------------------------------------------------------------------------------------------


def test_an_edit_makes_its_own_words_typed_and_keeps_the_earlier_ones():
    first = "Cough for 5 days."
    second = "Cough for 6 days."
    typed = typed_after_edit(first, second, ())
    assert text_of(typed, second) == ["6"]
    third = "Dry cough for 6 days. No fever."
    assert text_of(typed_after_edit(second, third, typed), third) == ["Dry cough", "6", "No fever."]


def test_a_deletion_types_nothing():
    assert typed_after_edit("Cough for 5 days.", "Cough.", ()) == ((0, 6),)  # "Cough." is a new word
    assert typed_after_edit("1. Rest. 2. Ice.", "1. Rest.", ()) == ()


@given(WORDS, WORDS, WORDS, WORDS, st.sampled_from(["zebra", "zebra stripes now.", "a", "bb daily."]))
def test_a_typed_phrase_is_found_again_wherever_the_text_around_it_went(left, right, new_left, new_right, typed):
    before, after = f"{left} {typed} {right}", f"{new_left} {typed} {new_right}"
    start = len(left) + 1
    spans = moved(before, after, [(start, start + len(typed))])
    assert any(typed in text for text in text_of(spans, after))
    assert all(0 <= a < b <= len(after) for a, b in spans)


def test_a_phrase_that_is_gone_leaves_nothing():
    assert moved("Cough. Zebra rash.", "Cough.", [(7, 18)]) == ()
