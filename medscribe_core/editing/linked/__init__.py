"""What follows from an edit without a model: statements of other sections that are about the facts that it changed.

Only what the words show is carried on: the same symptom, drug, diagnosis, side, value. Each rule is general; what it
cannot tell is left to the model.
"""

from __future__ import annotations

from medscribe_core.editing.linked.diagnoses import link_diagnoses
from medscribe_core.editing.linked.directives import link_directives
from medscribe_core.editing.linked.draft import Draft
from medscribe_core.editing.linked.drugs import drop_orphans, link_drugs
from medscribe_core.editing.linked.history import link_history
from medscribe_core.editing.linked.phrases import link_phrases
from medscribe_core.editing.linked.symptoms import link_symptoms
from medscribe_core.editing.propagation import SectionEdit
from medscribe_core.editing.revision import Change


def linked_changes(edit: SectionEdit) -> list[Change]:
    """Changes of the target sections that follow from the facts which ``edit`` removed, added or changed.

    In note order, none of them of locked text; empty where nothing is linked. ``confidence`` is that of the kind of
    link, see :data:`medscribe_core.editing.linked.draft.CONFIDENCE`.
    """
    draft = Draft(edit)
    if not draft.phrases:
        return []
    for link in (link_symptoms, link_history, link_directives, link_drugs, link_diagnoses, link_phrases, drop_orphans):
        link(draft)
    return draft.changes()
