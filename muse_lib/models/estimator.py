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
from muse_lib.models.unseen.asked import Asked
from muse_lib.models.unseen.known import NOBODY
from muse_lib.models.unseen.placing import ESTIMATED, Placing, learn_names
from muse_lib.models.unseen.reading import Readings
from muse_lib.storage.files import read_json, write_json

if TYPE_CHECKING:
    from distributed import Client

DEFAULT = "muse-lists"
"""The variant that continues validation playlists best, and tells pairs apart as well as any."""

POSTER = tuple(name for name in VARIANTS if name not in PRESETS)
NEEDS = {
    "artist_augmentation": "artists",
    "artist_vectors": "artists",
    "contrastive": "titles",
    "title_part": "titles",
}
"""What each switch of a variant cannot do without."""

MODEL, ADDED = "config.json", "added.json"

LENGTH = 1.3
"""What the cosine of an estimated song counts in a recommendation, beside 1 of a trained one.

Where lists are continued by score, it is the product that counts so much. Estimates lie nearer to
the middle of all songs, and would be found too rarely; chosen on validation playlists, where the
recall of seen and of unseen songs is best together. `11_unseen` has the price that seen songs pay.
"""


class MuSE:
    """Song vectors learned from playlists, and what one asks of them.

    Parameters
    ----------
    variant : str
        The default, ``"muse-lists"``, recommends best on validation playlists of every corpus
        of the study: songs of an artist share a part of their vectors, what the titles of
        playlists say stands beside them, wherever artists and titles are given, and so does
        which lists hold the song. ``"muse-text"`` is the same without the lists: half as large,
        as good at finding similar songs, and not as good at recommending. The poster's four are
        ``"muse"``, ``"muse-artist"``, ``"muse-contrastive"`` and ``"muse-artist-contrastive"``;
        `MuSE.poster` gives them at the values it prints.
    dim : int
        Length of a song's own vector, 1 to 10,000.
    epochs : int
        Full-batch gradient steps.
    seed : int
        Every random draw follows from it: the same playlists and parameters give the same bytes.
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
        """Return one of the poster's four models at the values it prints.

        Those are 500 dimensions, 150 epochs and one Laplace count for every pair of songs.

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
            Lists of songs, each song named by your own identifier (text or a whole number) or by
            a tuple ``(track, artist)``. Or a table with a row for each song of each playlist and
            the columns ``playlist`` and ``track``, and where you have them ``artist``, ``title``
            (of the playlist) and ``song`` (your own identifier). Or a corpus that the library
            has read. A song counts once per playlist. Identifiers are taken as they are; without
            one, songs are the same if track and artist are the same but for case, white space
            and Unicode form.
        titles : sequence of str, optional
            What the playlists are called, one title each, where they are lists.
        checkpoint : str or Path, optional
            A file from which a run that was stopped goes on.
        cluster : distributed.Client or str
            Who trains: this process, or the workers of a Dask cluster, by its client or the
            address of its scheduler; ``"local"`` starts processes on this machine. Needs the
            extra ``dask``, and on several machines a ``checkpoint`` in a folder they share.
        n_shards : int
            With a cluster, 1 to 1,000: into how many shards the work is cut. With the same
            number, every cluster gives the same bytes.

        Returns
        -------
        MuSE
            Itself.

        Raises
        ------
        InputError
            If there is nothing to learn from, a song is none, memory is too small, or a poster's
            variant lacks the artists or titles that it is about.
        MissingExtraError
            If titles are given and the extra ``text`` is not installed, or a cluster and not
            the extra ``dask``.

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
        """Return a model that knows some more songs, which no playlist of its training held.

        Nothing is trained: a new song is placed by the songs of its artist and by its name, and
        by playlists that hold it if you have any. The model itself stays as it is. Names are
        read by the sentence encoder of the extra ``text``; the first call also reads up to 4,000
        songs that the model knows, to learn what names say, and `save` keeps that.

        Parameters
        ----------
        songs : DataFrame
            ``track`` and ``artist`` of one new song a row, and ``song`` if you have identifiers.
            Or, with ``playlist`` too, a row for each song of each playlist, as `fit` takes them:
            the songs that the model knows say where the new ones belong.

        Returns
        -------
        MuSE
            It answers for the new songs as for all others; `added` says what each estimate rests
            on and how far it can be believed.

        Raises
        ------
        InputError
            If a song has no track or no artist, is known already or there twice, or nothing at
            all is known of it.

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
        asked = Asked.of(songs, self.embedding.catalogue)
        n_trained = len(self.songs) - len(self._added)
        lists = {song: known[known < n_trained] for song, known in asked.lists.items()}
        table = asked.identified(self.embedding.catalogue)
        placed = self._placing().place(table, lists)
        model = copy(self)
        model._embedding = self.embedding.followed(table, placed.vectors, placed.biases)
        told = placed.told.assign(song=table["song"])[ESTIMATED]
        model._added = (
            told if self._added.empty else pd.concat([self._added, told], ignore_index=True)
        )
        return model

    @property
    def added(self) -> pd.DataFrame:
        """The songs that `add` brought, and how far each estimate can be believed.

        ``song``, ``track``, ``artist``, ``n_playlists`` (those given with it), ``estimated_from``
        (what of "artist", "name" and "playlists"), ``n_artist_songs`` (known songs by the artist)
        and ``confidence``: the chance that the song is nearer to one with which it shares a
        playlist than to one with which it shares none. 0.5 is a guess.

        Examples
        --------
        >>> from muse_lib import MuSE
        >>> len(MuSE(dim=4, epochs=5).fit([["a", "b"]]).added)
        0
        """
        songs = self.songs.iloc[len(self.songs) - len(self._added) :].reset_index(drop=True)
        return songs.join(self._added.drop(columns="song").reset_index(drop=True))

    def _placing(self) -> Placing:
        """Return what places new songs, having read names if it is the first time."""
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
        """Return the recipe without what the playlists do not have."""
        has = {"artists": vocabulary.has_artists, "titles": vocabulary.has_titles}
        wanted = [switch for switch in SWITCHES if self.parameters[switch] and switch in NEEDS]
        lacking = [switch for switch in wanted if not has[NEEDS[switch]]]
        if lacking and self.variant in POSTER:
            raise InputError(
                f"{self.variant} uses {NEEDS[lacking[0]]}, and these playlists have none: "
                f"give them, or take the variant 'muse'."
            )
        if any(NEEDS[switch] == "titles" for switch in wanted if switch not in lacking):
            require("text", "learn without titles, with title_part=False or the variant 'muse'")
        return self._recipe.replace(**dict.fromkeys(lacking, False))

    @property
    def embedding(self) -> Embedding:
        """The vectors as the rest of the library takes them.

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
            raise InputError("this model has no vectors yet: call fit(playlists), or MuSE.load.")
        return self._embedding

    @property
    def songs(self) -> pd.DataFrame:
        """The songs, one a row: ``song`` (identifier), ``track``, ``artist``, ``n_playlists``.

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

        Four numbers of a song's own and, by default, one for each of the two lists.
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
            If there is no such song, or several have the name (it lists them).

        Examples
        --------
        >>> from muse_lib import MuSE
        >>> MuSE("muse", dim=4, epochs=5).fit([["a", "b"], ["b", "c"]]).vector("b").shape
        (4,)
        """
        return np.asarray(self.vectors[self.embedding.catalogue.position(song)])

    def similar(self, song: Song, k: int = 10) -> pd.DataFrame:
        """Return the ``k`` songs most similar to one song, without itself.

        Parameters
        ----------
        song : int, str or tuple of str
            See `vector`.
        k : int
            How many, at least 1; fewer come back if there are not so many.

        Returns
        -------
        DataFrame
            ``song``, ``track``, ``artist`` and ``cosine``, the most similar first.

        Raises
        ------
        InputError
            If there is no such song, several have the name, or ``k`` is below 1.

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
        """Return ``k`` songs with which a playlist could go on, none of its own among them.

        Parameters
        ----------
        songs : iterable of int, str or tuple of str
            The songs of the playlist; see `vector`. A pair ``(track, artist)`` that the model
            does not know is placed as `add` places it. May be empty if there is a title.
        k : int
            How many, at least 1.
        title : str
            What the playlist is called. It counts as one more song; only models that read titles
            take it.

        Returns
        -------
        DataFrame
            ``song``, ``track``, ``artist`` and ``score``, the best first: see
            `Embedding.continuation_scores`. Of other variants than the default it is called
            ``cosine``, that with the mean of the playlist's unit vectors. Songs that `add`
            brought rank higher than their scores say: for the order, their cosine or product
            counts `LENGTH` times. ``.attrs["estimated"]`` lists the given songs that the model
            did not know.

        Raises
        ------
        InputError
            If there is neither a song nor a title, ``songs`` names no song or several, ``k`` is
            below 1, or the model does not read titles.

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
            artists = np.append(artists, placed.artists[placed.artists != NOBODY])
        if title.strip():
            vectors.append(self._readings.of_title(title, known)[None])
        near, rest = known.score_terms(np.vstack(vectors), artists)
        scores, order = near + rest, near.copy()
        order[len(order) - len(self._added) :] *= LENGTH
        found = known.best(scores, given, k, known.score_name, order + rest)
        found.attrs["estimated"] = unknown
        return found

    def _given(self, songs: Iterable[Song], title: str) -> tuple[np.ndarray, list[Any]]:
        """Return the positions of the given songs, and those that the model does not know."""
        if not isinstance(title, str):
            raise InputError(f"title={title!r} is no text: give '' where there is none.")
        catalogue = self.embedding.catalogue
        if title.strip() and isinstance(songs, list | tuple) and not songs:
            return np.empty(0, np.int64), []
        listed = catalogue.listed(songs)
        unknown = list(dict.fromkeys(song for song in listed if catalogue.lacks(song)))
        known = [song for song in listed if song not in unknown]
        return np.array([catalogue.position(song) for song in known], dtype=np.int64), unknown

    def search(self, text: str, k: int | None = 10) -> pd.DataFrame:
        """Return songs whose track or artist holds every word of a text, most popular first.

        Case, accents and invisible signs do not count; ``k=None`` gives all.

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

        Beside them, where there is something to say: ``readings.safetensors``, how names and titles
        are read, and ``added.json``, what is told of songs that `add` brought. Nothing in it is
        code that loading would run.

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
        """Read what `save` wrote; `history` is not kept.

        Raises
        ------
        InputError
            If a file is missing, damaged or belongs to another model.

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
    """Return what is told of added songs; refuse what does not belong to the last songs."""
    content = read_json(Path(folder) / ADDED, remedy)
    try:
        added = pd.DataFrame({name: content[name] for name in ESTIMATED})
        added = added.astype({"estimated_from": str, "n_artist_songs": int, "confidence": float})
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{ADDED} in {Path(folder).name} is damaged ({error}): {remedy}") from None
    if songs["song"].iloc[len(songs) - len(added) :].tolist() != added["song"].tolist():
        raise InputError(f"{ADDED} in {Path(folder).name} names other songs: {remedy}")
    return added
