"""The command line: what it prints, what it writes, and one sentence with exit code 2 for every mistake."""

import io
import json
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from medscribe_core import cli, demo
from medscribe_core.corpora import read_authored
from medscribe_core.errors import InputError, ModelFilesError
from medscribe_core.generated import GeneratedNote, Trajectory
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote

TRANSCRIPT = "Doctor: What brings you in?\nPatient: I've had a dry cough for four days."
SECRET = "zebrafish"


class FakeEngine:
    """Writes the same short note for every visit and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def weights_of(self, model):
        return "fake"

    def generate(self, encounter, **settings):
        self.asked.append((encounter, settings))
        if len(encounter.transcript.split()) < 3:
            raise InputError("The transcript is too short to write a note from.")
        note = {section.value: section.empty_text for section in NOTE_SECTIONS}
        note["hpi"] = "Patient presents with dry cough for 4 days."
        note.update({section.value: text for section, text in (settings.get("partial_note") or {}).items()})
        return GeneratedNote(
            note_id="note-1",
            note=SoapNote(**note),
            confidence=dict.fromkeys(NOTE_SECTIONS, 0.5),
            timings={"context": 10.0, "denoising": 20.0, "total": 31.0},
            steps=7,
            model=settings["model"],
            warnings=["Two turns were left out."],
            trajectory=Trajectory(tokens=[], steps=7),
        )


@pytest.fixture
def engine(monkeypatch):
    fake = FakeEngine()
    monkeypatch.setattr(cli, "_load_engine", lambda models: fake)
    return fake


@pytest.fixture
def run(capsys):
    """Run the command line; returns (exit code, standard output, standard error)."""

    def run_command(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_command


@pytest.fixture
def transcript(tmp_path):
    path = tmp_path / "visit.txt"
    path.write_text(TRANSCRIPT, encoding="utf-8")
    return path


def refused(result):
    """The one sentence of a refused command."""
    code, out, err = result
    assert code == 2, err
    assert out == ""
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1, err
    assert err.strip().endswith((".", "--help."))
    return err


def test_generate_prints_a_readable_note_and_warnings_apart(run, engine, transcript):
    code, out, err = run("generate", "--transcript", transcript)
    assert code == 0
    assert out.startswith("HPI: Patient presents with dry cough for 4 days.\nROS: Not discussed.\nEXAM: Not performed.")
    assert err == "Warning: Two turns were left out.\n"


def test_generate_json_prints_the_response_object(run, engine, transcript):
    code, out, err = run("generate", "--transcript", transcript, "--json", "--policy", "confidence", "--steps", 12)
    response = json.loads(out)
    assert code == 0 and err == ""
    assert list(response) == [
        "note_id",
        "sections",
        "confidence_scores",
        "generation_time_ms",
        "timings",
        "denoising_steps_used",
        "model",
        "warnings",
    ]
    assert list(response["sections"]) == list(response["confidence_scores"]) == [s.value for s in NOTE_SECTIONS]
    assert response["generation_time_ms"] == 31.0
    _, settings = engine.asked[0]
    assert (settings["policy"], settings["steps"], settings["model"]) == ("confidence", 12, "diffusion")


def test_context_and_partial_note_reach_the_engine(run, engine, transcript, tmp_path):
    context, partial = tmp_path / "context.json", tmp_path / "partial.json"
    context.write_text('{"age": 41, "sex": "M", "medications": ["lisinopril 10 mg daily"]}')
    partial.write_text('{"plan": "1. Rest.", "ros": null}')
    code, out, _ = run("generate", "--transcript", transcript, "--context", context, "--partial-note", partial)
    encounter, settings = engine.asked[0]
    assert code == 0
    assert encounter.patient_context.age == 41
    assert settings["partial_note"] == {Section.PLAN: "1. Rest."}
    assert out.endswith("PLAN: 1. Rest.\n")


def test_a_dash_reads_standard_input_and_a_byte_order_mark_is_no_text(run, engine, monkeypatch):
    data = b"\xef\xbb\xbf" + TRANSCRIPT.replace("\n", "\r\n").encode()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    assert run("generate", "--transcript", "-")[0] == 0
    assert engine.asked[0][0].transcript == TRANSCRIPT


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\xff\xfe\x00D\xd8", "UTF-8"),
        (b"Doctor: hi\x00\x01\x02", "binary"),
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"hello", "too short"),
    ],
)
def test_a_transcript_that_cannot_be_used_gets_one_sentence(run, engine, tmp_path, content, named):
    path = tmp_path / "visit.txt"
    path.write_bytes(content)
    assert named in refused(run("generate", "--transcript", path))


def test_a_missing_file_and_a_directory_are_named(run, engine, tmp_path):
    assert "no such file" in refused(run("generate", "--transcript", tmp_path / "absent.txt"))
    assert "directory" in refused(run("generate", "--transcript", tmp_path))


@pytest.mark.parametrize(
    ("context", "named"),
    [
        ('{"age": 34', "line 1"),
        ('{"age": 34, "age": 35}', "'age' is given twice"),
        ('{"age": 340}', "age"),
        ('{"age": ' + "9" * 5000 + "}", "too long"),
        ("[" * 100_000, "nested"),
        ('{"weight": 70}', "weight"),
        ("34", "the whole"),
    ],
)
def test_a_context_that_cannot_be_used_gets_one_sentence(run, engine, transcript, tmp_path, context, named):
    path = tmp_path / "context.json"
    path.write_text(context)
    assert named in refused(run("generate", "--transcript", transcript, "--context", path))


def test_an_unknown_section_of_the_partial_note_is_named(run, engine, transcript, tmp_path):
    path = tmp_path / "partial.json"
    path.write_text('{"subjective": "x"}')
    assert "subjective" in refused(run("generate", "--transcript", transcript, "--partial-note", path))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "--transcript"),
        (["--transcript", "a", "--batch", "b"], "either"),
        (["--batch", "b"], "--out"),
        (["--transcript", "a", "--out", "b"], "--batch"),
        (["--transcript", "a", "--steps", "0"], "--steps"),
        (["--transcript", "a", "--steps", "many"], "--steps"),
        (["--transcript", "a", "--policy", "random"], "--policy"),
        (["--transcript", "a", "--seed", "-1"], "--seed"),
        (["--transcript", "a", "--model", "autoregressive", "--steps", "5"], "autoregressive"),
        (["--transcrpt", "a"], "--transcrpt"),
    ],
)
def test_wrong_options_get_one_sentence(run, engine, arguments, named):
    assert named in refused(run("generate", *arguments))


def test_broken_model_files_get_one_sentence(run, transcript, monkeypatch):
    def load(models):
        raise ModelFilesError("The weights do not belong to this configuration.")

    monkeypatch.setattr(cli, "_load_engine", load)
    assert "weights" in refused(run("generate", "--transcript", transcript))


def test_an_internal_error_never_shows_the_transcript(run, transcript, engine, monkeypatch):
    def generate(encounter, **settings):
        raise KeyError(SECRET)

    monkeypatch.setattr(engine, "generate", generate)
    code, out, err = run("generate", "--transcript", transcript)
    assert code == 1
    assert "KeyError" in err
    assert SECRET not in out + err


def test_an_interruption_exits_with_130(run, transcript, engine, monkeypatch):
    def generate(encounter, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "generate", generate)
    assert run("generate", "--transcript", transcript)[0] == 130


def test_a_full_disk_gets_one_sentence(run, transcript, engine, monkeypatch):
    def generate(encounter, **settings):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(engine, "generate", generate)
    assert "No space left on device" in refused(run("generate", "--transcript", transcript))


def test_batch_names_bad_lines_keeps_good_ones_and_exits_with_2(run, engine, tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [
        json.dumps({"id": "a", "transcript": TRANSCRIPT, "patient_context": {"age": 5}}),
        "{not json",
        "",
        json.dumps({"id": "c", "transcript": TRANSCRIPT, "patient_contxt": {}}),
        json.dumps({"id": "d", "transcript": "hello", "patient_context": None}),
        json.dumps({"transcript": TRANSCRIPT}),
        '{"id": "f", "transcript": "a lone \\ud83d surrogate here"}',
        json.dumps({"id": "g", "transcript": TRANSCRIPT, "partial_note": {"plan": "1. Rest."}}),
    ]
    source.write_text("\n".join(lines), encoding="utf-8")
    code, stdout, err = run("generate", "--batch", source, "--out", out)
    results = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert code == 2 and stdout == ""
    assert [result["id"] for result in results] == ["a", None, "c", "d", None, "f", "g"]
    assert [("error" in result) for result in results] == [False, True, True, True, True, True, False]
    assert results[-1]["sections"]["plan"] == "1. Rest."
    named = [line for line in err.splitlines() if line.startswith(f"{source}, line ")]
    assert [line.removeprefix(f"{source}, line ").split(" ")[0].rstrip(":") for line in named] == [*"24567"]
    assert "patient_contxt" in named[1]
    assert len(engine.asked) == 3


def test_a_batch_line_that_is_no_utf8_fails_alone(run, engine, tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    good = json.dumps({"id": "a", "transcript": TRANSCRIPT}).encode()
    source.write_bytes(b'\xef\xbb\xbf{"id": "x", "transcript": "caf\xe9"}\n' + good)
    code, _, err = run("generate", "--batch", source, "--out", out)
    results = [json.loads(line) for line in out.read_text().splitlines()]
    assert code == 2
    assert [result.get("error") for result in results] == ["The line is not UTF-8 text.", None]
    assert "line 1: The line is not UTF-8 text." in err


def test_batch_without_failures_exits_with_0_and_leaves_no_other_file(run, engine, tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"id": "a", "transcript": TRANSCRIPT, "note": {}, "complaint": "cough"}))
    assert run("generate", "--batch", source, "--out", out)[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_an_interrupted_batch_leaves_the_earlier_output_as_it_was(run, engine, tmp_path, monkeypatch):
    def generate(encounter, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "generate", generate)
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"id": "a", "transcript": TRANSCRIPT}))
    out.write_text("earlier")
    assert run("generate", "--batch", source, "--out", out)[0] == 130
    assert out.read_text() == "earlier"
    assert len(list(tmp_path.iterdir())) == 2


def test_batch_files_that_cannot_be_used_are_named(run, engine, tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text("\n\n")
    assert "no visits" in refused(run("generate", "--batch", source, "--out", tmp_path / "out.jsonl"))
    source.write_text(json.dumps({"id": "a", "transcript": TRANSCRIPT}))
    assert "does not exist" in refused(run("generate", "--batch", source, "--out", tmp_path / "no" / "out.jsonl"))
    assert "directory" in refused(run("generate", "--batch", source, "--out", tmp_path))
    assert "absent" in refused(run("generate", "--batch", tmp_path / "absent", "--out", tmp_path / "out.jsonl"))
    assert "is the input" in run("generate", "--batch", source, "--out", source)[2]
    assert json.loads(source.read_text())["id"] == "a"
    assert engine.asked == []


def test_simulate_writes_the_same_visits_for_the_same_seed(run, tmp_path):
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert run("simulate", "--count", 3, "--seed", 5, "--split", "test", "--out", first)[0] == 0
    assert run("simulate", "--count", 3, "--seed", 5, "--split", "test", "--out", second)[0] == 0
    assert first.read_bytes() == second.read_bytes()
    visits = list(read_authored(first))
    assert len({visit.id for visit in visits}) == 3
    assert all(visit.facts for visit in visits)


def test_simulate_refuses_a_wrong_count_split_or_folder(run, tmp_path):
    assert "--count" in refused(run("simulate", "--count", 0, "--out", tmp_path / "out.jsonl"))
    assert "--split" in refused(run("simulate", "--split", "all", "--out", tmp_path / "out.jsonl"))
    assert "does not exist" in refused(run("simulate", "--out", tmp_path / "no" / "out.jsonl"))


def test_evaluate_writes_and_prints_the_same_result(run, engine, tmp_path):
    data, out = tmp_path / "visits.jsonl", tmp_path / "result.json"
    note = {"hpi": "Patient presents with dry cough for 4 days.", "exam": "Not performed.", "plan": "1. Rest."}
    note.update(ros="Not discussed.", assessment="1. Viral cough.")
    visit = {"id": "a", "transcript": TRANSCRIPT, "patient_context": {}, "note": note}
    data.write_text(json.dumps(visit))
    code, printed, _ = run("evaluate", "--data", data, "--out", out, "--json", "--baselines")
    result = json.loads(printed)
    assert code == 0
    assert result == json.loads(out.read_text())
    assert result["aggregate"]["facts_captured"]["value"] == 0.5
    assert result["aggregate"]["unsupported_share"]["value"] == 0
    assert result["settings"]["weights"] == "fake"
    assert len(result["data"]["sha256"]) == 64
    assert result["data"]["file"] == "visits.jsonl"
    assert "copy_transcript" in result["baselines"]
    code, printed, _ = run("evaluate", "--data", data)
    assert code == 0 and "Facts captured" in printed


def test_evaluate_names_the_line_that_is_no_encounter(run, engine, tmp_path):
    data = tmp_path / "visits.jsonl"
    data.write_text(json.dumps({"id": "a", "transcript": TRANSCRIPT, "patient_context": {}}))
    assert "line 1" in refused(run("evaluate", "--data", data))
    assert "absent" in refused(run("evaluate", "--data", tmp_path / "absent.jsonl"))


def test_demo_refuses_a_taken_port_and_a_missing_app(run, monkeypatch, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(demo, "require_app", lambda app: None)
        assert str(port) in refused(run("demo", "--port", port))
    monkeypatch.undo()
    with pytest.raises(Exception, match=r"streamlit_app\.py is missing"):
        demo.serve(8501, tmp_path / "streamlit_app.py")


def test_demo_serves_to_this_machine_only():
    command = demo.command(8600, demo.APP)
    assert command[command.index("--server.address") + 1] == "127.0.0.1"
    assert command[command.index("--server.port") + 1] == "8600"


def test_help_needs_no_torch_and_no_model():
    program = (
        "import sys; from medscribe_core.cli import main; code = main(['generate', '--help']);"
        "heavy = {'torch', 'streamlit', 'sentencepiece', 'numpy'} & set(sys.modules); sys.exit(code or len(heavy))"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert "--partial-note" in finished.stdout
