"""Edit propagation: what is locked stays byte for byte, what is not affected stays, what is affected is proposed."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import medscribe_core
from medscribe_core.editing.edited_phrases import EditedPhrase
from medscribe_core.editing.linked import linked_changes
from medscribe_core.editing.propagation import apply_changes, check_edit
from medscribe_core.editing.revision import Locks
from medscribe_core.engine import NoteEngine
from medscribe_core.errors import InputError
from medscribe_core.facts.statements import statements
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from medscribe_core.sampling import propagate
from medscribe_core.sampling.denoise import Denoised, denoise
from medscribe_core.sampling.likelihood import Row, log_likelihoods, section_parts
from medscribe_core.sampling.policies import AdaptivePolicy, ConfidencePolicy
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section, SoapNote
from medscribe_core.settings import REPOSITORY
from medscribe_core.tokenizer import PAD, USER_SYMBOLS, load_tokenizer
from tests.unit.test_revision import joined, section_texts, spans_of, stand_in_order
from tests.unit.tiny import CONFIG, tiny_context

TOKENIZER = load_tokenizer(REPOSITORY / "assets" / "models" / "cpu" / "tokenizer.model")
FORBIDDEN = torch.tensor([i in TOKENIZER.special_ids - {TOKENIZER.pad_id} for i in range(TOKENIZER.vocab_size)])
NOTE = SoapNote(
    hpi="58-year-old woman presents for follow-up of hypertension. Current medications include lisinopril 10 mg daily.",
    ros="Negative for chest pain.",
    exam="Vitals: BP 152/94, HR 76.",
    assessment="1. Hypertension, not at goal. 2. Mild headache.",
    plan="1. Increase lisinopril to 20 mg daily. 2. BMP in 2 weeks. 3. Follow up in 4 weeks.",
)
EDITED = "1. Hypertension, well controlled. 2. Mild headache."
VISIT = "Doctor: The blood pressure is one fifty-two over ninety-four. Take lisinopril twenty milligrams daily."


def note_model(pad_bias=0.0):
    """Random weights over the real vocabulary; ``pad_bias`` makes it write nothing."""
    torch.manual_seed(0)
    model = ClinicalDiffusionLM(replace(CONFIG, vocab_size=TOKENIZER.vocab_size)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(2.0)
        model.output_bias[TOKENIZER.pad_id] += pad_bias
    return model.requires_grad_(False)


MODELS = {bias: note_model(bias) for bias in (0.0, 6.0, 60.0)}
CONTEXT = {bias: tiny_context(model) for bias, model in MODELS.items()}
POLICIES = [AdaptivePolicy(), AdaptivePolicy(threshold=1.1, max_steps=3), ConfidencePolicy(1), ConfidencePolicy(4)]


def filling(bias, policy, temperature=0.0):
    """Denoises a canvas with the tiny model."""

    def fill(canvas):
        return denoise(
            MODELS[bias], torch.tensor([canvas.ids]), torch.tensor([canvas.sections]), torch.tensor([canvas.editable]),
            CONTEXT[bias], policy, mask_id=TOKENIZER.mask_id, forbidden=FORBIDDEN, temperature=temperature,
            generator=torch.Generator().manual_seed(1),
        )  # fmt: skip

    return fill


def propagated(
    edit, bias=0.0, policy=POLICIES[2], threshold=-math.inf, insertion=-math.inf, fill=None, temperature=0.0
):
    return propagate.propagate_edit(
        MODELS[bias], TOKENIZER, CONTEXT[bias], edit, fill or filling(bias, policy, temperature),
        threshold=threshold, insertion_threshold=insertion,
    )  # fmt: skip


@st.composite
def edits(draw):
    """A random note, an edit of one of its sections, and locks of the others."""
    texts = {section: "" for section in NOTE_SECTIONS}
    for section, text in draw(st.lists(section_texts(), min_size=2, max_size=7)):
        texts[section] = text
    note = SoapNote(**{section.value: text for section, text in texts.items()})
    edited = draw(st.sampled_from(NOTE_SECTIONS))
    content = draw(st.sampled_from(["1. Gout, new.", "Positive for cough.  ünïcode", texts[edited] + " More."]))
    others = [section for section in NOTE_SECTIONS if section is not edited]
    locked = frozenset(draw(st.lists(st.sampled_from(others), max_size=2)))
    spans = {section: draw(spans_of(texts[section], most=2)) for section in others}
    to = draw(st.none() | st.lists(st.sampled_from(others), min_size=1, unique=True))
    wanted = None if to is None else [section for section in to if section not in locked]
    if content == note[edited]:
        content += " Again."
    return check_edit(note, edited, content, locks=Locks(locked, spans), to=wanted)


@given(
    edits(),
    st.sampled_from(sorted(MODELS)),
    st.sampled_from(POLICIES),
    st.sampled_from([-math.inf, 0.0, math.inf]),
    st.sampled_from([-math.inf, 0.0, math.inf]),
    st.sampled_from([0.0, 1.0]),
)
@settings(max_examples=40)
def test_locked_text_stays_byte_for_byte_whatever_is_edited(edit, bias, policy, threshold, insertion, temperature):
    found = propagated(edit, bias, policy, threshold, insertion, temperature=temperature)
    assert found.note[edit.section] == edit.content
    for section in NOTE_SECTIONS:
        if section is edit.section:
            continue
        old, new = edit.note[section], found.note[section]
        if section not in edit.targets:
            assert new == old
        assert stand_in_order([old[a:b] for a, b in joined(edit.locks.of(section, old))], new)
        touched = {c.index for c in found.changes if c.section is section and c.kind != "add"}
        kept = [old[s.body : s.end] for i, s in enumerate(statements(section, old)) if i not in touched]
        assert stand_in_order(kept, new)
        if not any(change.section is section for change in found.changes):
            assert new == old
    written = "".join(change.after for change in found.changes)
    assert not any(symbol in written for symbol in (PAD, *USER_SYMBOLS))
    assert found.with_only([]) == edit.edited_note
    assert found.with_only(range(len(found.changes))) == found.note
    if threshold == insertion == math.inf:
        linked = linked_changes(edit)
        assert found.changes == linked and found.note == apply_changes(edit, linked) and found.steps == 0


def test_a_model_that_writes_nothing_removes_every_affected_statement(monkeypatch):
    monkeypatch.setattr(propagate, "linked_changes", lambda edit: [])
    found = propagated(check_edit(NOTE, "assessment", EDITED, to=["plan"]), bias=60.0)
    assert [change.kind for change in found.changes] == ["remove"] * 3
    assert found.note.plan == "Not discussed."
    assert (found.note.hpi, found.note.ros) == (NOTE.hpi, NOTE.ros)


def test_likelihoods_are_those_of_the_model_whatever_else_is_in_the_batch():
    texts = NOTE.sections()
    parts = {section: section_parts(TOKENIZER, section, text, []) for section, text in texts.items()}
    units = [unit for section in NOTE_SECTIONS for _, unit in parts[section] if unit is not None]
    one, other = Row(parts, {units[0], units[-1]}), Row(parts, set(units[2:7]))
    model, context = MODELS[0.0], CONTEXT[0.0]
    [alone] = log_likelihoods(model, TOKENIZER, context, [one])
    both = log_likelihoods(model, TOKENIZER, context, [one, other])
    assert [set(found) for found in both] == [one.masked, other.masked]
    assert all(torch.allclose(alone[unit], both[0][unit], atol=1e-4) for unit in one.masked)
    ids, sections = [], []
    for section in NOTE_SECTIONS:
        body = [i for tokens, unit in parts[section] for i in (unit.ids if unit in one.masked else tokens)]
        ids += [TOKENIZER.header_ids[section], *body]
        sections += [section.index] * (1 + len(body))
    clean = torch.tensor([ids])
    masked = torch.zeros_like(clean, dtype=torch.bool)
    masked[0, 1 : 1 + len(units[0].ids)] = True
    masked[0, -len(units[-1].ids) :] = True
    t = masked.sum(dim=1) / (sum(not u.inserts and len(u.ids) for u in units) + len(units[-1].ids))
    hidden = model(clean.masked_fill(masked, TOKENIZER.mask_id), t, context, torch.tensor([sections]))[masked]
    p = model.probabilities(hidden, torch.zeros(len(hidden), dtype=torch.long), context)
    expected = p.gather(1, clean[masked][:, None]).squeeze(1).log()
    content = torch.tensor([*units[0].content, *units[-1].content])
    assert not content[0]  # the space before a digit is a token of its own
    assert torch.allclose(torch.cat((alone[units[0]], alone[units[-1]])), expected[content], atol=1e-3)


def only(monkeypatch, *affected, linked=False):
    """Let just these (section, statement, is an insertion point) be affected; no change by rule unless ``linked``."""

    def drops(model, tokenizer, context, before, after, units):
        return {unit: 9.0 if (unit.section, unit.index, unit.inserts) in affected else 0.0 for unit in units}

    monkeypatch.setattr(propagate, "_drops", drops)
    if not linked:
        monkeypatch.setattr(propagate, "linked_changes", lambda edit: [])


def writing(*texts):
    """Writes ``texts`` into the runs of masked positions, in order."""

    def fill(canvas):
        ids, rest, position = list(canvas.ids), list(texts), 0
        while position < len(ids):
            if not canvas.editable[position]:
                position += 1
                continue
            end = position
            while end < len(ids) and canvas.editable[end]:
                end += 1
            written = TOKENIZER.encode(rest.pop(0))
            ids[position:end] = written + [TOKENIZER.pad_id] * (end - position - len(written))
            position = end
        assert not rest and len(ids) == len(canvas.ids)
        confidence = torch.full((1, len(ids)), 0.75)
        return Denoised(torch.tensor([ids]), torch.ones(1, len(ids), dtype=torch.long), confidence, 1)

    return fill


def test_changes_additions_and_removals_are_proposed_with_their_cause(monkeypatch):
    only(monkeypatch, (Section.PLAN, 0, False), (Section.PLAN, 1, True), (Section.HPI, 1, False))
    edit = check_edit(NOTE, "assessment", EDITED)
    fill = writing("", "1. Continue lisinopril 10 mg daily.", "2. Order EKG. 3. Refer to cardiology")
    found = propagated(edit, threshold=1.0, insertion=1.0, fill=fill)
    cause = EditedPhrase("not at goal.", "well controlled.", 17, 33)
    assert [(c.section, c.kind, c.index, c.before, c.after, c.cause, c.confidence) for c in found.changes] == [
        (Section.HPI, "remove", 1, "Current medications include lisinopril 10 mg daily.", "", cause, 0.75),
        (
            Section.PLAN,
            "change",
            0,
            "Increase lisinopril to 20 mg daily.",
            "Continue lisinopril 10 mg daily.",
            cause,
            0.75,
        ),
        (Section.PLAN, "add", 1, "", "Order EKG.", cause, 0.75),
        (Section.PLAN, "add", 1, "", "Refer to cardiology.", cause, 0.75),
    ]
    assert found.note.hpi == "58-year-old woman presents for follow-up of hypertension."
    assert found.note.plan == (
        "1. Continue lisinopril 10 mg daily. 2. BMP in 2 weeks. 3. Order EKG. 4. Refer to cardiology. "
        "5. Follow up in 4 weeks."
    )
    assert found.with_only([1]).plan == NOTE.plan.replace("Increase lisinopril to 20", "Continue lisinopril 10")
    response = found.to_response()
    assert response["changes"][0]["caused_by"] == {"before": "not at goal.", "after": "well controlled."}
    assert response["nothing_else_changes"] is False


@pytest.mark.parametrize("written", ["1. Increase lisinopril to 20 mg daily.", "1. BMP in 2 weeks."])
def test_the_same_statement_is_no_change_and_a_doubled_one_is_dropped(monkeypatch, written):
    only(monkeypatch, (Section.PLAN, 0, False))
    found = propagated(check_edit(NOTE, "assessment", EDITED), threshold=1.0, insertion=1.0, fill=writing(written))
    same = "Increase" in written
    assert found.nothing_else_changes is same
    assert found.note.plan == (NOTE.plan if same else "1. BMP in 2 weeks. 2. Follow up in 4 weeks.")


def test_linked_changes_come_first_and_their_statements_are_not_written_again(monkeypatch):
    only(monkeypatch, (Section.PLAN, 0, False), (Section.PLAN, 1, False), linked=True)
    edit = check_edit(NOTE, "assessment", EDITED)
    [linked] = linked_changes(edit)
    assert (linked.before, linked.after) == ("Increase lisinopril to 20 mg daily.", "Continue lisinopril 10 mg daily.")
    found = propagated(edit, threshold=1.0, insertion=1.0, fill=writing("2. CMP in 1 week."))
    assert [(change.index, change.after) for change in found.changes] == [
        (0, "Continue lisinopril 10 mg daily."), (1, "CMP in 1 week."),
    ]  # fmt: skip
    assert found.note.plan == "1. Continue lisinopril 10 mg daily. 2. CMP in 1 week. 3. Follow up in 4 weeks."


def test_what_a_linked_change_says_is_not_written_a_second_time(monkeypatch):
    only(monkeypatch, (Section.PLAN, 1, True), linked=True)
    fill = writing("1. Continue lisinopril 10 mg daily.")
    found = propagated(check_edit(NOTE, "assessment", EDITED), threshold=1.0, insertion=1.0, fill=fill)
    assert [change.after for change in found.changes] == ["Continue lisinopril 10 mg daily."]


def test_linked_changes_alone_need_no_denoising(monkeypatch):
    def fill(canvas):
        raise AssertionError("denoised")

    only(monkeypatch, linked=True)
    found = propagated(check_edit(NOTE, "assessment", EDITED), threshold=1.0, insertion=1.0, fill=fill)
    assert found.note.plan == "1. Continue lisinopril 10 mg daily. 2. BMP in 2 weeks. 3. Follow up in 4 weeks."


def test_not_discussed_that_stays_so_is_no_change(monkeypatch):
    note = NOTE.model_copy(update={"ros": "Not discussed."})
    edit = check_edit(note, "hpi", "Patient presents with cough.")
    only(monkeypatch, (Section.ROS, 0, False))
    assert propagated(edit, threshold=1.0, insertion=1.0, fill=writing("Not discussed.")).nothing_else_changes
    found = propagated(edit, threshold=1.0, insertion=1.0, fill=writing("Positive for cough."))
    assert found.note.ros == "Positive for cough."


def test_an_edit_of_white_space_needs_no_forward_pass():
    def fill(canvas):
        raise AssertionError("denoised")

    found = propagated(check_edit(NOTE, "plan", NOTE.plan + "\n"), fill=fill)
    assert found.nothing_else_changes
    assert found.note.plan == NOTE.plan + "\n"


def test_a_deleted_section_reads_not_discussed():
    assert check_edit(NOTE, "exam", " ", allow_delete=True).content == "Not performed."


@pytest.mark.parametrize(
    ("section", "content", "options", "named"),
    [
        ("subjective", "x", {}, "Unknown section 'subjective'"),
        ("plan", NOTE.plan, {}, "equals"),
        ("plan", " \n", {}, "delete"),
        ("plan", "1. Rest.", {"locks": Locks(frozenset({Section.PLAN}))}, "locked"),
        ("plan", "1. Rest.", {"locks": Locks(spans={Section.PLAN: [(0, 9)]})}, "locked"),
        ("plan", "1. Rest.", {"locks": Locks(spans={Section.HPI: [(0, 999)]})}, "999"),
        ("plan", "1. Rest.", {"locks": Locks(frozenset({Section.HPI})), "to": ["hpi"]}, "both locked and"),
        ("plan", "1. Rest.", {"to": ["plan"]}, "cannot be carried to it"),
        ("plan", "1. Rest.", {"to": ["diagnosis"]}, "Unknown section 'diagnosis'"),
    ],
)
def test_edits_that_cannot_be_are_refused_in_one_sentence(section, content, options, named):
    with pytest.raises(InputError, match=named) as error:
        check_edit(NOTE, section, content, **options)
    assert "\n" not in str(error.value)


def test_an_edit_longer_than_the_canvas_is_refused():
    with pytest.raises(InputError, match="a note holds 512"):
        propagated(check_edit(NOTE, "plan", "1. Rest. " * 300))


def test_the_public_name_is_the_function():
    assert medscribe_core.propagate_edit is propagate.propagate_edit


def test_the_engine_propagates_with_the_shipped_weights():
    engine = NoteEngine.load()
    encounter = Encounter(encounter_id="visit", transcript=VISIT)
    content = "Vitals: BP 118/74, HR 76."
    locks = Locks(frozenset({Section.HPI}), {Section.PLAN: [(39, 56)]})
    found = engine.propagate(encounter, NOTE, "exam", content, locks=locks)
    assert found.note.exam == content
    assert found.note.hpi == NOTE.hpi
    assert NOTE.plan[39:56] in found.note.plan
    assert [(d.about, d.quote) for d in found.disagreements if d.other == "transcript"] == [
        ("number", "The blood pressure is one fifty-two over ninety-four.")
    ]
    assert found.timings["total"] > 0
    assert (found.trajectory is None) == (found.steps == 0)
    response = found.to_response()
    assert response["edited_section"] == "exam"
    assert len(response["changes"]) == len(found.changes)
