from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

from muse_lib.data.sampling import PARTS, folds, most_popular, sample, split
from muse_lib.errors import InputError
from tests.helpers.worlds import corpus_of

WHOLE = {"n_seed_songs": 0, "n_playlists": 0, "max_playlist_length": 1000, "seed": 0}


def titles(corpus):
    return list(corpus.playlists["title"])


def test_only_playlists_with_a_seed_song_are_kept():
    corpus = corpus_of([[0, 1], [0, 2], [0, 3], [4, 5], [6, 7]])
    kept = sample(corpus, **WHOLE | {"n_seed_songs": 1})
    assert titles(kept) == ["playlist 0", "playlist 1", "playlist 2"]


def test_seed_songs_are_those_in_most_playlists_and_ties_go_to_the_first():
    corpus = corpus_of([[3, 1], [3, 2], [1, 0], [2, 5]])
    assert_array_equal(most_popular(corpus.memberships, 6, k=3), [1, 2, 3])


def test_zero_seed_songs_keep_every_playlist():
    corpus = corpus_of([[0, 1], [2, 3], [4, 5]])
    assert len(sample(corpus, **WHOLE).playlists) == 3


def test_the_cap_is_exact_and_drawn_from_the_seed():
    corpus = corpus_of([[song, song + 1] for song in range(50)])
    drawn = [titles(sample(corpus, **WHOLE | {"n_playlists": 20, "seed": s})) for s in (0, 0, 1)]
    assert len(drawn[0]) == 20
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_playlists_of_no_or_one_song_are_left_out_and_counted():
    corpus = corpus_of([[], [0], [0, 1], [1, 2], [2, 3]])
    kept = sample(corpus, **WHOLE)
    assert titles(kept) == ["playlist 2", "playlist 3", "playlist 4"]
    assert left_out(corpus, kept) == {"playlist of fewer than 2 songs": 2}


def test_a_playlist_longer_than_the_limit_is_left_out_and_counted():
    corpus = corpus_of([list(range(11)), [0, 1], [1, 2], list(range(10))])
    kept = sample(corpus, **WHOLE | {"max_playlist_length": 10})
    assert titles(kept) == ["playlist 1", "playlist 2", "playlist 3"]
    assert kept.dropped["count"].tolist() == [1]


def test_ids_are_renumbered_without_gaps_and_keep_their_songs():
    corpus = corpus_of([[9], [5, 7], [7, 2], [2, 5]])
    kept = sample(corpus, **WHOLE)
    assert_array_equal(kept.playlists["playlist_id"], [0, 1, 2])
    assert_array_equal(kept.songs["song_id"], [0, 1, 2])
    named = kept.memberships.merge(kept.songs, on="song_id").sort_values(["playlist_id", "song_id"])
    assert named["track"].tolist() == [f"track {song}" for song in (5, 7, 2, 7, 2, 5)]


def left_out(corpus, kept):
    """What the sample adds to the report: the count by reason, cut to its first words."""
    report = kept.dropped.iloc[len(corpus.dropped) :]
    return {
        reason.partition(" (")[0]: count
        for reason, count in report[["reason", "count"]].itertuples(index=False)
    }


def test_each_rule_is_reported_with_what_it_left_out_and_how_to_take_it():
    corpus = corpus_of([[0], *[[1, k] for k in (2, 3, 4, 5)], [6, 7], list(range(11))])
    kept = sample(corpus, n_seed_songs=1, n_playlists=3, max_playlist_length=10, seed=0)
    assert left_out(corpus, kept) == {
        "playlist of fewer than 2 songs": 1,
        "playlist of more than 10 songs": 1,
        "playlist without one of the 1 most popular songs": 1,
        "playlist not drawn for the sample of 3": 1,
    }
    assert kept.dropped["reason"].str.partition(" (")[2].tolist() == [
        "",
        "raise max_playlist_length to take them)",
        "n_seed_songs=0 takes all)",
        "n_playlists=0 takes all)",
    ]
    assert kept.dropped["example"][2] == "'playlist 5'"


def reason_of(playlist, playlists, rule):
    """The slow twin: why one playlist is left out before anything is drawn, if it is."""
    if len(playlist) < 2:
        return "playlist of fewer than 2 songs"
    if len(playlist) > rule["max_playlist_length"]:
        return f"playlist of more than {rule['max_playlist_length']} songs"
    usable = [p for p in playlists if 2 <= len(p) <= rule["max_playlist_length"]]
    count = {song: sum(song in p for p in usable) for p in usable for song in p}
    seeds = sorted(count, key=lambda song: (-count[song], song))[: rule["n_seed_songs"]]
    if rule["n_seed_songs"] and not set(seeds) & set(playlist):
        return f"playlist without one of the {rule['n_seed_songs']} most popular songs"
    return ""


PLAYLISTS = st.lists(st.lists(st.integers(0, 9), unique=True, max_size=6), min_size=3, max_size=25)
RULES = st.fixed_dictionaries(
    {
        "n_seed_songs": st.integers(0, 4),
        "n_playlists": st.just(0) | st.integers(3, 12),
        "max_playlist_length": st.integers(2, 6),
        "seed": st.integers(0, 3),
    }
)


@given(PLAYLISTS, RULES)
def test_playlists_read_are_playlists_kept_and_left_out_by_reason(playlists, rule):
    reasons = [reason_of(playlist, playlists, rule) for playlist in playlists]
    eligible = [f"playlist {k}" for k, reason in enumerate(reasons) if not reason]
    corpus = corpus_of(playlists)
    if len(eligible) < 3:
        with pytest.raises(InputError, match=f"{len(eligible)} can be studied"):
            sample(corpus, **rule)
        return
    kept = sample(corpus, **rule)
    n_kept = min(len(eligible), rule["n_playlists"] or len(playlists))
    assert len(kept.playlists) == n_kept
    assert set(titles(kept)) <= set(eligible)
    expected = {reason: reasons.count(reason) for reason in reasons if reason}
    if n_kept < len(eligible):
        expected[f"playlist not drawn for the sample of {n_kept}"] = len(eligible) - n_kept
    assert left_out(corpus, kept) == expected
    assert len(playlists) == n_kept + sum(expected.values())


def test_the_report_of_the_reader_comes_first():
    corpus = corpus_of([[0], [0, 1], [1, 2], [2, 3]])
    corpus = replace(corpus, dropped=sample(corpus, **WHOLE).dropped)
    assert sample(corpus, **WHOLE).dropped["count"].tolist() == [1, 1]


@pytest.mark.parametrize("n_playlists", [0, 1, 2])
def test_fewer_playlists_than_parts_are_refused_with_the_numbers(n_playlists):
    corpus = corpus_of([[0, 1]] * n_playlists)
    with pytest.raises(InputError, match=f"{n_playlists} playlists .* at least 3 are needed"):
        sample(corpus, **WHOLE)


@pytest.mark.parametrize("groups", [[], [0], [0, 1], [5, 5, 5, 2, 2]])
def test_fewer_groups_than_parts_are_refused_with_the_numbers(groups):
    n_playlists, n_groups = len(groups), len(set(groups))
    message = f"{n_playlists} playlists in {n_groups} groups .* at least 3 playlists that do not"
    with pytest.raises(InputError, match=message):
        split(np.array(groups, dtype=int), seed=0)


@pytest.mark.parametrize(
    ("n_playlists", "expected"),
    [
        (3, (1, 1, 1)),
        (4, (2, 1, 1)),
        (10, (8, 1, 1)),
        (520, (416, 52, 52)),
        (1000, (800, 100, 100)),
    ],
)
def test_the_split_is_80_10_10_and_no_part_is_empty(n_playlists, expected):
    parts = split(np.arange(n_playlists), seed=0)
    assert tuple((parts == part).sum() for part in PARTS) == expected


GROUPS = arrays(int, st.integers(3, 60), elements=st.integers(0, 30)).filter(
    lambda groups: len(set(groups)) >= 3
)


@given(GROUPS, st.integers(0, 3), st.integers(0, 2))
def test_no_group_is_torn_apart(groups, seed, repeat):
    fold = folds(groups, seed, repeat)
    assert all(len(set(fold[groups == group])) == 1 for group in groups)


@given(GROUPS, st.integers(0, 3))
def test_there_are_ten_folds_or_as_many_as_groups_and_none_is_empty(groups, seed):
    assert set(folds(groups, seed)) == set(range(min(10, len(set(groups)))))


@given(GROUPS, st.integers(0, 3))
def test_folds_differ_by_the_largest_group_at_most(groups, seed):
    """Dealt to the smallest fold each time, no fold is ahead by more than what it got last."""
    sizes = np.bincount(folds(groups, seed))
    assert sizes.max() - sizes.min() <= np.bincount(groups).max()


def test_single_playlists_make_folds_that_differ_by_one_at_most():
    assert sorted(np.bincount(folds(np.arange(527), seed=0))) == [52] * 3 + [53] * 7


def test_the_largest_group_is_not_always_in_the_first_fold():
    groups = np.array([0, 0, 0, *range(1, 40)])
    assert len({folds(groups, seed)[0] for seed in range(30)}) > 5


@given(GROUPS, st.integers(0, 3), st.integers(0, 2))
def test_one_round_of_splits_tests_and_validates_every_playlist_once(groups, seed, repeat):
    n_folds = min(10, len(set(groups)))
    parts = [split(groups, seed, repeat * n_folds + number) for number in range(n_folds)]
    for part in ("test", "validation"):
        assert_array_equal(np.sum([one == part for one in parts], axis=0), 1)


def test_a_split_validates_on_what_the_next_one_tests():
    groups = np.arange(30)
    for number in range(9):
        assert_array_equal(
            split(groups, 0, number) == "validation", split(groups, 0, number + 1) == "test"
        )
    assert_array_equal(split(groups, 0, 9) == "validation", split(groups, 0, 0) == "test")


def test_the_next_round_has_other_folds():
    groups = np.arange(100)
    assert (folds(groups, 0, repeat=0) != folds(groups, 0, repeat=1)).any()
    assert_array_equal(split(groups, 0, 13) == "test", folds(groups, 0, repeat=1) == 3)


def test_another_seed_gives_another_split_and_the_same_seed_the_same():
    groups = np.arange(100)
    assert_array_equal(split(groups, seed=3), split(groups, seed=3))
    assert (split(groups, seed=3) != split(groups, seed=4)).any()
