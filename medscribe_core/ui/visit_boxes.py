"""The boxes of a visit, transcript and patient context, wherever a page asks for one."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from medscribe_core.samples import Sample
from medscribe_core.schema import PatientContext
from medscribe_core.ui.boxes import Boxes

EMPTY_VISIT = {"transcript": "", "age": "", "sex": "", "medications": "", "diagnoses": ""}
_SEX = {"": "Not given", "F": "Female", "M": "Male"}


def sample_boxes(sample: Sample) -> dict[str, str]:
    """What the boxes hold of a sample visit."""
    context = sample.patient_context
    return {
        "transcript": sample.transcript,
        "age": "" if context.age is None else str(context.age),
        "sex": context.sex or "",
        "medications": "\n".join(context.medications),
        "diagnoses": "\n".join(context.active_diagnoses),
    }


def read_context(values: Mapping[str, str]) -> PatientContext:
    """The patient context in the boxes; raises InputError with one sentence."""
    return PatientContext.parse(
        {
            "age": values["age"].strip() or None,
            "sex": values["sex"] or None,
            "medications": _read_lines(values["medications"]),
            "active_diagnoses": _read_lines(values["diagnoses"]),
        }
    )


def age_and_sex(boxes: Boxes) -> None:
    """Draw the boxes for age and sex beside each other."""
    with st.container(horizontal=True):
        st.text_input("Age (years)", boxes.filled("age"), key=boxes.key("age"), width=120)
        st.selectbox(
            "Sex",
            list(_SEX),
            index=list(_SEX).index(boxes.filled("sex")),
            format_func=_SEX.get,
            key=boxes.key("sex"),
            width=160,
        )


def _read_lines(text: str) -> list[str]:
    return [line for raw in text.splitlines() if (line := raw.strip().lstrip("-*•").strip())]
