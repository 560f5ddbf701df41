"""The engine with the shipped weights, on visits that were written by hand in natural speech."""

import json
import re
import shutil
import threading

import pytest

from medscribe_core.engine import NoteEngine
from medscribe_core.errors import InputError, ModelFilesError
from medscribe_core.model.loading import load_model
from medscribe_core.samples import load_sample
from medscribe_core.schema import NOTE_SECTIONS, Encounter, PatientContext, Section
from medscribe_core.settings import REPOSITORY
from medscribe_core.tokenizer import PAD, USER_SYMBOLS

MODEL = REPOSITORY / "assets" / "models" / "cpu"
NATURAL = sorted((REPOSITORY / "tests" / "data").glob("natural_*.json"))


@pytest.fixture(scope="module")
def engine():
    return NoteEngine.load()


def encounter_of(path):
    sample = load_sample(path)
    return Encounter(encounter_id=sample.id, transcript=sample.transcript, patient_context=sample.patient_context)


@pytest.fixture(scope="module", params=NATURAL, ids=lambda path: path.stem)
def written(request, engine):
    return engine.generate(encounter_of(request.param))


def test_there_are_three_natural_visits():
    assert len(NATURAL) == 3


def test_a_note_has_five_sections_without_special_symbols(written):
    for text in written.note.sections().values():
        assert text.strip()
        assert not any(symbol in text for symbol in (PAD, *USER_SYMBOLS))


def test_a_note_is_in_the_house_style(written):
    assert re.match(r"(\d+-(?:year|month|week|day)-old|Patient|Infant)", written.note.hpi)
    for section in (Section.ASSESSMENT, Section.PLAN):
        text = written.note[section]
        assert text == "Not discussed." or text.startswith("1. ")


def test_problems_and_actions_are_numbered_in_order(written):
    for section in (Section.ASSESSMENT, Section.PLAN):
        numbers = [int(n) for n in re.findall(r"(?:^|(?<=[.;!?] ))(\d{1,2})\.(?=\s)", written.note[section])]
        assert numbers == list(range(1, len(numbers) + 1))


def test_response_follows_the_contract(written):
    response = json.loads(json.dumps(written.to_response()))
    assert set(response) == {
        "note_id", "sections", "confidence_scores", "generation_time_ms", "timings", "denoising_steps_used", "model",
        "warnings",
    }  # fmt: skip
    names = [section.value for section in NOTE_SECTIONS]
    assert list(response["sections"]) == list(response["confidence_scores"]) == names
    assert all(0.0 <= value <= 1.0 for value in response["confidence_scores"].values())
    assert response["model"] == "diffusion"
    assert 1 <= response["denoising_steps_used"] <= 100


def test_trajectory_tells_the_note(written):
    for section in NOTE_SECTIONS:
        tokens = [token for token in written.trajectory.tokens if token.section == section.value]
        assert all(1 <= token.step <= written.steps for token in tokens)
        spoken = set(re.findall(r"\w+", "".join(token.text for token in tokens)))
        assert set(re.findall(r"\b[a-z]\w+", written.note[section])) - {"discussed", "performed"} <= spoken


def test_given_sections_stay_byte_for_byte(engine):
    given = {Section.ASSESSMENT: "1.  Odd   spacing, ünïcode — kept.\n", Section.PLAN: "1. Follow up in 2 weeks."}
    note = engine.generate(encounter_of(NATURAL[0]), partial_note=given)
    assert note.note.assessment == given[Section.ASSESSMENT]
    assert note.note.plan == given[Section.PLAN]
    assert note.note.hpi.strip()
    assert note.confidence[Section.PLAN] == 1.0


def test_same_visit_same_note_whoever_asks_first(engine):
    visits = [encounter_of(path) for path in NATURAL]
    expected = [engine.generate(visit).note for visit in visits]
    fresh = NoteEngine.load()
    found = {}
    threads = [
        threading.Thread(target=lambda i=i: found.__setitem__(i, fresh.generate(visits[i]).note)) for i in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[i] for i in range(3)] == expected


def test_cached_context_equals_uncached(engine):
    visit = encounter_of(NATURAL[1])
    fresh = NoteEngine.load()
    first = fresh.generate(visit)
    again = fresh.generate(visit)
    assert (fresh.cache.misses, fresh.cache.hits) == (1, 1)
    assert first.note == again.note
    assert first.confidence == again.confidence


def test_the_cache_is_bounded_and_knows_changed_content(engine):
    small = NoteEngine(load_model(MODEL), cached_contexts=1)
    visit = encounter_of(NATURAL[0])
    small.generate(visit)
    small.generate(visit.model_copy(update={"transcript": visit.transcript + "\nDoctor: Take care now."}))
    assert small.cache.misses == 2
    small.generate(visit)
    assert small.cache.misses == 3


def test_sampling_is_repeatable_by_seed(engine):
    visit = encounter_of(NATURAL[2])
    one, same = (engine.generate(visit, seed=4, temperature=1.0).note for _ in range(2))
    assert one == same


@pytest.mark.parametrize("policy", ["adaptive", "confidence"])
@pytest.mark.parametrize("steps", [1, 6])
def test_steps_are_a_cap(engine, policy, steps):
    assert engine.generate(encounter_of(NATURAL[0]), policy=policy, steps=steps).steps <= steps


def test_a_long_visit_is_written_with_a_warning(engine):
    visit = encounter_of(NATURAL[0])
    chatter = "Doctor: How was the weekend?\nPatient: We went to the lake and it was so nice.\n" * 70
    note = engine.generate(visit.model_copy(update={"transcript": chatter + visit.transcript}))
    assert any("left out" in warning and "turns" in warning for warning in note.warnings)


@pytest.mark.parametrize(
    ("transcript", "options"),
    [
        ("", {}),
        ("Cough.", {}),
        ("I have had a cough for a week and it is worse at night.", {"model": "telepathy"}),
        ("I have had a cough for a week and it is worse at night.", {"model": "autoregressive", "steps": 5}),
        ("I have had a cough for a week and it is worse at night.", {"model": "autoregressive", "temperature": 1.0}),
        ("I have had a cough for a week and it is worse at night.", {"use_cache": False}),
        ("I have had a cough for a week and it is worse at night.", {"steps": 0}),
        ("I have had a cough for a week and it is worse at night.", {"partial_note": {Section.HPI: "word " * 900}}),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(engine, transcript, options):
    visit = Encounter(encounter_id="bad", transcript=transcript, patient_context=PatientContext())
    with pytest.raises(InputError) as error:
        engine.generate(visit, **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["encoder.safetensors", "denoiser.safetensors", "config.json", "tokenizer.model"])
@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_damaged_model_files_are_named(tmp_path, name, damage):
    folder = tmp_path / "cpu"
    shutil.copytree(MODEL, folder)
    path = folder / name
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ModelFilesError, match=re.escape(name)):
        NoteEngine.load(tmp_path)


def test_weights_of_another_configuration_are_refused(tmp_path):
    folder = tmp_path / "cpu"
    shutil.copytree(MODEL, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "layers": config["layers"] + 1}))
    with pytest.raises(ModelFilesError, match="fit"):
        NoteEngine.load(tmp_path)
