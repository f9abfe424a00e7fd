"""Widgets for JupyterLab: search a song, compare its neighbours, continue a playlist."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import ipywidgets as widgets
import numpy as np
import pandas as pd

from muse_lib.errors import InputError
from muse_lib.models.embedding import Embedding
from muse_lib.report.display import Table

N_FOUND = 50
"""So many songs are offered for one search."""


class Explorer:
    """A song is searched and chosen; every model shows what is near it, and near a playlist.

    Parameters
    ----------
    models : mapping of Embedding
        The models by name; all know the same songs by the same numbers.
    k : int
        How many songs each of them shows.

    Attributes
    ----------
    search, found, count : Text, Select, Label
        What is searched, the songs that hold every word of it, and how many there are.
    add, remove : Button
        Put the chosen song on the playlist; take one off.
    playlist : Select
        The songs of the playlist so far.
    neighbours, continuations : HTML
        What is near the chosen song, and how the playlist could go on: a column for every model.

    Raises
    ------
    InputError
        If there is no model, or two of them know different songs.
    """

    def __init__(self, models: Mapping[str, Embedding], k: int = 10) -> None:
        self._models, self._k = dict(models), k
        self._first = _first(self._models)
        self._listed: list[int] = []
        self.search = widgets.Text(
            placeholder="words of a track or an artist",
            description="Search",
            continuous_update=True,
        )
        self.found = widgets.Select(rows=8, description="Found", layout=_wide())
        self.count = widgets.Label()
        self.add = widgets.Button(description="Add to the playlist", layout=_wide("14em"))
        self.remove = widgets.Button(description="Take off", layout=_wide("14em"))
        self.playlist = widgets.Select(rows=6, description="Playlist", layout=_wide())
        self.neighbours, self.continuations = widgets.HTML(), widgets.HTML()
        self.search.observe(lambda _: self._search(), names="value")
        self.found.observe(lambda _: self._compare(), names="value")
        self.add.on_click(lambda _: self._add())
        self.remove.on_click(lambda _: self._remove())
        self._compare()
        self._continue()

    @property
    def searching(self) -> widgets.Widget:
        """The search, and the neighbours of the chosen song side by side."""
        return widgets.VBox([self.search, self.found, self.count, self.add, self.neighbours])

    @property
    def continuing(self) -> widgets.Widget:
        """The playlist, and what each model proposes to add."""
        return widgets.VBox([self.playlist, self.remove, self.continuations])

    def choose(self, song: int) -> None:
        """Offer one song and choose it, as if it had been searched."""
        self._offer([song])

    def _search(self) -> None:
        text = self.search.value.strip()
        found = self._first.search(text, N_FOUND if text else 0)
        n_found = found.attrs["n_found"]
        self._offer(found["song"].to_list())
        if not text:
            self.count.value = ""
        elif not n_found:
            self.count.value = "no song matches"
        else:
            self.count.value = f"{len(found)} of {n_found:,}, most popular first"

    def _offer(self, songs: Sequence[int]) -> None:
        self.found.options = self._named(songs)
        self.found.value = songs[0] if songs else None

    def _add(self) -> None:
        song = self.found.value
        if song is not None and song not in self._listed:
            self._listed.append(song)
            self._continue()

    def _remove(self) -> None:
        if self.playlist.value is not None:
            self._listed.remove(self.playlist.value)
            self._continue()

    def _compare(self) -> None:
        song = self.found.value
        near = {} if song is None else self._of_each(lambda one: one.neighbours(song, self._k))
        self.neighbours.value = _beside(near)

    def _continue(self) -> None:
        self.playlist.options = self._named(self._listed)
        self.playlist.value = self._listed[-1] if self._listed else None
        songs = list(self._listed)
        best = self._of_each(lambda one: one.continuation(songs, self._k)) if songs else {}
        self.continuations.value = _beside(best)

    def _of_each(self, ask: Callable[[Embedding], pd.DataFrame]) -> dict[str, pd.DataFrame]:
        return {name: ask(model) for name, model in self._models.items()}

    def _named(self, songs: Sequence[int]) -> list[tuple[str, int]]:
        if not songs:
            return []
        catalogue = self._first.catalogue
        names = catalogue.rows(catalogue.positions(songs))[["artist", "track"]]
        return [
            (_visible(" - ".join(row)), song)
            for row, song in zip(names.to_numpy(), songs, strict=True)
        ]


def _beside(answers: Mapping[str, pd.DataFrame]) -> str:
    """Return what the models answer beside each other, each song behind its score."""
    columns = {
        name: [f"{score:.2f} {track} · {artist}" for _, track, artist, score in rows.to_numpy()]
        for name, rows in answers.items()
    }
    return Table(pd.DataFrame(columns))._repr_html_() if columns else ""


def agreement(models: Mapping[str, Embedding], songs: Sequence[int], k: int = 10) -> pd.DataFrame:
    """Return how many of the ``k`` nearest songs two models have in common.

    Parameters
    ----------
    models : mapping of Embedding
        The models by name; all know the same songs by the same numbers.
    songs : sequence of int
        The songs whose neighbours are compared.
    k : int
        How many neighbours each.

    Returns
    -------
    DataFrame
        One row a pair of models: ``model``, ``other`` and ``share``, in [0, 1], the mean over
        the songs.
    """
    _first(models)
    near = {
        name: [set(model.neighbours(song, k)["song"]) for song in songs]
        for name, model in models.items()
    }
    rows = [
        (
            one,
            other,
            np.mean([len(a & b) / len(a) for a, b in zip(near[one], near[other], strict=True)]),
        )
        for one, other in combinations(models, 2)
    ]
    return pd.DataFrame(rows, columns=["model", "other", "share"])


def _first(models: Mapping[str, Embedding]) -> Embedding:
    """Return one of the models after checking that all know the same songs."""
    if not models:
        raise InputError("there is no model to explore: name at least one variant.")
    (name, first), *others = models.items()
    for other, model in others:
        if not first.songs.equals(model.songs):
            raise InputError(
                f"{name} and {other} know different songs: train both on the same playlists."
            )
    return first


def _wide(width: str = "min(36em, 100%)") -> widgets.Layout:
    return widgets.Layout(width=width)


def _visible(name: str) -> str:
    """Return a name without signs that would break the line it stands on."""
    return "".join(sign if sign.isprintable() else " " for sign in name)
