"""Boxes that keep what was typed when their page is left.

Streamlit forgets a widget's value with its page, so there is a second copy. When the app itself fills a box, the box
gets a new key: a click that was already on its way would otherwise bring the old text back.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st


class Boxes:
    """The boxes called ``name`` of one tab; ``empty`` says what each holds at first."""

    def __init__(self, name: str, empty: Mapping[str, str]) -> None:
        self.name, self.empty = name, dict(empty)

    def key(self, box: str) -> str:
        """The widget key of a box."""
        return f"{self.name}_{box}_{self._of('fillings').get(box, 0)}"

    def filled(self, box: str) -> str:
        """What the app last filled a box with: the value that its widget starts from."""
        return self._of("filled").get(box, self.empty[box])

    def read(self) -> dict[str, str]:
        """What the boxes hold."""
        return {box: st.session_state.get(self.key(box), self.filled(box)) for box in self.empty}

    def fill(self, values: Mapping[str, str]) -> None:
        """Put ``values`` into their boxes; the others keep what they hold."""
        fillings = self._of("fillings")
        st.session_state[f"{self.name}_draft"] = self.read() | values
        st.session_state[f"{self.name}_fillings"] = fillings | {box: fillings.get(box, 0) + 1 for box in values}
        st.session_state[f"{self.name}_filled"] = self._of("filled") | values

    def restore(self) -> None:
        """Fill boxes that Streamlit has forgotten; call before they are drawn."""
        draft = self._of("draft")
        gone = [box for box in draft if self.key(box) not in st.session_state and draft[box] != self.filled(box)]
        if gone:
            self.fill({box: draft[box] for box in gone})

    def keep(self) -> None:
        """Copy what the boxes hold; call after they are drawn."""
        st.session_state[f"{self.name}_draft"] = self.read()

    def _of(self, what: str) -> dict:
        return st.session_state.get(f"{self.name}_{what}", {})
