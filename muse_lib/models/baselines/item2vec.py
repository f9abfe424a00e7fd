"""Item2vec: skip-gram with negative sampling, with playlists as sentences."""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import Model, Vectors
from muse_lib.models.baselines.rival import Rounds, last
from muse_lib.seeds import stream

LONGEST_SENTENCE = 10_000
"""Longest sentence that gensim reads; it silently drops the rest."""

STEP = 0.05
"""Constant step size; gensim starts at 0.025, which suits text, where words recur often."""


def item2vec(
    vocabulary: Vocabulary,
    seed: int,
    dim: int = 100,
    epochs: int = 50,
    window: int = 2,
    sample: float = 0.0,
    negative_exponent: float = 0.75,
    step: float = STEP,
) -> Model:
    """Return gensim's skip-gram vectors of songs (Barkan and Koenigstein 2016).

    A playlist is a set, so its window is the whole playlist. Using every pair costs the square of
    its length in every epoch: minutes for a few epochs at the poster's size. The authors'
    alternative is linear in the length and did as well for them: every epoch shuffles each
    playlist and takes ``window`` songs on either side as context, so that all pairs in a playlist
    are equally likely. At equal cost, a narrow window with many epochs was at least as good on
    validation pairs as a wide window with few, so those are the defaults.

    Parameters
    ----------
    dim : int
        Length of a song vector.
    epochs : int
        Passes over all playlists, each in a new random order.
    window : int
        Context songs on either side.
    sample : float
        Songs with more than this share of all playlist entries are randomly subsampled; 0 keeps
        all. It helps with thousands of songs; with a hundred, where every song has a large share,
        too little is left to learn from.
    negative_exponent : float
        The five negative samples are drawn by popularity to this power; 0 draws uniformly.
    step : float
        Step size of gradient descent, constant so that one run gives the model at every epoch.
    """
    chosen = (dim, window, sample, negative_exponent, step)
    return last(item2vec_along(vocabulary, seed, [epochs], *chosen))


def item2vec_along(
    vocabulary: Vocabulary,
    seed: int,
    read_at: Collection[int],
    dim: int = 100,
    window: int = 2,
    sample: float = 0.0,
    negative_exponent: float = 0.75,
    step: float = STEP,
) -> Rounds:
    """Yield the vectors after given numbers of epochs of one run of `item2vec`."""
    from gensim.models import Word2Vec  # importing it takes a second, and few notebooks need it

    sentences = Sentences(vocabulary.playlists, stream(seed, "orders of item2vec"))
    model = Word2Vec(
        vector_size=dim,
        window=window,
        shrink_windows=False,  # use the full window, not a random part of it
        sg=1,
        negative=5,
        ns_exponent=negative_exponent,
        sample=sample,
        min_count=1,
        seed=int(stream(seed, "item2vec").integers(2**31)),
        hashfxn=len,  # Python's own hash differs from process to process
        workers=1,  # several would race on the vectors
    )
    model.build_vocab(sentences)
    rows = [model.wv.key_to_index[str(song)] for song in range(len(vocabulary.songs))]
    for epoch in range(1, max(read_at) + 1):
        model.train(
            sentences,
            total_examples=model.corpus_count,
            epochs=1,
            start_alpha=step,
            end_alpha=step,  # a decaying step would depend on the length of the run
        )
        if epoch in read_at:
            yield epoch, Vectors(model.wv.vectors[rows])


def item2vec_needs(vocabulary: Vocabulary, dim: int = 100, **_: object) -> float:
    """Return the approximate bytes of a fit: three vectors per song, and gensim's vocabulary."""
    return (3 * 4 * dim + 1_000) * len(vocabulary.songs)


class Sentences:
    """Playlists as gensim reads them, in a new random order on every pass.

    A playlist longer than `LONGEST_SENTENCE` is split into several sentences, anew on every pass.
    """

    def __init__(self, playlists: list[np.ndarray], rng: np.random.Generator) -> None:
        self._playlists = playlists
        self._rng = rng

    def __iter__(self) -> Iterator[Any]:
        for number in self._rng.permutation(len(self._playlists)):
            songs = self._rng.permutation(self._playlists[number])
            n_sentences = -(-songs.size // LONGEST_SENTENCE)
            for sentence in np.array_split(songs, n_sentences):
                yield [str(song) for song in sentence]
