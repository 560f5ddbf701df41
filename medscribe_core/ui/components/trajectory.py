"""The unmasking animation: plays a note's denoising trajectory in the browser."""

from __future__ import annotations

from medscribe_core.generated import GeneratedNote
from medscribe_core.ui.components.mounting import component

_mount = component("trajectory")


def trajectory_player(generated: GeneratedNote, *, key: str) -> None:
    """Draw the player for ``generated``.

    The whole trajectory is sent once, as data; playing, scrubbing and stepping never re-run the script. A note
    (told apart by its ``note_id``) plays by itself once, unless the reader's system asks for reduced motion.
    """
    _mount(key=key, data={"note_id": generated.note_id, "trajectory": generated.trajectory.to_payload()})
