"""Where a figure comes from: the commit of the code, the data's hash, the kind of machine."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from medscribe_core.settings import REPOSITORY


def commit() -> str | None:
    """The checkout's commit, followed by ``-dirty`` when tracked files were changed; None outside a checkout."""
    if not (REPOSITORY / ".git").exists():
        return None
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*"]
    try:
        finished = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return finished.stdout.strip() or None


def describe_machine() -> dict[str, Any]:
    """CPU model, core and thread counts and library versions; nothing that names the machine itself.

    ``threads`` are PyTorch's, None when it was not used.
    """
    torch = sys.modules.get("torch")
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads() if torch else None,
        "torch": _version("torch"),
        "python": platform.python_version(),
        "medscribe": _version("medscribe"),
    }


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
