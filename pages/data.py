"""The data page: what the corpora are made of, how they differ, and how a file of one's own compares with them."""

import streamlit as st

from medscribe_core.corpora.explore import figures
from medscribe_core.corpora.explore_files import MAX_BYTES, MAX_VISITS, REFERENCE, Upload, load_summary, read_upload
from medscribe_core.errors import DataError, InputError
from medscribe_core.ui import charts
from medscribe_core.ui.navigation import through_app

OWN = "Your file"
OWN_KEY = "data_own_file"
LISTED = 20
VIEWS = ("Lengths", "Sections", "Words", "Compared with real speech")
SOURCES = (
    "Simulator and Authored are made for MedScribe. Of the public corpora only figures are shown, no text: ACI-BENCH "
    "(Yim et al., 2023), MTS-Dialog (Ben Abacha et al., 2023; each note is one section) and OSCE interviews without "
    "notes (Fareez et al., 2022), all CC BY 4.0."
)


def own_file(tokens: int) -> dict | None:
    """Draw the box for a file and what became of it; the figures of its visits, if there are any."""
    with st.expander("Compare a file of your own", icon=":material/upload_file:"):
        file = st.file_uploader(
            f"JSONL of visits, up to {MAX_BYTES // 2**20} MB",
            type=["jsonl", "ndjson", "json", "txt"],
            key="data_upload",
            help="One JSON object a line with `transcript`, `note` (text with section titles, or an object of hpi, "
            "ros, exam, assessment and plan) or both. It is read in memory and not kept.",
        )
        if file is None:
            st.session_state.pop(OWN_KEY, None)
            return None
        if st.session_state.get(OWN_KEY, (None,))[0] != file.file_id:
            st.session_state[OWN_KEY] = (file.file_id, *read_own(file.getvalue(), tokens))
        _, found, upload, problem = st.session_state[OWN_KEY]
        show_reading(upload, problem)
        return found


def read_own(data: bytes, tokens: int) -> tuple[dict | None, Upload | None, str | None]:
    """The figures and the lines of a file, or the sentence that says why it cannot be used."""
    bar = st.progress(0.0, "Reading the lines")
    try:
        upload = read_upload(data, lambda share: bar.progress(share / 2, "Reading the lines"))
        bar.progress(0.5, "Counting words, sections and terms")
        return figures(upload.visits, tokens), upload, None
    except InputError as error:
        return None, None, str(error)
    finally:
        bar.empty()


def show_reading(upload: Upload | None, problem: str | None) -> None:
    """How many lines were good and which were not; as plain text, since a reason may hold a key of the file."""
    if upload is None:
        st.markdown(":material/error: **The file cannot be used**")
        st.text(problem)
        return
    said = [f"Visits read: {len(upload.visits):,}", f"lines that cannot be used: {len(upload.broken):,}"]
    if upload.left_out:
        said.append(f"visits left out after the first {MAX_VISITS:,}: {upload.left_out:,}")
    st.markdown("; ".join(said) + ".")
    for broken in upload.broken[:LISTED]:
        st.text(str(broken))
    if len(upload.broken) > LISTED:
        st.caption(f"and {len(upload.broken) - LISTED:,} more lines")


def corpus_table(corpora: charts.Corpora) -> None:
    """One line a corpus: what it has."""
    rows = {
        "Corpus": list(corpora),
        "Visits": [f"{f['visits']:,}" for f in corpora.values()],
        "Vocabulary of the transcripts": [f"{f['transcript_vocabulary']:,}" for f in corpora.values()],
        "Vocabulary of the notes": [f"{f['note_vocabulary']:,}" for f in corpora.values()],
    }
    st.table(rows, hide_index=True)


def show(chart: charts.Chart | None, key: str) -> None:
    """Draw a chart with the same in words and in figures beneath it."""
    if chart is None:
        st.caption("This corpus has nothing to show here.")
        return
    st.subheader(chart.title, anchor=False)
    st.plotly_chart(chart.figure, key=f"chart_{key}", config={"displayModeBar": False})
    st.caption(chart.summary)
    with st.expander(f"{chart.title}: the figures as a table"):
        st.table(chart.table, hide_index=True)


def show_view(view: str, corpora: charts.Corpora) -> None:
    """Draw the charts of one view; only these are made."""
    if view == "Lengths":
        show(charts.spread(corpora, "note_words", "Words a note", "words"), "note")
        show(charts.section_lengths(corpora), "sections")
        show(charts.spread(corpora, "transcript_words", "Words a transcript", "words"), "transcript")
        show(charts.spread(corpora, "turns_per_visit", "Turns a visit", "turns"), "turns")
    elif view == "Compared with real speech":
        show(charts.distances(corpora, REFERENCE), "distances")
        show(charts.new_words(corpora), "new_words")
        overlap = "Share of the note's words that were said"
        show(charts.spread(corpora, "overlap", overlap, "share of the words, common ones left out"), "overlap")
        nearest = "Likeness to the nearest other visit"
        show(charts.spread(corpora, "nearest_neighbor", nearest, "Jaccard similarity of four-word runs"), "nearest")
        compared = ", ".join(f"{name} {f['neighbors']:,}" for name, f in corpora.items())
        st.caption(f"Visits compared with one another: {compared}.")
    else:
        name = st.selectbox("Corpus", list(corpora), key="data_corpus")
        if view == "Words":
            show(charts.clinical_terms(corpora, name), "terms")
        else:
            show(charts.section_orders(corpora, name), "orders")
            show(charts.missing_sections(corpora), "missing")


through_app("pages/data.py")
st.title("Data", anchor=False)
st.caption(SOURCES)
try:
    summary = load_summary()
except DataError as error:
    st.error(str(error), icon=":material/error:")
    st.stop()
own = own_file(summary["tokens"])
shown = summary["corpora"] | ({OWN: own} if own else {})
corpus_table(shown)
show_view(st.segmented_control("View", VIEWS, default=VIEWS[0], key="data_view") or VIEWS[0], shown)
