"""MuSE as one object: playlists in; similar songs, recommendations and vectors out."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from muse_lib.config import ClusterConfig
from muse_lib.data.catalogue import Song
from muse_lib.data.dataset import Vocabulary
from muse_lib.data.playlists import Playlists, vocabulary_of
from muse_lib.errors import InputError
from muse_lib.extras import installed, require
from muse_lib.models.embedding import Embedding
from muse_lib.models.muse.switches import PRESETS, SWITCHES, VARIANTS
from muse_lib.models.muse.training import N_SHARDS
from muse_lib.models.muse.variants import Recipe
from muse_lib.models.unseen.known import NO_KNOWN_ARTIST
from muse_lib.models.unseen.new_song_table import NewSongTable
from muse_lib.models.unseen.placing import ESTIMATED, Placing, learn_names
from muse_lib.models.unseen.reading import Readings
from muse_lib.storage.files import read_json, write_json

if TYPE_CHECKING:
    from distributed import Client

DEFAULT = "muse-lists"
"""The variant that continues validation playlists best; on pairs, none does better."""

POSTER = tuple(name for name in VARIANTS if name not in PRESETS)
NEEDS = {
    "artist_augmentation": "artists",
    "artist_vectors": "artists",
    "contrastive": "titles",
    "title_part": "titles",
}
"""What each switch of a variant requires."""

MODEL, ADDED = "config.json", "added.json"

LENGTH = 1.3
"""Factor on the cosine of an estimated song in a recommendation; a trained song has 1.

Where lists are continued by score, it multiplies the dot product. Estimates lie nearer to the
centre of all songs and would otherwise be recommended too rarely. The value gives the best joint
recall of seen and unseen songs on validation playlists; `11_unseen` shows what it costs seen ones.
"""


class MuSE:
    """Song vectors learned from playlists: similar songs, recommendations, search.

    Parameters
    ----------
    variant : str
        The default, ``"muse-lists"``, recommends best on the validation playlists of every
        corpus of the study. Songs by one artist share a part of their vectors, and further
        parts encode the titles of a song's playlists and the playlists themselves; without
        artists or titles those parts are left out. ``"muse-text"`` is the same without the
        playlist part: half as large, as good at finding similar songs, worse at recommending.
        The poster's four are ``"muse"``, ``"muse-artist"``, ``"muse-contrastive"`` and
        ``"muse-artist-contrastive"``; `MuSE.poster` builds them with the printed values.
    dim : int
        Length of a song's own vector, 1 to 10,000.
    epochs : int
        Number of full-batch gradient steps.
    seed : int
        Determines every random draw: the same playlists and parameters give the same bytes.
    **parameters
        Any other parameter of the model; `parameters` lists all of them with their values.

    Raises
    ------
    InputError
        If there is no such variant or parameter, or a value is out of range.

    Examples
    --------
    >>> from muse_lib import MuSE
    >>> playlists = [["a", "b", "c"], ["b", "c", "d"], ["x", "y", "z"], ["y", "z"]]
    >>> muse = MuSE(dim=4).fit(playlists)
    >>> sorted(muse.similar("x", k=2)["song"])
    ['y', 'z']
    """

    def __init__(
        self,
        variant: str = DEFAULT,
        *,
        dim: int = 100,
        epochs: int = 150,
        seed: int = 0,
        **parameters: object,
    ) -> None:
        self.variant = variant
        self._recipe = Recipe.of(variant, dim=dim, epochs=epochs, seed=seed, **parameters)
        self._embedding: Embedding | None = None
        self._readings = Readings()
        self._added = pd.DataFrame({name: [] for name in ESTIMATED})
        self.history = pd.DataFrame({"epoch": [], "loss": []})

    @classmethod
    def poster(cls, variant: str = "muse", **parameters: Any) -> Self:
        """Return one of the poster's four models with the values printed there.

        These are 500 dimensions, 150 epochs and one Laplace count for every pair of songs.

        Examples
        --------
        >>> from muse_lib import MuSE
        >>> MuSE.poster("muse-artist").parameters["dim"]
        500
        """
        if variant not in POSTER:
            raise InputError(f"the poster has no {variant!r}: choose from {', '.join(POSTER)}.")
        return cls(variant, **{"dim": 500, **parameters})

    @property
    def parameters(self) -> dict[str, Any]:
        """Every parameter of the model by name.

        Examples
        --------
        >>> from muse_lib import MuSE
        >>> MuSE(alpha=0.5).parameters["alpha"]
        0.5
        """
        return self._recipe.pedigree()

    def fit(
        self,
        playlists: Playlists,
        titles: Sequence[str] | None = None,
        *,
        checkpoint: str | Path | None = None,
        cluster: "Client | str" = "",
        n_shards: int = N_SHARDS,
    ) -> Self:
        """Learn the vectors of all songs of some playlists.

        Parameters
        ----------
        playlists : iterable of iterables, DataFrame or Corpus
            One of: lists of songs, each song given by your own identifier (text or a whole
            number) or by a tuple ``(track, artist)``; a table with one row for each song of each
            playlist and the columns ``playlist`` and ``track`` and, optionally, ``artist``,
            ``title`` (of the playlist) and ``song`` (your own identifier); a corpus read by this
            library. A song counts once per playlist. Identifiers are used as they are. Without
            them, two songs are the same if track and artist agree up to case, white space and
            Unicode form.
        titles : sequence of str, optional
            One title per playlist, if the playlists are given as lists.
        checkpoint : str or Path, optional
            A file from which an interrupted run resumes.
        cluster : distributed.Client or str
            Where to train: by default in this process. Otherwise on the workers of a Dask
            cluster, given by its client or the address of its scheduler; ``"local"`` starts
            processes on this machine. Needs the extra ``dask`` and, on several machines, a
            ``checkpoint`` in a folder they share.
        n_shards : int
            With a cluster, the number of shards the work is split into, 1 to 1,000. Every
            cluster gives the same bytes for the same number.

        Returns
        -------
        MuSE
            Itself.

        Raises
        ------
        InputError
            If there is nothing to learn from, an entry is not a valid song, memory is too small,
            or one of the poster's variants lacks the artists or titles it needs.
        MissingExtraError
            If titles are given without the extra ``text`` installed, or a cluster without the
            extra ``dask``.

        Examples
        --------
        >>> import pandas as pd
        >>> from muse_lib import MuSE
        >>> table = pd.DataFrame(
        ...     [("p", "Rain", "Ana"), ("p", "Sun", "Bo"), ("q", "sun", "bo"), ("q", "Mud", "Cy")],
        ...     columns=["playlist", "track", "artist"],
        ... )
        >>> MuSE(dim=4, epochs=10).fit(table).songs["track"].tolist()
        ['Rain', 'Sun', 'Mud']
        """
        vocabulary = vocabulary_of(playlists, titles)
        recipe = self._fitting(vocabulary)
        place = None if checkpoint is None else Path(checkpoint)
        shared = ClusterConfig(n_shards=n_shards)
        trained = recipe.train(
            vocabulary,
            checkpoint=place,
            label="training",
            cluster=cluster,
            n_shards=shared.n_shards,
        )
        self._embedding, self.history = trained.embedding, trained.history
        self._readings = Readings.of_titles(vocabulary.titles, recipe.titles)
        self._added = self._added.iloc[:0]
        return self

    def add(self, songs: pd.DataFrame) -> Self:
        """Return a model with additional songs that no training playlist contained.

        Nothing is trained: the vector of a new song is estimated from the songs of its artist,
        its name and, if you give any, playlists that contain it. The model itself is unchanged.
        The sentence encoder of the extra ``text`` encodes the names; the first call also encodes
        up to 4,000 known songs to learn how names map to vectors, which `save` stores.

        Parameters
        ----------
        songs : DataFrame
            One row per new song with ``track``, ``artist`` and, if you have identifiers,
            ``song``. Or, with ``playlist`` as well, one row for each song of each playlist, as
            in `fit`: the known songs of a playlist then help to place the new ones.

        Returns
        -------
        MuSE
            The new songs can be used like all others; `added` reports what each estimate is
            based on and how reliable it is.

        Raises
        ------
        InputError
            If a song has no track or no artist, is already known, appears twice, or cannot be
            estimated from anything.

        Examples
        --------
        >>> import pandas as pd
        >>> from muse_lib import MuSE
        >>> lists = [[("Rain", "Ana"), ("Sun", "Ana")], [("Mud", "Bo"), ("Dust", "Bo")]]
        >>> muse = MuSE(dim=4).fit(lists)
        >>> more = muse.add(pd.DataFrame({"track": ["Snow"], "artist": ["Ana"]}))
        >>> more.added["estimated_from"].tolist(), sorted(more.similar("Snow", k=2)["track"])
        (['artist, name'], ['Rain', 'Sun'])
        """
        given = NewSongTable.of(songs, self.embedding.catalogue)
        n_trained = len(self.songs) - len(self._added)
        lists = {song: known[known < n_trained] for song, known in given.lists.items()}
        table = given.identified(self.embedding.catalogue)
        placed = self._placing().place(table, lists)
        model = copy(self)
        model._embedding = self.embedding.followed(table, placed.vectors, placed.biases)
        added = placed.basis.assign(song=table["song"])[ESTIMATED]
        model._added = (
            added if self._added.empty else pd.concat([self._added, added], ignore_index=True)
        )
        return model

    @property
    def added(self) -> pd.DataFrame:
        """The songs added by `add`, with the basis and reliability of each estimate.

        Columns: ``song``, ``track``, ``artist``, ``n_playlists`` (those given with it),
        ``estimated_from`` (any of "artist", "name" and "playlists"), ``n_artist_songs`` (known
        songs by the artist) and ``confidence``: the probability that the song is nearer to a song
        it shares a playlist with than to one it does not. 0.5 is chance.

        Examples
        --------
        >>> from muse_lib import MuSE
        >>> len(MuSE(dim=4, epochs=5).fit([["a", "b"]]).added)
        0
        """
        songs = self.songs.iloc[len(self.songs) - len(self._added) :].reset_index(drop=True)
        return songs.join(self._added.drop(columns="song").reset_index(drop=True))

    def _placing(self) -> Placing:
        """Return the estimator of new songs; the first call learns the regression on names."""
        n_trained = len(self.songs) - len(self._added)
        known = self.embedding
        trained = replace(
            known,
            vectors=known.vectors[:n_trained],
            biases=known.biases[:n_trained],
            songs=known.songs.iloc[:n_trained],
        )
        model, reads = self.parameters["title_model"], installed("text")
        if self._readings.names is None and reads:
            self._readings.names = learn_names(trained, model)
        return Placing(trained, self._readings.names if reads else None, model)

    def _fitting(self, vocabulary: Vocabulary) -> Recipe:
        """Return the recipe with the switches off that these playlists cannot support."""
        has = {"artists": vocabulary.has_artists, "titles": vocabulary.has_titles}
        wanted = [switch for switch in SWITCHES if self.parameters[switch] and switch in NEEDS]
        lacking = [switch for switch in wanted if not has[NEEDS[switch]]]
        if lacking and self.variant in POSTER:
            raise InputError(
                f"{self.variant} uses {NEEDS[lacking[0]]}, but these playlists have none: "
                f"provide them, or use the variant 'muse'."
            )
        if any(NEEDS[switch] == "titles" for switch in wanted if switch not in lacking):
            require("text", "learn without titles, with title_part=False or the variant 'muse'")
        return self._recipe.replace(**dict.fromkeys(lacking, False))

    @property
    def embedding(self) -> Embedding:
        """The vectors as an `Embedding`, which the rest of the library uses.

        Raises
        ------
        InputError
            If nothing has been fitted or loaded.

        Examples
        --------
        >>> from muse_lib import MuSE
        >>> MuSE(dim=4, epochs=5).fit([["a", "b"]]).embedding.biases.shape
        (2,)
        """
        if self._embedding is None:
            raise InputError("this model has no vectors yet: call fit(playlists) or MuSE.load.")
        return self._embedding

    @property
    def songs(self) -> pd.DataFrame:
        """One row per song: ``song`` (identifier), ``track``, ``artist``, ``n_playlists``.

        Examples
        --------
        >>> from muse_lib import MuSE
        >>> MuSE(dim=4, epochs=5).fit([["a", "b"], ["b", "c"]]).songs["n_playlists"].tolist()
        [1, 2, 1]
        """
        return self.embedding.songs

    @property
    def vectors(self) -> np.ndarray:
        """The vectors, (n_songs, n_features) float32, in the order of `songs`.

        Examples
        --------
        >>> from muse_lib import MuSE
        >>> MuSE(dim=4, epochs=5).fit([["a", "b"], ["b", "c"]]).vectors.shape
        (3, 6)

        Four numbers are the song's own; by default, each of the two lists adds one.
        """
        return self.embedding.vectors

    def vector(self, song: Song) -> np.ndarray:
        """Return the vector of one song, (n_features,) float32.

        Parameters
        ----------
        song : int, str or tuple of str
            Its identifier, its track if no other song has that name, or ``(track, artist)``.

        Raises
        ------
        InputError
            If there is no such song, or several share the name (the message lists them).

        Examples
        --------
        >>> from muse_lib import MuSE
        >>> MuSE("muse", dim=4, epochs=5).fit([["a", "b"], ["b", "c"]]).vector("b").shape
        (4,)
        """
        return np.asarray(self.vectors[self.embedding.catalogue.position(song)])

    def similar(self, song: Song, k: int = 10) -> pd.DataFrame:
        """Return the ``k`` songs most similar to a given song, excluding the song itself.

        Parameters
        ----------
        song : int, str or tuple of str
            See `vector`.
        k : int
            How many, at least 1; fewer are returned if the model has fewer.

        Returns
        -------
        DataFrame
            ``song``, ``track``, ``artist`` and ``cosine``, most similar first.

        Raises
        ------
        InputError
            If there is no such song, several share the name, or ``k`` is below 1.

        Examples
        --------
        >>> from muse_lib import MuSE
        >>> muse = MuSE(dim=4).fit([["a", "b"], ["a", "b", "c"], ["x", "y"]])
        >>> muse.similar("x", k=1)["song"].tolist()
        ['y']
        """
        return self.embedding.neighbours(song, k)

    def recommend(
        self, songs: Iterable[Song] = (), k: int = 10, *, title: str = ""
    ) -> pd.DataFrame:
        """Return ``k`` songs that could continue a playlist, excluding its own songs.

        Parameters
        ----------
        songs : iterable of int, str or tuple of str
            The songs of the playlist; see `vector`. The vector of an unknown pair
            ``(track, artist)`` is estimated as in `add`. May be empty if there is a title.
        k : int
            How many, at least 1.
        title : str
            The title of the playlist. It counts as one more song; only models with a title part
            accept it.

        Returns
        -------
        DataFrame
            ``song``, ``track``, ``artist`` and ``score``, best first: see
            `Embedding.continuation_scores`. Variants other than the default have ``cosine``
            instead, the cosine with the mean of the playlist's unit vectors. Songs from `add`
            rank higher than their scores: for ranking, their cosine or dot product is multiplied
            by `LENGTH`. ``.attrs["estimated"]`` lists the given songs that the model did not
            know.

        Raises
        ------
        InputError
            If there is neither a song nor a title, an entry of ``songs`` matches no song or
            several, ``k`` is below 1, or the model has no title part.

        Examples
        --------
        >>> from muse_lib import MuSE
        >>> muse = MuSE(dim=4).fit([["a", "b"], ["a", "b", "c"], ["x", "y"]])
        >>> muse.recommend(["a", "b"], k=1)["song"].tolist()
        ['c']
        """
        given, unknown = self._given(songs, title)
        known = self.embedding
        vectors, artists = [known.vectors[given]], known.artists[given]
        if unknown:
            placed = self._placing().place(pd.DataFrame(unknown, columns=["track", "artist"]))
            vectors.append(placed.vectors)
            artists = np.append(artists, placed.artists[placed.artists != NO_KNOWN_ARTIST])
        if title.strip():
            vectors.append(self._readings.of_title(title, known)[None])
        near, rest = known.score_terms(np.vstack(vectors), artists)
        scores, order = near + rest, near.copy()
        order[len(order) - len(self._added) :] *= LENGTH
        found = known.best(scores, given, k, known.score_name, order + rest)
        found.attrs["estimated"] = unknown
        return found

    def _given(self, songs: Iterable[Song], title: str) -> tuple[np.ndarray, list[Any]]:
        """Return the positions of the given songs, and the songs that the model does not know."""
        if not isinstance(title, str):
            raise InputError(f"title={title!r} is not text: give a string, or '' for no title.")
        catalogue = self.embedding.catalogue
        if title.strip() and isinstance(songs, list | tuple) and not songs:
            return np.empty(0, np.int64), []
        listed = catalogue.listed(songs)
        unknown = list(dict.fromkeys(song for song in listed if catalogue.lacks(song)))
        known = [song for song in listed if song not in unknown]
        return np.array([catalogue.position(song) for song in known], dtype=np.int64), unknown

    def search(self, text: str, k: int | None = 10) -> pd.DataFrame:
        """Return songs with every word of a text in track or artist, most popular first.

        Case, accents and invisible characters are ignored; ``k=None`` returns all matches.

        Examples
        --------
        >>> from muse_lib import MuSE
        >>> muse = MuSE(dim=4, epochs=5).fit([[("Déjà Vu", "Ana"), ("Rain", "Bo")]])
        >>> muse.search("deja")["track"].tolist()
        ['Déjà Vu']
        """
        return self.embedding.search(text, k)

    def save(self, folder: str | Path) -> None:
        """Write the model into a folder: ``model.safetensors``, ``songs.json``, ``config.json``.

        If needed, also ``readings.safetensors`` (how names and titles map to vectors) and
        ``added.json`` (the estimates of songs from `add`). Loading the files runs no code.

        Examples
        --------
        >>> import tempfile
        >>> from muse_lib import MuSE
        >>> muse = MuSE(dim=4, epochs=5).fit([["a", "b"], ["b", "c"]])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     muse.save(folder)
        ...     MuSE.load(folder).similar("a", k=1).equals(muse.similar("a", k=1))
        True
        """
        self.embedding.save(folder, self.parameters)
        write_json(Path(folder) / MODEL, {"variant": self.variant, "parameters": self.parameters})
        if len(self._added):
            write_json(Path(folder) / ADDED, self._added.to_dict("list"))
        else:
            (Path(folder) / ADDED).unlink(missing_ok=True)
        self._readings.save(folder)

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Load a model written by `save`; `history` is not stored.

        Raises
        ------
        InputError
            If a file is missing, damaged or from another model.

        Examples
        --------
        See `save`.
        """
        remedy = "save the model again."
        described = read_json(Path(folder) / MODEL, remedy)
        try:
            model = cls(described["variant"], **described["parameters"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{MODEL} in {Path(folder).name} is damaged ({error}): {remedy}"
            ) from None
        model._embedding = Embedding.load(folder, remedy)
        model._readings = Readings.load(folder, model._recipe.titles, model.embedding, remedy)
        if (Path(folder) / ADDED).exists():
            model._added = _read_added(folder, model.songs, remedy)
        return model

    def __repr__(self) -> str:
        state = f"{len(self.songs):,} songs" if self._embedding is not None else "not fitted"
        return f"MuSE({self.variant!r}, dim={self.parameters['dim']}, {state})"


def _read_added(folder: str | Path, songs: pd.DataFrame, remedy: str) -> pd.DataFrame:
    """Return the estimates of added songs; refuse them if they are not of the last songs."""
    content = read_json(Path(folder) / ADDED, remedy)
    try:
        added = pd.DataFrame({name: content[name] for name in ESTIMATED})
        added = added.astype({"estimated_from": str, "n_artist_songs": int, "confidence": float})
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{ADDED} in {Path(folder).name} is damaged ({error}): {remedy}") from None
    if songs["song"].iloc[len(songs) - len(added) :].tolist() != added["song"].tolist():
        raise InputError(f"{ADDED} in {Path(folder).name} names other songs: {remedy}")
    return added
