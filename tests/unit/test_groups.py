"""Which group a visit is counted in, and the figures of the groups."""

import pytest

from medscribe_core.corpora import AuthoredEncounter
from medscribe_core.evaluation.groups import GROUP_FIGURES, figures_by_group, groups_of
from tests.unit.evaluation_notes import NOTE, scores_of


def visit(age=None, sex=None, style=None, assessment="1. Hypertension, stable."):
    return AuthoredEncounter(
        id="v",
        transcript="Doctor: hello.",
        transcript_style=style,
        patient_context={"age": age, "sex": sex},
        note=NOTE.model_copy(update={"assessment": assessment}),
    )


@pytest.mark.parametrize(
    ("age", "group"),
    [(0, "0 to 17"), (17, "0 to 17"), (18, "18 to 39"), (40, "40 to 64"), (64, "40 to 64"), (65, "65 and older"),
     (120, "65 and older")],
)  # fmt: skip
def test_age_groups_meet_without_a_gap(age, group):
    assert groups_of(visit(age=age))["age_group"] == group


@pytest.mark.parametrize(
    ("assessment", "specialty"),
    [
        ("1. Hypertension, stable.", "heart and circulation"),
        ("1. Something nobody has coded. 2. Migraine.", "nervous system"),
    ],
)
def test_the_specialty_is_that_of_the_first_problem_with_a_code(assessment, specialty):
    assert groups_of(visit(assessment=assessment))["specialty"] == specialty


def test_what_is_not_known_is_no_group():
    assert groups_of(visit(assessment="Not discussed.")) == {}
    known = groups_of(visit(age=30, sex="F", style="dictation"))
    assert known == {
        "style": "dictation",
        "specialty": "heart and circulation",
        "age_group": "18 to 39",
        "sex": "female",
    }


def test_groups_have_their_own_figures_and_unknown_attributes_none():
    good, bad = scores_of(NOTE, NOTE).as_row(), scores_of(NOTE, NOTE.model_copy(update={"plan": ""})).as_row()
    rows = [
        {**good, "groups": {"sex": "female"}},
        {**good, "groups": {"sex": "female"}},
        {**bad, "groups": {"sex": "male"}},
        {**bad, "groups": {}},
    ]
    found = figures_by_group(rows)
    assert list(found) == ["sex"]
    assert (found["sex"]["female"]["visits"], found["sex"]["male"]["visits"]) == (2, 1)
    assert found["sex"]["female"]["facts_captured"]["value"] == 1
    assert found["sex"]["male"]["facts_captured"]["value"] < 1
    assert set(found["sex"]["male"]) == {"visits", *GROUP_FIGURES}
