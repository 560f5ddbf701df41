"""A written note as a reader needs it: sections, confidence, warnings, timings, download."""

from __future__ import annotations

import streamlit as st

from medscribe_core.generated import GeneratedNote
from medscribe_core.schema import LIST_SECTIONS, NOTE_SECTIONS

#: Below this mean confidence a section is pointed out in words, not only by its figure.
CHECK_BELOW = 0.80

_STAGES = {
    "prepare": "Read the words (numbers, speakers, tokens)",
    "encode": "Take in the visit (context encoder)",
    "adapt": "Join the visit and plan the note (adapter)",
    "denoise": "Write the note (denoising)",
    "write": "Write the note (left to right)",
    "check": "Judge every statement (support)",
    "decode": "Turn tokens into text",
}


def one_item_a_line(text: str) -> str:
    """Break ``1. A. 2. B.`` into lines before each next number; only white space changes."""
    if not text.startswith("1. "):
        return text
    lines, rest, number = [], text, 2
    while (cut := rest.find(f" {number}. ")) >= 0:
        lines.append(rest[:cut])
        rest, number = rest[cut + 1 :], number + 1
    return "\n".join([*lines, rest])


def whole_percent(share: float) -> str:
    """A share of 0 to 1 as a percentage, rounded down so that it never reads better than it is."""
    return f"{int(share * 100 + 1e-6)}%"


def confidence_words(confidence: float) -> str:
    """A section's mean confidence (0 to 1) as the reader sees it."""
    percent = f"{whole_percent(confidence)} confident"
    return f"{percent}, check this section" if confidence < CHECK_BELOW else percent


def show_facts(generated: GeneratedNote) -> None:
    """One line: milliseconds, denoising steps, and the confidence in the section the model is least sure of."""
    written = [generated.confidence[s] for s in NOTE_SECTIONS if s not in generated.given]
    facts = [f"**{generated.timings['total']:,.0f} ms**", f"{generated.steps} denoising steps"]
    if written:
        facts.append(f"lowest section confidence {whole_percent(min(written))}")
    st.markdown(" · ".join(facts))


def show_warnings(warnings: list[str]) -> None:
    """List the warnings; as plain text, since they may quote what the user typed."""
    if not warnings:
        return
    with st.container(border=True, gap=None, key="note_warnings"):
        st.markdown(":material/warning: **Please check**")
        for warning in warnings:
            st.text(warning)


def show_withheld(generated: GeneratedNote) -> None:
    """List what the note leaves out because the model was unsure of it; as plain text."""
    if not generated.withheld:
        return
    with st.expander(f"Left out because unsure ({len(generated.withheld)})", icon=":material/help:", key="withheld"):
        st.caption("Not in the note. Add by hand what was said.")
        for withheld in generated.withheld:
            st.text(f"{withheld.section.title}: {withheld.text} ({whole_percent(withheld.confidence)})")


def show_sections(generated: GeneratedNote) -> None:
    """The five sections as plain text with the model's confidence in each."""
    for section, text in generated.note.sections().items():
        with st.container(gap="xxsmall", key=f"note_{section.value}"):
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                st.markdown(f"**{section.title}**", width="content")
                given = section in generated.given
                sure = "given by you" if given else confidence_words(generated.confidence[section])
                st.caption(sure, width="content")
            st.text(one_item_a_line(text) if section in LIST_SECTIONS else text)


def show_timings(timings: dict[str, float]) -> None:
    """Milliseconds by stage and in total."""
    rows = {_STAGES.get(stage, stage): f"{ms:,.1f}" for stage, ms in timings.items() if stage != "total"}
    rows["Total"] = f"{timings['total']:,.1f}"
    st.table({"Stage": list(rows), "Milliseconds": list(rows.values())}, hide_index=True)


def download_text(generated: GeneratedNote) -> str:
    """The note as a text file: a line that says what it is, then one line a section."""
    return f"Draft written by MedScribe ({generated.model}); not reviewed or signed.\n\n{generated.note.to_text()}\n"
