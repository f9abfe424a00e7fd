"""Methods that estimate a vector from an artist and a text, from simple to learned.

u_i is the vector of known song i, of length 1 or about 1 (`Scale`); x its text; a(i) its artist,
with n_a known songs. r(x) is the ridge regression of vectors on texts (`ridge`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Protocol

import numpy as np

from muse_lib.models.base import Vectors, row_blocks, unit
from muse_lib.models.unseen.known import NO_KNOWN_ARTIST, Estimate, Known, Newcomers

PENALTY = 3.0
"""Ridge penalty; from 3 to 30 nothing changes on the validation playlists of any corpus."""

PRIOR_SONGS = 1.0
"""Weight of the text relative to the artist's songs: as much as one of them."""

TEMPERATURE = 0.2
"""Softmax temperature of the attention; much smaller differences in cosine have no effect."""


class Method(Protocol):
    """A way to place new songs."""

    def __call__(self, known: Known, /, *, seed: int = 0) -> Estimate:
        """Learn from the known songs; the seed determines all random draws."""


@dataclass(frozen=True)
class Affine:
    """r(x) = x B + c.

    Attributes
    ----------
    matrix : ndarray
        (n_features, dim) float: B.
    offset : ndarray
        (dim,) float: c.
    """

    matrix: np.ndarray
    offset: np.ndarray

    def __call__(self, text: np.ndarray) -> np.ndarray:
        """Return r(x) of some texts, (n, n_features) float, as (n, dim) float."""
        return np.asarray(text @ self.matrix + self.offset)


def ridge(text: np.ndarray, vectors: np.ndarray, penalty: float = PENALTY) -> Affine:
    """Return the minimiser of sum |r(x_i) - u_i|^2 + penalty |B|^2, in float64.

    Parameters
    ----------
    text : ndarray
        (n, n_features) float, at least one row.
    vectors : ndarray
        (n, dim) float.
    penalty : float
        Above 0; the offset is free.
    """
    middle, mean = (rows.mean(axis=0, dtype=np.float64) for rows in (text, vectors))
    gram, right = penalty * np.eye(middle.size), np.zeros((middle.size, mean.size))
    for block in row_blocks(len(text)):
        x, u = text[block] - middle, vectors[block] - mean
        gram += x.T @ x
        right += x.T @ u
    matrix = np.linalg.solve(gram, right)
    return Affine(matrix, mean - middle @ matrix)


def artists_regression(known: Known) -> Affine:
    """Return r fitted with one row per artist: text of the best-known song, mean vector.

    With one row per song, artists with many songs would dominate r, but an artist whose songs are
    in no playlist yet typically has few.
    """
    means = known.means[:-1]  # the last belongs to `NO_KNOWN_ARTIST`
    return ridge(known.text[known.best_known], means)


def shrunken(known: Known, artist: np.ndarray, from_text: np.ndarray) -> np.ndarray:
    """Return v = (sum of u over the artist's songs + r(x)) / (n_a + 1), r(x) clipped to length 1.

    The posterior mean of a normal vector (empirical Bayes): the text gives the prior, with the
    weight of one song, and the artist's songs are the observations. The length of v measures how
    far they agree.

    Parameters
    ----------
    artist : ndarray
        (n_new,) int, as in `Newcomers`.
    from_text : ndarray
        (n_new, dim) float: r(x).
    """
    total = known.sums[artist] + PRIOR_SONGS * _at_most_one(from_text)
    return np.asarray(total / (known.n_songs_of[artist] + PRIOR_SONGS)[:, None])


def artist_mean(known: Known, /, *, seed: int = 0) -> Estimate:  # noqa: ARG001 - nothing is drawn
    """Estimate the mean of the artist's songs; zero for an artist without known songs."""
    return lambda new: known.means[new.artist]


def text_regression(known: Known, /, *, seed: int = 0) -> Estimate:  # noqa: ARG001
    """Estimate r(x), ignoring the artist."""
    regression = artists_regression(known)
    return lambda new: _at_most_one(regression(new.text))


def text_by_songs(known: Known, /, *, seed: int = 0) -> Estimate:  # noqa: ARG001
    """Estimate r(x) fitted with one row per song, for comparison with one row per artist."""
    regression = ridge(known.text, known.vectors)
    return lambda new: _at_most_one(regression(new.text))


def artist_prior(known: Known, /, *, seed: int = 0) -> Estimate:  # noqa: ARG001
    """Estimate from the artist's songs and the text together: `shrunken`, the default."""
    regression = artists_regression(known)
    return lambda new: shrunken(known, new.artist, regression(new.text))


def artist_prior_by_songs(known: Known, /, *, seed: int = 0) -> Estimate:  # noqa: ARG001
    """Estimate `shrunken` with the regression of `text_by_songs`."""
    regression = ridge(known.text, known.vectors)
    return lambda new: shrunken(known, new.artist, regression(new.text))


def attention(known: Known, /, *, seed: int = 0, by_text: bool = True) -> Estimate:  # noqa: ARG001
    """Estimate `shrunken`, but with the artist's songs weighted by attention.

    After ACARec (2026), in closed form. The weight of song i is softmax(cos(x, x_i) /
    `TEMPERATURE`): songs with a name similar to the new one count more. Without content
    (``by_text=False``) it is softmax(log n_i): proportional to the song's number of playlists.
    """
    regression = artists_regression(known)
    songs_of = np.argsort(known.artist, kind="stable")
    ends = np.cumsum(known.n_songs_of)

    def estimate(new: Newcomers) -> np.ndarray:
        attended = np.zeros((len(new), known.vectors.shape[1]))
        queries = Vectors(new.text).unit
        for number in np.flatnonzero(new.artist != NO_KNOWN_ARTIST):
            artist = new.artist[number]
            songs = songs_of[ends[artist] - known.n_songs_of[artist] : ends[artist]]
            score = (
                unit(known.text[songs]) @ queries[number] / TEMPERATURE
                if by_text
                else np.log(known.popularity[songs])
            )
            weight = np.exp(score - score.max())
            attended[number] = weight / weight.sum() @ known.vectors[songs]
        n = known.n_songs_of[new.artist][:, None]
        total = n * attended + PRIOR_SONGS * _at_most_one(regression(new.text))
        return np.asarray(total / (n + PRIOR_SONGS))

    return estimate


def mean_of(*methods: Method) -> Method:
    """Return the method whose estimate is the mean of the unit vectors of other methods."""

    def method(known: Known, /, *, seed: int = 0) -> Estimate:
        estimates = [one(known, seed=seed) for one in methods]
        return lambda new: np.mean([Vectors(one(new)).unit for one in estimates], axis=0)

    return method


def network(known: Known, /, *, seed: int = 0) -> Estimate:
    """Estimate with the supplementary network: `muse_lib.models.unseen.network`."""
    from muse_lib.models.unseen.network import fit  # scikit-learn is an extra

    return fit(known, seed)


def _at_most_one(vectors: np.ndarray) -> np.ndarray:
    """Return vectors, clipped to length 1 if longer."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1))


DEFAULT = "artist prior"

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "artist mean": artist_mean,
        "text regression": text_regression,
        "text regression, by songs": text_by_songs,
        DEFAULT: artist_prior,
        "artist prior, by songs": artist_prior_by_songs,
        "attention": attention,
        "attention without content": partial(attention, by_text=False),
        "network": network,
        "network and prior": mean_of(network, artist_prior),
    }
)
"""The methods by name, from simple to learned."""
