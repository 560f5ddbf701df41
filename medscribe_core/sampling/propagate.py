"""Edit propagation: one section was edited; what in the others, before and after it, has to change with it.

The edited text is locked. First what is linked to the changed facts is carried on by rule. Then the model reads on: of
the statements that no rule has changed, one is affected if a token of it is much less likely with the edit in view than
without, an insertion point if nothing ([PAD]) is. Affected statements are masked as a whole, affected insertion points
opened, and all of them denoised together; whatever else the note says stays character for character.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from medscribe_core.editing.edited_phrases import EditedPhrase, edited_phrases
from medscribe_core.editing.linked import linked_changes
from medscribe_core.editing.propagation import Propagation, SectionEdit, apply_changes
from medscribe_core.editing.revision import Change
from medscribe_core.errors import InputError
from medscribe_core.facts.statements import statements
from medscribe_core.model.denoiser import ClinicalDiffusionLM, EncodedContext
from medscribe_core.sampling.canvas import MAX_NOTE_TOKENS
from medscribe_core.sampling.denoise import Denoised
from medscribe_core.sampling.likelihood import Parts, Row, Unit, log_likelihoods, section_parts
from medscribe_core.sampling.segments import Fill, Segment, lay_out, mean_confidence, written_text
from medscribe_core.sampling.text import drop_repeats
from medscribe_core.schema import LIST_SECTIONS, NOTE_SECTIONS, Section, SoapNote
from medscribe_core.tokenizer import ClinicalTokenizer

#: A unit is affected if the log-likelihood of one of its tokens falls by more than this many nats under the edit.
#: Not tuned: set before any measurement on validation edits.
DROP_THRESHOLD = 1.0
INSERTION_DROP_THRESHOLD = 1.0
#: The units are judged in this many groups, each masked at the same time: more groups see more of the note and cost
#: more positions.
SCORING_GROUPS = 4
#: Positions beyond its own tokens that a remasked statement gets, and positions of an opened insertion point.
REWRITE_SLACK = 8
INSERTION_TOKENS = 24
_MIN_INSERTION = 6


def propagate_edit(
    model: ClinicalDiffusionLM,
    tokenizer: ClinicalTokenizer,
    context: EncodedContext,
    edit: SectionEdit,
    fill: Fill,
    *,
    threshold: float = DROP_THRESHOLD,
    insertion_threshold: float = INSERTION_DROP_THRESHOLD,
) -> Propagation:
    """Propose what else has to change with ``edit``, and the note with it.

    Args:
        context: of the note's encounter.
        fill: denoises a canvas in that context; called at most once, and not when no unit is affected.
        threshold, insertion_threshold: nats, see DROP_THRESHOLD.

    Raises:
        InputError: the edited note does not fit the canvas.
    """
    before = _parts(tokenizer, edit, edit.note)
    after = _parts(tokenizer, edit, edit.edited_note)
    _check_room(tokenizer, edit, after)
    phrases = edited_phrases(edit.note[edit.section], edit.content)
    units = [unit for section in edit.targets for _, unit in after[section] if unit is not None]
    if not phrases or not units:
        return Propagation(edit, [], edit.edited_note)
    linked = linked_changes(edit)
    settled = {(change.section, change.index, change.kind == "add") for change in linked}
    drops = _drops(model, tokenizer, context, before, after, units)
    limits = {False: threshold, True: insertion_threshold}
    open_units = [unit for unit in units if (unit.section, unit.index, unit.inserts) not in settled]
    affected = sorted((u for u in open_units if drops[u] > limits[u.inserts]), key=lambda u: -drops[u])
    slots = _slots(after, affected)
    if not slots:
        return Propagation(edit, linked, apply_changes(edit, linked))
    segments = {s: [_segment(tokens, unit, slots) for tokens, unit in after[s]] for s in NOTE_SECTIONS}
    canvas, places = lay_out(tokenizer, segments)
    denoised = fill(canvas)
    rewritten = {
        unit: place
        for section in edit.targets
        for (_, unit), place in zip(after[section], places[section], strict=True)
        if unit in slots
    }
    causes = _causes(model, tokenizer, context, edit, after, list(rewritten), phrases)
    written = _changes(tokenizer, edit, denoised, rewritten, causes, linked)
    changes = sorted([*linked, *written], key=lambda change: change.section.index)
    return Propagation(edit, changes, apply_changes(edit, changes), steps=denoised.steps)


def _parts(tokenizer: ClinicalTokenizer, edit: SectionEdit, note: SoapNote) -> dict[Section, Parts]:
    return {
        section: section_parts(tokenizer, section, note[section], edit.locks.of(section, note[section]))
        if section in edit.targets
        else [(tuple(tokenizer.encode(note[section])), None)]
        for section in NOTE_SECTIONS
    }


def _length(parts: Mapping[Section, Parts]) -> int:
    return len(NOTE_SECTIONS) + sum(len(tokens) for section in parts.values() for tokens, _ in section)


def _check_room(tokenizer: ClinicalTokenizer, edit: SectionEdit, parts: Mapping[Section, Parts]) -> None:
    length = _length(parts)
    if length > MAX_NOTE_TOKENS:
        raise InputError(
            f"The edit of the section {edit.section.value} has {len(tokenizer.encode(edit.content)):,} tokens and the "
            f"note with it {length:,}; a note holds {MAX_NOTE_TOKENS}."
        )


def _drops(
    model: ClinicalDiffusionLM,
    tokenizer: ClinicalTokenizer,
    context: EncodedContext,
    before: Mapping[Section, Parts],
    after: Mapping[Section, Parts],
    units: Sequence[Unit],
) -> dict[Unit, float]:
    """The largest fall of a token's log-likelihood, in nats, in every unit, under the edit against without it."""
    groups = _groups(units)
    rows = [Row(parts, group) for parts in (before, after) for group in groups]
    found = log_likelihoods(model, tokenizer, context, rows)
    return {
        unit: float((without[unit] - under[unit]).max())
        for without, under in zip(found[: len(groups)], found[len(groups) :], strict=True)
        for unit in without
    }


def _groups(units: Sequence[Unit]) -> list[set[Unit]]:
    """Units that are masked together: neighbouring statements apart, insertion points away from their neighbours."""
    groups: list[set[Unit]] = [set() for _ in range(SCORING_GROUPS)]
    statements_before = 0
    for unit in units:
        groups[(statements_before + unit.inserts) % SCORING_GROUPS].add(unit)
        statements_before += not unit.inserts
    return [group for group in groups if group]


def _slots(parts: Mapping[Section, Parts], affected: Sequence[Unit]) -> dict[Unit, int]:
    """Positions to be written of each affected unit; the most affected get their extra ones first."""
    room = MAX_NOTE_TOKENS - _length(parts)
    slots: dict[Unit, int] = {}
    for unit in affected:
        extra = min(INSERTION_TOKENS if unit.inserts else REWRITE_SLACK, room)
        if unit.inserts and extra < _MIN_INSERTION:
            continue
        slots[unit] = extra if unit.inserts else len(unit.ids) + extra
        room -= extra
    return slots


def _segment(tokens: tuple[int, ...], unit: Unit | None, slots: Mapping[Unit, int]) -> Segment:
    return Segment(slots=slots[unit]) if unit is not None and unit in slots else Segment(ids=tokens)


def _causes(
    model: ClinicalDiffusionLM,
    tokenizer: ClinicalTokenizer,
    context: EncodedContext,
    edit: SectionEdit,
    after: Mapping[Section, Parts],
    units: Sequence[Unit],
    phrases: Sequence[EditedPhrase],
) -> dict[Unit, EditedPhrase]:
    """For each unit the phrase of the edit whose undoing makes what stood there most likely again."""
    if len(phrases) == 1:
        return dict.fromkeys(units, phrases[0])
    undone = [tuple(tokenizer.encode(phrase.undone(edit.content))) for phrase in phrases]
    rows = [Row({**after, edit.section: [(tokens, None)]}, set(units)) for tokens in undone]
    found = log_likelihoods(model, tokenizer, context, rows)
    return {
        unit: max(zip(phrases, found, strict=True), key=lambda pair: float(pair[1][unit].sum()))[0] for unit in units
    }


def _changes(
    tokenizer: ClinicalTokenizer,
    edit: SectionEdit,
    denoised: Denoised,
    rewritten: Mapping[Unit, slice],
    causes: Mapping[Unit, EditedPhrase],
    linked: Sequence[Change],
) -> list[Change]:
    """What was written, against what stood there; a statement that the section has already is not written again."""
    stands = {section: _bodies(section, edit.edited_note[section]) for section in edit.targets}
    masked = {(unit.section, unit.index) for unit in rewritten if not unit.inserts}
    masked |= {(change.section, change.index) for change in linked if change.kind != "add"}
    said = {
        section: {_key(body) for i, body in enumerate(bodies) if (section, i) not in masked}
        for section, bodies in stands.items()
    }
    for change in linked:
        said[change.section].add(_key(change.after))
    changes: list[Change] = []
    for unit, place in rewritten.items():
        bodies = []
        for body in _written(tokenizer, unit.section, denoised, place):
            if _key(body) not in said[unit.section]:
                said[unit.section].add(_key(body))
                bodies.append(body)
        old = "" if unit.inserts else stands[unit.section][unit.index]
        changes += [
            Change(unit.section, kind, unit.index, before, new, causes[unit], mean_confidence(denoised, place))
            for kind, before, new in _compared(unit, old, bodies)
        ]
    return changes


def _compared(
    unit: Unit, old: str, bodies: Sequence[str]
) -> Iterator[tuple[Literal["add", "change", "remove"], str, str]]:
    """(kind, before, after) of the changes that turn the statement ``old`` (empty: none) into ``bodies``."""
    if not unit.inserts:
        new = bodies[0] if bodies else ""
        stood = "" if old == unit.section.empty_text else old
        if _key(stood) != _key(new):
            yield ("change" if new else "remove"), old, new
        bodies = bodies[1:]
    for body in bodies:
        yield "add", "", body


def _bodies(section: Section, text: str) -> list[str]:
    return [text[statement.body : statement.end] for statement in statements(section, text)]


def _written(tokenizer: ClinicalTokenizer, section: Section, denoised: Denoised, place: slice) -> list[str]:
    """The statements that were written into a place, finished with a full stop; of running text at most one."""
    text = drop_repeats(written_text(tokenizer, denoised, place))
    bodies = _bodies(section, text) if section in LIST_SECTIONS else [text]
    kept = [body for body in bodies if any(c.isalnum() for c in body) and body != section.empty_text]
    return [body if body.endswith((".", "!", "?")) else f"{body.rstrip(' ,;:')}." for body in kept]


def _key(body: str) -> str:
    return " ".join(body.lower().split()).rstrip(".")
