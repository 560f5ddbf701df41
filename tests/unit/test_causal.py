"""The autoregressive baseline: what a position sees, what the cache keeps, what it shares with the denoiser."""

import json
import math
import random
from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from medscribe_core.errors import ModelFilesError
from medscribe_core.model.causal import CausalTransformer, KeyValueCache
from medscribe_core.model.config import PRESETS, ModelConfig
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from medscribe_core.model.loading import load_model, model_type
from medscribe_core.schema import NOTE_SECTIONS
from medscribe_core.settings import REPOSITORY
from medscribe_core.tokenizer import load_tokenizer
from medscribe_core.training.causal_batches import in_order, make_causal_batch
from medscribe_core.training.checkpoint import export_weights
from medscribe_core.training.loop import Trainer, TrainingConfig
from medscribe_core.training.objective import training_loss
from medscribe_core.training.stream import StreamConfig, simulated_example
from medscribe_core.training.validation import health_problems, validate
from tests.unit.tiny import CONFIG, FIRST_WORD, VOCABULARY, tiny_context, tiny_model
from tests.unit.tiny_causal import tiny_causal_model

PATH = REPOSITORY / "assets" / "models" / "cpu" / "tokenizer.model"
TOKENIZER = load_tokenizer(PATH)
SMALL = replace(CONFIG, vocab_size=TOKENIZER.vocab_size)
SMALL = replace(SMALL, encoder=replace(CONFIG.encoder, max_positions=192))
MODEL = tiny_causal_model()


@pytest.fixture
def small_preset(monkeypatch):
    monkeypatch.setitem(PRESETS, "cpu", SMALL)


def note_of(length, seed=0, notes=1):
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(FIRST_WORD, VOCABULARY, (notes, length), generator=generator)
    return ids, (torch.arange(length) * 5 // length)[None].expand(notes, -1)


def examples(count, seed=0):
    rng = random.Random(seed)
    return [simulated_example("train", TOKENIZER, rng, 1.0) for _ in range(count)]


def differentiated(model, note, sections, context):
    """Hidden states by the attention that training uses."""
    with torch.enable_grad():
        return model(note, context, sections).detach()


@pytest.mark.parametrize("by", [differentiated, lambda model, note, sections, context: model(note, context, sections)])
def test_a_position_sees_itself_and_what_stands_before_it(by):
    context = tiny_context(MODEL, padding=3)
    note, sections = note_of(14)
    changed = note.clone()
    changed[0, 9] = FIRST_WORD + (changed[0, 9] - FIRST_WORD + 1) % (VOCABULARY - FIRST_WORD)
    with torch.no_grad():
        before, after = by(MODEL, note, sections, context), by(MODEL, changed, sections, context)
    assert torch.allclose(before[:, :9], after[:, :9], atol=1e-6)
    assert ((before - after)[0, 9:].abs().amax(dim=-1) > 1e-4).all()


def test_training_and_inference_attend_alike():
    context = tiny_context(MODEL, contexts=2, padding=2)
    note, sections = note_of(11, notes=2)
    with torch.no_grad():
        expected = MODEL(note, context, sections)
    assert torch.allclose(differentiated(MODEL, note, sections, context), expected, atol=1e-5)


@pytest.mark.parametrize("pieces", [[1] * 13, [13], [6, 1, 1, 4, 1]])
@torch.no_grad()
def test_cached_hidden_states_and_probabilities_equal_uncached(pieces):
    context = tiny_context(MODEL, contexts=2, padding=3)
    note, sections = note_of(13, seed=2, notes=2)
    expected = MODEL(note, context, sections)
    cache = KeyValueCache(MODEL, 2, 16)
    found, start = [], 0
    for length in pieces:
        at = slice(start, start + length)
        found.append(MODEL(note[:, at], context, sections[:, at], cache))
        start += length
    assert cache.length == 13
    assert torch.allclose(torch.cat(found, dim=1), expected, atol=1e-5)
    rows = torch.arange(2)
    one, other = (MODEL.probabilities(hidden[:, -1], rows, context, step=1) for hidden in (found[-1], expected))
    assert torch.allclose(one, other, atol=1e-6)
    assert torch.allclose(one, MODEL.probabilities(expected[:, -1], rows, context), atol=1e-6)
    assert torch.allclose(one.sum(dim=1), torch.ones(2), atol=1e-5)


@torch.no_grad()
def test_a_full_cache_is_said():
    note, sections = note_of(5)
    with pytest.raises(ValueError, match="holds 4 positions"):
        MODEL(note, tiny_context(MODEL), sections, KeyValueCache(MODEL, 1, 4))


def test_all_weights_but_those_of_time_and_sources_are_the_denoisers_in_name_and_shape():
    shapes = lambda model: {name: w.shape for name, w in model.state_dict().items()}  # noqa: E731
    denoiser = {
        name: shape for name, shape in shapes(tiny_model()).items() if not name.startswith(("time.", "source."))
    }
    assert shapes(MODEL) == denoiser


@torch.no_grad()
def test_a_shifted_denoiser_predicts_a_token_at_the_position_before_it():
    plain = tiny_model()
    shifted = ClinicalDiffusionLM(replace(CONFIG, shifted=True)).eval()
    shifted.load_state_dict(plain.state_dict())
    context = tiny_context(plain)
    note, sections = note_of(10)
    t = torch.tensor([0.5])
    assert torch.equal(shifted(note, t, context, sections)[:, 1:], plain(note, t, context, sections)[:, :-1])


def test_a_batch_asks_for_the_token_after_every_position_and_no_header():
    group = examples(6)
    batch = make_causal_batch(group, TOKENIZER, infill_share=0.0, seed=0)
    headers = torch.tensor(list(TOKENIZER.header_ids.values()))
    assert not torch.isin(batch.clean[batch.masked], headers).any()
    assert batch.weights.sum().item() == pytest.approx(1.0)
    assert batch.evidence.shape == (len(batch.weights), batch.context_ids.shape[1])
    first = 0
    for row, example in enumerate(group):
        count = sum(example.lengths) + len(NOTE_SECTIONS)
        read, wanted = batch.noisy[row, :count].tolist(), batch.clean[row, :count].tolist()
        assert batch.masked[row].sum() == count
        assert TOKENIZER.pad_id not in read
        assert wanted.count(TOKENIZER.pad_id) == len(NOTE_SECTIONS)
        for i in range(count - 1):
            ends = read[i + 1] in TOKENIZER.header_ids.values()
            assert wanted[i] == (TOKENIZER.pad_id if ends else read[i + 1])
        assert batch.weights[first : first + count].tolist() == pytest.approx([1 / count / len(group)] * count)
        first += count


def test_evidence_belongs_to_the_token_that_is_asked_for():
    (example,) = examples(1, seed=3)
    batch = make_causal_batch([example], TOKENIZER, infill_share=0.0, seed=0)
    note = in_order(example, range(len(NOTE_SECTIONS)))
    supported = [index >= 0 for index in note.evidence]
    assert any(supported)
    assert batch.evidence.any(dim=1).tolist() == [*supported[1:], False]


def test_given_sections_stand_in_front_when_infilling_is_trained():
    group = examples(24, seed=1)
    batch = make_causal_batch(group, TOKENIZER, infill_share=1.0, seed=5)
    orders = []
    for row in range(len(group)):
        labels = batch.sections[row][batch.note_mask[row]].tolist()
        order = list(dict.fromkeys(labels))
        assert labels == sorted(labels, key=order.index)
        assert sorted(order) == [section.index for section in NOTE_SECTIONS]
        # Two rising runs: the given sections, then the others.
        assert sum(b < a for a, b in pairwise(order)) <= 1
        orders.append(tuple(order))
    assert len(set(orders)) > 5
    again = make_causal_batch(group, TOKENIZER, infill_share=1.0, seed=5)
    assert torch.equal(batch.noisy, again.noisy)
    natural = make_causal_batch(group, TOKENIZER, infill_share=0.0, seed=5)
    assert (natural.sections.diff(dim=1)[natural.note_mask[:, 1:]] >= 0).all()


def test_training_lowers_the_next_token_loss():
    torch.manual_seed(0)
    model = CausalTransformer(SMALL)
    batch = make_causal_batch(examples(2), TOKENIZER, infill_share=0.25, seed=0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(12):
        parts = training_loss(model, batch, train_encoder=True)
        optimizer.zero_grad()
        parts.total.backward()
        optimizer.step()
        losses.append(parts.tokens.item())
    assert losses[0] == pytest.approx(math.log(TOKENIZER.vocab_size), rel=0.25)
    assert losses[-1] < 0.8 * losses[0]
    taps = model.layers[0].mixing.weight.grad
    assert (taps[:3].abs().sum(dim=1) > 0).all()
    assert (taps[3:] == 0).all()


def test_validation_tells_the_cross_entropy_with_the_right_and_a_wrong_context():
    model = CausalTransformer(SMALL)
    group = examples(3)
    result = validate(model, TOKENIZER, {"excerpts": [group], "visits": [group]})
    assert set(result) == {
        "excerpts/next_token", "visits/next_token", "visits/wrong_context", "visits/closed_gate",
    }  # fmt: skip
    assert all(math.isfinite(value) for value in result.values())
    assert result["visits/wrong_context"] != result["visits/next_token"]
    assert len(health_problems(result)) >= 1  # an untrained model ignores its context
    assert health_problems({**result, "visits/wrong_context": 99.0, "visits/closed_gate": 99.0}) == []


def test_a_run_goes_on_from_its_checkpoint_and_refuses_that_of_the_other_model(small_preset, tmp_path):
    stream = StreamConfig(tokenizer=PATH, causal=True)
    trainer = Trainer(tmp_path, TrainingConfig(), stream)
    assert isinstance(trainer.model, CausalTransformer)
    trainer.model.train()
    batch = make_causal_batch(examples(2), TOKENIZER, infill_share=0.25, seed=0, position=(0, 0, 9))
    trainer.step([batch])
    trainer.save()
    resumed = Trainer(tmp_path, TrainingConfig(), stream)
    resumed.resume()
    resumed.model.train()
    assert (resumed.progress.step, resumed.progress.batch) == (1, 1)
    assert resumed.step([batch]) == pytest.approx(trainer.step([batch]))
    for name, weight in trainer.model.state_dict().items():
        assert torch.equal(weight, resumed.model.state_dict()[name])
    with pytest.raises(ModelFilesError, match="autoregressive model, not the diffusion one"):
        Trainer(tmp_path, TrainingConfig(), replace(stream, causal=False)).resume()


@pytest.mark.parametrize("causal", [False, True])
def test_a_run_can_begin_with_the_other_model(small_preset, tmp_path, causal):
    """The denoiser that began as the autoregressive model is shifted, also after a resumption and an export."""
    source = Trainer(tmp_path / "source", TrainingConfig(seed=1), StreamConfig(tokenizer=PATH, causal=not causal))
    source.export(tmp_path / "export")
    stream = StreamConfig(tokenizer=PATH, causal=causal)
    trainer = Trainer(tmp_path / "run", TrainingConfig(seed=2), stream)
    own_time = {name: w.clone() for name, w in trainer.model.state_dict().items() if name.startswith("time.")}
    trainer.start_from(tmp_path / "export")
    weights = trainer.model.state_dict()
    for name, weight in source.model.state_dict().items():
        if name in weights and not name.startswith("time."):
            assert torch.equal(weights[name], weight.half().float()), name
            assert torch.equal(trainer.average.weights[name], weights[name])
    assert all(torch.equal(weights[name], w) for name, w in own_time.items())
    assert bool(own_time) is not causal
    assert trainer.model.config.shifted is not causal
    trainer.save()
    resumed = Trainer(tmp_path / "run", TrainingConfig(), stream)
    resumed.resume()
    resumed.export(tmp_path / "again")
    assert load_model(tmp_path / "again", type(trainer.model)).model.config.shifted is not causal


def test_an_exported_folder_says_what_it_holds_and_is_refused_as_anything_else(tmp_path):
    model = CausalTransformer(SMALL).eval()
    export_weights(tmp_path, model, dict(model.named_parameters()), {})
    (tmp_path / "tokenizer.model").write_bytes(PATH.read_bytes())
    assert model_type(tmp_path) is CausalTransformer
    assert json.loads((tmp_path / "config.json").read_text())["kind"] == "autoregressive"
    loaded = load_model(tmp_path, CausalTransformer, dtype=torch.float32).model
    assert loaded.config == SMALL
    assert torch.equal(loaded.copy_key.weight, model.copy_key.weight.half().float())
    with pytest.raises(ModelFilesError, match="holds the autoregressive model, not the diffusion one") as error:
        load_model(tmp_path)
    assert "\n" not in str(error.value)
    with pytest.raises(ModelFilesError, match="holds the diffusion model, not the autoregressive one"):
        load_model(PATH.parent, CausalTransformer)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "kind": "oracle"}))
    with pytest.raises(ModelFilesError, match="'oracle'; known kinds are diffusion, autoregressive"):
        load_model(tmp_path, CausalTransformer)


def test_a_configuration_without_the_newer_keys_is_the_diffusion_models():
    data = ModelConfig().to_dict()
    del data["shifted"]
    assert ModelConfig.from_dict(data) == ModelConfig()
    assert model_type(PATH.parent) is ClinicalDiffusionLM
