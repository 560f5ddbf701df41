"""The data stream, the checkpoint, the health checks."""

import random
from dataclasses import replace
from itertools import islice

import pytest
import torch

from medscribe_core.diffusion.loss import gloss_loss
from medscribe_core.errors import ModelFilesError
from medscribe_core.model.loading import load_model
from medscribe_core.schema import NOTE_SECTIONS
from medscribe_core.settings import REPOSITORY
from medscribe_core.tokenizer import load_tokenizer
from medscribe_core.training.batches import length_bucket, make_batch
from medscribe_core.training.checkpoint import Average, load_checkpoint, save_checkpoint
from medscribe_core.training.loop import Trainer, TrainingConfig
from medscribe_core.training.muon import Muon, orthogonalise
from medscribe_core.training.stream import BatchStream, StreamConfig, cut_by_cost, simulated_example
from medscribe_core.training.validation import health_problems
from tests.unit.tiny import CONFIG, tiny_context, tiny_model

PATH = REPOSITORY / "assets" / "models" / "cpu" / "tokenizer.model"
TOKENIZER = load_tokenizer(PATH)


def examples(count, seed=0, excerpts=1.0):
    rng = random.Random(seed)
    return [simulated_example("train", TOKENIZER, rng, excerpts) for _ in range(count)]


def test_the_stream_continues_where_it_stopped():
    config = StreamConfig(tokenizer=PATH, batch_cost=20_000)
    whole = list(islice(BatchStream(config), 5))
    pool, index, _ = whole[2].position
    rest = list(islice(BatchStream(config, pool, index + 1), 2))
    for expected, found in zip(whole[3:], rest, strict=True):
        assert torch.equal(expected.noisy, found.noisy)
        assert torch.equal(expected.context_ids, found.context_ids)
        assert torch.equal(expected.t, found.t)


def test_an_example_is_a_canvas_with_its_note():
    rng = random.Random(3)
    example = simulated_example("train", TOKENIZER, rng, 0.0)
    headers = [example.note_ids[i] for i, header in enumerate(example.header) if header]
    assert headers == [TOKENIZER.header_ids[section] for section in NOTE_SECTIONS]
    for section, length in zip(NOTE_SECTIONS, example.lengths, strict=True):
        body = [i for i, s in zip(example.note_ids, example.sections, strict=True) if s == section.index][1:]
        assert TOKENIZER.pad_id not in body[:length]
        assert set(body[length:]) <= {TOKENIZER.pad_id}


def test_evidence_points_at_words_of_the_context():
    pointed = shared = 0
    for example in examples(20):
        for position, index in enumerate(example.evidence):
            if index < 0:
                continue
            near = {example.context_ids[i] for start, end in example.spans[index] for i in range(start, end)}
            pointed += 1
            shared += example.note_ids[position] in near
    # Clinical wording differs from lay words, but numbers, drugs and many terms are said as they are written.
    assert pointed > 200
    assert shared / pointed > 0.25


def test_headers_and_given_sections_are_never_masked():
    group = examples(6, seed=4)
    batch = make_batch(group, TOKENIZER, copies=3, infill_share=1.0, seed=1, t=1.0)
    assert batch.noisy.shape[0] == 18
    header_ids = torch.tensor(list(TOKENIZER.header_ids.values()))
    assert not (batch.masked & torch.isin(batch.clean, header_ids)).any()
    assert torch.equal(batch.noisy[~batch.masked], batch.clean[~batch.masked])
    for row in range(18):
        masked_sections = set(batch.sections[row][batch.masked[row]].tolist())
        visible = set(range(5)) - masked_sections
        assert 1 <= len(visible) <= 4
        for section in masked_sections:
            body = (batch.sections[row] == section) & batch.note_mask[row]
            assert batch.masked[row][body].sum() == body.sum() - 1


def test_evidence_rows_follow_the_masked_positions():
    group = examples(5, seed=5)
    batch = make_batch(group, TOKENIZER, copies=2, infill_share=0.0, seed=1)
    assert batch.evidence.shape == (int(batch.masked.sum()), batch.context_ids.shape[1])
    assert not (batch.evidence & ~batch.context_mask.repeat_interleave(2, 0)[batch.masked.nonzero()[:, 0]]).any()


@pytest.mark.parametrize(("length", "bucket"), [(0, 0), (4, 0), (5, 1), (60, 14), (61, 15), (9999, 31)])
def test_length_buckets(length, bucket):
    assert length_bucket(length) == bucket


def test_a_checkpoint_is_replaced_whole_and_a_corrupt_one_is_named(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {"step": 1})
    save_checkpoint(path, {"step": 2})
    assert load_checkpoint(path)["step"] == 2
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ModelFilesError, match=r"checkpoint\.pt"):
        load_checkpoint(path)
    with pytest.raises(ModelFilesError, match="resume"):
        load_checkpoint(tmp_path / "none.pt")


def test_the_average_lies_between_old_and_new_weights():
    model = torch.nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        model.weight.fill_(0.0)
        average = Average(model, 0.9)
        model.weight.fill_(1.0)
    average.update(model)
    assert 0.0 < average.weights["weight"].max() < 1.0


def test_health_checks_name_what_is_broken():
    healthy = {"visits/t0.1": 0.4, "visits/t0.5": 0.9, "visits/t1.0": 1.8,
               "visits/wrong_context": 3.0, "visits/closed_gate": 2.0}  # fmt: skip
    assert health_problems(healthy) == []
    assert "neighbours" in health_problems({**healthy, "visits/t0.1": 1.7})[0]
    assert "transcript" in health_problems({**healthy, "visits/wrong_context": 0.9})[0]
    assert "copied" in health_problems({**healthy, "visits/closed_gate": 0.9})[0]


def test_a_new_run_can_begin_with_the_shipped_weights(tmp_path):
    trainer = Trainer(tmp_path, TrainingConfig(), StreamConfig(tokenizer=PATH))
    trainer.start_from(PATH.parent)
    shipped = load_model(PATH.parent, dtype=torch.float32).model.state_dict()
    assert torch.equal(trainer.model.state_dict()["tokens.weight"], shipped["tokens.weight"])
    assert torch.equal(trainer.average.weights["tokens.weight"], shipped["tokens.weight"])
    smaller = Trainer(tmp_path, TrainingConfig(preset="seed"), StreamConfig(tokenizer=PATH))
    with pytest.raises(ModelFilesError, match="seed"):
        smaller.start_from(PATH.parent)


@pytest.mark.parametrize("shape", [(16, 16), (24, 8), (8, 24)])
def test_muon_brings_singular_values_near_one(shape):
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(shape)))
    assert values.min() > 0.5
    assert values.max() < 1.5


def test_muon_lowers_a_loss():
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(6, 6))
    optimizer = Muon([weight], lr=0.05)
    first = (weight**2).sum().item()
    for _ in range(40):
        optimizer.zero_grad()
        (weight**2).sum().backward()
        optimizer.step()
    assert (weight**2).sum().item() < 0.5 * first


def test_batches_have_few_distinct_shapes_and_stay_within_the_budget():
    groups = cut_by_cost(examples(120, seed=6), 3500, random.Random(0))
    assert sum(len(group) for group in groups) == 120
    for group in groups:
        batch = make_batch(group, TOKENIZER, copies=1, infill_share=0.0, seed=0)
        assert batch.clean.shape[1] % 32 == 0
        assert batch.context_ids.shape[1] % 64 == 0
        cost = len(group) * (batch.context_ids.shape[1] + 3 * batch.clean.shape[1])
        assert cost <= 3500 or len(group) == 1


def test_glosses_pair_the_words_of_a_statement_with_the_context_it_rests_on():
    group = examples(4, seed=6)
    batch = make_batch(group, TOKENIZER, copies=1, infill_share=0.0, seed=1)
    width = batch.context_ids.shape[1]
    sums = batch.gloss_pooling.sum(dim=1)
    named = torch.unique(batch.gloss_spans)
    assert torch.allclose(sums[named], torch.ones(len(named)))
    assert sums.sum() == pytest.approx(len(named), abs=1e-3)
    seen = 0
    for span in named.tolist():
        at = batch.gloss_pooling[span].view(len(group), width).nonzero()
        (context,) = set(at[:, 0].tolist())
        example = group[context]
        rests_on = [{j for a, b in ranges for j in range(a, b)} for ranges in example.spans]
        indices = [i for i, positions in enumerate(rests_on) if positions == set(at[:, 1].tolist())]
        stated = [{t for t, e in zip(example.note_ids, example.evidence, strict=True) if e == i} for i in indices]
        assert set(batch.gloss_tokens[batch.gloss_spans == span].tolist()) in stated
        seen += 1
    assert seen > 8


def test_the_gloss_term_is_small_where_features_name_the_words():
    model = tiny_model()
    with torch.no_grad():
        model.reader.weight.copy_(torch.eye(CONFIG.width) * 20)
        context = tiny_context(model)
        right = replace_features(context, model.tokens.weight[40])
        wrong = replace_features(context, model.tokens.weight[41])
    pooling = torch.full((1, context.ids.shape[1]), 1.0 / context.ids.shape[1])
    span, token = torch.tensor([0]), torch.tensor([40])
    small = gloss_loss(model, right, pooling, span, token)
    assert small < gloss_loss(model, wrong, pooling, span, token)
    assert small < 0.5


def replace_features(context, vector):
    return replace(context, features=vector.expand_as(context.features))
