"""The kinds of corpus files; apart from the readers, so that ``--help`` loads none of them."""

from __future__ import annotations

from enum import StrEnum


class CorpusKind(StrEnum):
    """A corpus that there is a reader for."""

    AUTHORED = "authored"
    MIMIC = "mimic"
    MTS = "mts"
    ACI = "aci"
    OSCE = "osce"
