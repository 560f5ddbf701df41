"""Settings of one process, from environment variables `MEDSCRIBE_*`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parents[1]


class Settings(BaseSettings):
    """What can be set from outside.

    Attributes:
        models_dir: folder with one sub-folder a model.
        samples_dir: folder with the sample visits.
        threads: CPU threads of the engine; 0 leaves PyTorch's choice.
        cached_contexts: encoded visits that are kept in memory.
    """

    model_config = SettingsConfigDict(env_prefix="MEDSCRIBE_")

    models_dir: Path = REPOSITORY / "assets" / "models"
    samples_dir: Path = REPOSITORY / "assets" / "samples"
    threads: int = 0
    cached_contexts: int = 32


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings, read once."""
    return Settings()
