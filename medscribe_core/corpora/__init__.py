"""Readers of visit corpora. Each takes a path; no corpus is bundled with the package."""

from medscribe_core.corpora.authored import AuthoredEncounter, read_authored

__all__ = ["AuthoredEncounter", "read_authored"]
