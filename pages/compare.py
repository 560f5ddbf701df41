"""The compare page: one visit through diffusion and the autoregressive model, live, and what was measured at length."""

import streamlit as st

from medscribe_core.benchmarking.results import BENCHMARK_FILE, BenchmarkResult, read_benchmark
from medscribe_core.errors import DataError
from medscribe_core.ui import compare, compare_charts, compare_quoted, state
from medscribe_core.ui import compare_figures as figures
from medscribe_core.ui.components.side_by_side import side_by_side
from medscribe_core.ui.navigation import through_app

HOW = (
    "The same visit is written in every way, one after another, each with the whole machine and its context encoded "
    "anew. One run of one visit: the autoregressive model may win, and where it does, it is said. The first "
    "comparison after the app was opened also warms the machine up."
)
CLOCK = (
    "On one clock, in true relative time. Single passes are not timed: a token appears at its pass's share of the time "
    "of writing, as if all passes of a note took equally long."
)
LENGTHS = {
    "context tokens": "Latency against the length of the visit",
    "note tokens": "Latency against the length of the note",
}


def choose_visit() -> tuple[compare.Choice, bool]:
    """Draw the picker; the visit, and True if it is to be compared."""
    visits = {choice.title: choice for choice in compare.choices()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.selectbox("Visit", visits, key="compare_visit")
        asked = st.button("Compare", type="primary", icon=":material/compare_arrows:", key="compare")
    return visits[title], asked


def live_panel(comparison: compare.Comparison) -> None:
    """Draw what came of a comparison: the notes on one clock, their figures, and who is ahead in what."""
    for problem in comparison.problems():
        st.error(problem, icon=":material/error:")
    reference = comparison.choice.reference
    measured = figures.measure(comparison.notes(), reference)
    if not measured:
        return
    st.text(comparison.choice.title)
    side_by_side(comparison.comparison_id, [figures.lane_payload(one) for one in measured], key="side_by_side")
    st.caption(CLOCK)
    st.table(figures.figures_table(measured), hide_index=True)
    if reference is None:
        st.caption("This visit has no reference note, so the quality of the notes is not measured.")
    for sentence in (*figures.ratios(measured), *figures.ahead_of_first(measured)):
        st.markdown(f"- {sentence}")
    st.caption(f"Measured on this machine: {figures.machine_line()}.")


def benchmark_panel(result: BenchmarkResult) -> None:
    """Draw the stored benchmark: the A/B result, the latency budget, latency against length."""
    st.text(compare_charts.provenance(result))
    st.table(compare_charts.writers_table(result), hide_index=True)
    if result.ratios:
        st.markdown("**A/B: the same visits, interleaved in one run** (95% intervals)")
        st.table(compare_charts.ratio_table(result), hide_index=True)
        for sentence in compare_charts.behind(result):
            st.markdown(f"- {sentence}")
    if result.budget:
        st.markdown("**Latency budget**")
        st.table(compare_charts.budget_table(result), hide_index=True)
    for length, title in LENGTHS.items():
        if figure := compare_charts.length_chart(result, length):
            st.markdown(f"**{title}**")
            st.plotly_chart(figure, key=f"length_{length}", config={"displayModeBar": False})
            st.table(compare_charts.length_table(result, length), hide_index=True)


def stored_benchmark() -> None:
    """Draw the stored benchmark, or say in one sentence that there is none."""
    if not BENCHMARK_FILE.is_file():
        st.info("No benchmark is stored. Run medscribe benchmark with --out into assets/results.")
        return
    try:
        result = read_benchmark(BENCHMARK_FILE)
    except DataError as error:
        st.text(str(error))
    else:
        benchmark_panel(result)


def quoted_panel() -> None:
    """Draw the case study's figures apart from everything that was measured."""
    st.caption(compare_quoted.SOURCE)
    st.table(compare_quoted.MODELS, hide_index=True)
    st.table(compare_quoted.BUDGET, hide_index=True)


through_app("pages/compare.py")
st.title("Compare", anchor=False)
st.caption(HOW)
choice, asked = choose_visit()
engine, unavailable = state.engine_or_problem()
if unavailable:
    st.error(unavailable, icon=":material/error:")
elif sentence := compare.missing(engine):
    st.info(sentence, icon=":material/info:")
if asked and engine is not None:
    compare.begin(engine, choice)
comparison = compare.current()
if comparison is not None and comparison.done():
    live_panel(comparison)
elif comparison is not None:
    compare.show_progress(comparison)
st.subheader("Measured over many visits", anchor=False)
stored_benchmark()
st.subheader("The case study's figures", anchor=False)
quoted_panel()
