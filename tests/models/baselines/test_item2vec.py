import itertools
import sys

import gensim.models.word2vec
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from muse_lib.models.baselines.item2vec import (
    LONGEST_SENTENCE,
    Sentences,
    item2vec,
    item2vec_along,
)


@pytest.mark.parametrize("limit", [3, 5])
def test_sentences_hold_every_song_once_and_none_is_cut(monkeypatch, limit):
    """gensim drops what is beyond its limit without a word."""
    module = sys.modules[Sentences.__module__]  # its package has a function of that name
    monkeypatch.setattr(module, "LONGEST_SENTENCE", limit)
    playlists = [np.arange(11), np.array([2, 7])]
    read = list(Sentences(playlists, np.random.default_rng(0)))
    assert max(map(len, read)) <= limit
    words = sorted(itertools.chain.from_iterable(read))
    assert words == sorted(str(song) for playlist in playlists for song in playlist)


def test_sentences_come_in_another_order_every_time():
    sentences = Sentences([np.arange(50)], np.random.default_rng(0))
    (first,), (second,) = sentences, sentences
    assert first != second
    assert sorted(first) == sorted(second)


def test_our_limit_of_a_sentence_is_that_of_gensim():
    assert LONGEST_SENTENCE == gensim.models.word2vec.MAX_WORDS_IN_BATCH


@pytest.mark.parametrize("sample", [0.0, 0.01])
def test_reading_along_gives_what_runs_of_those_lengths_give(scenes, sample):
    read = dict(item2vec_along(scenes, 0, [2, 5], dim=8, sample=sample))
    assert list(read) == [2, 5]
    for epochs, model in read.items():
        alone = item2vec(scenes, 0, dim=8, sample=sample, epochs=epochs)
        assert_array_equal(model.vectors, alone.vectors)
