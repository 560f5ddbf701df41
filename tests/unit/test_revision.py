"""Statements with their characters, edited phrases, and changes that leave everything else as it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medscribe_core.editing.edited_phrases import EditedPhrase, edited_phrases
from medscribe_core.editing.revision import Change, Locks, changeable, insertable, revise
from medscribe_core.errors import InputError
from medscribe_core.facts.statements import statements
from medscribe_core.schema import LIST_SECTIONS, NOTE_SECTIONS, Section, SoapNote

CAUSE = EditedPhrase("old", "new", 0, 3)
PLAN = "1. Stop amlodipine. 2. Order BMP in 2 weeks. 3. Follow up in 4 weeks."
SENTENCES = [
    "Increase lisinopril to 20 mg daily.",
    "Dr. Lee was called.",
    "Vitals: BP 152/94, HR 76.",
    "ünïcode — kept",
    "No fever?",
    "5 days",
]
GAPS = [" ", "  ", "\n", " \t "]


@st.composite
def section_texts(draw):
    """A section and a text of it, oddly spaced, items numbered or not."""
    section = draw(st.sampled_from(NOTE_SECTIONS))
    numbered = section in LIST_SECTIONS and draw(st.booleans())
    bodies = draw(st.lists(st.sampled_from(SENTENCES), max_size=5))
    text = draw(st.sampled_from(["", " ", "\n"]))
    for i, body in enumerate(bodies):
        text += (
            (draw(st.sampled_from(GAPS)) if i else "") + (f"{i + 1}.{draw(st.sampled_from(GAPS))}" * numbered) + body
        )
    return section, text + draw(st.sampled_from(["", "\n"]))


@st.composite
def spans_of(draw, text, most=3):
    spans = []
    for _ in range(draw(st.integers(0, most)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        spans.append((start, draw(st.integers(start + 1, len(text)))))
    return spans


def joined(spans):
    """Overlapping spans as one."""
    merged = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def stand_in_order(parts, text):
    position = 0
    for part in parts:
        at = text.find(part, position)
        if at < 0:
            return False
        position = at + len(part)
    return True


def change(kind, index, after="", before="", section=Section.PLAN):
    return Change(section, kind, index, before, after, CAUSE, 0.9)


@given(section_texts())
def test_only_white_space_and_numbers_stand_outside_statements(drawn):
    section, text = drawn
    position = 0
    for statement in statements(section, text):
        assert not text[position : statement.start].strip()
        assert text[statement.start : statement.body].strip().rstrip(".").isdigit() or statement.start == statement.body
        position = statement.end
    assert not text[position:].strip()


def test_abbreviations_and_numbers_do_not_end_statements():
    text = "Seen by Dr.  Smith today. Takes 2.5 mg."
    assert [text[s.start : s.end] for s in statements(Section.HPI, text)] == [
        "Seen by Dr.  Smith today.",
        "Takes 2.5 mg.",
    ]
    found = statements(Section.PLAN, "5. 5")
    assert (found[0].start, found[0].body, found[0].end) == (0, 3, 4)


@given(st.data())
@settings(max_examples=100)
def test_what_is_locked_or_not_changed_stays_character_for_character(data):
    section, text = data.draw(section_texts())
    locked = data.draw(spans_of(text))
    found = statements(section, text)
    assert revise(section, text, [], locked) == text
    touched = data.draw(st.lists(st.sampled_from(changeable(found, locked) or [None]), unique=True, max_size=3))
    changes = [
        change(kind, i, "Written anew." if kind == "change" else "", text[found[i].body : found[i].end], section)
        for i in touched
        if i is not None
        for kind in [data.draw(st.sampled_from(["change", "remove"]))]
    ]
    for i in data.draw(st.lists(st.sampled_from(insertable(found, locked) or [None]), unique=True, max_size=2)):
        changes += [change("add", i, "Added item.", "", section)] if i is not None else []
    result = revise(section, text, changes, locked)
    assert stand_in_order([text[a:b] for a, b in joined(locked)], result)
    assert stand_in_order([text[s.body : s.end] for i, s in enumerate(found) if i not in touched], result)
    assert result.count("Added item.") == sum(c.kind == "add" for c in changes)
    assert result.count("Written anew.") == sum(c.kind == "change" for c in changes)
    numbers = [int(result[s.start : s.body].split(".")[0]) for s in statements(section, result) if s.start < s.body]
    finished = all(text[s.end - 1] in ".?" for s in found)
    if not locked and finished and any(c.kind != "change" for c in changes):
        assert numbers == list(range(1, len(numbers) + 1))


def test_items_are_changed_removed_and_added_and_numbered_anew():
    changes = [
        change("remove", 0, before="Stop amlodipine."),
        change("change", 1, "Order BMP in 1 week.", "Order BMP in 2 weeks."),
        change("add", 1, "Refer to cardiology."),
    ]
    expected = "1. Order BMP in 1 week. 2. Refer to cardiology. 3. Follow up in 4 weeks."
    assert revise(Section.PLAN, PLAN, changes) == expected


def test_a_changed_item_keeps_odd_spacing_and_numbers():
    text = "1)  x.\n3.  Stop  aspirin.\n4. Rest."
    [last] = [i for i, s in enumerate(statements(Section.PLAN, text)) if text[s.body : s.end] == "Rest."]
    assert revise(Section.PLAN, text, [change("change", last, "Work.")]) == text.replace("Rest.", "Work.")


def test_locked_numbers_keep_their_value():
    lock = (PLAN.index("2."), PLAN.index("2.") + len("2. Order BMP in 2 weeks."))
    assert revise(Section.PLAN, PLAN, [change("remove", 0)], [lock]) == (
        "2. Order BMP in 2 weeks. 3. Follow up in 4 weeks."
    )


def test_a_section_that_loses_everything_reads_as_the_house_style_and_an_empty_one_can_be_written():
    everything = [change("remove", i) for i in range(3)]
    assert revise(Section.PLAN, PLAN, everything) == "Not discussed."
    assert revise(Section.PLAN, "Not discussed.", [change("change", 0, "Rest.")]) == "1. Rest."
    assert revise(Section.PLAN, "", [change("add", -1, "Rest."), change("add", -1, "Run.")]) == "1. Rest. 2. Run."
    assert revise(Section.ROS, "Not discussed.", [change("change", 0, "Positive for cough.")]) == "Positive for cough."


def test_a_change_of_something_locked_is_refused():
    with pytest.raises(ValueError, match="locked"):
        revise(Section.PLAN, PLAN, [change("change", 0, "Continue amlodipine.")], [(5, 7)])
    with pytest.raises(ValueError, match="locked"):
        revise(Section.PLAN, PLAN, [change("add", 0, "Rest.")], [(0, 25)])


def test_a_lock_outside_its_section_is_named():
    with pytest.raises(InputError, match="3 to 90"):
        Locks(spans={Section.HPI: [(3, 90)]}).check(SoapNote(hpi="Short."))


def test_edited_phrases_are_the_changed_words():
    before = "1. Hypertension, well controlled. 2. Mild headache. 3. Gout."
    after = "1. Hypertension, not at goal. 2. Mild headache. 3. Gout, new."
    found = edited_phrases(before, after)
    assert [(phrase.before, phrase.after) for phrase in found] == [
        ("well controlled.", "not at goal."),
        ("Gout.", "Gout, new."),
    ]
    assert all(after[phrase.start : phrase.end] == phrase.after for phrase in found)
    assert found[0].undone(after) == before.replace("Gout.", "Gout, new.")


words = st.lists(st.sampled_from(["a", "b", "c", "d."]), max_size=12)


@given(words, words, st.integers(1, 4))
def test_undoing_every_phrase_gives_the_old_words_back(old, new, limit):
    before, after = " ".join(old), "  ".join(new)
    found = edited_phrases(before, after, limit)
    assert len(found) <= limit
    text = after
    for phrase in reversed(found):
        text = phrase.undone(text)
    assert text.split() == old


def test_white_space_alone_is_no_edit():
    assert edited_phrases("1. Rest.", " 1.  Rest.\n") == []
