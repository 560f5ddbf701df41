"""Confidence of statements: held against what is supported."""

import numpy as np
import pytest

from medscribe_core.evaluation.calibration import calibrate, expected_calibration_error, rate_statements
from medscribe_core.evaluation.comparison import compare_notes
from medscribe_core.generated import Rated
from medscribe_core.schema import Section, SoapNote


def test_a_fact_is_as_sure_as_the_statement_it_stands_in():
    reference, generated = SoapNote(ros="Positive for fever."), SoapNote(ros="Positive for fever, joint pain.")
    statements = [Rated(Section.ROS, "fever", 0.6), Rated(Section.ROS, "joint pain", 0.5)]
    assert rate_statements(compare_notes(reference, generated), statements) == [(0.6, True), (0.5, False)]


def test_given_text_and_text_that_was_changed_afterwards_are_not_rated():
    note = SoapNote(ros="Positive for fever.", plan="1. Rest.")
    comparison = compare_notes(note, note)
    assert rate_statements(comparison, [Rated(Section.PLAN, "Relax.", 0.5), Rated(Section.HPI, "fever", 0.5)]) == []
    assert rate_statements(comparison, []) == []


def test_the_calibration_error_is_the_mean_gap_between_confidence_and_truth():
    perfect = [(0.75, True), (0.75, True), (0.75, True), (0.75, False)]
    assert calibrate([perfect])["ece"]["value"] == 0
    overconfident = calibrate([[(0.95, False)] * 3, [(0.95, True)]])
    assert overconfident["ece"]["value"] == pytest.approx(0.7)
    assert overconfident["ece"]["low"] <= 0.7 <= overconfident["ece"]["high"]
    assert overconfident["bins"] == [
        {"low": 0.9, "high": 1.0, "statements": 4, "confidence": 0.95, "supported": 0.25}
    ]  # fmt: skip


def test_risk_grows_with_coverage_when_the_sure_statements_are_the_right_ones():
    rated = [(0.99, True)] * 10 + [(0.6, False)] * 10
    curve = {point["coverage"]: point["risk"] for point in calibrate([rated])["coverage_risk"]}
    assert curve[0.5] == 0
    assert curve[1.0] == 0.5
    assert list(curve.values()) == sorted(curve.values())


def test_certainty_of_one_falls_into_the_last_bin():
    assert [b["high"] for b in calibrate([[(1.0, True), (0.0, False)]])["bins"]] == [0.1, 1.0]


def test_no_statement_no_calibration():
    assert calibrate([]) is None
    assert calibrate([[], []]) is None


def test_the_error_of_empty_bins_is_zero():
    assert expected_calibration_error(np.zeros((2, 10, 3))).tolist() == [0, 0]
    assert not np.isnan(calibrate([[(0.5, True)], []])["ece"]["high"])
