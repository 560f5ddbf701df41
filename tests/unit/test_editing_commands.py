"""The propagate and infill commands: what they print, and one sentence with exit code 2 for every mistake."""

import json

import pytest

from medscribe_core import cli
from medscribe_core.checks.contradictions import Disagreement
from medscribe_core.editing import commands
from medscribe_core.editing.edited_phrases import EditedPhrase
from medscribe_core.editing.propagation import Propagation, apply_changes, check_edit
from medscribe_core.editing.revision import Change
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote

NOTE = SoapNote(hpi="Cough.", ros="Not discussed.", exam="Lungs: clear.", assessment="1. Cold, new.", plan="1. Rest.")
CAUSE = EditedPhrase("Cold,", "Pneumonia,", 3, 13)


class FakeEngine:
    """Adds one plan item for every edit and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def propagate(self, encounter, note, section, content, *, policy, steps, **options):
        self.asked.append((encounter, section, content, options))
        edit = check_edit(note, section, content, **options)
        changes = [Change(Section.PLAN, "add", 0, "", "Start amoxicillin 500 mg daily.", CAUSE, 0.8)]
        changes = changes if Section.PLAN in edit.targets else []
        disagreement = Disagreement("status", Section.ASSESSMENT, "Pneumonia", "transcript", "it is a cold", 3, 15)
        return Propagation(edit, changes, apply_changes(edit, changes), [disagreement])


@pytest.fixture
def engine(monkeypatch):
    fake = FakeEngine()
    monkeypatch.setattr(commands, "_load_engine", lambda models: fake)
    return fake


@pytest.fixture
def run(capsys, tmp_path):
    """Run ``propagate`` on a note and a visit; returns (exit code, standard output, standard error)."""
    note, visit = tmp_path / "note.json", tmp_path / "visit.txt"
    note.write_text(json.dumps({section.value: text for section, text in NOTE.sections().items()}))
    visit.write_text("Doctor: I think it is a cold, you will be fine soon.")

    def run_command(*arguments):
        code = cli.main(["propagate", "--note", str(note), "--transcript", str(visit), *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_command


def test_changes_causes_and_disagreements_are_printed(run, engine):
    code, out, err = run("--edit", "assessment=1. Pneumonia, new.")
    assert (code, err) == (0, "")
    assert 'Plan, because of "Pneumonia," (80% sure):\n+ Start amoxicillin 500 mg daily.' in out
    assert 'Disagreement: Assessment says "Pneumonia", the transcript says "it is a cold".' in out
    assert out.endswith("PLAN: 1. Rest. 2. Start amoxicillin 500 mg daily.\n")


def test_nothing_else_changes_is_said(run, engine):
    code, out, _ = run("--edit", "assessment=1. Pneumonia, new.", "--to", "hpi, exam")
    assert code == 0 and "Nothing else needs to change." in out
    code, out, _ = run("--edit", "assessment=1. Pneumonia, new.", "--lock", "plan", "--json")
    response = json.loads(out)
    assert response["nothing_else_changes"] is True and response["changes"] == []
    assert list(response["sections"]) == [section.value for section in NOTE_SECTIONS]


def test_words_to_keep_become_locks(run, engine):
    run("--edit", "assessment=1. Pneumonia, new.", "--keep", "Lungs")
    assert engine.asked[0][3]["locks"].spans == {Section.EXAM: [(0, 5)]}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--edit", "1. Pneumonia."], "SECTION=TEXT"),
        (["--edit", "diagnosis=1. Pneumonia."], "Unknown section 'diagnosis'"),
        (["--edit", "plan=1. Rest."], "equals"),
        (["--edit", "plan="], "delete"),
        (["--edit", "plan=1. Run.", "--to", "plan"], "cannot be carried to it"),
        (["--edit", "plan=1. Run.", "--lock", "hpi", "--to", "hpi"], "both locked and to be changed"),
        (["--edit", "plan=1. Run.", "--lock", "vitals"], "Unknown section 'vitals'"),
        (["--edit", "plan=1. Run.", "--keep", "zebra"], "--keep number 1"),
    ],
)
def test_mistakes_get_one_sentence_before_the_model_is_loaded(run, engine, arguments, named):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert named in err and len(err.strip().splitlines()) == 1
    assert engine.asked == []


def test_an_infill_without_anything_to_write_from_gets_one_sentence(capsys, tmp_path, engine):
    template = tmp_path / "template.txt"
    template.write_text("PLAN: {plan}")
    assert cli.main(["infill", "--template", str(template)]) == 2
    assert "neither a transcript nor" in capsys.readouterr().err
    template.write_text("just some words")
    assert cli.main(["infill", "--template", str(template)]) == 2
    assert "no section titles" in capsys.readouterr().err
