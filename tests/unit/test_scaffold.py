"""A note laid out by its content plan: the plan, the canvas, the reading, and the examples that teach it."""

import random

import pytest
import torch

from medscribe_core.model.config import STATEMENT_BUCKETS
from medscribe_core.note_lists import NOTE_LISTS
from medscribe_core.sampling.canvas import MAX_NOTE_TOKENS
from medscribe_core.sampling.denoise import Denoised, denoise
from medscribe_core.sampling.planned import read_scaffold
from medscribe_core.sampling.policies import AdaptivePolicy
from medscribe_core.sampling.scaffold import Planned, lay_out_plan, planned_facts
from medscribe_core.schema import NOTE_SECTIONS, Section
from medscribe_core.settings import REPOSITORY
from medscribe_core.tokenizer import load_tokenizer
from medscribe_core.training.batches import make_batch
from medscribe_core.training.scaffold_examples import scaffold_example
from medscribe_core.training.stream import simulated_example
from tests.unit.tiny import FIRST_WORD, MASK, forbidden, tiny_context, tiny_model

TOKENIZER = load_tokenizer(REPOSITORY / "assets" / "models" / "cpu" / "tokenizer.model")
LIST = {name: index for index, name in enumerate(NOTE_LISTS)}


def logits(tokens, begins, lengths=()):
    found = torch.full((tokens, 2 * len(NOTE_LISTS) + len(STATEMENT_BUCKETS)), -6.0)
    for token, name, chance in begins:
        found[token, LIST[name]] = chance
    for token, bucket in lengths:
        found[token, 2 * len(NOTE_LISTS) + bucket] = 20.0
    return found


def test_a_plan_has_a_fact_where_one_begins_and_one_opening():
    begins = [(3, "ros: negative", 4.0), (4, "ros: negative", 3.0), (9, "ros: negative", 2.0), (5, "plan", -2.0),
              (2, "hpi: complaints", 3.0), (7, "hpi: complaints", 5.0)]  # fmt: skip
    facts = planned_facts(logits(12, begins, [(9, 4)]), None)
    assert [(NOTE_LISTS[fact.list], fact.source) for fact in facts] == [
        ("hpi: complaints", 7), ("ros: negative", 3), ("ros: negative", 9)]  # fmt: skip
    assert facts[2].length == STATEMENT_BUCKETS[4] + 1


def test_padding_begins_no_fact_and_a_visit_without_a_complaint_has_an_opening_all_the_same():
    facts = planned_facts(logits(6, [(5, "plan", 4.0)]), torch.arange(6) < 5)
    assert [(NOTE_LISTS[fact.list], fact.source) for fact in facts] == [("hpi: complaints", -1)]


def planned(*names, length=4):
    return [Planned(LIST[name], source, length, 1.0 - source / 1000) for source, name in enumerate(names)]


def filled(scaffold, statements):
    """The scaffold as if each slot had been written with a statement, None for an empty one."""
    ids = list(scaffold.ids)
    for slot, statement in enumerate(statements):
        positions = [i for i, s in enumerate(scaffold.slots) if s == slot]
        tokens = TOKENIZER.encode(statement) if statement else []
        assert len(tokens) <= len(positions)
        for k, position in enumerate(positions):
            ids[position] = tokens[k] if k < len(tokens) else TOKENIZER.pad_id
    shape = torch.tensor([ids])
    steps = torch.tensor([[int(slot >= 0) for slot in scaffold.slots]])
    return Denoised(shape, steps, torch.full(shape.shape, 0.8), 1)


def read(names, statements, sure=None, threshold=0.0, given=()):
    given = dict(given)
    ids = {section: TOKENIZER.encode(text) for section, text in given.items()}
    scaffold = lay_out_plan(TOKENIZER, planned(*names, length=24), ids)
    reading = read_scaffold(TOKENIZER, scaffold, filled(scaffold, statements))
    return reading, *reading.note(given, sure or [0.9] * len(reading.places), threshold)


NAMES = ("hpi: complaints", "hpi: medications", "hpi: medications", "ros: positive", "ros: negative", "ros: negative",
         "exam: Vitals", "exam: Vitals", "exam: Lungs", "assessment", "plan", "plan", "plan")  # fmt: skip
STATEMENTS = ("40-year-old man presents with cough.", "aspirin 81 mg daily", "metformin 500 mg daily", "cough", "fever",
              "chills", "HR 72", "BP 120/80", "clear", "Acute bronchitis.", "Follow up in 2 weeks.",
              "Return if fever.", "Start benzonatate 100 mg as needed.")  # fmt: skip


def test_slots_are_joined_as_the_house_style_has_it():
    _, note, left_out = read(NAMES, STATEMENTS)
    assert note.sections() == {
        Section.HPI: "40-year-old man presents with cough. Current medications include aspirin 81 mg daily and "
        "metformin 500 mg daily.",
        Section.ROS: "Positive for cough. Negative for fever, chills.",
        Section.EXAM: "Vitals: BP 120/80, HR 72. Lungs: clear.",
        Section.ASSESSMENT: "1. Acute bronchitis.",
        Section.PLAN: "1. Start benzonatate 100 mg as needed. 2. Return if fever. 3. Follow up in 2 weeks.",
    }
    assert left_out == []


def test_empty_slots_leave_no_trace_and_a_statement_said_twice_stands_once():
    statements = [None if i in (1, 2, 8, 9) else s for i, s in enumerate(STATEMENTS)]
    statements[5] = "fever"
    _, note, _ = read(NAMES, statements)
    assert note.hpi == "40-year-old man presents with cough."
    assert note.ros == "Positive for cough. Negative for fever."
    assert note.exam == "Vitals: BP 120/80, HR 72."
    assert note.assessment == Section.ASSESSMENT.empty_text


def test_an_unsure_statement_is_withheld_and_the_trajectory_shows_what_stands():
    sure = [0.9] * len(STATEMENTS)
    sure[4] = 0.2
    reading, note, left_out = read(NAMES, STATEMENTS, sure, 0.5)
    assert note.ros == "Positive for cough. Negative for chills."
    assert [(w.section, w.text, w.confidence) for w in left_out] == [(Section.ROS, "Negative for fever", 0.2)]
    trajectory, means = reading.trajectory((), sure, 0.5)
    for section in NOTE_SECTIONS:
        shown = "".join(token.text for token in trajectory.tokens if token.section == section.value).strip()
        assert shown == ("" if note[section] == section.empty_text else note[section])
    assert means[Section.ROS] == pytest.approx(0.8)


def test_given_sections_come_back_byte_for_byte_and_get_no_slots():
    given = {Section.PLAN: "1. Rest.  Drink water"}
    _, note, _ = read(NAMES[:10], STATEMENTS[:10], given=given)
    assert note.plan == given[Section.PLAN]
    scaffold = lay_out_plan(TOKENIZER, planned("plan", "assessment"), {Section.PLAN: [FIRST_WORD]})
    assert [NOTE_LISTS[fact.list] for fact in scaffold.facts] == ["assessment"]


def test_a_plan_that_is_too_long_loses_its_least_probable_facts():
    facts = planned(*["plan"] * 80, length=20)
    scaffold = lay_out_plan(TOKENIZER, facts, {})
    assert len(scaffold.ids) <= MAX_NOTE_TOKENS
    assert 0 < len(scaffold.facts) < 80
    assert set(scaffold.sources) - {-1} == set(range(len(scaffold.facts)))


def test_all_slots_are_written_at_the_same_time():
    model, slots, length = tiny_model(), 6, 4
    ids = torch.full((1, slots * length), MASK)
    of = torch.arange(slots).repeat_interleave(length)[None]
    done = denoise(
        model, ids, torch.zeros_like(ids), torch.ones_like(ids, dtype=torch.bool), tiny_context(model),
        AdaptivePolicy(threshold=2.0), mask_id=MASK, forbidden=forbidden(), refresh=4, slots=of,
        sources=of.clamp(max=5),
    )  # fmt: skip
    assert done.steps == length
    assert done.step_of[0].view(slots, length).tolist() == [[1, 2, 3, 4]] * slots


def test_sources_change_what_is_written_and_the_active_set_is_exact_when_refreshed():
    model = tiny_model()
    with torch.no_grad():
        model.source.weight.normal_(std=0.5)
    context = tiny_context(model)
    note = torch.full((1, 8), MASK)
    sections, t = torch.zeros_like(note), torch.ones(1)
    told = [model(note, t, context, sections, None, torch.full((1, 8), source)) for source in (-1, 2, 5)]
    assert not torch.allclose(told[1], told[2], atol=1e-3)
    assert torch.allclose(told[0], model(note, t, context, sections), atol=1e-6)


def test_the_slots_of_an_example_hold_its_statements_and_are_hidden_from_the_front():
    rng = random.Random(7)
    for seed in range(6):
        found = scaffold_example(TOKENIZER, simulated_example("train", TOKENIZER, rng, 0.5), rng)
        batch = make_batch([found], TOKENIZER, copies=4, infill_share=1.0, seed=seed, frontier_share=1.0)
        length = len(found.note_ids)
        slots = torch.tensor(found.view.units)
        for row in range(4):
            hidden = batch.masked[row, :length]
            assert not hidden[slots < 0].any()
            for slot in range(int(slots.max()) + 1):
                inside = hidden[slots == slot].int()
                assert (inside.diff() >= 0).all()
        assert torch.equal(batch.sources[0, :length], torch.tensor(found.view.sources))
        assert 0.2 < float(batch.weights.sum()) < 1.001


def test_an_unsure_complaint_leaves_who_the_patient_is():
    sure = [0.9] * len(STATEMENTS)
    sure[0] = 0.1
    _, note, left_out = read(NAMES, STATEMENTS, sure, 0.5)
    assert note.hpi.startswith("40-year-old man presents for evaluation. Current medications")
    assert [w.text for w in left_out] == ["with cough."]


def test_of_two_values_of_one_thing_the_surest_stands():
    names = ("hpi: complaints", "hpi: medications", "hpi: medications", "exam: Vitals", "exam: Vitals", "plan", "plan")
    statements = ("Patient presents with cough.", "aspirin 81 mg daily", "aspirin 325 mg daily", "HR 72", "HR 92",
                  "Follow up in 2 weeks.", "Follow up in 4 weeks.")  # fmt: skip
    _, note, left_out = read(names, statements, [0.9, 0.6, 0.9, 0.9, 0.6, 0.7, 0.9], 0.5)
    assert "325" in note.hpi and "81" not in note.hpi
    assert note.exam == "Vitals: HR 72."
    assert note.plan == "1. Follow up in 4 weeks."
    assert len(left_out) == 3


def test_an_item_written_with_a_full_stop_does_not_end_twice_and_vitals_stand_in_the_order_of_the_house():
    names = ("hpi: complaints", "exam: Vitals", "exam: Vitals", "exam: Vitals", "exam: Lungs")
    statements = ("Patient presents with cough.", "peak flow 300 L/min", "weight 180 lb.", "SpO2 98%.", "clear.")
    reading, note, _ = read(names, statements)
    assert note.exam == "Vitals: SpO2 98%, weight 180 lb, peak flow 300 L/min. Lungs: clear."
    tokens = reading.trajectory((), [0.9] * 5, 0.0)[0].tokens
    assert "".join(token.text for token in tokens if token.section == "exam").strip() == note.exam
