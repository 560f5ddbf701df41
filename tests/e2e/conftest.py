"""The real app in a subprocess and a real Chromium that may talk to nobody else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, WebSocket, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "streamlit_app.py"
SCREENSHOTS = ROOT / "build" / "screenshots"
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def skip_unless_in_ci(reason: str) -> None:
    """What a developer's machine may lack, CI may not."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class App:
    """The running app: its address and, once it has ended, what it printed."""

    url: str
    process: subprocess.Popen[str]

    def stop(self) -> str:
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.communicate(timeout=30)[0]


@pytest.fixture
def app() -> Iterator[App]:
    if not any((ROOT / "assets" / "models").rglob("*.safetensors")):
        skip_unless_in_ci("There are no trained weights in assets/models.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.headless=true", f"--server.port={port}"]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    running = App(f"http://127.0.0.1:{port}/", process)
    printed = []
    for line in process.stdout:
        printed.append(line)
        if "URL:" in line:
            break
    else:
        pytest.fail(f"The app did not start: {''.join(printed)}")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        skip_unless_in_ci("Chromium is not installed.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Traffic:
    """What the browser asked for: requests that would leave the machine, and messages sent to the script."""

    outside: list[str] = field(default_factory=list)
    to_script: int = 0

    def note_url(self, url: str) -> bool:
        """True if ``url`` stays on this machine."""
        parts = urlsplit(url)
        local = parts.scheme in {"data", "blob"} or parts.hostname in {"127.0.0.1", "localhost"}
        if not local:
            self.outside.append(url)
        return local

    def count_messages(self, websocket: WebSocket) -> None:
        self.note_url(websocket.url)
        websocket.on("framesent", lambda _payload: setattr(self, "to_script", self.to_script + 1))


@dataclass
class Tab:
    """One browser tab on the app."""

    page: Page
    traffic: Traffic

    def save_picture(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@pytest.fixture
def open_tab(app: App, chromium: Browser, request: pytest.FixtureRequest) -> Iterator:
    """Opens the app with the given browser settings; the last look of every tab is saved as a picture."""
    tabs: list[Tab] = []

    def open_with(**settings: object) -> Tab:
        context = chromium.new_context(**({"viewport": {"width": 1280, "height": 900}} | settings))
        context.set_default_timeout(60_000)
        traffic = Traffic()

        def only_local(route: Route) -> None:
            if traffic.note_url(route.request.url):
                route.continue_()
            else:
                route.abort()

        context.route("**/*", only_local)
        page = context.new_page()
        page.on("request", lambda sent: traffic.note_url(sent.url))
        page.on("websocket", traffic.count_messages)
        tab = Tab(page, traffic)
        tabs.append(tab)
        page.goto(app.url)
        return tab

    yield open_with
    for number, tab in enumerate(tabs):
        tab.save_picture(f"{request.node.name}-{number}")
        tab.page.context.close()
