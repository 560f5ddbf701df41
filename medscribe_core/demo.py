"""Serve the Streamlit app to this machine."""

from __future__ import annotations

import errno
import importlib.util
import socket
import subprocess
import sys
from pathlib import Path

from medscribe_core.errors import InputError, MedScribeError

ADDRESS = "127.0.0.1"
PROJECT = Path(__file__).resolve().parent.parent
APP = PROJECT / "streamlit_app.py"


def serve(port: int, app: Path = APP) -> int:
    """Run the app until it is stopped; returns its exit code.

    Raises InputError when the port is taken, MedScribeError when the app or Streamlit is not there.
    """
    require_app(app)
    require_free(port)
    # The project's .streamlit/config.toml is found from the working directory.
    process = subprocess.Popen(command(port, app), cwd=app.parent)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        return 0


def command(port: int, app: Path) -> list[str]:
    """The command line that serves ``app`` on the loopback address only."""
    options = {
        "server.address": ADDRESS,
        "server.port": str(port),
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return [sys.executable, "-m", "streamlit", "run", str(app), *flags]


def require_app(app: Path) -> None:
    """Raise MedScribeError when ``app`` or Streamlit is missing."""
    if not app.is_file():
        raise MedScribeError(f"{app.name} is missing; run the demo from a complete checkout of the project.")
    if importlib.util.find_spec("streamlit") is None:
        raise MedScribeError("Streamlit is not installed; run make demo, which installs it.")


def require_free(port: int) -> None:
    """Raise InputError when something on this machine listens on ``port`` already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the server itself does: a port that is only waiting out its last connections counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            why = "is already in use" if error.errno == errno.EADDRINUSE else "cannot be opened"
            raise InputError(f"Port {port} {why}; choose another with --port.") from None
