"""An evaluation of the real engine with tiny untrained weights: every part is measured through the real interfaces."""

import json
from dataclasses import replace

import pytest
import torch

from medscribe_core.engine import NoteEngine
from medscribe_core.evaluation.suite import evaluate
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from medscribe_core.model.loading import LoadedModel
from medscribe_core.settings import settings
from medscribe_core.simulator import simulate_encounters
from medscribe_core.tokenizer import load_tokenizer
from tests.unit.tiny import CONFIG


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    tokenizer = load_tokenizer(settings().models_dir / "cpu" / "tokenizer.model")
    config = replace(
        CONFIG, plans_content=False, vocab_size=tokenizer.vocab_size, encoder=replace(CONFIG.encoder, max_positions=192)
    )  # fmt: skip
    torch.manual_seed(0)
    model = ClinicalDiffusionLM(config).eval()
    engine = NoteEngine(LoadedModel(model, tokenizer, "tiny"))
    visits = tmp_path_factory.mktemp("evaluation") / "visits.jsonl"
    visits.write_text("\n".join(json.dumps(visit) for visit in simulate_encounters(2, 3, "validation")))
    return evaluate(engine, visits, policy="confidence", steps=2, infilling=True, examples=1)


def test_a_note_is_written_for_every_visit_and_named_with_its_weights(result):
    assert result.failures == {}
    assert result.settings["weights"] == "tiny"
    assert (result.data["kind"], result.data["encounters"]) == ("simulated", 2)
    assert result.denoising_steps["p99"] == 2
    assert result.latency_ms["total"]["p50"] > 0
    assert result.machine["threads"] == torch.get_num_threads()
    assert set(result.groups) >= {"style", "age_group"}


def test_statements_are_rated(result):
    written = sum(row["predicted_facts"] for row in result.encounters)
    assert 0 < result.calibration["statements"] <= written


def test_untrained_weights_hallucinate_and_are_not_accepted(result):
    assert result.aggregate["acceptance_proxy"]["value"] == 0
    assert result.errors["kinds"]["hallucination"]["errors"] > 0


def test_given_sections_come_back_as_they_were(result):
    assert (result.infilling["given_changed"], result.infilling["failures"]) == (0, 0)
    assert result.infilling["visits"] == 2
