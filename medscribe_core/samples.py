"""The sample visits that come with MedScribe: hand-written, of no real patient."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from medscribe_core.errors import DataError
from medscribe_core.schema import PatientContext
from medscribe_core.settings import settings


class Sample(BaseModel):
    """One sample visit; ``kind`` says in a few words what sort of transcript it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    kind: str
    transcript: str
    patient_context: PatientContext


def load_sample(path: Path) -> Sample:
    """Read one sample file; raises DataError that names the file and the key at fault."""
    try:
        return Sample.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise DataError(f"The sample visit {path.name} cannot be read.") from None
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the whole file"
        raise DataError(f"The sample visit {path.name} is not in the sample format ({where}).") from None


def load_samples(folder: Path | None = None) -> list[Sample]:
    """All sample visits of ``folder`` (default: the project's own) in the order of their file names."""
    return list(_load(folder or settings().samples_dir))


@cache
def _load(folder: Path) -> tuple[Sample, ...]:
    return tuple(load_sample(path) for path in sorted(folder.glob("*.json")))
