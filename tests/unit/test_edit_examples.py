"""Edited notes as training examples, and the content plan."""

import random

import pytest
import torch

from medscribe_core.corpora.authored import SectionEdit, edited_note, read_edits
from medscribe_core.diffusion.loss import plan_loss
from medscribe_core.errors import DataError
from medscribe_core.note_lists import NOTE_LISTS, list_at
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section, SoapNote
from medscribe_core.settings import REPOSITORY
from medscribe_core.tokenizer import load_tokenizer
from medscribe_core.training.batches import make_batch
from medscribe_core.training.edit_examples import edit_example
from medscribe_core.training.examples import content_plan, make_example
from medscribe_core.training.stream import edited_simulated_example, simulated_example
from tests.unit.tiny import tiny_context, tiny_model

TOKENIZER = load_tokenizer(REPOSITORY / "assets" / "models" / "cpu" / "tokenizer.model")
NOTE = SoapNote(
    hpi="Patient presents with cough. Never smoker.",
    ros="Negative for fever.",
    exam="Not performed.",
    assessment="1. Acute bronchitis. 2. Hypertension.",
    plan="1. Continue lisinopril 10 mg daily. 2. Order CBC. 3. Follow up in 2 weeks.",
)
EDIT = SectionEdit(
    section="assessment",
    new_content="1. Pneumonia. 2. Hypertension.",
    expected={"plan": "1. Start doxycycline 100 mg twice daily. 2. Follow up in 2 weeks."},
)


def example(seed=0):
    encounter = Encounter(encounter_id="e", transcript="Doctor: What brings you in?\nPatient: A cough.")
    before = make_example(TOKENIZER, encounter, NOTE, [], random.Random(seed))
    return edit_example(TOKENIZER, before, (NOTE, edited_note(NOTE, EDIT)), Section.ASSESSMENT, random.Random(seed))


def texts(ids, keep):
    return TOKENIZER.decode([token for token, kept in zip(ids, keep, strict=True) if kept])


@pytest.mark.parametrize("seed", range(8))
def test_the_edited_section_and_statements_out_of_date_are_never_written(seed):
    found = example(seed)
    free = [unit >= 0 or hidden for unit, hidden in zip(found.view.units, found.view.hidden, strict=True)]
    standing = texts(found.note_ids, [not f for f in free])
    written = texts(found.note_ids, free)
    assert "Pneumonia" in standing and "Pneumonia" not in written
    assert "lisinopril" not in written and "CBC" not in written
    assert ("doxycycline" in written) == ("lisinopril" not in standing)
    assert "Never smoker" in written and "Follow up in 2 weeks" in written


def test_of_an_edited_note_whole_statements_are_hidden_and_text_that_stands_never():
    for seed in range(20):
        found = example(seed)
        batch = make_batch([found], TOKENIZER, copies=4, infill_share=1.0, seed=seed, frontier_share=1.0)
        length = len(found.note_ids)
        stands = torch.tensor([u < 0 and not h for u, h in zip(found.view.units, found.view.hidden, strict=True)])
        assert not batch.masked[:, :length][:, stands].any()
        assert batch.masked[:, :length][:, torch.tensor(found.view.hidden)].any() or not any(found.view.hidden)
        assert not batch.masked[:, length:].any()
        assert torch.equal(batch.noisy == TOKENIZER.mask_id, batch.masked)
        assert float(batch.weights.sum()) == pytest.approx(1.0, abs=1e-4)


def test_an_edit_of_a_simulated_visit_becomes_an_example_of_the_same_transcript():
    plain = simulated_example("train", TOKENIZER, random.Random(4), 0.0)
    edited = edited_simulated_example("train", TOKENIZER, random.Random(4), 0.0)
    assert edited.context_ids == plain.context_ids
    assert edited.note_ids != plain.note_ids
    assert [edited.note_ids[i] for i, h in enumerate(edited.header) if h] == [
        TOKENIZER.header_ids[section] for section in NOTE_SECTIONS
    ]


def test_a_file_that_holds_no_edits_is_named_without_its_text(tmp_path):
    path = tmp_path / "edits.jsonl"
    path.write_text('{"id": "a", "edits": "secret words"}\n', encoding="utf-8")
    with pytest.raises(DataError, match="line 1") as caught:
        read_edits(path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("section", "text", "statement", "name"),
    [
        (Section.HPI, "Patient presents with cough. Never smoker.", "cough", "hpi: complaints"),
        (Section.HPI, "Patient presents with cough. Never smoker.", "Never smoker", "hpi: other"),
        (Section.HPI, "Has a cough. History of gout.", "gout", "hpi: conditions"),
        (Section.HPI, "Has a cough. Current medications include aspirin.", "aspirin", "hpi: medications"),
        (Section.ROS, "Positive for rash. Negative for fever.", "rash", "ros: positive"),
        (Section.ROS, "Positive for rash. Negative for fever.", "fever", "ros: negative"),
        (Section.EXAM, "Vitals: HR 70. Lungs: clear. Results: HbA1c 7%.", "clear", "exam: Lungs"),
        (Section.EXAM, "Vitals: HR 70. Lungs: clear. Results: HbA1c 7%.", "HbA1c", "exam: Results"),
        (Section.EXAM, "Well appearing.", "Well", "exam: General"),
        (Section.PLAN, "1. Order CBC.", "Order", "plan"),
    ],
)
def test_the_list_of_a_statement(section, text, statement, name):
    assert NOTE_LISTS[list_at(section, text, text.index(statement))] == name


def test_a_plan_begins_every_fact_once_and_covers_its_words():
    found = simulated_example("train", TOKENIZER, random.Random(5), 0.0)
    width = len(found.context_ids) + 7
    plan, lengths = content_plan(found, width)
    begins, covers = plan.reshape(width, 2, -1).transpose(1, 0, 2)
    assert ((lengths >= 0) == begins.any(axis=1)).all()
    assert 0 < begins.sum() <= len(found.facts)
    assert not (begins & ~covers).any()
    for ranges, index in zip(found.spans, found.lists, strict=True):
        assert all(covers[start:end, index].all() for start, end in ranges)
    assert not covers[len(found.context_ids) :].any()


def test_placed_features_tell_the_same_word_at_two_places_apart_and_padding_changes_nothing():
    model = tiny_model()
    with torch.no_grad():
        model.plan.place.weight.normal_(std=0.1)
        same = torch.ones(1, 9, model.config.width)
        placed, _ = model.plan(same, None)
        padded, _ = model.plan(torch.cat((same, same[:, :3]), dim=1), torch.arange(12)[None] < 9)
    assert torch.allclose(placed, padded[:, :9], atol=1e-6)
    assert not torch.allclose(placed[0, 0], placed[0, 8], atol=1e-2)


def test_the_plan_term_falls_where_the_plan_is_right():
    context = tiny_context(tiny_model())
    plan = torch.zeros(1, context.ids.shape[1], 2 * len(NOTE_LISTS), dtype=torch.bool)
    plan[0, 2, 3] = True
    lengths = torch.full(plan.shape[:2], -100)
    lengths[0, 2] = 5
    context.plan_logits = torch.full_like(context.plan_logits, -8.0)
    context.plan_logits[0, 2, 3] = context.plan_logits[0, 2, 2 * len(NOTE_LISTS) + 5] = 8.0
    right = plan_loss(context, plan, lengths)
    assert right < 0.1
    assert plan_loss(context, ~plan, lengths) > 1
    lengths[0, 2] = 6
    assert plan_loss(context, plan, lengths) > right + 1
