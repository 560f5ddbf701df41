"""Notes as they come from outside: our JSON, our headers, or another clinic's titles."""

from __future__ import annotations

import re

from medscribe_core.corpora.headers import section_spans, sections_of
from medscribe_core.corpora.text_files import parse_json
from medscribe_core.errors import InputError
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote, parse_partial_note

_OUR_TITLE = re.compile(rf"\s*(?:{'|'.join(s.value for s in NOTE_SECTIONS)})[ \t]*:", re.IGNORECASE)


def read_sections(text: str, name: str = "The note") -> dict[Section, str]:
    """The sections of a note or template, in note order; sections that are absent or null are not in the result.

    Text that begins with ``{"`` is JSON: an object of sections, or a response of ``generate`` with ``sections`` in it.
    Anything else needs section titles, ours (``HPI:``) or usual ones (``Physical Exam:``).

    Raises InputError, with the reason, when no section can be told.
    """
    if not text.strip():
        raise InputError(f"{name} is empty.")
    if text.lstrip().startswith("{") and text.lstrip("{ \t\r\n").startswith(('"', "}")):
        data = parse_json(text, name)
        given = parse_partial_note(data.get("sections", data))
    else:
        given = _titled(text, name)
    if not any(body.strip() for body in given.values()):
        raise InputError(f"{name} has no text in any of the sections {_known()}.")
    return {section: given[section] for section in NOTE_SECTIONS if section in given}


def read_note(text: str, name: str = "The note") -> SoapNote:
    """A complete note; sections that it lacks are empty. Raises InputError as :func:`read_sections` does."""
    return SoapNote(**{section.value: body for section, body in read_sections(text, name).items()})


def _titled(text: str, name: str) -> dict[Section, str]:
    if _OUR_TITLE.match(text):
        return {section: body for section, body in SoapNote.from_text(text).sections().items() if body}
    spans = section_spans(text)
    if not spans:
        raise InputError(
            f"{name} has no section titles, so its sections cannot be told apart; "
            f"put the titles {_known().upper()}, each with a colon, at the beginning of a line."
        )
    found = sections_of(text)
    if text[: spans[0].start].strip() or Section.OTHER in found:
        raise InputError(
            f"{name} has text that stands under the title of none of the sections {_known()}; "
            "remove it or put it under one of them."
        )
    return found


def _known() -> str:
    return ", ".join(section.value for section in NOTE_SECTIONS)
