"""What is given and what may change: edits and their propagation, templates with blanks, notes from outside."""
