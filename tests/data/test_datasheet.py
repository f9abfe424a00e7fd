from dataclasses import replace

import numpy as np
import pytest

from muse_lib.data.dataset import Dataset
from muse_lib.data.datasheet import datasheet
from tests.helpers.worlds import corpus_of

LISTS = [[0, 1, 2, 3], [0, 1, 2, 4], [3, 5], [0, 6]]
TITLES = ["Top 50 - Peru", "Top 50 - Chile", "Rain", " "]
GROUPS = np.array([0, 0, 1, 2])
TESTED = (["train", "train", "validation", "test"], ["test", "test", "train", "train"])
"""Training knows one of two memberships of the tests, then three of eight (two of five songs)."""


@pytest.fixture
def splits():
    corpus = corpus_of(LISTS)
    corpus = replace(corpus, playlists=corpus.playlists.assign(title=TITLES))
    return [Dataset.of(corpus, np.array(parts), GROUPS) for parts in TESTED]


def facts(splits, **options):
    sheet = datasheet(splits, **options)
    return dict(zip(sheet["fact"], sheet["value"], strict=True))


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("playlists", "4"),
        ("songs", "7"),
        ("memberships", "12"),
        ("national charts", "2"),
        ("groups of playlists that overlap by half or more", "3"),
        ("playlists in the largest group", "2"),
        ("playlists that overlap with another by half or more", "2"),
        ("playlists without a title", "1"),
        ("splits", "2"),
    ],
)
def test_what_is_counted_is_what_is_there(splits, fact, value):
    assert facts(splits)[fact] == value


def test_shares_known_are_means_over_the_splits(splits):
    sheet = facts(splits)
    known = "share of test memberships whose song occurs in training"
    assert sheet[known] == f"{(1 / 2 + 3 / 8) / 2:.3f}"
    known = "share of test songs that occur in training"
    assert sheet[known] == f"{(1 / 2 + 2 / 5) / 2:.3f}"


def test_what_the_corpus_does_not_say_is_left_out(splits):
    assert not any("Spotify" in fact or "date" in fact for fact in facts(splits))


def test_who_and_when_are_stated_where_known(splits):
    playlists = splits[0].playlists.assign(by_spotify=[True, True, True, False])
    sheet = facts([replace(splits[0], playlists=playlists)], date="spring")
    assert sheet["playlists made by Spotify (charts, editors, algorithms)"] == "3"
    assert sheet["date of the playlists"] == "spring"
