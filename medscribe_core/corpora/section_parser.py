"""The section of every token of a note."""

from __future__ import annotations

from bisect import bisect_right

from medscribe_core.corpora.headers import section_spans
from medscribe_core.schema import Section
from medscribe_core.tokenizer import ClinicalTokenizer


def parse_section_labels(note_text: str, tokenizer: ClinicalTokenizer) -> tuple[list[int], list[int]]:
    """(token ids, labels), each (L,): a label is the ``Section.index`` of the section that the token stands in.

    A section begins with the first character of its title. What stands before the first title is OTHER.
    """
    ids, offsets = tokenizer.encode_with_offsets(note_text)
    spans = section_spans(note_text)
    starts = [span.start for span in spans]
    labels = []
    for start, end in offsets:
        # A token may carry the line break before a title; its first visible character says where it belongs.
        while start < end - 1 and note_text[start].isspace():
            start += 1
        at = bisect_right(starts, start) - 1
        labels.append((spans[at].section if at >= 0 else Section.OTHER).index)
    return ids, labels
