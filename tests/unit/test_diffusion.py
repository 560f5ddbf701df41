"""The forward process and the loss."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from medscribe_core.diffusion.loss import diffusion_loss
from medscribe_core.diffusion.masking import forward_mask, frontier_mask
from medscribe_core.diffusion.schedule import T_MIN, learning_rate, sample_t

MASK = 2


@given(st.floats(0.02, 1.0), st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_share_of_masked_tokens_is_t(t, seed):
    x0 = torch.full((4, 2500), 7)
    generator = torch.Generator().manual_seed(seed)
    _, masked = forward_mask(x0, torch.full((4,), t), torch.ones_like(x0, dtype=torch.bool), MASK, generator)
    deviation = abs(masked.float().mean().item() - t)
    # Bernstein's inequality at a chance of 1e-6; it holds too where hardly any token is left masked or unmasked.
    log_chance = math.log(2 / 1e-6)
    assert deviation < math.sqrt(2 * t * (1 - t) * log_chance / 10_000) + 2 * log_chance / (3 * 10_000) + 1e-6


@given(st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_masking_is_independent_between_neighbours(seed):
    x0 = torch.full((1, 20_000), 7)
    generator = torch.Generator().manual_seed(seed)
    _, masked = forward_mask(x0, torch.tensor([0.5]), torch.ones_like(x0, dtype=torch.bool), MASK, generator)
    m = masked.float() - 0.5
    assert abs((m[:, 1:] * m[:, :-1]).mean().item()) < 0.01


@given(st.floats(0.0, 1.0), st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_unmaskable_tokens_never_change_and_masked_ones_become_mask(t, seed):
    generator = torch.Generator().manual_seed(seed)
    x0 = torch.randint(3, 50, (3, 40), generator=generator)
    maskable = torch.rand(3, 40, generator=generator) < 0.5
    noisy, masked = forward_mask(x0, torch.full((3,), t), maskable, MASK, generator)
    assert torch.equal(noisy[~masked], x0[~masked])
    assert (noisy[masked] == MASK).all()
    assert not (masked & ~maskable).any()


@given(st.integers(0, 1000), st.integers(2, 12), st.integers(0, 12))
@settings(max_examples=50, deadline=None)
def test_sections_in_progress_leave_headers_and_what_is_written(seed, first, second):
    sections = torch.tensor([[0] * (first + 1) + [1] * (second + 1)]).expand(6, -1)
    maskable = torch.ones_like(sections, dtype=torch.bool)
    maskable[:, [0, first + 1]] = False
    x0 = torch.full_like(sections, 9)
    noisy, masked = frontier_mask(x0, sections, maskable, MASK, torch.Generator().manual_seed(seed))
    assert torch.equal(masked, noisy == MASK)
    assert not (masked & ~maskable).any()
    assert torch.equal(noisy[~masked], x0[~masked])


def test_sections_in_progress_take_every_extent():
    sections = torch.tensor([[0] * 21 + [1] * 11]).expand(400, -1)
    maskable = torch.ones_like(sections, dtype=torch.bool)
    maskable[:, [0, 21]] = False
    _, masked = frontier_mask(sections + 9, sections, maskable, MASK, torch.Generator().manual_seed(1))
    written = 20 - masked[:, 1:21].sum(dim=1)
    assert written.min() == 0
    assert written.max() >= 19
    assert 6 < written.float().mean() < 14
    shares = masked[:, 1:21].sum(dim=1) / 20, masked[:, 22:].sum(dim=1) / 10
    assert torch.corrcoef(torch.stack(shares))[0, 1] > 0.2  # half of the notes progress evenly


def test_everything_is_masked_at_t_1():
    x0 = torch.full((2, 30), 9)
    _, masked = forward_mask(x0, torch.ones(2), torch.ones_like(x0, dtype=torch.bool), MASK)
    assert masked.all()


def test_worked_example_of_the_case_study():
    nll = -torch.tensor([0.85, 0.70]).log()
    loss = diffusion_loss(nll, torch.tensor([0, 0]), torch.tensor([0.5]), torch.tensor([4]))
    assert loss.item() == pytest.approx(0.260, abs=5e-4)


@pytest.mark.parametrize("t", [0.02, 1.0])
def test_loss_is_finite_at_the_ends(t):
    nll = torch.full((5,), 20.0)
    loss = diffusion_loss(nll, torch.zeros(5, dtype=torch.long), torch.tensor([t]), torch.tensor([40]))
    assert torch.isfinite(loss)


def test_loss_of_a_note_without_masks_is_zero():
    loss = diffusion_loss(torch.zeros(0), torch.zeros(0, dtype=torch.long), torch.tensor([0.02]), torch.tensor([9]))
    assert loss.item() == 0.0


def test_clamp_only_lowers_small_t():
    nll, rows, lengths = torch.ones(2), torch.tensor([0, 1]), torch.tensor([10, 10])
    t = torch.tensor([0.05, 0.5])
    exact = diffusion_loss(nll, rows, t, lengths)
    clamped = diffusion_loss(nll, rows, t, lengths, max_weight=5.0)
    assert exact.item() == pytest.approx((2.0 + 0.2) / 2)
    assert clamped.item() == pytest.approx((0.5 + 0.2) / 2)


@given(st.integers(1, 64), st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_ratios_are_stratified(count, seed):
    t = sample_t(count, torch.Generator().manual_seed(seed))
    strata = ((t - T_MIN) / (1 - T_MIN) * count).clamp(max=count - 1e-4).long()
    assert sorted(strata.tolist()) == list(range(count))


def test_learning_rate_warms_up_and_ends_at_the_floor():
    rate = lambda p: learning_rate(p, 1e-3, 1e-5, 0.02)  # noqa: E731
    assert rate(0.001) < rate(0.01) < rate(0.02) == pytest.approx(1e-3)
    assert rate(1.0) == pytest.approx(1e-5)
    assert rate(2.0) == pytest.approx(1e-5)
