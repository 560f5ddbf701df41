"""What a note states: its facts, how they are worded, how two of them compare."""

from medscribe_core.facts.extraction import STATUSES, NoteFact, extract_facts, section_facts, status_trend
from medscribe_core.facts.splitting import numbered_items, sentences, split_list
from medscribe_core.facts.wording import Wording, read_wording, token_f1

__all__ = [
    "STATUSES",
    "NoteFact",
    "Wording",
    "extract_facts",
    "numbered_items",
    "read_wording",
    "section_facts",
    "sentences",
    "split_list",
    "status_trend",
    "token_f1",
]
