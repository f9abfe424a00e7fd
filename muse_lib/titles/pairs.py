"""Derive pairs of songs that should be close, or far apart, from playlist titles.

*Positive*: songs of two training playlists with similar titles, or of the same playlist.
*Negative*: songs of two playlists with dissimilar titles, unless some training playlist contains
both songs. Equal titles count as one title, and playlists without a title yield no pairs.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse

from muse_lib.config import ContrastiveConfig, TitleConfig
from muse_lib.data.dataset import Vocabulary, incidence
from muse_lib.errors import InputError
from muse_lib.seeds import stream
from muse_lib.titles.encoder import TitleModel
from muse_lib.titles.text import as_read

TITLES_AT_ONCE = 1024
"""Rows of the similarity matrix in memory at a time: 4 kB per title."""

DISSIMILAR_PLAYLISTS, PLAYLISTS_AT_ONCE = 400_000, 20_000
"""Pairs of playlists sampled for dissimilar titles, in total and at a time; epochs draw from the
dissimilar ones."""

ROUNDS = 50
"""Maximum number of attempts to draw enough pairs before an epoch makes do with fewer."""

Drawn = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class SongPairs:
    """Pairs of songs with labels y: 1 for positive, 0 for negative pairs.

    Attributes
    ----------
    i, j : ndarray
        (n_pairs,) int64 song numbers, i != j.
    y : ndarray
        (n_pairs,) float32.
    """

    i: np.ndarray
    j: np.ndarray
    y: np.ndarray


class TitlePairs:
    """Song pairs derived from the titles of training playlists, redrawn every epoch.

    Parameters
    ----------
    playlists : list of ndarray
        The training playlists, each (L,) song numbers, L >= 1.
    titles : list of str
        Their cleaned titles, as given to the encoder; empty if there is no title.
    vectors : ndarray
        (n_playlists, n_features) unit vectors of the titles.
    n_songs : int
        Number of songs in the vocabulary.
    config : ContrastiveConfig
        Thresholds, numbers of pairs, and how to draw them.
    seed : int
        The study's seed.

    Raises
    ------
    InputError
        If there are fewer than two distinct titles, or no two are dissimilar enough; the message
        names a threshold that would work.
    """

    def __init__(
        self,
        playlists: list[np.ndarray],
        titles: list[str],
        vectors: np.ndarray,
        n_songs: int,
        config: ContrastiveConfig,
        seed: int,
    ) -> None:
        self.config, self.seed = config, seed
        titled = [number for number, title in enumerate(titles) if title]
        distinct, first, self._title = np.unique(
            [titles[number] for number in titled], return_index=True, return_inverse=True
        )
        if distinct.size < 2:
            raise InputError(
                f"contrastive learning compares at least 2 different titles, and the training "
                f"playlists have {distinct.size}: give them titles, or train only the variants "
                f"with contrastive=False: --set variants=\"['muse', 'muse-artist']\"."
            )
        self._vectors = vectors[titled][first]
        of_titled = [playlists[number] for number in titled]
        self._length = np.array([songs.size for songs in of_titled])
        self._start = np.cumsum(self._length) - self._length
        self._songs = np.concatenate(of_titled).astype(np.int64)
        self._weight = np.ones(len(titled)) if config.draw_by == "playlist" else self._length
        self._in_playlist = incidence(playlists, n_songs)
        self._similar = self._similar_titles()
        self._dissimilar = self._dissimilar_playlists()

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of everything that determines which pairs are drawn."""
        sha = hashlib.sha256(f"{self.config.model_dump()} {self.seed}".encode())
        for array in (self._title, self._vectors, self._songs, self._length):
            sha.update(array.tobytes())
        return sha.hexdigest()

    def draw(self, epoch: int) -> SongPairs:
        """Return the pairs of one epoch, ``n_contrastive_pairs`` of each kind."""
        rng = stream(self.seed, f"contrastive pairs of epoch {epoch}")
        n = self.config.n_contrastive_pairs
        i, j = self._draw_until(n, lambda: self._positive(n, rng))
        k, m = self._draw_until(n, lambda: self._negative(n, rng))
        y = np.repeat(np.array([1, 0], dtype=np.float32), [i.size, k.size])
        return SongPairs(np.concatenate([i, k]), np.concatenate([j, m]), y)

    def _positive(self, n: int, rng: np.random.Generator) -> Drawn:
        """Draw a playlist, another with a similar title, and a song from each."""
        one = rng.choice(self._length.size, n, p=self._weight / self._weight.sum())
        similar, running = self._similar
        row = self._title[one]
        title = similar.indices[_pick(running, similar.indptr[row], similar.indptr[row + 1], rng)]
        order, ends, running = self._by_title
        other = order[_pick(running, ends[title], ends[title + 1], rng)]
        return self._song_of(one, rng), self._song_of(other, rng)

    def _negative(self, n: int, rng: np.random.Generator) -> Drawn:
        """Draw two playlists with dissimilar titles and a song from each that never co-occur."""
        one, other = self._dissimilar[:, rng.integers(self._dissimilar.shape[1], size=n)]
        i, j = self._song_of(one, rng), self._song_of(other, rng)
        met = self._in_playlist[i].multiply(self._in_playlist[j]).sum(axis=1) > 0
        return i[~met], j[~met]

    def _song_of(self, playlist: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw a song from each playlist, uniformly."""
        place = (rng.random(playlist.size) * self._length[playlist]).astype(np.int64)
        return np.asarray(self._songs[self._start[playlist] + place])

    @cached_property
    def _by_title(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Playlists sorted by title, the offsets of titles, and the cumulative weights."""
        order = np.argsort(self._title, kind="stable")
        ends = np.concatenate([[0], np.cumsum(np.bincount(self._title))])
        return order, ends, np.concatenate([[0], np.cumsum(self._weight[order])])

    def _similar_titles(self) -> tuple[scipy.sparse.csr_array, np.ndarray]:
        """Return which titles are similar, each also to itself, and the cumulative weights.

        The similarity matrix is computed in blocks of rows; only similar titles are kept.
        """
        weight = np.bincount(self._title, self._weight)
        rows = []
        for start in range(0, len(self._vectors), TITLES_AT_ONCE):
            near = self._vectors[start : start + TITLES_AT_ONCE] @ self._vectors.T
            near = near >= self.config.similar_title
            near[np.arange(len(near)), start + np.arange(len(near))] = True
            rows.append(scipy.sparse.csr_array(near))
        similar = scipy.sparse.vstack(rows, format="csr")
        return similar, np.concatenate([[0], np.cumsum(weight[similar.indices])])

    def _dissimilar_playlists(self) -> np.ndarray:
        """Return pairs of playlists with dissimilar titles, (2, n_pairs), sampled by weight."""
        rng = stream(self.seed, "pairs of dissimilar titles")
        share = self._weight / self._weight.sum()
        cosines = self._cosines()
        kept, lowest = [], 1.0
        for _ in range(DISSIMILAR_PLAYLISTS // PLAYLISTS_AT_ONCE):
            pair = rng.choice(self._length.size, (2, PLAYLISTS_AT_ONCE), p=share)
            cosine = cosines(*self._title[pair])
            kept.append(pair[:, cosine <= self.config.dissimilar_title])
            lowest = min(lowest, float(cosine.min()))
        dissimilar = np.concatenate(kept, axis=1)
        if not dissimilar.size:
            raise InputError(
                f"no two titles have a cosine of dissimilar_title={self.config.dissimilar_title:g} "
                f"or less; the lowest is {lowest:.3f}: raise dissimilar_title above it."
            )
        return dissimilar

    def _cosines(self) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """Return the function that gives the cosines of pairs of titles.

        The pairs to sample are often more than there are: each is then computed once.
        """
        vectors = self._vectors
        if len(vectors) ** 2 > DISSIMILAR_PLAYLISTS:
            return lambda one, other: np.einsum("pf,pf->p", vectors[one], vectors[other])
        rows = [np.einsum("pf,pf->p", np.broadcast_to(v, vectors.shape), vectors) for v in vectors]
        table = np.array(rows)
        return lambda one, other: table[one, other]

    def _draw_until(self, n: int, draw: Callable[[], Drawn]) -> Drawn:
        """Draw pairs of two different songs until there are ``n``, in at most `ROUNDS` attempts."""
        i = j = np.empty(0, dtype=np.int64)
        for _ in range(ROUNDS):
            one, other = draw()
            different = one != other
            i, j = np.append(i, one[different]), np.append(j, other[different])
            if i.size >= n:
                break
        return i[:n], j[:n]


def training_title_pairs(
    vocabulary: Vocabulary, config: ContrastiveConfig, title_config: TitleConfig, seed: int
) -> TitlePairs:
    """Return the song pairs derived from the titles of a study's training playlists."""
    titles = as_read(vocabulary.titles, title_config.normalise_titles)
    vectors = TitleModel(title_config.title_model).encode(titles)
    return TitlePairs(vocabulary.playlists, titles, vectors, len(vocabulary.songs), config, seed)


def pairs_of_an_epoch(
    vocabulary: Vocabulary, config: ContrastiveConfig, title_config: TitleConfig, seed: int
) -> tuple[SongPairs, str]:
    """Return the pairs of epoch 0, or no pairs and the reason if titles yield none.

    This is for inspection only: training a contrastive variant on such playlists raises an error.
    """
    try:
        return training_title_pairs(vocabulary, config, title_config, seed).draw(epoch=0), ""
    except InputError as reason:
        none = np.empty(0, dtype=np.int64)
        return SongPairs(none, none, none.astype(np.float32)), str(reason)


def _pick(
    running: np.ndarray, low: np.ndarray, high: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw a place from low to high - 1 for each of many ranges, by weight.

    ``running`` is the cumulative sum of the weights, from 0, for inverse transform sampling.
    """
    along = running[low] + rng.random(low.size) * (running[high] - running[low])
    place = np.searchsorted(running, along, side="right") - 1
    return np.asarray(np.clip(place, low, high - 1))
