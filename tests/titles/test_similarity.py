"""Blocks and samples of pairs of titles, held to the table of all pairs."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from muse_lib.titles import similarity
from muse_lib.titles.similarity import closest, cosines, extremes, n_pairs


@pytest.fixture(params=[0, 1, 2, 3, 60])
def vectors(request):
    """Unit vectors, some of them alike, so that there are ties."""
    rng = np.random.default_rng(request.param)
    found = rng.integers(-1, 2, size=(request.param, 4)) + np.array([0.5, 0, 0, 0])
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(params=[2, 512])
def _blocks(request, monkeypatch):
    monkeypatch.setattr(similarity, "ROWS_AT_ONCE", request.param)
    monkeypatch.setattr(similarity, "PAIRS_AT_ONCE", 7 * request.param)


def all_pairs(vectors):
    """The table of all pairs."""
    one, other = np.triu_indices(len(vectors), k=1)
    cosine = np.einsum("pf,pf->p", vectors[one], vectors[other])
    return pd.DataFrame({"one": one, "other": other, "cosine": cosine})


@pytest.mark.usefixtures("_blocks")
def test_the_cosines_of_few_titles_are_those_of_all_pairs(vectors):
    assert_array_equal(cosines(vectors, seed=0), all_pairs(vectors)["cosine"])
    assert n_pairs(vectors) == len(all_pairs(vectors))


@pytest.mark.usefixtures("_blocks")
def test_the_ends_are_those_of_the_sorted_table_of_all_pairs(vectors):
    table = all_pairs(vectors).sort_values("cosine", kind="stable", ascending=False)
    expected = pd.concat([table[:8], table[-4:] if len(table) else table])
    found = extremes(vectors, 8, 4)
    assert_frame_equal(found, expected.reset_index(drop=True), check_dtype=False)


@pytest.mark.usefixtures("_blocks")
def test_the_closest_title_is_the_first_of_the_sorted_table_of_all_pairs_both_ways(vectors):
    table = all_pairs(vectors)
    turned = table.rename(columns={"one": "other", "other": "one"})
    both = pd.concat([table, turned]).sort_values("cosine", kind="stable", ascending=False)
    expected = both.drop_duplicates("one")[["one", "other", "cosine"]].reset_index(drop=True)
    found = closest(vectors, np.arange(len(vectors)))
    assert_frame_equal(found, expected, check_dtype=False)
    some = np.arange(0, len(vectors), 3)
    expected = expected[expected["one"].isin(some)].reset_index(drop=True)
    assert_frame_equal(closest(vectors, some), expected, check_dtype=False)


def test_of_many_pairs_a_sample_is_drawn_that_follows_from_the_seed(monkeypatch):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    every = cosines(vectors, seed=0)
    monkeypatch.setattr(similarity, "MOST_PAIRS", 20_000)
    some = cosines(vectors, seed=0)
    assert some.size == 20_000 < every.size
    assert_array_equal(some, cosines(vectors, seed=0))
    assert (some != cosines(vectors, seed=1)).any()
    assert some.max() < 1  # no title is a pair with itself
    levels = [0.1, 0.5, 0.9]
    assert np.abs(np.quantile(some, levels) - np.quantile(every, levels)).max() < 0.02
