"""The template page: bring a partly written note; what is given stays, what is missing is written to agree with it."""

import streamlit as st

from medscribe_core.samples import load_samples
from medscribe_core.schema import NOTE_SECTIONS, Section
from medscribe_core.ui import jobs, state, template_state
from medscribe_core.ui.components.marked import marked_text
from medscribe_core.ui.components.note import show_warnings
from medscribe_core.ui.components.trajectory import trajectory_player
from medscribe_core.ui.navigation import through_app
from medscribe_core.ui.template_files import load_templates
from medscribe_core.ui.template_result import FilledTemplate
from medscribe_core.ui.visit_boxes import age_and_sex

BOXES = template_state.BOXES


def template_boxes() -> bool:
    """Draw the template, the sections to write and the visit; True if the user asked to fill it in."""
    st.selectbox(
        "Template",
        load_templates(),
        index=None,
        format_func=lambda template: f"{template.title} · {template.about}",
        placeholder="Choose a template, or paste your own below",
        key=template_state.CHOICE_KEY,
        on_change=template_state.load_chosen_template,
    )
    if template_state.has_set_aside():
        st.button("Bring back what I had typed", icon=":material/undo:", on_click=template_state.bring_back_set_aside)
    st.text_area(
        "Your template",
        BOXES.filled("template"),
        key=BOXES.key("template"),
        height=260,
        placeholder="HPI: Patient presents with ___.\nEXAM: Vitals: BP ___/___.\nPLAN: {plan}",
        help="Each section begins with its title. Blanks are ___, [ ] or {plan}; a section that ends in the middle of "
        "a sentence is completed, one that is missing is written as a whole. The rest stays as it is.",
    )
    wanted = st.pills(
        "Sections to write",
        NOTE_SECTIONS,
        selection_mode="multi",
        default=template_state.wanted_sections(),
        format_func=lambda section: section.title,
        key=template_state.SECTIONS_KEY,
    )
    with st.expander("The visit (may be left out)", icon=":material/forum:"):
        visit_boxes()
    template_state.keep(list(wanted))
    return st.button("Fill in", type="primary", icon=":material/edit_note:", width="stretch", key="template_fill")


def visit_boxes() -> None:
    """Draw the transcript and the patient context."""
    st.selectbox(
        "Sample visit",
        load_samples(),
        index=None,
        format_func=lambda sample: f"{sample.title} · {sample.kind.lower()}",
        placeholder="Choose a sample, or paste a transcript below",
        key=template_state.SAMPLE_KEY,
        on_change=template_state.load_chosen_sample,
    )
    st.text_area("Transcript of the visit", BOXES.filled("transcript"), key=BOXES.key("transcript"), height=200)
    age_and_sex(BOXES)
    for box, label in (("medications", "Medications, one a line"), ("diagnoses", "Active diagnoses, one a line")):
        st.text_area(label, BOXES.filled(box), key=BOXES.key(box), height=90)


def show_section(filled: FilledTemplate, section: Section) -> None:
    """Draw a section with who wrote what of it; inferences are accepted here."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{section.title}**", width="content")
        st.caption(filled.facts(section), width="content")
        if section in filled.to_accept or section in filled.accepted:
            st.button(
                f"{'Take back' if section in filled.accepted else 'Accept'} {section.title}",
                on_click=template_state.toggle_accepted,
                args=(section,),
                key=f"template_accept_{section}",
            )
    if filled.text(section):
        marked_text(filled.pieces(section), key=f"template_text_{section}")


def result_panel(sentence: str | None) -> None:
    """Draw the problem, if there is one, and the last note."""
    if sentence:
        st.error(sentence, icon=":material/error:")
    filled = template_state.filled_template()
    if filled is None:
        if sentence is None:
            with st.container(border=True, gap="xsmall"):
                st.markdown("Nothing filled in yet")
                st.caption("What you give stays byte for byte; watch the blanks and the missing sections fill in.")
        return
    if sentence or template_state.boxes_have_changed():
        st.caption("Below is the note of what was asked before.")
    infilled = filled.infilled
    st.markdown(f"**{infilled.timings['total']:,.0f} ms** · {infilled.steps} denoising steps")
    st.download_button(
        "Download text",
        filled.download_text(),
        file_name=f"{filled.result_id}.txt",
        mime="text/plain",
        icon=":material/download:",
        on_click="ignore",
        key="template_download",
    )
    if filled.to_accept:
        st.markdown(
            ":material/help: **Inference.** There is no transcript: what was written follows only from the template "
            "and the patient context. It stays marked until you accept it."
        )
    show_warnings(infilled.warnings)
    generated = filled.as_generated()
    if generated is not None:
        with st.expander("How it was filled in", icon=":material/animation:", expanded=True):
            trajectory_player(generated, key="template_trajectory")
    for section in NOTE_SECTIONS:
        show_section(filled, section)


through_app("pages/template.py")
st.title("Template", anchor=False)
boxes, panel = st.columns([5, 7], gap="large")
BOXES.restore()
with boxes:
    asked = template_boxes()
with panel:
    engine, unavailable = state.engine_or_problem()
    if asked and engine is not None:
        template_state.begin(engine)
    job = template_state.current_job()
    if job is not None:
        jobs.show_progress(job)
    else:
        result_panel(unavailable or template_state.problem())
