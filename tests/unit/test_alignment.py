"""Statements find the sentence of the transcript that they share most with."""

from medscribe_core.corpora.alignment import align

TRANSCRIPT = """Doctor: What brings you in today?
Patient: My knee has been swollen for 3 weeks. It hurts on the stairs.
Doctor: Let's start naproxen 500 mg twice daily with food. I'd like you back in 6 weeks."""


def found(statement):
    (span,) = align([statement], TRANSCRIPT)
    return None if span is None else TRANSCRIPT[slice(*span)].strip()


def test_rare_words_and_numbers_decide():
    assert "naproxen 500 mg" in found("Start naproxen 500 mg twice daily.")
    assert found("Follow up in 6 weeks.") == "I'd like you back in 6 weeks."
    assert "swollen for 3 weeks" in found("Presents with knee swelling for 3 weeks.")


def test_a_statement_that_shares_too_little_has_no_place():
    assert found("Works as a teacher.") is None
    assert align(["Anything"], "") == [None]
    assert align([], TRANSCRIPT) == []
