"""Both models behind one engine: tiny untrained ones, each with an encoder of its own."""

from dataclasses import replace

import pytest
import torch

from medscribe_core.checks.support import SupportModel
from medscribe_core.engine import NoteEngine
from medscribe_core.errors import InputError, ModelFilesError
from medscribe_core.model.causal import CausalTransformer
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from medscribe_core.model.loading import LoadedModel
from medscribe_core.note_models import FOLDERS
from medscribe_core.sampling.canvas import MAX_NOTE_TOKENS
from medscribe_core.sampling.support import FEATURES, GROUPS
from medscribe_core.schema import NOTE_SECTIONS, Encounter, PatientContext, Section
from medscribe_core.settings import REPOSITORY
from medscribe_core.tokenizer import load_tokenizer
from medscribe_core.training.checkpoint import export_weights
from tests.unit.tiny import CONFIG, spread_out

TOKENIZER = load_tokenizer(REPOSITORY / "assets" / "models" / "cpu" / "tokenizer.model")
SIZES = replace(CONFIG, vocab_size=TOKENIZER.vocab_size, encoder=replace(CONFIG.encoder, max_positions=192))
VISIT = Encounter(
    encounter_id="cough",
    transcript="Doctor: What brings you in today?\nPatient: I have had a cough for five days, and a fever of 101.\n"
    "Doctor: We will start with rest and fluids. Come back in two weeks.",
    patient_context=PatientContext(age=40),
)


def tiny(model_type, seed, end_bias=6.0):
    torch.manual_seed(seed)
    model = spread_out(model_type(SIZES).eval())
    with torch.no_grad():
        model.output_bias[TOKENIZER.pad_id] = end_bias
        model.copy_gate.bias.fill_(-4.0)
    return LoadedModel(model, TOKENIZER, model_type.kind)


@pytest.fixture
def engine():
    return NoteEngine(tiny(ClinicalDiffusionLM, 0), causal=lambda: tiny(CausalTransformer, 1))


def test_the_autoregressive_model_writes_a_note(engine):
    generated = engine.generate(VISIT, model="autoregressive")
    assert generated.model == "autoregressive"
    assert all(text.strip() for text in generated.note.sections().values())
    assert list(generated.timings) == ["prepare", "encode", "adapt", "write", "check", "decode", "total"]
    assert sum(generated.timings.values()) <= 2 * generated.timings["total"] + 1e-6
    assert len(generated.trajectory.tokens) > 0


def test_its_trajectory_is_in_the_order_of_writing(engine):
    generated = engine.generate(VISIT, model="autoregressive")
    steps = [token.step for token in generated.trajectory.tokens]
    assert steps == sorted(set(steps))
    assert steps[0] >= 1
    assert steps[-1] <= generated.steps


def test_given_sections_are_written_first_and_stay_byte_for_byte(engine):
    given = {Section.PLAN: "1.  Odd   spacing — kept."}
    generated = engine.generate(VISIT, model="autoregressive", partial_note=given)
    assert generated.note.plan == given[Section.PLAN]
    assert {token.step for token in generated.trajectory.tokens if token.section == "plan"} == {0}
    assert generated.confidence[Section.PLAN] == 1.0
    other = engine.generate(VISIT, model="autoregressive", partial_note={Section.PLAN: "1. Order chest X-ray today."})
    written = [[t.confidence for t in note.trajectory.tokens if t.section != "plan"] for note in (generated, other)]
    assert written[0] != written[1]


def test_without_cache_the_same_note_costs_more_positions(engine):
    cached = engine.generate(VISIT, model="autoregressive")
    uncached = engine.generate(VISIT, model="autoregressive", use_cache=False)
    assert cached.note == uncached.note
    assert cached.steps == uncached.steps
    written = sum(token.step > 0 for token in cached.trajectory.tokens)
    assert written <= cached.position_visits <= written + len(NOTE_SECTIONS)
    assert uncached.position_visits > 2 * cached.position_visits


def test_every_model_reads_its_own_encoding(engine):
    ours, theirs = (engine.encoding(model) for model in ("diffusion", "autoregressive"))
    engine.generate(VISIT)
    engine.generate(VISIT, model="autoregressive")
    assert (engine.cache.misses, engine.cache.hits, len(engine.cache)) == (2, 0, 2)
    engine.generate(VISIT)
    engine.generate(VISIT, model="autoregressive")
    assert (engine.cache.misses, engine.cache.hits, len(engine.cache)) == (2, 2, 2)
    assert ours is engine.encoding()
    assert ours is not theirs


def test_the_autoregressive_model_is_loaded_when_it_is_asked_for():
    loads = []

    def load():
        loads.append(1)
        return tiny(CausalTransformer, 1)

    engine = NoteEngine(tiny(ClinicalDiffusionLM, 0), causal=load)
    engine.generate(VISIT)
    assert loads == []
    for _ in range(2):
        engine.generate(VISIT, model="autoregressive")
    assert loads == [1]
    assert engine.weights_of("autoregressive") == "autoregressive"
    assert engine.weights_of("diffusion") == engine.weights_id == "diffusion"


def test_a_missing_autoregressive_model_is_said_in_one_sentence():
    engine = NoteEngine(tiny(ClinicalDiffusionLM, 0))
    assert engine.models == ("diffusion",)
    with pytest.raises(ModelFilesError, match="not installed") as error:
        engine.generate(VISIT, model="autoregressive")
    assert "\n" not in str(error.value)


def test_both_models_are_loaded_from_their_folders(tmp_path):
    for model_type, seed in ((ClinicalDiffusionLM, 0), (CausalTransformer, 1)):
        model = tiny(model_type, seed).model
        folder = tmp_path / FOLDERS[model_type.kind]
        export_weights(folder, model, dict(model.named_parameters()), {})
        (folder / "tokenizer.model").write_bytes(
            (REPOSITORY / "assets" / "models" / "cpu" / "tokenizer.model").read_bytes()
        )
    engine = NoteEngine.load(tmp_path)
    assert engine.models == ("diffusion", "autoregressive")
    assert engine.generate(VISIT, model="autoregressive").steps > 0
    assert engine.weights_of("autoregressive") != engine.weights_id
    (tmp_path / FOLDERS["autoregressive"] / "causal.safetensors").unlink()
    broken = NoteEngine.load(tmp_path)
    with pytest.raises(ModelFilesError, match=r"causal\.safetensors"):
        broken.generate(VISIT, model="autoregressive")


def test_a_note_without_room_is_refused_by_both_models(engine):
    given = {Section.HPI: "word " * MAX_NOTE_TOKENS}
    for model in engine.models:
        with pytest.raises(InputError, match="holds 512"):
            engine.generate(VISIT, model=model, partial_note=given)


def test_positions_are_counted_as_they_are_computed(engine):
    generated = engine.generate(VISIT)
    canvas = generated.position_visits
    assert generated.steps > 1
    assert canvas % 16 == 0
    exact = engine.generate(VISIT, policy="confidence", steps=1)
    assert exact.steps == 1
    assert exact.position_visits % 32 == 0
    assert canvas > exact.position_visits


def test_positions_of_the_check_are_counted_too(engine):
    features = len(FEATURES)
    support = SupportModel("diffusion", FEATURES, (0.0,) * features, (1.0,) * features, (0.0,) * features, 5.0, 0.0)
    checked = NoteEngine(tiny(ClinicalDiffusionLM, 0), support=support).generate(VISIT)
    unchecked = engine.generate(VISIT)
    assert checked.trajectory == unchecked.trajectory
    assert len(checked.statements) > 0
    more = checked.position_visits - unchecked.position_visits
    assert more > 0
    assert more % (32 * GROUPS) == 0
