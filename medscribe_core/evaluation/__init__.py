"""How good the notes are: facts, sections, ROUGE and trivial baselines, with intervals."""
