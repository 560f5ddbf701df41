"""Typed errors. Each carries one sentence that can be shown to the user as it is.

Messages never contain transcript or note text: they may end up in a log.
"""


class MedScribeError(Exception):
    """Base of every error that a user can cause or must know about."""


class InputError(MedScribeError):
    """The transcript, patient context, partial note or a command line value cannot be used."""


class ModelFilesError(MedScribeError):
    """Weights, configuration or tokenizer are missing, corrupt or do not belong together."""


class DataError(MedScribeError):
    """A data file cannot be read or written, or has lines in the wrong format."""
