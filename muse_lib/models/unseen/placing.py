"""Place songs that are in no playlist yet in the space of a trained model."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from muse_lib.errors import InputError
from muse_lib.models.embedding import Embedding
from muse_lib.models.unseen.confidence import confidence
from muse_lib.models.unseen.fold_in import centroids, fold_in
from muse_lib.models.unseen.known import NO_KNOWN_ARTIST, Known
from muse_lib.models.unseen.methods import Affine, ridge, shrunken
from muse_lib.models.unseen.new_song_table import named
from muse_lib.models.unseen.scale import Scale
from muse_lib.seeds import stream

MOST_READ = 4_000
"""Most artists of whom one song name is encoded; more gain little on validation playlists."""

ESTIMATED = ["song", "estimated_from", "n_artist_songs", "confidence"]
"""The columns that describe an estimated song, in addition to those of every song."""


def learn_names(embedding: Embedding, title_model: str) -> Affine:
    """Return the regression of artists' mean vectors on names, see `methods.artists_regression`.

    It uses the best-known song of each artist, for a random sample of at most `MOST_READ` artists.
    """
    known = _known(embedding)
    order = stream(0, "artists whose names are read").permutation(known.best_known.size)
    artists = np.sort(order[:MOST_READ])
    songs = embedding.songs.iloc[known.best_known[artists]]
    names = tuple(zip(songs["track"], songs["artist"], strict=True))
    return ridge(_read(names, title_model), known.means[artists])


@lru_cache(maxsize=1)  # the variants of a study share their songs, and encoding is slow
def _read(names: tuple[tuple[str, str], ...], title_model: str) -> np.ndarray:
    from muse_lib.titles.names import name_vectors  # needs the extra for text

    return name_vectors(pd.DataFrame(names, columns=["track", "artist"]), title_model)


@dataclass(frozen=True)
class Placed:
    """New songs in the space of a model.

    Attributes
    ----------
    vectors, biases : ndarray
        (n_new, dim) and (n_new,) float, see `Scale`.
    artists : ndarray
        (n_new,) int: the number of the artist among those of the trained songs, or
        `NO_KNOWN_ARTIST`.
    basis : DataFrame
        What each estimate rests on: ``estimated_from``, ``n_artist_songs`` and ``confidence``, see
        `muse_lib.models.unseen.confidence`.
    """

    vectors: np.ndarray
    biases: np.ndarray
    artists: np.ndarray
    basis: pd.DataFrame


@dataclass(frozen=True)
class Placing:
    """Estimates new songs in the space of one model.

    Attributes
    ----------
    embedding : Embedding
        The trained songs.
    names : Affine, optional
        `learn_names`; without it, a song is placed by its artist and playlists only.
    title_model : str
        The sentence encoder of names.
    """

    embedding: Embedding
    names: Affine | None = None
    title_model: str = ""

    @cached_property
    def known(self) -> Known:
        """The trained songs, without texts."""
        return _known(self.embedding)

    def place(self, songs: pd.DataFrame, lists: Mapping[int, np.ndarray] | None = None) -> "Placed":
        """Estimate new songs.

        Parameters
        ----------
        songs : DataFrame
            ``track`` and ``artist`` (str), numbered from 0.
        lists : mapping, optional
            From the number of a new song to the positions of the known songs that share a
            playlist with it, int.

        Raises
        ------
        InputError
            If there is nothing to estimate one of them from.
        """
        known = self.known
        artist = known.artists_of(songs)
        has_artist = artist != NO_KNOWN_ARTIST
        from_text = np.zeros((len(songs), known.vectors.shape[1]))
        if self.names is not None:
            from muse_lib.titles.names import name_vectors

            from_text = self.names(name_vectors(songs, self.title_model))
        estimated = shrunken(known, artist, from_text)
        given = [(lists or {}).get(number, np.empty(0, int)) for number in range(len(songs))]
        context = centroids(known.vectors, given)
        has_lists = np.asarray(context.any(axis=1))
        vectors = fold_in(estimated, context)
        if (nothing := np.asarray(~vectors.any(axis=1))).any():
            raise InputError(
                f"nothing is known about {named(songs, nothing)}: no song "
                f"by the artist, no playlist, and names are not read; give playlists that contain "
                f"it, or install muse-lib[text]."
            )
        has_name = np.full(len(songs), self.names is not None)
        parts = zip(has_artist, has_name, has_lists, strict=True)
        basis = pd.DataFrame(
            {
                "estimated_from": [
                    ", ".join(
                        word
                        for word, used in zip(("artist", "name", "playlists"), one, strict=True)
                        if used
                    )
                    for one in parts
                ],
                "n_artist_songs": known.n_songs_of[artist],
                "confidence": confidence(known.evidence(estimated), has_lists),
            }
        )
        scale = Scale.of(self.embedding)
        return Placed(scale.vectors(vectors), scale.biases(len(songs)), artist, basis)


def _known(embedding: Embedding) -> Known:
    return Known.of(
        Scale.of(embedding).known(embedding), embedding.songs, np.empty((len(embedding.songs), 0))
    )
