"""The study as a project: its folders, stages and corpora."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from muse_lib.data.corpora import CORPORA, Source
from muse_lib.paths import NOTEBOOKS, RESULTS
from muse_lib.runner.stages import SMOKE, STAGES, Parameters, Stage

Playlists = Callable[[Parameters], list[tuple[str, int, int]]]
"""Finds or downloads the playlist files that the parameters require, and lists them."""


def no_files(_: Parameters) -> list[tuple[str, int, int]]:
    """Return an empty list, for corpora without files."""
    return []


@dataclass(frozen=True)
class Project:
    """The folders, stages and corpora of the study.

    Attributes
    ----------
    notebooks, results : Path
        The folders of the notebooks and of all results.
    stages : tuple of Stage
        The stages of the study, in order.
    smoke : mapping
        The parameters changed by a smoke run.
    playlists : function
        Finds the files of a corpus.
    corpora : mapping
        The registered corpora, with their defaults and dates.
    made_with : mapping
        For some stages, initial parameters instead of the notebook's own values.
    """

    notebooks: Path = NOTEBOOKS
    results: Path = RESULTS
    stages: tuple[Stage, ...] = STAGES
    smoke: Parameters = field(default_factory=lambda: SMOKE)
    playlists: Playlists = no_files
    corpora: Mapping[str, Source] = field(default_factory=lambda: CORPORA)
    made_with: Mapping[str, Parameters] = field(default_factory=dict)
