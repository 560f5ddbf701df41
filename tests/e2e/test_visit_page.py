"""The visit page with the shipped weights in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from medscribe_core.samples import load_samples
from medscribe_core.schema import NOTE_SECTIONS

SAMPLE = load_samples()[1]


def generate_sample(page: Page) -> Locator:
    """Choose a sample, press Generate at once, and return the player when it is there."""
    page.get_by_role("combobox", name="Sample visit").click()
    page.get_by_role("option", name=SAMPLE.title).click()
    page.get_by_role("button", name="Generate note").click()
    player = page.locator(".player")
    expect(player).to_be_visible(timeout=120_000)
    expect(page.get_by_label("Transcript of the visit")).to_have_value(SAMPLE.transcript)
    expect(page.get_by_label("Age (years)")).to_have_value(str(SAMPLE.patient_context.age))
    return player


def last_step(player: Locator) -> int:
    return int(player.locator(".scrub").get_attribute("max"))


def expect_step(player: Locator, step: int) -> None:
    expect(player).to_have_attribute("data-step", str(step), timeout=30_000)
    expect(player.locator(".scrub")).to_have_value(str(step))


def masked(player: Locator) -> int:
    return player.locator(".note .masked").count()


def test_generate_play_pause_scrub_and_step(open_tab, app):
    tab = open_tab()
    page = tab.page
    player = generate_sample(page)
    steps = last_step(player)
    assert steps >= 2

    # It plays by itself once, to the end.
    expect_step(player, steps)
    assert masked(player) == 0
    finished = player.locator(".note").inner_text()
    assert all(section.title in finished for section in NOTE_SECTIONS)
    assert not re.search(r"\[(MASK|PAD)\]", finished)
    tab.save_picture("visit-desktop-light-finished")
    messages = tab.traffic.to_script

    # Play from the start, pause, and go on by hand from exactly there.
    player.locator('[data-speed="0.5"]').click()
    player.get_by_role("button", name="Play").click()
    player.get_by_role("button", name="Pause").click()
    expect(player.get_by_role("button", name="Play")).to_be_visible()
    paused = int(player.get_attribute("data-step"))
    assert paused < steps
    player.get_by_role("button", name="One step forward").click()
    expect_step(player, paused + 1)
    player.get_by_role("button", name="One step back").click()
    expect_step(player, paused)

    # Scrub.
    hidden = []
    for step in range(steps + 1):
        player.locator(".scrub").fill(str(step))
        expect_step(player, step)
        hidden.append(masked(player))
    assert hidden == sorted(hidden, reverse=True)
    assert hidden[0] == player.locator(".note .token").count()
    assert hidden[-1] == 0
    assert player.locator(".note").inner_text() == finished

    # Keyboard.
    player.focus()
    for key, step in (("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", steps)):
        page.keyboard.press(key)
        expect_step(player, step)
    page.keyboard.press("Home")
    tab.save_picture("visit-desktop-light-masked")
    page.keyboard.press(" ")
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press(" ")
    expect(player.get_by_role("button", name="Play")).to_be_visible()

    # Two ways to color, each with its legend.
    player.get_by_role("button", name="Order").click()
    expect(player.locator(".legend")).to_contain_text("step 1" if steps <= 5 else "steps 1")
    player.get_by_role("button", name="Confidence").click()
    expect(player.locator(".legend")).to_contain_text("below 50%")

    # All of that happened in the browser.
    assert tab.traffic.to_script == messages

    page.get_by_role("tab", name="Note", exact=True).click()
    expect(page.get_by_text("% confident").first).to_be_visible()
    page.get_by_role("tab", name="Timing").click()
    expect(page.get_by_role("cell", name="Total")).to_be_visible()
    assert tab.traffic.outside == []
    assert SAMPLE.transcript.splitlines()[0] not in app.stop()


def test_a_mistake_loses_nothing_from_the_boxes(open_tab):
    tab = open_tab()
    page = tab.page
    transcript = page.get_by_label("Transcript of the visit")
    transcript.fill("Doctor: What brings you in?\nPatient: <b>My</b> 🤒 head hurts.")
    page.get_by_label("Age (years)").fill("900")
    page.get_by_role("button", name="Generate note").click()
    expect(page.get_by_text("The age must be a whole number of years from 0 to 120.")).to_be_visible(timeout=120_000)
    expect(transcript).to_have_value("Doctor: What brings you in?\nPatient: <b>My</b> 🤒 head hurts.")
    expect(page.get_by_label("Age (years)")).to_have_value("900")
    assert tab.traffic.outside == []


def test_reduced_motion_shows_the_finished_note_and_steps_by_hand(open_tab):
    tab = open_tab(reduced_motion="reduce")
    player = generate_sample(tab.page)
    steps = last_step(player)
    expect_step(player, steps)
    expect(player.locator(".play")).to_be_disabled()
    player.get_by_role("button", name="One step back").click()
    expect_step(player, steps - 1)
    assert masked(player) > 0


@pytest.mark.parametrize(
    ("name", "width", "height", "scheme"),
    [("phone-light", 390, 844, "light"), ("phone-dark", 390, 844, "dark"), ("desktop-dark", 1280, 900, "dark")],
)
def test_fits_the_screen(open_tab, name, width, height, scheme):
    tab = open_tab(viewport={"width": width, "height": height}, color_scheme=scheme)
    player = generate_sample(tab.page)
    expect_step(player, last_step(player))
    tab.save_picture(f"visit-{name}")
    player.scroll_into_view_if_needed()
    tab.save_picture(f"visit-{name}-player")
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    box = player.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
