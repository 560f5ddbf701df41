"""The sample visits and the hand-written test visits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medscribe_core.errors import DataError
from medscribe_core.samples import load_sample, load_samples

REAL_INPUT = Path(__file__).resolve().parents[1] / "data"


def test_there_are_eight_samples_of_different_kinds():
    samples = load_samples()
    assert len(samples) >= 8
    for field in ("id", "title", "kind"):
        assert len({getattr(sample, field) for sample in samples}) == len(samples)
    for sample in samples:
        assert 150 <= len(sample.transcript.split()) <= 360
        assert sample.patient_context.age is not None


def test_the_three_visits_used_as_real_input_are_not_among_the_samples():
    visits = [load_sample(path) for path in sorted(REAL_INPUT.glob("natural_*.json"))]
    assert len(visits) == 3
    assert {visit.transcript for visit in visits}.isdisjoint(sample.transcript for sample in load_samples())


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("{", "the whole file"),
        (json.dumps({"id": "a", "title": "b", "kind": "c", "patient_context": {}}), "transcript"),
        (
            json.dumps(
                {"id": "a", "title": "b", "kind": "c", "transcript": "d", "patient_context": {"age": 999, "sex": "F"}}
            ),
            "patient_context.age",
        ),
    ],
)
def test_a_broken_sample_names_the_file_and_the_key(tmp_path, content, fault):
    path = tmp_path / "broken.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=rf"broken\.json.*\({fault}\)"):
        load_sample(path)


def test_a_missing_sample_is_named(tmp_path):
    with pytest.raises(DataError, match=r"gone\.json cannot be read"):
        load_sample(tmp_path / "gone.json")
