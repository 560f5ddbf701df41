"""Simulated visits: phrase banks and scenarios to facts, transcripts, notes, evidence and edits."""

from medscribe_core.simulator.banks import SPLITS, Banks, load_banks
from medscribe_core.simulator.edits import EDIT_KINDS, draw_edit
from medscribe_core.simulator.encounters import (
    draw_style,
    render,
    simulate_encounters,
    training_example,
    write_jsonl,
)
from medscribe_core.simulator.excerpts import excerpt
from medscribe_core.simulator.facts import STYLES, Fact, RenderedVisit, SimulatedVisit, Turn
from medscribe_core.simulator.note import write_note
from medscribe_core.simulator.scenarios import Scenario, load_scenarios
from medscribe_core.simulator.visit import sample_visit

__all__ = [
    "EDIT_KINDS",
    "SPLITS",
    "STYLES",
    "Banks",
    "Fact",
    "RenderedVisit",
    "Scenario",
    "SimulatedVisit",
    "Turn",
    "draw_edit",
    "draw_style",
    "excerpt",
    "load_banks",
    "load_scenarios",
    "render",
    "sample_visit",
    "simulate_encounters",
    "training_example",
    "write_jsonl",
    "write_note",
]
