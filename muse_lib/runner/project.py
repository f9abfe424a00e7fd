"""Where the study lies and what belongs to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from muse_lib.data.corpora import CORPORA, Source
from muse_lib.paths import NOTEBOOKS, RESULTS
from muse_lib.runner.stages import SMOKE, STAGES, Parameters, Stage

Playlists = Callable[[Parameters], list[tuple[str, int, int]]]
"""Finds (or downloads) the files of playlists that some parameters ask for, and lists them."""


def no_files(_: Parameters) -> list[tuple[str, int, int]]:
    """List the files of a corpus that has none."""
    return []


@dataclass(frozen=True)
class Project:
    """Where the study lies and what belongs to it.

    Attributes
    ----------
    notebooks, results : Path
        The folders of the notebooks and of all results.
    stages : tuple of Stage
        The study, in its order.
    smoke : mapping
        The parameters that a trial in small changes.
    playlists : function
        Finds the files of a corpus.
    corpora : mapping
        What is known of each corpus: its own defaults, its date.
    made_with : mapping
        For some stages the parameters to start from instead of their notebook's own values.
    """

    notebooks: Path = NOTEBOOKS
    results: Path = RESULTS
    stages: tuple[Stage, ...] = STAGES
    smoke: Parameters = field(default_factory=lambda: SMOKE)
    playlists: Playlists = no_files
    corpora: Mapping[str, Source] = field(default_factory=lambda: CORPORA)
    made_with: Mapping[str, Parameters] = field(default_factory=dict)
