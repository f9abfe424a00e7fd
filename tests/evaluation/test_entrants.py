import pandas as pd
import pytest

from muse_lib.evaluation.entrants import (
    ARTISTS,
    AS_PRINTED,
    BEYOND,
    BOTH,
    CONTROL,
    PLAIN,
    RIVAL,
    TITLES,
    TUNED,
    described,
    expected,
    group_of,
    sees,
)
from muse_lib.models.baselines import BASELINES, CONTROLS, RIVALS
from muse_lib.models.muse.switches import VARIANTS


@pytest.mark.parametrize(
    ("model", "group"),
    [
        ("muse", AS_PRINTED),
        ("muse-artist-contrastive", AS_PRINTED),
        ("muse-text", BEYOND),
        ("muse-text-tuned", TUNED),
        ("als", RIVAL),
        ("als+artist+titles", RIVAL),
        ("met", CONTROL),
    ],
)
def test_a_model_stands_in_its_group(model, group):
    assert group_of(model) == group


@pytest.mark.parametrize(
    ("model", "seen"),
    [
        ("muse", PLAIN),
        ("muse-artist", ARTISTS),
        ("muse-contrastive-tuned", TITLES),
        ("muse-text-tuned", BOTH),
        ("ease", PLAIN),
        ("ease+artist", ARTISTS),
        ("ease+titles", TITLES),
        ("ease+artist+titles", BOTH),
        ("greatest_hits", ARTISTS),
        ("greatest_hits+titles", BOTH),
        ("title_mean", TITLES),
        ("popularity", PLAIN),
    ],
)
def test_what_a_model_sees_is_said(model, seen):
    assert sees(model) == seen


def test_every_rival_with_side_information_is_expected_four_times():
    names = expected(["muse"], ["muse"], "ranking")
    assert names[:2] == ["muse", "muse-tuned"]
    for name, rival in BASELINES.items():
        times = sum(one.partition("+")[0] == name for one in names)
        assert times == (4 if rival.side_information else 1)


def test_who_ranks_alone_is_not_expected_to_judge_pairs():
    names = expected([], [], "pairs")
    assert "playlist_knn" not in names
    assert {"als", "met"} <= set(names)


def test_no_model_is_without_a_group():
    names = [*VARIANTS, *CONTROLS, *RIVALS]
    assert {group_of(name) for name in names} == {AS_PRINTED, BEYOND, RIVAL, CONTROL}


def test_a_table_is_described_behind_its_models():
    table = described(pd.DataFrame({"kind": ["a"], "model": ["als"], "value": [1.0]}))
    assert table.columns.tolist() == ["kind", "model", "group", "sees", "value"]
