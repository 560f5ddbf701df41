"""The compare page and the live visit with the shipped weights in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from medscribe_core.samples import load_samples

expect.set_options(timeout=60_000)
SAMPLE = load_samples()[1]


def compare_sample(page: Page, address: str) -> Locator:
    """Compare a sample visit and return the player when every note is there."""
    page.goto(f"{address}compare")
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible()
    page.get_by_role("combobox", name="Visit").click()
    page.get_by_role("option", name=SAMPLE.title).click()
    page.get_by_role("button", name=re.compile("Compare$")).click()
    player = page.locator(".side-by-side")
    expect(player).to_be_visible(timeout=300_000)
    return player


def end_of(player: Locator) -> str:
    return player.locator(".scrub").get_attribute("max")


def unwritten(player: Locator) -> int:
    return player.locator(".lane .masked, .lane .unwritten").count()


def test_the_notes_are_replayed_on_one_clock(open_tab, app):
    tab = open_tab()
    page = tab.page
    player = compare_sample(page, app.url)
    end = end_of(player)

    # It plays by itself once, to the end.
    expect(player).to_have_attribute("data-now", end, timeout=120_000)
    assert unwritten(player) == 0
    lanes = player.locator(".lane")
    expect(lanes.first).to_contain_text("Diffusion")
    for lane in lanes.all():
        expect(lane).to_contain_text("complete after")
    tab.save_picture("compare-finished")
    messages = tab.traffic.to_script

    # Play from the start, slowly, and pause.
    player.locator('[data-speed="0.1"]').click()
    player.get_by_role("button", name="Restart").click()
    player.get_by_role("button", name="Pause").click()
    expect(player.get_by_role("button", name="Play")).to_be_visible()

    # Scrub: every lane follows the same clock.
    hidden = []
    for share in (0, 0.25, 0.5, 1):
        now = str(round(share * int(end)))
        player.locator(".scrub").fill(now)
        expect(player).to_have_attribute("data-now", now)
        hidden.append(unwritten(player))
    assert hidden == sorted(hidden, reverse=True)
    assert hidden[0] == player.locator(".lane .token").count()
    assert hidden[-1] == 0

    # Keyboard.
    player.focus()
    for key, now in (("Home", "0"), ("End", end)):
        page.keyboard.press(key)
        expect(player).to_have_attribute("data-now", now)
    page.keyboard.press("ArrowLeft")
    expect(player).not_to_have_attribute("data-now", end)
    page.keyboard.press("Home")
    tab.save_picture("compare-start")

    # All of that happened in the browser.
    assert tab.traffic.to_script == messages
    expect(page.get_by_text("Measured on this machine")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Forward passes", exact=True)).to_be_visible()
    expect(page.get_by_text("Quoted from the case study")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert tab.traffic.outside == []
    assert SAMPLE.transcript.splitlines()[0] not in app.stop()


def test_reduced_motion_shows_the_finished_notes_and_moves_by_hand(open_tab, app):
    tab = open_tab(reduced_motion="reduce")
    player = compare_sample(tab.page, app.url)
    expect(player).to_have_attribute("data-now", end_of(player))
    expect(player.locator(".play")).to_be_disabled()
    player.locator(".scrub").fill("0")
    assert unwritten(player) > 0


@pytest.mark.parametrize(
    ("name", "width", "scheme"), [("phone-light", 390, "light"), ("phone-dark", 390, "dark"), ("desktop", 1280, "dark")]
)
def test_fits_the_screen(open_tab, app, name, width, scheme):
    tab = open_tab(viewport={"width": width, "height": 900}, color_scheme=scheme)
    player = compare_sample(tab.page, app.url)
    tab.save_picture(f"compare-{name}")
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    box = player.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_a_live_visit_is_heard_turn_by_turn_and_ends_with_the_note(open_tab, app):
    tab = open_tab()
    page = tab.page
    page.get_by_role("combobox", name="Sample visit").click()
    page.get_by_role("option", name=SAMPLE.title).click()
    page.get_by_role("button", name="Replay as a live visit").click()
    expect(page.get_by_text(re.compile(r"Turn \d+ of \d+"))).to_be_visible()
    tab.save_picture("live-visit-running")
    expect(page.get_by_text(re.compile("Last word to note: .* ms")).first).to_be_visible(timeout=120_000)
    expect(page.locator(".player")).to_be_visible(timeout=120_000)
    expect(page.get_by_text(re.compile("Last word to note: .* ms"))).to_be_visible()
    tab.save_picture("live-visit-finished")
    assert tab.traffic.outside == []
    assert SAMPLE.transcript.splitlines()[0] not in app.stop()


def test_a_live_visit_can_be_stopped(open_tab):
    tab = open_tab()
    page = tab.page
    page.get_by_role("combobox", name="Sample visit").click()
    page.get_by_role("option", name=SAMPLE.title).click()
    page.get_by_role("button", name="1x", exact=True).or_(
        page.get_by_role("radio", name="1x", exact=True)
    ).first.click()
    page.get_by_role("button", name="Replay as a live visit").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text(re.compile(r"The live visit was stopped after \d+ of \d+ turns."))).to_be_visible()
    expect(page.get_by_label("Transcript of the visit")).to_have_value(SAMPLE.transcript)
