"""Every page: reached from the menu and by its address, in light and dark, without anything from outside."""

import re

import pytest
from playwright.sync_api import expect

expect.set_options(timeout=60_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_data_and_quality_are_drawn(open_tab, app, scheme):
    tab = open_tab(color_scheme=scheme)
    page = tab.page
    # The address of a page, asked for before the app has ever been drawn, still has the app's menu.
    page.goto(f"{app.url}data")
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible()
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    for view in ("Sections", "Words", "Compared with real speech", "Lengths"):
        page.get_by_role("radio", name=view).or_(page.get_by_role("button", name=view, exact=True)).first.click()
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
    tab.save_picture(f"data_{scheme}")
    page.get_by_role("link", name="Quality").click()
    expect(page.get_by_role("heading", name="Quality", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("/quality$"))
    for panel in ("Quality and speed", "Errors", "Calibration", "Groups", "Scoreboard"):
        page.get_by_role("tab", name=panel).click()
        expect(page.get_by_test_id("stException")).to_have_count(0)
    tab.save_picture(f"quality_{scheme}")
    assert not tab.traffic.outside
