"""The figures of a note and of a set of notes."""

import numpy as np
import pytest

from medscribe_core.errors import DataError
from medscribe_core.evaluation.bootstrap import interval
from medscribe_core.evaluation.figures import aggregate, paired_differences
from medscribe_core.evaluation.rouge import compute_rouge, compute_rouge_l
from medscribe_core.evaluation.section_f1 import macro_f1, placements, section_counts, section_of_form
from medscribe_core.facts.extraction import extract_facts
from medscribe_core.schema import Section, SoapNote
from tests.unit.evaluation_notes import NOTE, scores_of


def test_a_note_scores_full_marks_against_itself():
    scores = scores_of(NOTE, NOTE)
    assert scores.captured == scores.reference_facts == scores.predicted_facts > 20
    assert scores.unsupported == scores.contradicted == scores.special_symbols == scores.empty_sections == 0
    assert macro_f1(scores.section_counts) == scores.length_ratio == 1.0
    assert set(scores.rouge.values()) == {1.0}
    assert scores.accepted and scores.misplaced == scores.truncated == 0


def test_an_empty_note_scores_nothing():
    scores = scores_of(NOTE, SoapNote())
    assert (scores.captured, scores.predicted_facts, scores.empty_sections) == (0, 0, 5)
    assert macro_f1(scores.section_counts) == 0.0
    assert set(scores.rouge.values()) == {0.0}
    assert not scores.accepted


def test_a_plan_item_in_the_hpi_costs_section_f1_in_both():
    moved = NOTE.model_copy(
        update={"hpi": f"{NOTE.hpi} Increase metformin to 1000 mg twice daily.", "plan": "1. BMP in 2 weeks."}
    )
    counts = section_counts(NOTE, placements(moved, NOTE))
    assert counts[Section.HPI.index].tolist() == [6, 1, 0]
    assert counts[Section.PLAN.index].tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("statement", "numbered", "section"),
    [
        ("Vitals: HR 80.", False, Section.EXAM),
        ("Lungs: clear bilaterally.", False, Section.EXAM),
        ("Positive for rash.", False, Section.ROS),
        ("Start amoxicillin 500 mg three times daily.", False, Section.PLAN),
        ("Removed 4 sutures.", True, Section.PLAN),
        ("Hypertension, not at goal.", False, Section.ASSESSMENT),
        ("Cellulitis of the left leg.", True, Section.ASSESSMENT),
        ("Ankle edema, due to amlodipine.", True, Section.ASSESSMENT),
        ("She works as a baker.", False, Section.HPI),
        ("Doctor: so what brings you in today?", False, Section.OTHER),
        ("I've been coughing.", False, Section.OTHER),
        ("...", False, Section.OTHER),
    ],
)
def test_a_statement_that_matches_nothing_belongs_where_its_form_belongs(statement, numbered, section):
    assert section_of_form(statement, numbered) is section


@pytest.mark.parametrize("debris", ["[MASK]", "[PAD]", "<unk>", "<0x0A>", "\u2581fever", "\u2047"])
def test_special_symbols_in_a_note_are_counted(debris):
    assert scores_of(NOTE, SoapNote(hpi=f"Cough {debris} for 2 days.")).special_symbols == 1


def test_rouge_ignores_order_of_sentences_in_rouge_l_sum_only():
    swapped = SoapNote(hpi="Cough for 2 days. Fever since Monday.")
    reference = SoapNote(hpi="Fever since Monday. Cough for 2 days.")
    scores = compute_rouge(swapped, reference)
    assert scores["rougeLsum"] == pytest.approx(1.0)
    assert scores["rougeL"] == compute_rouge_l(swapped, reference) == pytest.approx(4 / 7)
    assert scores["rouge1"] == pytest.approx(1.0)
    assert scores["rouge2"] == pytest.approx(5 / 6)


def test_intervals_hold_the_value_and_are_the_same_for_the_same_seed():
    values = np.array([[1.0, 2.0], [0.0, 2.0], [2.0, 2.0], [1.0, 2.0]])

    def ratio(means):
        return means[:, 0] / means[:, 1]

    low, high = interval(values, ratio, seed=1)
    assert low < 0.5 < high
    assert (low, high) == interval(values, ratio, seed=1)
    assert interval(values[:1], ratio, seed=1) == (0.5, 0.5)


def test_facts_are_pooled_over_notes():
    short = SoapNote(ros="Positive for fever.")
    other = scores_of(short, SoapNote(ros="Positive for rash, cough."))
    figures = aggregate([scores_of(NOTE, NOTE).as_row(), other.as_row()])
    facts = len(extract_facts(NOTE))
    assert figures["facts_captured"]["value"] == pytest.approx(facts / (facts + 1), abs=1e-4)
    assert figures["unsupported_share"]["value"] == pytest.approx(2 / (facts + 2), abs=1e-4)
    assert figures["omitted_share"]["value"] == pytest.approx(1 / (facts + 1), abs=1e-4)
    assert figures["empty_sections"] == 4
    assert figures["acceptance_proxy"]["value"] == 0.5
    assert figures["notes_failing"]["structure"] == 1


def test_contradictions_are_counted_by_what_differs():
    generated = NOTE.model_copy(update={"plan": NOTE.plan.replace("1000 mg", "2000 mg"), "ros": "Positive for fever."})
    row = scores_of(NOTE, generated).as_row()
    assert row["conflicts"] == {"negation": 1, "dose": 1}
    figures = aggregate([row])["contradicted_by_kind"]
    assert figures["dose"]["value"] == figures["negation"]["value"] == round(1 / row["predicted_facts"], 4)
    assert figures["side"]["value"] == 0


def row(identity, captured, length_ratio=1.0):
    scores = scores_of(NOTE, NOTE).as_row()
    return {**scores, "id": identity, "captured": captured, "length_ratio": length_ratio}


def test_a_paired_difference_has_no_width_where_every_visit_differs_alike():
    mine = [row("a", 20), row("b", 10), row("c", 4)]
    theirs = [row("c", 2), row("a", 18), row("b", 8), row("only here", 1)]
    found = paired_differences(mine, theirs)["facts_captured"]
    expected = round(2 / mine[0]["reference_facts"], 4)
    assert (found["value"], found["low"], found["high"]) == (expected, expected, expected)


def test_a_figure_that_an_older_result_lacks_is_left_out_of_the_comparison():
    old = {key: value for key, value in row("a", 3).items() if key not in ("section_counts", "accepted")}
    differences = paired_differences([row("a", 4)], [old])
    assert "facts_captured" in differences
    assert not differences.keys() & {"section_f1", "acceptance_proxy"}


def test_results_without_a_common_visit_cannot_be_compared():
    with pytest.raises(DataError, match="no visit in common"):
        paired_differences([row("a", 1)], [row("b", 1)])
