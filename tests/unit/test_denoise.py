"""The denoising loop: what never changes, what always ends, what does not depend on the batch."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from medscribe_core.diffusion.masking import waiting_before
from medscribe_core.errors import InputError
from medscribe_core.model.active import ActiveNote
from medscribe_core.sampling.denoise import continued_loops, denoise
from medscribe_core.sampling.policies import AdaptivePolicy, ConfidencePolicy, make_policy
from tests.unit.tiny import FIRST_WORD, MASK, VOCABULARY, forbidden, tiny_context, tiny_model

MODEL = tiny_model()
CONTEXT = tiny_context(MODEL)
SECTIONS = torch.arange(40)[None] // 8
POLICIES = [
    AdaptivePolicy(),
    AdaptivePolicy(threshold=0.0),
    AdaptivePolicy(threshold=1.1, max_steps=5),
    ConfidencePolicy(7),
]


def run(ids, editable, policy, context=CONTEXT, note_mask=None, **options):
    sections = (torch.arange(ids.shape[1]) * 5 // ids.shape[1])[None].expand_as(ids)
    return denoise(
        MODEL, ids, sections, editable, context, policy,
        mask_id=MASK, forbidden=forbidden(), note_mask=note_mask, **options,
    )  # fmt: skip


def canvas(length, share_given, seed):
    generator = torch.Generator().manual_seed(seed)
    words = torch.randint(FIRST_WORD, VOCABULARY, (1, length), generator=generator)
    given_text = torch.rand(1, length, generator=generator) < share_given
    return torch.where(given_text, words, MASK), ~given_text


@given(st.integers(2, 40), st.floats(0, 1), st.integers(0, 99), st.sampled_from(POLICIES), st.sampled_from([0.0, 1.0]))
@settings(max_examples=60, deadline=None)
def test_locked_tokens_never_change(length, share, seed, policy, temperature):
    ids, editable = canvas(length, share, seed)
    result = run(ids, editable, policy, temperature=temperature, generator=torch.Generator().manual_seed(seed))
    assert torch.equal(result.ids[~editable], ids[~editable])
    assert (result.step_of[~editable] == 0).all()


@given(st.integers(2, 40), st.floats(0, 0.9), st.integers(0, 99), st.sampled_from(POLICIES))
@settings(max_examples=60, deadline=None)
def test_ends_within_the_cap_and_leaves_no_mask(length, share, seed, policy):
    ids, editable = canvas(length, share, seed)
    result = run(ids, editable, policy)
    assert not (result.ids == MASK).any()
    assert result.steps <= policy.max_steps
    assert not forbidden()[result.ids].any()


@given(st.integers(2, 30), st.integers(0, 99), st.integers(1, 25))
@settings(max_examples=30, deadline=None)
def test_confidence_policy_takes_exactly_its_steps(length, seed, steps):
    ids, editable = canvas(length, 0.0, seed)
    assert run(ids, editable, ConfidencePolicy(steps)).steps == min(steps, length)


@given(st.integers(3, 30), st.integers(0, 99), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_lower_threshold_commits_at_least_as_many(length, seed, one, other):
    generator = torch.Generator().manual_seed(seed)
    confidence = torch.rand(1, length, generator=generator)
    masked = torch.rand(1, length, generator=generator) < 0.7
    low, high = sorted((one, other))
    few = AdaptivePolicy(threshold=high).select(confidence, masked, SECTIONS[:, :length], 1)
    many = AdaptivePolicy(threshold=low).select(confidence, masked, SECTIONS[:, :length], 1)
    assert not (few & ~many).any()
    assert not (many & ~masked).any()


def test_positions_wait_for_the_masked_ones_before_them_in_their_section():
    masked = torch.tensor([[True, False, True, True, True, False, True]])
    sections = torch.tensor([[0, 0, 0, 1, 1, 1, 1]])
    assert waiting_before(masked, sections)[0].tolist() == [0, 1, 1, 0, 1, 2, 2]


@given(st.integers(5, 40), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_without_certainty_every_section_is_written_token_by_token_from_its_front(length, seed):
    ids, editable = canvas(length, 0.0, seed)
    result = run(ids, editable, AdaptivePolicy(threshold=1.1, max_steps=400))
    sections = torch.arange(length) * 5 // length
    for section in range(5):
        steps = result.step_of[0][sections == section]
        assert (steps[1:] == steps[:-1] + 1).all()


@given(st.integers(6, 40), st.floats(0, 0.8), st.integers(0, 99), st.integers(0, 7))
@settings(max_examples=30, deadline=None)
def test_active_positions_are_exact_when_all_are_refreshed(length, share, seed, padding):
    ids, _ = canvas(length, share, seed)
    ids = torch.cat((ids, torch.zeros(1, padding, dtype=torch.long)), dim=1)
    sections = (torch.arange(length + padding) * 5 // (length + padding))[None]
    note_mask = torch.arange(length + padding)[None] < length
    wanted = (ids == MASK) | (torch.arange(length + padding)[None] == 1)
    t = torch.tensor([0.4])
    active = ActiveNote(MODEL, CONTEXT, sections, note_mask, refresh=1)
    for _ in range(2):
        expected = MODEL(ids, t, CONTEXT, sections, note_mask)[wanted]
        assert torch.allclose(active.hidden(ids, t, wanted), expected, atol=1e-5)


def test_active_positions_follow_a_change_next_to_them():
    ids, _ = canvas(30, 0.0, 1)
    sections = torch.zeros(1, 30, dtype=torch.long)
    wanted = torch.arange(30)[None] == 12
    t = torch.tensor([0.9])
    active = ActiveNote(MODEL, CONTEXT, sections, torch.ones(1, 30, dtype=torch.bool), refresh=100)
    before = active.hidden(ids, t, wanted)
    changed = ids.clone()
    changed[0, 11] = FIRST_WORD + 3
    after = active.hidden(changed, t, wanted)
    exact = MODEL(changed, t, CONTEXT, sections)[wanted]
    assert (after - exact).norm() < 0.5 * (before - exact).norm()


@given(st.integers(2, 40), st.floats(0, 0.9), st.integers(0, 99), st.sampled_from(POLICIES))
@settings(max_examples=30, deadline=None)
def test_active_denoising_ends_and_keeps_what_was_given(length, share, seed, policy):
    ids, editable = canvas(length, share, seed)
    result = run(ids, editable, policy, refresh=4)
    assert not (result.ids == MASK).any()
    assert result.steps <= policy.max_steps
    assert torch.equal(result.ids[~editable], ids[~editable])


def test_a_run_of_certain_tokens_ends_at_the_first_uncertain_one():
    sections = torch.tensor([[0, 0, 0, 0, 0, 1, 1, 1]])
    masked = torch.tensor([[False, True, True, True, True, True, True, True]])
    confidence = torch.tensor([[0.0, 0.9, 0.8, 0.3, 0.9, 0.2, 0.9, 0.9]])
    commit = AdaptivePolicy(threshold=0.7).select(confidence, masked, sections, 1)
    assert commit[0].nonzero().flatten().tolist() == [1, 2, 5]


def test_a_loop_is_recognised_and_digits_may_repeat():
    repeatable = torch.zeros(60, dtype=torch.bool)
    repeatable[9] = True
    rows = {
        (20, 20): 20,
        (20, 21, 20, 21): 20,
        (20, 21, 22, 20, 21, 22): 20,
        (20, 21, 20): -1,
        (9, 9): -1,
        (9, 20, 9, 20): -1,
    }
    for row, expected in rows.items():
        ids = torch.tensor([[11, *row, MASK]])
        assert continued_loops(ids, repeatable)[0, -1] == expected


@given(st.integers(8, 40), st.integers(0, 99), st.sampled_from([0.0, 1.0]))
@settings(max_examples=30, deadline=None)
def test_no_token_is_written_three_times_from_the_front(length, seed, temperature):
    ids, editable = canvas(length, 0.0, seed)
    one_by_one = AdaptivePolicy(threshold=1.1, max_steps=400)
    generator = torch.Generator().manual_seed(seed)
    repeatable = torch.zeros(VOCABULARY, dtype=torch.bool)
    written = run(ids, editable, one_by_one, temperature=temperature, generator=generator, repeatable=repeatable).ids
    triple = (written[:, 2:] == written[:, 1:-1]) & (written[:, 1:-1] == written[:, :-2])
    sections = (torch.arange(length) * 5 // length)[None]
    inside = sections[:, 2:] == sections[:, :-2]
    assert not (triple & inside).any()


def test_corrections_redo_what_was_unsure_and_keep_what_was_given():
    ids, editable = canvas(24, 0.4, 8)
    plain = run(ids, editable, ConfidencePolicy(3))
    redone = run(ids, editable, ConfidencePolicy(3), corrections=1, correct_below=0.5)
    assert redone.steps > plain.steps
    assert torch.equal(redone.ids[~editable], ids[~editable])
    sure = editable & (plain.confidence >= 0.5)
    assert torch.equal(redone.ids[sure], plain.ids[sure])


def test_same_seed_same_note():
    ids, editable = canvas(24, 0.0, 3)
    draws = [
        run(ids, editable, AdaptivePolicy(), temperature=1.5, generator=torch.Generator().manual_seed(s)).ids
        for s in (5, 5, 6)
    ]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_result_does_not_depend_on_note_padding():
    ids, editable = canvas(20, 0.2, 4)
    alone = run(ids, editable, ConfidencePolicy(6))
    padded_ids = torch.cat((ids, torch.zeros(1, 7, dtype=torch.long)), dim=1)
    padded_editable = torch.cat((editable, torch.zeros(1, 7, dtype=torch.bool)), dim=1)
    sections = torch.cat(((torch.arange(20) * 5 // 20), torch.zeros(7, dtype=torch.long)))[None]
    padded = denoise(
        MODEL, padded_ids, sections, padded_editable, CONTEXT, ConfidencePolicy(6),
        mask_id=MASK, forbidden=forbidden(), note_mask=torch.arange(27)[None] < 20,
    )  # fmt: skip
    assert torch.equal(alone.ids, padded.ids[:, :20])
    assert torch.allclose(alone.confidence, padded.confidence[:, :20], atol=1e-5)


def test_result_does_not_depend_on_the_batch():
    context = tiny_context(MODEL, contexts=2)
    first, editable = canvas(18, 0.1, 5)
    second, editable_second = canvas(18, 0.5, 6)
    both = run(torch.cat((first, second)), torch.cat((editable, editable_second)), ConfidencePolicy(5), context)
    alone = run(first, editable, ConfidencePolicy(5), tiny_context(MODEL, contexts=2).only(0))
    assert torch.equal(both.ids[:1], alone.ids)


def test_context_padding_changes_nothing():
    ids, editable = canvas(16, 0.0, 7)
    plain = run(ids, editable, ConfidencePolicy(4), tiny_context(MODEL))
    padded = run(ids, editable, ConfidencePolicy(4), tiny_context(MODEL, padding=6))
    assert torch.equal(plain.ids, padded.ids)
    assert torch.allclose(plain.confidence, padded.confidence, atol=1e-5)


def test_probabilities_sum_to_one():
    hidden = torch.randn(7, 32)
    p = MODEL.probabilities(hidden, torch.zeros(7, dtype=torch.long), CONTEXT)
    assert torch.allclose(p.sum(dim=1), torch.ones(7), atol=1e-5)
    assert (p >= 0).all()


@pytest.mark.parametrize("count", [1, 63, 64, 90])
def test_the_short_cut_to_the_most_probable_token_is_exact(count):
    torch.manual_seed(count)
    hidden = torch.randn(count, 32) * 2
    p = MODEL.probabilities(hidden, torch.zeros(count, dtype=torch.long), CONTEXT)
    expected, token = p.masked_fill(forbidden(), 0.0).max(dim=1)
    with torch.inference_mode():
        found, chance = MODEL.most_probable(hidden, CONTEXT, forbidden())
    assert torch.equal(found, token)
    assert torch.allclose(chance, expected, atol=1e-6)


@pytest.mark.parametrize(("name", "steps"), [("magic", None), ("adaptive", 0), ("confidence", 500)])
def test_bad_policies_are_refused_in_one_sentence(name, steps):
    with pytest.raises(InputError):
        make_policy(name, steps)
