"""The note templates that come with MedScribe: house-style texts with blanks."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from medscribe_core.errors import DataError
from medscribe_core.schema import NOTE_SECTIONS
from medscribe_core.settings import REPOSITORY


class TemplateSections(BaseModel):
    """Texts with blanks; a section that is absent is written as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hpi: str | None = None
    ros: str | None = None
    exam: str | None = None
    assessment: str | None = None
    plan: str | None = None


class Template(BaseModel):
    """One template; ``about`` says in a few words what it asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    about: str
    sections: TemplateSections

    def to_text(self) -> str:
        """The template with one section title a line, as it can be edited."""
        texts = [(section, getattr(self.sections, section.value)) for section in NOTE_SECTIONS]
        return "\n".join(f"{section.header} {text}" for section, text in texts if text)


def load_template(path: Path) -> Template:
    """Read one template file; raises DataError that names the file and the key at fault."""
    try:
        return Template.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise DataError(f"The template {path.name} cannot be read.") from None
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the whole file"
        raise DataError(f"The template {path.name} is not in the template format ({where}).") from None


def load_templates(folder: Path = REPOSITORY / "assets" / "templates") -> list[Template]:
    """All templates of ``folder`` (default: the project's own) in the order of their file names."""
    return list(_load(folder))


@cache
def _load(folder: Path) -> tuple[Template, ...]:
    return tuple(load_template(path) for path in sorted(folder.glob("*.json")))
