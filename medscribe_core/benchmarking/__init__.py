"""How fast and how costly notes are on this machine, with the quality of the same notes beside it."""
