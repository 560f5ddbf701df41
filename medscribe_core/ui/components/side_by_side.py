"""Notes side by side on one clock: replays in the browser how each of them was written."""

from __future__ import annotations

from typing import Any

from medscribe_core.ui.components.mounting import component

# Controls and notes look like those of the trajectory player.
_mount = component("side_by_side", styled_like="trajectory")


def side_by_side(comparison_id: str, lanes: list[dict[str, Any]], *, key: str) -> None:
    """Draw one player for all ``lanes`` (see ``compare_figures.lane_payload``).

    Everything is sent once, as data; playing and scrubbing never re-run the script. A comparison plays by itself once,
    unless the reader's system asks for reduced motion. A token appears at the milliseconds before writing plus its
    pass's share of the milliseconds of writing.
    """
    _mount(key=key, data={"id": comparison_id, "lanes": lanes})
