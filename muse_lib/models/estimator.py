"""MuSE as one object: playlists in; similar songs, recommendations and vectors out."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from muse_lib.config import ClusterConfig
from muse_lib.data.catalogue import Song
from muse_lib.data.dataset import Vocabulary
from muse_lib.data.playlists import Playlists, vocabulary_of
from muse_lib.errors import InputError
from muse_lib.extras import require
from muse_lib.models.embedding import Embedding
from muse_lib.models.muse.switches import PRESETS, SWITCHES, VARIANTS
from muse_lib.models.muse.training import N_SHARDS
from muse_lib.models.muse.variants import Recipe
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

MODEL = "config.json"


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
        return self

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

    def recommend(self, songs: Iterable[Song], k: int = 10) -> pd.DataFrame:
        """Return ``k`` songs with which a playlist could go on, none of its own among them.

        Parameters
        ----------
        songs : iterable of int, str or tuple of str
            The songs of the playlist; see `vector`.
        k : int
            How many, at least 1.

        Returns
        -------
        DataFrame
            ``song``, ``track``, ``artist`` and ``score``, the best first: see
            `Embedding.continuation_scores`. Of other variants than the default it is called
            ``cosine``, that with the mean of the playlist's unit vectors.

        Raises
        ------
        InputError
            If ``songs`` is empty or names no song or several, or ``k`` is below 1.

        Examples
        --------
        >>> from muse_lib import MuSE
        >>> muse = MuSE(dim=4).fit([["a", "b"], ["a", "b", "c"], ["x", "y"]])
        >>> muse.recommend(["a", "b"], k=1)["song"].tolist()
        ['c']
        """
        return self.embedding.continuation(songs, k)

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

        Nothing in it is code that loading would run.

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
        return model

    def __repr__(self) -> str:
        state = f"{len(self.songs):,} songs" if self._embedding is not None else "not fitted"
        return f"MuSE({self.variant!r}, dim={self.parameters['dim']}, {state})"
