"""Writing left to right: what never changes, what always ends, that the cache changes nothing."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from medscribe_core.sampling.autoregressive import write_left_to_right
from medscribe_core.sampling.denoise import continued_loops
from medscribe_core.schema import NOTE_SECTIONS, Section
from tests.unit.tiny import FIRST_WORD, PAD, VOCABULARY, forbidden, tiny_context
from tests.unit.tiny_causal import tiny_causal_model

HEADERS = {section: 3 + section.index for section in NOTE_SECTIONS}
MODEL = tiny_causal_model()
CONTEXT = tiny_context(MODEL, padding=2)


def write(given_sections=({},), context=CONTEXT, model=MODEL, **options):
    caps = {"max_section_tokens": 12, "max_note_tokens": 60}
    return write_left_to_right(
        model, context, list(given_sections), headers=HEADERS, end_id=PAD, forbidden=forbidden(), **(caps | options)
    )


def words(count, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(FIRST_WORD, VOCABULARY, (count,), generator=generator).tolist()


def eager_to_end(bias):
    """A model that ends its sections after a while: the end symbol is likelier the larger the bias."""
    model = tiny_causal_model()
    with torch.no_grad():
        model.output_bias[PAD] = bias
        model.copy_gate.bias.fill_(-4.0)
    return model


some_sections = st.dictionaries(st.sampled_from(NOTE_SECTIONS), st.integers(0, 9), max_size=5)


@given(some_sections, st.integers(0, 50), st.booleans(), st.sampled_from([0.0, 3.0, 4.5]))
@settings(max_examples=15, deadline=None)
def test_every_note_has_its_layout_and_its_given_sections(lengths, seed, cached, bias):
    prompt = {section: words(count, seed + section.index) for section, count in lengths.items()}
    ((canvas, result),) = write([prompt], model=eager_to_end(bias), cached=cached)
    starts = [i for i, (token, section) in enumerate(zip(canvas.ids, canvas.sections, strict=True))
              if token == HEADERS[NOTE_SECTIONS[section]]]  # fmt: skip
    assert [canvas.sections[i] for i in starts] == list(range(5))
    assert canvas.sections == sorted(canvas.sections)
    for section in NOTE_SECTIONS:
        body = canvas.section_ids(section)
        if section in prompt:
            assert body == prompt[section]
        assert len(body) <= 12
        assert PAD not in body
        assert not forbidden()[torch.tensor(body, dtype=torch.long)].any()
    assert len(canvas.ids) <= 60
    assert result.ids.tolist() == [canvas.ids]
    for editable, step, chance in zip(canvas.editable, result.step_of[0], result.confidence[0], strict=True):
        assert (1 <= step <= result.steps and 0 < chance <= 1) if editable else (step == 0 and chance == 1)


@pytest.mark.parametrize("prompt", [{}, {Section.PLAN: words(7, 1)}, {Section.HPI: words(3, 2), Section.EXAM: []}])
@pytest.mark.parametrize("bias", [0.0, 3.0, 4.5])
def test_cached_writing_equals_uncached(prompt, bias):
    model = eager_to_end(bias)
    ((canvas, result),) = write([prompt], model=model)
    ((expected, uncached),) = write([prompt], model=model, cached=False)
    assert canvas == expected
    assert torch.equal(result.step_of, uncached.step_of)
    assert torch.allclose(result.confidence, uncached.confidence, atol=1e-5)
    assert result.steps == uncached.steps


@pytest.mark.parametrize("cached", [True, False])
def test_a_note_does_not_depend_on_the_batch(cached):
    model = eager_to_end(4.0)
    context = tiny_context(model, contexts=3)
    prompts = [{}, {Section.ASSESSMENT: words(9, 3)}, {Section.ROS: words(2, 4), Section.PLAN: words(4, 5)}]
    together = write(prompts, context, model, cached=cached)
    for i, prompt in enumerate(prompts):
        ((canvas, result),) = write([prompt], context.only(i), model, cached=cached)
        assert canvas == together[i][0]
        assert torch.allclose(result.confidence, together[i][1].confidence, atol=1e-5)


def test_a_pass_writes_one_token_or_ends_one_section():
    all_written = all_ended = 0
    for bias in (2.5, 4.0, 5.5):
        ((canvas, result),) = write(model=eager_to_end(bias), max_note_tokens=90)
        written = sum(canvas.editable)
        ended = sum(len(canvas.section_ids(section)) < 12 for section in NOTE_SECTIONS)
        assert result.steps == written + ended
        steps = [step for step, editable in zip(result.step_of[0].tolist(), canvas.editable, strict=True) if editable]
        assert steps == sorted(set(steps))
        all_written, all_ended = all_written + written, all_ended + ended
    assert all_written > 0
    assert all_ended > 0


def test_the_most_probable_token_is_written():
    ((canvas, result),) = write()
    for position in (1, 4):
        ids = torch.tensor([canvas.ids[:position]])
        with torch.no_grad():
            hidden = MODEL(ids, CONTEXT, torch.tensor([canvas.sections[:position]]))[:, -1]
            p = MODEL.probabilities(hidden, torch.tensor([0]), CONTEXT).masked_fill(forbidden(), 0.0)
        assert canvas.ids[position] == p.argmax().item()
        assert result.confidence[0, position].item() == pytest.approx(p.max().item(), abs=1e-5)


def test_a_given_section_is_read_by_all_others_wherever_it_stands():
    """A later section cannot be seen left to right unless it is put in front."""
    chances = set()
    for seed in range(6):
        ((canvas, result),) = write([{Section.PLAN: words(8, seed)}])
        first = canvas.sections.index(Section.HPI.index) + 1
        chances.add(round(float(result.confidence[0, first]), 6))
    assert len(chances) > 1


def test_a_note_that_is_given_whole_costs_no_pass():
    prompt = {section: words(3, section.index) for section in NOTE_SECTIONS}
    ((canvas, result),) = write([prompt])
    assert result.steps == 0
    assert not any(canvas.editable)


def test_caps_end_sections_and_notes():
    endless = tiny_causal_model()
    with torch.no_grad():
        endless.output_bias[PAD] = -1e4
    ((canvas, _),) = write(model=endless, max_section_tokens=6, max_note_tokens=200)
    assert [len(canvas.section_ids(section)) for section in NOTE_SECTIONS] == [6] * 5
    ((canvas, _),) = write(model=endless, max_section_tokens=6, max_note_tokens=19)
    assert [len(canvas.section_ids(section)) for section in NOTE_SECTIONS] == [6, 6, 2, 0, 0]
    ((canvas, _),) = write([{Section.PLAN: words(40, 0)}], model=endless, max_note_tokens=45)
    assert [len(canvas.section_ids(section)) for section in NOTE_SECTIONS] == [0, 0, 0, 0, 40]


def endless_model():
    model = tiny_causal_model()
    with torch.no_grad():
        model.output_bias[PAD] = -1e4
    return model


def continues_a_loop(canvas, repeatable):
    banned = continued_loops(torch.tensor([canvas.ids]), repeatable)[0].tolist()
    return any(e and i == b for i, b, e in zip(canvas.ids, banned, canvas.editable, strict=True))


@pytest.mark.parametrize("cached", [True, False])
def test_loops_are_not_continued_but_by_what_may_repeat(cached):
    model, nothing = endless_model(), torch.zeros(VOCABULARY, dtype=torch.bool)
    caps = {"max_section_tokens": 40, "max_note_tokens": 200, "cached": cached}
    ((unguarded, _),) = write(model=model, **caps)
    assert continues_a_loop(unguarded, nothing)
    ((guarded, _),) = write(model=model, repeatable=nothing, **caps)
    assert not continues_a_loop(guarded, nothing)
    ((free, _),) = write(model=model, repeatable=~nothing, **caps)
    assert free == unguarded


def test_with_the_cache_every_position_is_computed_once():
    prompt = {Section.PLAN: words(7, 1)}
    for model in (endless_model(), eager_to_end(4.5)):
        ((canvas, cached),) = write([prompt], model=model)
        ((_, uncached),) = write([prompt], model=model, cached=False)
        assert len(canvas.ids) - 1 <= cached.position_visits <= len(canvas.ids)
        assert uncached.position_visits >= 32 * uncached.steps
