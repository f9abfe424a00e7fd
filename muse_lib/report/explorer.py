"""Widgets for JupyterLab: search a song, compare its neighbours, continue a playlist."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import combinations

import ipywidgets as widgets
import numpy as np
import pandas as pd

from muse_lib.config import TitleConfig
from muse_lib.errors import InputError
from muse_lib.extras import installed
from muse_lib.models.embedding import Embedding
from muse_lib.models.unseen.new_song_table import NewSongTable
from muse_lib.models.unseen.placing import Placing, learn_names
from muse_lib.paths import SMALL_MODEL, shown
from muse_lib.report.display import Table
from muse_lib.storage.results import TRIALS, Results

N_FOUND = 50
"""Maximum number of search results."""

SMALL = "small model"
"""The displayed name of the model that comes with the library."""


def models_of(
    study: Results, variants: Sequence[str], trials: Sequence[str] = ()
) -> dict[str, Embedding]:
    """Return the models to explore: those of a study, or the small one of the library.

    Parameters
    ----------
    study : Results
        The study.
    variants : sequence of str
        The variants to load.
    trials : sequence of str
        Names of trials (`Results.aside`), whose trained variants are loaded as well.

    Returns
    -------
    dict of Embedding
        By variant, and by variant and trial. If no variant was trained, only the model that comes
        with the library, called `SMALL`.

    Raises
    ------
    InputError
        If some of the variants are missing, or there is no such trial.
    """
    names = {variant: f"artifacts/models/{variant}" for variant in variants}
    if not trials and not any((study.root / folder).exists() for folder in names.values()):
        return {SMALL: Embedding.load(SMALL_MODEL, "install muse-lib again.")}
    for trial in trials:
        of_trial = {f"{name}, {trial}": f"{TRIALS}/{trial}/{names[name]}" for name in variants}
        found = {name: place for name, place in of_trial.items() if (study.root / place).exists()}
        if not found:
            there = sorted(path.name for path in (study.root / TRIALS).glob("*"))
            raise InputError(
                f"there is no trial {trial!r} of {', '.join(variants)} in "
                f"{shown(study.root)}; the trials are: {', '.join(there) or 'none yet'}."
            )
        names |= found
    return {name: Embedding.load(study.find(place, "05_train")) for name, place in names.items()}


def opened(results: str, models: Mapping[str, Embedding]) -> str:
    """State which songs and models `10_explore` shows.

    Parameters
    ----------
    results : str
        The requested study, as named in the notebook.
    models : mapping of Embedding
        The result of `models_of`.
    """
    n_songs = len(next(iter(models.values())).songs)
    if [*models] == [SMALL]:
        return (
            f"Nothing has been trained in `{results}` yet. This is the small model that comes with "
            f"the project: {n_songs:,} songs of real playlists ([its card]"
            f"(../muse_lib/{SMALL_MODEL.name}/README.md))."
        )
    number = f"{len(models)} models" if len(models) > 1 else "one model"
    return f"{n_songs:,} songs of `{results}`, in {number}."


class Explorer:
    """Widgets to search for songs, compare their neighbours by model, and continue a playlist.

    Parameters
    ----------
    models : mapping of Embedding
        The models by name; all number the same songs in the same way.
    k : int
        Number of songs to show per model.
    title_model : str
        The encoder for the names of unknown songs, with the extra ``text``; empty to ignore names.

    Attributes
    ----------
    search, found, count : Text, Select, Label
        The search text, the songs that contain every word of it, and their number.
    add, remove : Button
        Add the chosen song to the playlist; remove one.
    playlist : Select
        The songs of the playlist so far.
    neighbours, continuations : HTML
        The neighbours of the chosen song, and the continuations of the playlist: one column per
        model.
    tables : Tab
        Both tables. The one in use is in front: the neighbours while the playlist is empty, then
        the continuations, so that the playlist and its continuations are visible together.
    track, artist, place, placed : Text, Text, Button, HTML
        A new song that is in no playlist: its track and artist, the button that places it, and
        its neighbours, with the basis and confidence of the estimate.

    Raises
    ------
    InputError
        If there is no model, or two of them know different songs.
    """

    def __init__(
        self,
        models: Mapping[str, Embedding],
        k: int = 10,
        title_model: str = TitleConfig().title_model,
    ) -> None:
        self._models, self._k, self._title_model = dict(models), k, title_model
        self._first = _first(self._models)
        self._listed: list[int] = []
        self.search = widgets.Text(
            placeholder="words of a track or an artist",
            description="Search",
            continuous_update=True,
        )
        self.found = widgets.Select(rows=7, description="Found", layout=_wide())
        self.count = widgets.Label()
        self.add = widgets.Button(description="Add to the playlist", layout=_wide("14em"))
        self.remove = widgets.Button(description="Remove", layout=_wide("14em"))
        self.playlist = widgets.Select(rows=7, description="Playlist", layout=_wide())
        self.neighbours, self.continuations = widgets.HTML(), widgets.HTML()
        self.tables = widgets.Tab(
            [_scrolled(self.neighbours), _scrolled(self.continuations)],
            titles=["Neighbours", "Continuation"],
        )
        self.track = widgets.Text(placeholder="track name", description="Track")
        self.artist = widgets.Text(placeholder="artist name", description="Artist")
        self.place = widgets.Button(description="Place", layout=_wide("14em"))
        self.placed = widgets.HTML()
        self.place.on_click(lambda _: self._place())
        self.search.observe(lambda _: self._search(), names="value")
        self.found.observe(lambda _: self._compare(), names="value")
        self.add.on_click(lambda _: self._add())
        self.remove.on_click(lambda _: self._remove())
        self._compare()
        self._continue()

    @property
    def view(self) -> widgets.Widget:
        """The search next to the playlist, and below them one tab for each table."""
        half = widgets.Layout(flex="1 1 22em")
        search = widgets.VBox([self.search, self.found, self.count, self.add], layout=half)
        listed = widgets.VBox([self.playlist, self.remove], layout=half)
        above = widgets.HBox([search, listed], layout=widgets.Layout(flex_flow="row wrap"))
        return widgets.VBox([above, self.tables])

    @property
    def placing(self) -> widgets.Widget:
        """The widgets to place a song that no model knows."""
        return widgets.VBox([self.track, self.artist, self.place, self.placed])

    @cached_property
    def _placings(self) -> dict[str, Placing]:
        """The estimator of new songs for every model; names are encoded on first use."""
        reads = self._title_model if installed("text") else ""
        return {
            name: Placing(model, learn_names(model, reads) if reads else None, reads)
            for name, model in self._models.items()
        }

    def choose(self, song: int) -> None:
        """Offer one song and select it, as if it had been searched for."""
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
        self.neighbours.value = _side_by_side(near)

    def _continue(self) -> None:
        self.playlist.options = self._named(self._listed)
        self.playlist.value = self._listed[-1] if self._listed else None
        songs = list(self._listed)
        best = self._of_each(lambda one: one.continuation(songs, self._k)) if songs else {}
        self.continuations.value = _side_by_side(best)
        self.tables.selected_index = 1 if self._listed else 0

    def _place(self) -> None:
        """Show the neighbours of the song typed in, or why it cannot be placed."""
        song = pd.DataFrame({"track": [self.track.value], "artist": [self.artist.value]})
        near_each: dict[str, pd.DataFrame] = {}
        try:
            songs = NewSongTable.of(song, self._first.catalogue).songs
            for name, placing in self._placings.items():
                placed = placing.place(songs)
                near = placing.embedding.nearest(placed.vectors[0], self._k, np.empty(0, np.int64))
                row = placed.basis.iloc[0]
                heading = f"{name}: from {row['estimated_from']}, {row['confidence']:.2f}"
                near_each[heading] = near
        except InputError as refusal:
            refused = pd.DataFrame({"It cannot be placed": [str(refusal)]})
            self.placed.value = Table(refused)._repr_html_()
        else:
            self.placed.value = _side_by_side(near_each)

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


def _side_by_side(by_model: Mapping[str, pd.DataFrame]) -> str:
    """Return the songs of all models side by side, each after its score."""
    columns = {
        name: [f"{score:.2f} {track} · {artist}" for _, track, artist, score in rows.to_numpy()]
        for name, rows in by_model.items()
    }
    return Table(pd.DataFrame(columns))._repr_html_() if columns else ""


def agreement(models: Mapping[str, Embedding], songs: Sequence[int], k: int = 10) -> pd.DataFrame:
    """Return how many of the ``k`` nearest songs two models have in common.

    Parameters
    ----------
    models : mapping of Embedding
        The models by name; all number the same songs in the same way.
    songs : sequence of int
        The songs whose neighbours are compared.
    k : int
        Number of neighbours of each.

    Returns
    -------
    DataFrame
        One row per pair of models: ``model``, ``other`` and ``share``, in [0, 1], the mean over
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


def agreements(shared: pd.DataFrame) -> str:
    """State which two variants agree most on nearest neighbours, and which least.

    Parameters
    ----------
    shared : DataFrame
        The result of `agreement`; empty if there is only one variant.
    """
    if shared.empty:
        return "There is only one variant, so nothing to compare."
    pairs = shared.set_index("`" + shared["model"] + "` and `" + shared["other"] + "`")["share"]
    most = f"{pairs.idxmax()} agree most ({pairs.max():.0%})"
    return f"{most}, {pairs.idxmin()} least ({pairs.min():.0%})." if len(pairs) > 1 else f"{most}."


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


def _wide(width: str = "calc(100% - 1em)") -> widgets.Layout:
    return widgets.Layout(width=width)


def _scrolled(table: widgets.Widget) -> widgets.Widget:
    """Return a table that scrolls in place if it is too wide or too long."""
    return widgets.Box([table], layout=widgets.Layout(max_height="24em", overflow="auto"))


def _visible(name: str) -> str:
    """Return a name without characters that would break its line."""
    return "".join(sign if sign.isprintable() else " " for sign in name)
