"""Parameters, memory and operations that are computed without weights."""

import pytest

from medscribe_core.benchmarking.model_costs import model_cost, preset_costs
from medscribe_core.model.causal import CausalTransformer
from medscribe_core.model.config import PRESETS
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from tests.unit.tiny import CONFIG, tiny_model


def cost(model_type=ClinicalDiffusionLM, context=190, note=64, config=CONFIG):
    return model_cost("tiny", config, model_type, context, note)


@pytest.fixture(scope="module")
def presets():
    return preset_costs(400, 200)


def test_parameters_are_those_of_the_model():
    model = tiny_model()
    found = cost(context=20, config=model.config)
    assert found.parameters["total"] == sum(p.numel() for p in model.parameters())
    assert found.parameters["encoder"] == sum(p.numel() for p in model.encoder.parameters())
    assert found.bytes == {"float32": 4 * found.parameters["total"], "bfloat16": 2 * found.parameters["total"]}


def test_every_preset_of_both_models_is_counted(presets):
    assert [(found.preset, found.model) for found in presets] == [
        (name, model.kind) for name in PRESETS for model in (ClinicalDiffusionLM, CausalTransformer)
    ]
    assert all(operations > 0 for found in presets for operations in found.flops.values())


def test_the_baseline_has_the_size_of_the_denoiser(presets):
    for denoiser, causal in zip(presets[::2], presets[1::2], strict=True):
        assert causal.parameters["encoder"] == denoiser.parameters["encoder"]
        more = denoiser.parameters["note model"] - causal.parameters["note model"]
        assert 0 < more < 0.03 * denoiser.parameters["note model"]


def test_one_token_costs_far_less_than_the_whole_note(presets):
    denoiser, causal = presets[:2]
    assert 100 * causal.flops["pass"] < denoiser.flops["pass"]
    assert causal.flops["head"] * 100 < denoiser.flops["head"]
    assert causal.flops["encode"] == denoiser.flops["encode"]


def test_linear_layers_count_two_operations_a_weight_and_position(presets):
    config = PRESETS["cpu"]
    vocabulary = 2 * 200 * config.width * config.vocab_size
    copying = 2 * 200 * config.width * (config.width + 400)
    reading = 2 * 200 * (400 * config.width + config.width * config.width)
    gate = 2 * 200 * config.width
    assert presets[0].flops["head"] == vocabulary + copying + reading + gate


def test_encoding_grows_with_the_number_of_windows(presets):
    twice = preset_costs(2 * 380, 200)[0]
    once = preset_costs(380, 200)[0]
    assert twice.flops["encode"] == 2 * once.flops["encode"]
