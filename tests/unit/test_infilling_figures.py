"""Infilling: what is given, what is counted."""

from types import SimpleNamespace

import pytest

from medscribe_core.corpora import AuthoredEncounter
from medscribe_core.errors import InputError
from medscribe_core.evaluation.infilling import evaluate_infilling, given_sections
from medscribe_core.schema import NOTE_SECTIONS, SoapNote
from tests.unit.evaluation_notes import NOTE


def visit(identity="v", note=NOTE):
    return AuthoredEncounter(id=identity, transcript="Doctor: hello.", patient_context={}, note=note)


class Engine:
    """Returns what ``write`` makes of the given sections."""

    def __init__(self, write):
        self.write, self.asked = write, []

    def infill(self, encounter, partial_note, **settings):
        self.asked.append((encounter, partial_note, settings))
        return SimpleNamespace(note=self.write(partial_note))


def figures(write, visits):
    engine = Engine(write)
    return evaluate_infilling(engine, visits, policy=None, steps=None, seed=3), engine


def test_one_or_two_filled_sections_are_given_the_same_for_the_same_seed():
    sizes = set()
    for number in range(20):
        given = given_sections(visit(f"v{number}"), seed=1)
        assert given == given_sections(visit(f"v{number}"), seed=1)
        assert all(text == NOTE[section] for section, text in given.items())
        sizes.add(len(given))
    assert sizes == {1, 2}


def test_silent_sections_are_not_given_and_something_is_left_to_write():
    texts = {section.value: section.empty_text for section in NOTE_SECTIONS}
    two = SoapNote(**{**texts, "ros": "Positive for fever.", "plan": "1. Rest."})
    assert {tuple(given_sections(visit(f"v{n}", two), 0)) for n in range(20)} == {("ros",), ("plan",)}
    assert given_sections(visit(note=SoapNote(**{**texts, "plan": "1. Rest."})), 0) == {}


def test_a_perfect_completion_is_accepted_and_an_empty_one_captures_nothing():
    visits = [visit(f"v{number}") for number in range(4)]
    perfect, engine = figures(lambda given: NOTE, visits)
    assert perfect["acceptance_proxy"]["value"] == perfect["facts_captured"]["value"] == 1
    assert (perfect["visits"], perfect["given_changed"], perfect["failures"]) == (4, 0, 0)
    assert engine.asked[0][2] == {"policy": None, "steps": None, "seed": 3}
    empty, _ = figures(lambda given: SoapNote(**{s.value: text for s, text in given.items()}), visits)
    assert empty["acceptance_proxy"]["value"] == empty["facts_captured"]["value"] == 0


def test_given_text_that_comes_back_changed_is_counted():
    found, _ = figures(lambda given: SoapNote(**{s.value: f"{NOTE[s]} " for s in NOTE_SECTIONS}), [visit()])
    assert found["given_changed"] == 1


def test_a_refused_visit_counts_as_an_empty_note():
    def refuse(given):
        raise InputError("No.")

    found, _ = figures(refuse, [visit()])
    assert found["failures"] == 1
    assert found["facts_captured"]["value"] == 0


def test_without_a_visit_to_infill_nothing_is_measured():
    assert figures(lambda given: NOTE, [visit(note=SoapNote())])[0] is None


@pytest.mark.parametrize("count", [1, 3])
def test_every_visit_is_reported(count):
    done = []
    visits = [visit(f"v{n}") for n in range(count)]
    evaluate_infilling(
        Engine(lambda given: NOTE), visits, policy=None, steps=None, seed=0, advance=lambda: done.append(1)
    )  # fmt: skip
    assert len(done) == count
