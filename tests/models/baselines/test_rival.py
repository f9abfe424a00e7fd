import numpy as np
import pytest

from muse_lib.models.baselines import BASELINES
from muse_lib.models.baselines.rival import n_cells


def bytes_needed(vocabulary, name, **point):
    return BASELINES[name].needs(vocabulary, **point)


@pytest.mark.parametrize("name", [name for name, rival in BASELINES.items() if rival.needs])
def test_a_rival_that_would_not_fit_says_what_it_needs_and_what_to_do(scenes, name, monkeypatch):
    assert BASELINES[name].too_large(scenes) == ""
    monkeypatch.setattr("muse_lib.models.baselines.rival.MOST_BYTES", 100)
    why = BASELINES[name].too_large(scenes)
    assert "for 60 songs of 120 playlists" in why
    assert "raise min_song_count or lower n_playlists" in why


def test_who_says_nothing_of_memory_always_fits(scenes, monkeypatch):
    monkeypatch.setattr("muse_lib.models.baselines.rival.MOST_BYTES", 0)
    assert BASELINES["popularity"].too_large(scenes) == ""


def test_longer_vectors_and_more_votes_need_more(scenes):
    for name, parameter in (("als", "factors"), ("glove", "dim"), ("item2vec", "dim")):
        few, many = (bytes_needed(scenes, name, **{parameter: n}) for n in (10, 1_000))
        assert few < many
    assert bytes_needed(scenes, "item_knn", k=0) < bytes_needed(scenes, "item_knn", k=100)


def test_cells_are_the_squares_of_lengths(scenes):
    assert n_cells(scenes) == sum(np.square([len(songs) for songs in scenes.playlists]))
