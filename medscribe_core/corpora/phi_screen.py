"""The PHI screen: identifiers of people in what is about to be trained on.

The report says where something was found and of what kind, never what it reads. The screen is a net against
accidents, not a de-identification method: a bare first name in running speech passes it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from medscribe_core.corpora.phi_patterns import PATTERNS, IdentifierKind
from medscribe_core.corpora.phi_reviewed import REVIEWED
from medscribe_core.corpora.records import Record

# MIMIC's own placeholders: what was an identifier has been replaced already.
_REDACTED = re.compile(r"\[\*\*.*?\*\*\]", re.DOTALL)


@dataclass(frozen=True)
class Identifier:
    """Characters ``start`` to ``end`` of a text look like an identifier."""

    kind: IdentifierKind
    start: int
    end: int


@dataclass(frozen=True)
class PhiAlarm:
    """An identifier in the field ``place`` of a record; ``digest`` stands for its text in a review."""

    record_id: str
    place: str
    kind: IdentifierKind
    start: int
    end: int
    digest: str


@dataclass
class PhiReport:
    """What a screening found."""

    screened: int = 0
    reviewed: int = 0
    alarms: list[PhiAlarm] = field(default_factory=list)

    def by_kind(self) -> dict[IdentifierKind, int]:
        """Alarms of each kind that was found."""
        return dict(Counter(alarm.kind for alarm in self.alarms))

    def by_record(self) -> dict[str, list[IdentifierKind]]:
        """Kinds found in each record that has any, in order."""
        found: dict[str, list[IdentifierKind]] = {}
        for alarm in self.alarms:
            kinds = found.setdefault(alarm.record_id, [])
            if alarm.kind not in kinds:
                kinds.append(alarm.kind)
        return found


def find_identifiers(text: str) -> list[Identifier]:
    """Identifiers in ``text`` by position; of overlapping finds of one kind only the first."""
    text = _REDACTED.sub(lambda match: " " * len(match.group()), text)
    lower = text.lower()
    found = sorted(
        (match.start(), -match.end(), pattern.kind)
        for pattern in PATTERNS
        if not pattern.gate or any(piece in lower for piece in pattern.gate)
        for match in pattern.regex.finditer(text)
        if pattern.accepts(match)
    )
    ends: dict[IdentifierKind, int] = {}
    identifiers = []
    for start, negative_end, kind in found:
        if start >= ends.get(kind, 0):
            identifiers.append(Identifier(kind, start, -negative_end))
            ends[kind] = -negative_end
    return identifiers


def screen(records: Iterable[Record], reviewed: Collection[str] = REVIEWED) -> PhiReport:
    """Screen every text of ``records``.

    ``reviewed`` holds digests of finds that a person has read and knows to be invented (see :func:`review_digest`);
    they are counted, not reported. Another identifier in the same record is.
    """
    report = PhiReport()
    for record in records:
        report.screened += 1
        for place, text in record.texts().items():
            for found in find_identifiers(text):
                digest = review_digest(record.id, found.kind, text[found.start : found.end])
                if digest in reviewed:
                    report.reviewed += 1
                else:
                    report.alarms.append(PhiAlarm(record.id, place, found.kind, found.start, found.end, digest))
    return report


def review_digest(record_id: str, kind: IdentifierKind, text: str) -> str:
    """16 hexadecimal digits for one identifier of one record, so that a list of reviewed ones holds no names."""
    return hashlib.sha256(f"{record_id}\n{kind}\n{text.lower()}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
