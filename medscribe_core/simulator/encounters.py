"""Rendered visits: training examples, and encounters in the authored format."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from medscribe_core.errors import DataError
from medscribe_core.schema import Section, SoapNote
from medscribe_core.simulator.banks import SPLITS
from medscribe_core.simulator.dictation import dictate
from medscribe_core.simulator.edits import draw_edit
from medscribe_core.simulator.excerpts import excerpt, without_chart
from medscribe_core.simulator.facts import STYLES, Fact, RenderedVisit, SimulatedVisit
from medscribe_core.simulator.note import write_note
from medscribe_core.simulator.styles import lay_out
from medscribe_core.simulator.visit import sample_visit

_DIALOGUE_STYLES = ("labels_doctor_patient", "labels_short", "bracket_lower", "asr_raw")
_CAREGIVER_STYLES = ("caregiver", "caregiver", "caregiver", "caregiver", "bracket_lower", "asr_raw", "labels_short")
_DICTATED = 0.18
_EVIDENCE_ITEMS = (5, 18)


def render(visit: SimulatedVisit, style: str, rng: random.Random) -> RenderedVisit:
    """The visit as a transcript in ``style`` with its note and the facts' offsets.

    A dictation is composed anew from the facts that were said. The ``caregiver`` style labels whoever
    speaks; it is meant for visits with a caregiver. Raises DataError for an unknown style.
    """
    if style not in STYLES:
        raise DataError(f"Unknown transcript style {style!r}; known styles are {', '.join(STYLES)}.")
    if style == "dictation":
        transcript, facts, spans = dictate(visit, rng)
    else:
        facts = visit.facts
        transcript, spans = lay_out(visit, style, rng)
    return RenderedVisit(transcript, facts, spans, write_note(facts, visit.patient_context), style)


def draw_style(visit: SimulatedVisit, rng: random.Random) -> str:
    """A style that fits who speaks in the visit."""
    if visit.caregiver:
        return rng.choice(_CAREGIVER_STYLES)
    return "dictation" if rng.random() < _DICTATED else rng.choice(_DIALOGUE_STYLES)


def training_example(
    rng: random.Random, split: str, *, excerpt_probability: float, with_edit: bool = False
) -> dict[str, Any]:
    """One example for training: context, transcript, note and evidence.

    Keys: ``patient_context`` (PatientContext), ``transcript``, ``note`` (SoapNote), ``evidence`` (list of
    (Section, statement, start, end) with character offsets in the transcript), ``charted`` (list of (Section,
    statement) that rest on the chart alone), ``style``, ``is_excerpt``.
    Half of the excerpts come without the chart's medications and diagnoses. ``with_edit`` adds ``edit`` (see
    ``draw_edit``), or None for a note without facts.
    """
    visit = sample_visit(rng, split)
    is_excerpt = rng.random() < excerpt_probability
    if is_excerpt:
        visit = excerpt(visit, rng)
        if rng.random() < 0.5:
            visit = without_chart(visit)
    rendered = render(visit, draw_style(visit, rng), rng)
    if not rendered.transcript.strip():  # nothing in the excerpt can be dictated
        rendered = render(visit, "labels_doctor_patient", rng)
    example = {
        "patient_context": visit.patient_context,
        "transcript": rendered.transcript,
        "note": rendered.note,
        "evidence": [
            (fact.section, fact.statement, start, end)
            for fact, spans in zip(rendered.facts, rendered.spans, strict=True)
            for start, end in spans
        ],
        "charted": [
            (fact.section, fact.statement)
            for fact, spans in zip(rendered.facts, rendered.spans, strict=True)
            if not spans
        ],
        "style": rendered.style,
        "is_excerpt": is_excerpt,
    }
    if with_edit:
        facts = rendered.facts
        example["edit"] = draw_edit(facts, visit.patient_context, split, rng) if facts else None
    return example


def simulate_encounters(count: int, seed: int, split: str, start: int = 0) -> Iterator[dict[str, Any]]:
    """``count`` encounters in the authored format plus ``facts``; the same for the same seed and split.

    ``start`` is the number of the first one: any range can be made without those before it.
    Raises DataError for an unknown split.
    """
    if split not in SPLITS:
        raise DataError(f"Unknown split {split!r}; known splits are {', '.join(SPLITS)}.")
    for number in range(start, start + count):
        rng = random.Random(f"{split}:{seed}:{number}")
        while True:  # a visit too small to have five facts is drawn again
            visit = sample_visit(rng, split)
            rendered = render(visit, draw_style(visit, rng), rng)
            if sum(1 for spans in rendered.spans if spans) >= _EVIDENCE_ITEMS[0]:
                break
        yield _encounter(f"sim-{split}-{seed}-{number:05d}", visit, rendered, rng)


def _encounter(identity: str, visit: SimulatedVisit, rendered: RenderedVisit, rng: random.Random) -> dict[str, Any]:
    said = [(fact, spans) for fact, spans in zip(rendered.facts, rendered.spans, strict=True) if spans]
    chosen = sorted(rng.sample(range(len(said)), min(len(said), _EVIDENCE_ITEMS[1])))
    quotes = [
        {"section": fact.section.value, "statement": fact.statement, "quote": rendered.transcript[a:b]}
        for fact, spans in (said[i] for i in chosen)
        for a, b in spans[-1:]
    ]
    return {
        "id": identity,
        "complaint": visit.complaint or "check-up",
        "transcript_style": rendered.style,
        "patient_context": visit.patient_context.model_dump(),
        "transcript": rendered.transcript,
        "note": _sections(rendered.note),
        "evidence": quotes,
        "edit": draw_edit(rendered.facts, visit.patient_context, visit.split, rng),
        "facts": [_fact_row(fact, spans) for fact, spans in zip(rendered.facts, rendered.spans, strict=True)],
    }


def _sections(note: SoapNote) -> dict[str, str]:
    return {section.value: text for section, text in note.sections().items()}


def _fact_row(fact: Fact, spans: list[tuple[int, int]]) -> dict[str, Any]:
    return {
        "kind": fact.kind,
        "concept": fact.concept,
        "section": Section(fact.section).value,
        "statement": fact.statement,
        "values": {key: value for key, value in fact.values.items() if key != "said"},
        "spans": [list(span) for span in spans],
    }


def write_jsonl(
    path: str | os.PathLike[str], count: int, seed: int, split: str, progress: Callable[[int], None] | None = None
) -> None:
    """Write simulated encounters, one JSON object a line; the file appears only when it is complete.

    ``progress`` is called with the number of encounters written so far. Raises DataError if the file
    cannot be written.
    """
    target = Path(path)
    partial = target.with_name(f"{target.name}.partial")
    try:
        with partial.open("w", encoding="utf-8") as out:
            for done, encounter in enumerate(simulate_encounters(count, seed, split), 1):
                out.write(json.dumps(encounter, ensure_ascii=False) + "\n")
                if progress:
                    progress(done)
        os.replace(partial, target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise DataError(f"The simulated visits cannot be written to {target}: {error.strerror}.") from None
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
