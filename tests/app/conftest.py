"""A page may be run alone here, as if the app had been opened before."""

import pytest

from medscribe_core.ui import navigation


@pytest.fixture(autouse=True)
def opened_app(monkeypatch):
    monkeypatch.setitem(navigation._process, "started", True)
