"""The quality page: how good the notes are, drawn from stored result files only."""

import streamlit as st

from medscribe_core.evaluation.error_analysis import MITIGATIONS
from medscribe_core.evaluation.groups import ATTRIBUTES, GROUP_FIGURES
from medscribe_core.evaluation.results import StoredResult, stored_extractor_check, stored_results
from medscribe_core.ui import quality_charts as charts
from medscribe_core.ui.navigation import through_app


def provenance(result: StoredResult) -> None:
    """Say what was measured, with which weights and code, on what machine."""
    machine = result.machine
    threads = machine.get("threads") or "unknown"
    st.text(
        f"{result.data.encounters} {'simulated' if result.simulated else 'hand-written'} visits, "
        f"data {result.data.sha256[:12]}, weights {result.settings.get('weights') or 'not named'}, "
        f"commit {result.commit or 'not named'}; {machine.get('cpu')}, {threads} threads, torch {machine.get('torch')}"
    )


def scoreboard_panel(result: StoredResult, others: list[StoredResult]) -> None:
    """Draw the figures against their bars and the trivial baselines."""
    st.table(charts.scoreboard_table(result, others), hide_index=True)
    st.caption(
        "A simulated acceptance: the proxy is a written rubric, no physician has judged these notes. "
        "Copy transcript and nearest training note are note writers that understand nothing."
    )
    if missing := charts.unmeasured(result):
        st.info(f"Not measured in this result: {', '.join(missing)}.", icon=":material/hourglass_empty:")
    for title, table in (
        ("What an accepted note satisfies", charts.rubric_table(result)),
        ("Contradicted facts by what differs", charts.contradiction_table(result)),
        ("Against another result", charts.comparison_columns(result.comparison) if result.comparison else None),
    ):
        if table:
            st.subheader(title, anchor=False)
            st.table(table, hide_index=True)
    check = stored_extractor_check()
    if check is None:
        st.caption("How exact the fact extractor itself is has not been measured.")
    else:
        precision, recall = (f"{check[figure]['value']:.2%}" for figure in ("precision", "recall"))
        st.caption(
            f"The fact extractor itself, against the known facts of {check['visits']} simulated visits: "
            f"precision {precision}, recall {recall}."
        )


def speed_panel(result: StoredResult) -> None:
    """Draw quality against speed over step counts."""
    if not result.step_curve:
        st.info("Quality over step counts (1 to 25 and adaptive) has not been measured in this result.")
    else:
        charts.show(charts.step_curve_chart(result.step_curve), charts.step_curve_table(result.step_curve), "curve")
    if total := result.latency_ms.get("total"):
        st.caption(f"With the settings of this result: median {total['p50']:,.0f} ms, 99th percentile "
                   f"{total['p99']:,.0f} ms a note.")  # fmt: skip


def error_panel(result: StoredResult) -> None:
    """Draw the kinds of error; examples are model text and shown as plain text."""
    if not result.errors:
        st.info("Kinds of error have not been measured in this result.")
        return
    st.table(charts.error_table(result.errors), hide_index=True)
    kind = st.selectbox("Kind of error", MITIGATIONS, format_func=lambda k: k.replace("_", " "), key="error_kind")
    found = result.errors["kinds"][kind]
    if not found["errors"]:
        st.markdown("No such error was found.")
        return
    st.table({"Pattern": list(found["patterns"]), "Errors": list(found["patterns"].values())}, hide_index=True)
    st.markdown(f"**What would help.** {MITIGATIONS[kind]}")
    examples = found["examples"]
    if not examples:
        st.caption("This result holds no words of any note, so there are no examples.")
        return
    number = st.selectbox("Example", range(1, len(examples) + 1), key=f"example_{kind}")
    example = examples[number - 1]
    with st.container(border=True):
        st.text(f"{example['visit']}, {example['section']}: {example['pattern']}")
        st.text(example["text"] or "(nothing)")
        st.text(example["evidence"])


def calibration_panel(result: StoredResult) -> None:
    """Draw confidence against truth."""
    calibration = result.calibration
    if not calibration:
        st.info("Calibration has not been measured in this result.")
        return
    ece = calibration["ece"]
    st.markdown(
        f"Expected calibration error **{ece['value']:.3f}** (95% interval {ece['low']:.3f} to {ece['high']:.3f}) "
        f"over {calibration['statements']:,} statements; mean risk over all coverages {calibration['aurc']:.3f}."
    )
    for key, chart, table in (
        ("reliability", charts.reliability_chart, charts.reliability_table),
        ("coverage_risk", charts.coverage_risk_chart, charts.coverage_risk_table),
    ):
        charts.show(chart(calibration), table(calibration), key)


def fairness_panel(result: StoredResult) -> None:
    """Draw the figures by group."""
    if not result.groups:
        st.info("Groups of patients and visits have not been compared in this result.")
        return
    key = st.selectbox("Figure", GROUP_FIGURES, format_func=charts.figure_label, key="group_figure")
    for attribute, groups in result.groups.items():
        st.subheader(ATTRIBUTES[attribute], anchor=False)
        charts.show(charts.group_chart(groups, key), charts.group_table(groups), f"groups_{attribute}")


through_app("pages/quality.py")
st.title("Quality", anchor=False)
results, problems = stored_results()
for problem in problems:
    st.text(problem)
if not results:
    st.info("No evaluation is stored. Run medscribe evaluate with --out into assets/results.")
    st.stop()
by_name = {result.name: result for result in results}
chosen = by_name[st.selectbox("Result", by_name, format_func=lambda name: by_name[name].title, key="quality_result")]
same_data = [
    r
    for r in results
    if r.data.sha256 == chosen.data.sha256 and r.settings.get("model") != chosen.settings.get("model")
]
provenance(chosen)
panels = st.tabs(["Scoreboard", "Quality and speed", "Errors", "Calibration", "Groups"])
with panels[0]:
    scoreboard_panel(chosen, same_data)
for panel, draw in zip(panels[1:], (speed_panel, error_panel, calibration_panel, fairness_panel), strict=True):
    with panel:
        draw(chosen)
