"""Item2vec: skip-gram with negative sampling, a playlist for a sentence."""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.base import Model, Vectors
from muse_lib.models.baselines.rival import Rounds, last
from muse_lib.seeds import stream

LONGEST_SENTENCE = 10_000
"""Songs of a sentence that gensim reads; it passes over the rest without a word."""

STEP = 0.05
"""Size of all steps; gensim begins with 0.025, which is for text, where words return often."""


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

    A playlist is a set, so all of it is the window. Taking every pair costs the square of its
    length in every epoch, which at the poster's size is minutes for a few epochs. The authors'
    other way costs its length alone and did as well for them: every epoch puts each playlist in a
    new random order, in which ``window`` songs on either side are the context, so that any two
    songs of a playlist meet equally often. At equal cost, a narrow window and many orders were at
    least as good on validation pairs as a wide window and few orders, so those are the defaults.

    Parameters
    ----------
    dim : int
        Length of a song vector.
    epochs : int
        Times that every playlist is read, each time in another order.
    window : int
        Songs on either side that are context.
    sample : float
        Share of all places on playlists above which a song is popular enough to be skipped
        now and then; 0 passes over none. It helps where there are thousands of songs; in a world
        of a hundred, where every song has a large share, it leaves too little to learn from.
    negative_exponent : float
        The five negative samples are drawn by popularity to this power; 0 draws all songs alike.
    step : float
        Size of the steps of gradient descent, the same all along, so that a run can be read at
        any of its epochs.
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
    """Yield the vectors after some numbers of epochs of one run of `item2vec`."""
    from gensim.models import Word2Vec  # importing it takes a second, and few notebooks need it

    sentences = Sentences(vocabulary.playlists, stream(seed, "orders of item2vec"))
    model = Word2Vec(
        vector_size=dim,
        window=window,
        shrink_windows=False,  # all of the window counts, not a random part of it
        sg=1,
        negative=5,
        ns_exponent=negative_exponent,
        sample=sample,
        min_count=1,
        seed=int(stream(seed, "item2vec").integers(2**31)),
        hashfxn=len,  # whatever gensim hashes, Python's hash differs from process to process
        workers=1,  # several would race for the vectors
    )
    model.build_vocab(sentences)
    rows = [model.wv.key_to_index[str(song)] for song in range(len(vocabulary.songs))]
    for epoch in range(1, max(read_at) + 1):
        model.train(
            sentences,
            total_examples=model.corpus_count,
            epochs=1,
            start_alpha=step,
            end_alpha=step,  # a step that shrank would depend on where the run ends
        )
        if epoch in read_at:
            yield epoch, Vectors(model.wv.vectors[rows])


def item2vec_needs(vocabulary: Vocabulary, dim: int = 100, **_: object) -> float:
    """Return about how many bytes a fit takes: three vectors a song, and gensim's words."""
    return (3 * 4 * dim + 1_000) * len(vocabulary.songs)


class Sentences:
    """Playlists as gensim reads them, again and again, each time in another order.

    A playlist longer than a sentence may be becomes several sentences, other ones every time.
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
