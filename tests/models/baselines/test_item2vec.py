import itertools
import sys

import gensim.models.word2vec
import numpy as np
import pytest

from muse_lib.models.baselines.item2vec import LONGEST_SENTENCE, Sentences


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
