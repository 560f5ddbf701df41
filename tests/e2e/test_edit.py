"""The edit and template pages with the shipped weights in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from medscribe_core.schema import NOTE_SECTIONS
from medscribe_core.ui.template_files import load_templates

TITLES = [section.title for section in NOTE_SECTIONS]
PASTED = """HPI: 58-year-old man presents for follow-up of hypertension. Takes lisinopril 10 mg daily.
ROS: Negative for chest pain, dyspnea.
EXAM: Vitals: BP 128/76, HR 72.
ASSESSMENT: 1. Hypertension, well controlled.
PLAN: 1. Continue lisinopril 10 mg daily. 2. Follow up in 6 months."""
EDIT = "1. Hypertension, poorly controlled."


def open_pasted(page: Page, url: str) -> None:
    """Open the pasted note on the edit page."""
    page.goto(f"{url}edit")
    note = page.get_by_label("A note of your own, with section titles")
    expect(note).to_be_visible(timeout=120_000)
    note.fill(PASTED)
    page.get_by_role("button", name="Edit this note").click()
    expect(section(page, "Assessment")).to_have_value("1. Hypertension, well controlled.")


def section(page: Page, title: str) -> Locator:
    return page.get_by_role("textbox", name=title, exact=True)


def texts(page: Page) -> dict[str, str]:
    return {title: section(page, title).input_value() for title in TITLES}


def carry(page: Page) -> None:
    """Edit the assessment, press the button at once, and wait for what follows from it."""
    section(page, "Assessment").fill(EDIT)
    page.get_by_role("button", name="Carry into the other sections").click()
    expect(page.get_by_text(re.compile("ms to carry the edit of Assessment"))).to_be_visible(timeout=120_000)


def expect_review(page: Page) -> Locator | None:
    """The proposed changes; None where the page says that there are none."""
    changes = page.locator(".changes")
    expect(changes.or_(page.get_by_text("Nothing else needs to change."))).to_be_visible()
    return changes if changes.count() else None


def test_an_edit_is_carried_reviewed_and_undone(open_tab, app):
    tab = open_tab()
    page = tab.page
    open_pasted(page, app.url)
    before = texts(page)
    carry(page)
    assert texts(page) == before | {"Assessment": EDIT}
    review = expect_review(page)
    if review is None:
        pytest.skip("The shipped weights propose no change for this edit.")
    items = review.locator(".change")
    count = items.count()
    assert items.locator("ins, del").count() >= count  # every change is marked by more than its color
    expect(items.first.locator(".cause")).to_contain_text("Assessment")
    tab.save_picture("edit-review")

    # By keyboard: accept the first change, take it back, move on, reject.
    items.first.focus()
    page.keyboard.press("a")
    expect(items.first).to_have_attribute("data-decision", "accepted")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    page.keyboard.press("a")
    expect(items.first).to_have_attribute("data-decision", "open")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("r")
    expect(items.nth(min(1, count - 1))).to_have_attribute("data-decision", "rejected")

    # By pointer: accept all, undo, redo, each once the one before has reached the note.
    page.wait_for_timeout(1500)
    review.get_by_role("button", name="Accept all").click()
    expect(review.locator('.change[data-decision="accepted"]')).to_have_count(count)
    expect(review.locator(".title")).to_contain_text("0 to decide")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    expect(section(page, "Plan")).not_to_have_value(before["Plan"])
    page.wait_for_timeout(1500)
    accepted = texts(page)
    page.get_by_role("button", name="Undo").click()
    expect(review.locator('.change[data-decision="accepted"]')).not_to_have_count(count)
    expect(section(page, "Plan")).to_have_value(before["Plan"])
    expect(page.get_by_role("button", name="Redo")).to_be_enabled()
    page.get_by_role("button", name="Redo").click()
    expect(review.locator('.change[data-decision="accepted"]')).to_have_count(count)
    expect(section(page, "Plan")).to_have_value(accepted["Plan"])
    assert texts(page) == accepted
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert tab.traffic.outside == []
    assert "lisinopril" not in app.stop()


def test_a_locked_section_stays_and_an_emptied_one_is_asked_about(open_tab, app):
    page = open_tab().page
    open_pasted(page, app.url)
    plan = section(page, "Plan").input_value()
    page.get_by_text("Lock Plan").click()
    expect(section(page, "Plan")).to_be_disabled()
    carry(page)
    expect(section(page, "Plan")).to_have_value(plan)
    section(page, "Review of systems").fill("")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Keep its text").click()
    expect(section(page, "Review of systems")).to_have_value("Negative for chest pain, dyspnea.")


def test_leaving_the_page_and_other_tabs_lose_and_change_nothing(open_tab, app):
    one, other = open_tab().page, open_tab().page
    open_pasted(one, app.url)
    section(one, "Plan").fill("1. Continue lisinopril 10 mg daily. 2. <b>Follow</b> up in 3 months.")
    one.keyboard.press("Tab")
    expect(one.get_by_role("button", name="Undo")).to_be_enabled()
    one.get_by_role("link", name="Template").click()
    expect(one.get_by_role("heading", name="Template", exact=True)).to_be_visible()
    one.get_by_role("link", name="Edit").click()
    expect(section(one, "Plan")).to_have_value("1. Continue lisinopril 10 mg daily. 2. <b>Follow</b> up in 3 months.")
    other.goto(f"{app.url}edit")
    expect(other.get_by_label("A note of your own, with section titles")).to_be_visible(timeout=120_000)
    expect(section(other, "Plan")).to_have_count(0)


def test_reduced_motion_shows_the_rewritten_sections_and_a_slider(open_tab, app):
    page = open_tab(reduced_motion="reduce").page
    open_pasted(page, app.url)
    carry(page)
    rewriting = page.locator(".rewriting")
    if expect_review(page) is None or not rewriting.count():
        pytest.skip("The shipped weights propose no change for this edit.")
    last = rewriting.locator(".scrub").get_attribute("max")
    expect(rewriting).to_have_attribute("data-stage", last)
    expect(rewriting.locator(".play")).to_be_disabled()
    rewriting.locator(".scrub").fill("0")
    expect(rewriting.locator(".position")).to_have_text("Before")
    rewriting.locator(".scrub").fill("1")
    expect(rewriting.locator(".masked").first).to_be_attached()


@pytest.mark.parametrize(
    ("name", "width", "height", "scheme"),
    [("phone-light", 390, 844, "light"), ("phone-dark", 390, 844, "dark"), ("desktop-dark", 1280, 900, "dark")],
)
def test_the_edit_page_fits_the_screen(open_tab, app, name, width, height, scheme):
    tab = open_tab(viewport={"width": width, "height": height}, color_scheme=scheme)
    open_pasted(tab.page, app.url)
    carry(tab.page)
    tab.save_picture(f"edit-{name}")
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_template_is_filled_in_and_accepted(open_tab, app):
    tab = open_tab()
    page = tab.page
    page.goto(f"{app.url}template")
    template = load_templates()[0]
    page.get_by_role("combobox", name="Template").click()
    page.get_by_role("option", name=template.title).click()
    expect(page.get_by_role("textbox", name="Your template")).to_have_value(template.to_text())
    page.get_by_role("button", name="Fill in", exact=True).click()
    expect(page.locator(".player")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("It stays marked until you accept it.")).to_be_visible()
    inferred = page.locator(".marked .inferred")
    expect(inferred.first).to_be_visible()
    marks = inferred.count()
    page.get_by_role("button", name=re.compile("^Accept ")).first.click()
    expect(page.get_by_text("inferred, accepted by you").first).to_be_visible()
    assert inferred.count() < marks
    expect(page.get_by_role("button", name="Download text")).to_be_visible()
    tab.save_picture("template-filled")
    assert tab.traffic.outside == []
