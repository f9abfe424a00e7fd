from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal

from muse_lib.evaluation.benchmark import (
    Figures,
    classification_table,
    headline,
    label_table,
    pair_table,
    per_playlist,
    ranking_table,
)
from muse_lib.evaluation.by_list import judge_by_list, list_pairs
from muse_lib.evaluation.classifier import judge
from muse_lib.evaluation.labels import GENRES, PLAYLISTS, labels_of
from muse_lib.evaluation.measurement import (
    AUC,
    NDCG,
    OWN_PAIRS,
    POSTER,
    WITHOUT_CHARTS,
    Measurement,
    measure,
    validation_judge,
)
from muse_lib.evaluation.metrics import METRICS
from muse_lib.evaluation.pairs import PairRule, poster_pairs
from muse_lib.evaluation.statistics import (
    draws_of_lists,
    over_resamples,
    over_splits,
    resampled_means,
)
from muse_lib.models.base import PAIRS, PURPOSES, RANKING, Rule
from muse_lib.models.baselines.rival import ranking_only
from muse_lib.storage.results import Results
from tests.helpers.judged import (
    CHARTS,
    ONE,
    alone,
    dataset_of,
    own_pairs,
    replica_of,
    stated,
    three,
)

MODELS = ["knows", "half", "random", "constant"]


def figures_of(measurements):
    return Figures(measurements, ONE.n_resamples, 0)


@pytest.fixture(scope="module")
def one():
    return figures_of(alone())


@pytest.fixture(scope="module")
def of_three():
    return figures_of(three())


def of(table, **wanted):
    """The one row of a table that has these values."""
    for column, value in wanted.items():
        table = table[table[column] == value]
    (row,) = table.to_dict("records")
    return row


def test_every_model_answers_every_question(one):
    counted = one.rows.groupby(["question", "kind", "metric"])["model"].agg(list)
    assert counted.map(lambda models: models == MODELS).all()
    assert {POSTER, PAIRS, RANKING} == set(one.rows["question"])


def test_pairs_are_judged_by_every_label_and_slice(one):
    """Here no song stands out and hardly one is in one list only: the middle alone has pairs."""
    kinds = one.rows.loc[one.rows["question"] == PAIRS, "kind"].unique()
    assert set(kinds) == {PLAYLISTS, GENRES, WITHOUT_CHARTS, f"{PLAYLISTS}: middle"}


def test_who_knows_the_scenes_is_best_and_who_knows_nothing_is_at_chance(one):
    table = pair_table(one, [PLAYLISTS]).set_index("model")["value"]
    assert table["knows"] > 0.65
    assert table["knows"] > table["half"]
    assert table["random"] == pytest.approx(0.5, abs=0.06)
    assert table["constant"] == 0.5


def test_the_value_is_the_mean_over_lists_of_the_area_of_each(one):
    replica = replica_of(0)
    label = labels_of(replica.held_out.songs)[PLAYLISTS]
    pairs = list_pairs(replica.held_out, label, "test", ONE.n_pairs_per_list, 0)
    areas = judge_by_list(replica.models[PAIRS]["half"], pairs)
    row = of(pair_table(one, [PLAYLISTS]), model="half")
    assert row["value"] == pytest.approx(areas.mean())
    assert row["n_lists"] == len(areas)


def test_the_row_without_charts_is_the_mean_of_the_other_lists(one):
    values = alone()[0].by_list
    kept = values[(values["kind"] == PLAYLISTS) & (values["model"] == "half")]
    kept = kept[~CHARTS[kept["playlist_id"]]]
    assert 0 < len(kept) < values["playlist_id"].nunique()
    row = of(pair_table(one, [WITHOUT_CHARTS]), model="half")
    assert row["value"] == pytest.approx(kept["value"].mean())


def test_several_splits_give_the_interval_over_the_means_of_splits(of_three):
    means = [
        one.by_list.query("kind == @PLAYLISTS and model == 'half'")["value"].mean()
        for one in three()
    ]
    expected = over_splits(np.array(means))
    row = of(pair_table(of_three, [PLAYLISTS]), model="half")
    assert [row["value"], row["low"]] == pytest.approx([expected.value, expected.low])
    assert row["high"] == pytest.approx(min(expected.high, 1))
    assert row["n_splits"] == 3


def test_one_split_gives_the_interval_of_resampled_lists(one):
    row = of(pair_table(one, [PLAYLISTS]), model="half")
    values = alone()[0].by_list.query("kind == @PLAYLISTS and model == 'half'")["value"]
    spread = 1.96 * values.std() / np.sqrt(len(values))
    assert row["value"] - row["low"] == pytest.approx(spread, rel=0.4)
    assert row["low"] < row["value"] < row["high"]


@pytest.mark.parametrize("measured", [alone, three])
def test_a_difference_is_that_of_the_values(measured):
    figures = figures_of(measured())
    table = pair_table(figures, [PLAYLISTS]).set_index("model")["value"]
    found = figures.difference([(PAIRS, PLAYLISTS, AUC, "knows", "half")])
    assert found.value[0] == pytest.approx(table["knows"] - table["half"])
    assert found.low[0] <= found.value[0] <= found.high[0]


def test_a_model_does_not_differ_from_itself(one):
    found = one.difference([(PAIRS, PLAYLISTS, AUC, "half", "half")])
    assert (found.value[0], found.p[0]) == (0, 1)


def test_what_one_split_could_not_ask_is_left_out():
    lacking, *others = three()
    rows = lacking.by_list[lacking.by_list["kind"] != GENRES]
    cut = Measurement(**{**vars(lacking), "by_list": rows})
    kinds = figures_of([cut, *others]).rows["kind"]
    assert GENRES not in set(kinds)
    assert PLAYLISTS in set(kinds)


def test_the_posters_metrics_are_those_of_the_judge(one):
    replica = replica_of(0)
    rule = PairRule(ONE.n_pairs, ONE.share_similar, same_artist=False, seed=0)
    pairs = [poster_pairs(replica.held_out, part, rule) for part in ("validation", "test")]
    _, predicted = judge(replica.models[PAIRS]["half"], *pairs)
    table = headline(classification_table(one, ONE))
    row = of(table, model="half", metric="accuracy")
    assert row["value"] == pytest.approx((predicted == pairs[1].similar).mean())
    assert row["n_pairs"] == len(pairs[1])


def test_the_posters_table_has_its_share_and_no_pairs_of_one_artist(one):
    table = headline(classification_table(one, ONE))
    assert (table["share_similar"] == ONE.share_similar).all()
    assert len(table) == len(MODELS) * len(METRICS)
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()


def test_what_stands_beside_a_rival_is_no_part_of_the_posters_question():
    replica = replica_of(0)
    models = {**replica.models[PAIRS], "half+artist": replica.models[PAIRS]["half"]}
    beside = replace(replica, models=dict.fromkeys((PAIRS, RANKING), models))
    rows = figures_of([measure(beside, ONE)]).rows
    assert "half+artist" not in set(rows.loc[rows["question"] == POSTER, "model"])
    assert "half+artist" in set(rows.loc[rows["question"] == PAIRS, "model"])


def test_playlists_are_continued_best_by_who_knows_the_scenes(one):
    table = ranking_table(one)
    half = table[(table["given"] == "half") & (table["metric"] == "recall_at_100")]
    recall = half.set_index("model")["value"]
    assert recall["knows"] > recall["half"] > recall["random"]


def test_the_coverage_of_a_split_has_no_interval_and_that_of_several_has(one, of_three):
    for figures, known in ((one, False), (of_three, True)):
        table = ranking_table(figures)
        covered = table[table["metric"] == "coverage"]
        assert covered["value"].between(0, 1).all()
        assert covered["low"].notna().all() == known


def test_the_published_values_give_the_table_again(of_three):
    """Whoever has per_playlist alone can redo every test of a primary outcome."""
    published = per_playlist(three())
    rows = published[(published["question"] == PAIRS) & (published["kind"] == PLAYLISTS)]
    by_split = rows.groupby("split")[MODELS].mean()
    table = pair_table(of_three, [PLAYLISTS]).set_index("model")
    assert_allclose(by_split.mean(), table.loc[MODELS, "value"], atol=1e-4)
    difference = over_splits((by_split["knows"] - by_split["half"]).to_numpy())
    found = of_three.difference([(PAIRS, PLAYLISTS, AUC, "knows", "half")])
    assert difference.p == pytest.approx(found.p[0], rel=0.05)


def test_every_tested_list_is_published_once_a_question():
    published = per_playlist(three())
    assert not published.duplicated(["split", "playlist", "question", "kind"]).any()
    assert set(published["question"]) == {PAIRS, RANKING}


def test_labels_are_reported_over_all_splits():
    table = label_table(three())
    assert table["label_source"].tolist() == [PLAYLISTS, GENRES]
    assert table["n_lists"].iloc[0] == sum(one.labels["n_lists"].iloc[0] for one in three())


def test_a_model_that_fails_is_an_error_and_no_missing_row():
    def broken(_i, _j):
        raise FileNotFoundError

    replica = replica_of(0)
    models = {**replica.models[PAIRS], "broken": Rule(broken, continuation_scores=None)}
    failing = replace(replica, models=dict.fromkeys((PAIRS, RANKING), models))
    with pytest.raises(FileNotFoundError):
        measure(failing, ONE)


def test_the_same_seed_gives_the_same_table(one):
    again = figures_of([measure(replica_of(0), ONE, CHARTS)])
    assert_frame_equal(again.table(), one.table())


def test_a_users_own_pairs_are_one_more_kind(tmp_path):
    replica = replica_of(0)
    figures = figures_of([measure(replica, ONE, own=own_pairs(replica, tmp_path))])
    table = classification_table(figures, ONE)
    mine = table[table["label_source"] == OWN_PAIRS]
    assert of(mine, model="knows", metric="roc_auc")["value"] == 1
    assert mine["share_similar"].isna().all()


def test_what_was_measured_is_read_as_it_was_written(tmp_path, monkeypatch):
    monkeypatch.delenv("MUSE_DRAFT", raising=False)
    place = Results(str(tmp_path))
    alone()[0].save(place)
    read = Measurement.load(place)
    assert_array_equal(read.resampled, alone()[0].resampled)
    assert_frame_equal(figures_of([read]).table(), figures_of(alone()).table())


def test_the_validation_judge_looks_at_the_validation_lists_alone():
    dataset = dataset_of()
    judged = validation_judge(dataset, 0, 20)
    other = dataset.memberships.copy()
    tested = dataset.parts[other["playlist_id"]] == "test"
    known = set(other.loc[~tested, "song_id"])
    other = other[~tested | other["song_id"].isin(sorted(known)[:50])]
    changed = type(dataset)(dataset.playlists, dataset.songs, other)
    model = replica_of(0).models[PAIRS]["half"]
    values = judged(model, PURPOSES)
    assert set(values) == set(PURPOSES)
    assert validation_judge(changed, 0, 20)(model, PURPOSES)[RANKING] == values[RANKING]


def test_a_model_that_ranks_alone_is_judged_by_rankings_alone():
    dataset = dataset_of()
    n_songs = len(dataset.vocabulary.songs)
    model = ranking_only(lambda _given: np.arange(n_songs, dtype=float))
    assert set(validation_judge(dataset, 0, 20)(model, [RANKING])) == {RANKING}


def test_ndcg_of_the_judge_is_that_of_the_table():
    """Asked of the test part, in a world where it is called validation."""
    dataset = dataset_of()
    swapped = {"test": "validation", "validation": "test", "train": "train"}
    renamed = dataset.playlists.assign(part=dataset.playlists["part"].map(swapped))
    judged = validation_judge(type(dataset)(renamed, dataset.songs, dataset.memberships), 0, 20)
    row = of(ranking_table(figures_of(alone())), given="half", metric=NDCG, model="knows")
    assert judged(replica_of(0).models[RANKING]["knows"], [RANKING]) == {
        RANKING: pytest.approx(row["value"])
    }


def test_resamples_are_only_drawn_where_there_is_one_split():
    assert alone()[0].resampled.shape[1] == ONE.n_resamples
    assert three()[0].resampled.shape[1] == 0


def test_tables_have_no_row_twice(one):
    assert not one.table().duplicated(["question", "kind", "metric", "model"]).any()


# Figures that are stated

HEADLINE = (PAIRS, PLAYLISTS, AUC)


def both(one, other):
    return Figures([one, other], 0, 0)


def test_a_share_is_between_0_and_1_however_few_splits_there_are():
    row = both(stated({(*HEADLINE, "a"): {0: 0.9}}), stated({(*HEADLINE, "a"): {0: 1.0}})).table()
    assert row["high"].item() == 1
    assert row["low"].item() >= 0


def test_what_is_no_share_is_not_cut_off():
    clicks = (RANKING, "half", "clicks", "a")
    table = both(stated({clicks: {0: 10.0}}), stated({clicks: {0: 12.0}})).table()
    expected = over_splits(np.array([10.0, 12.0]))
    assert table[["low", "high"]].iloc[0].tolist() == [expected.low, expected.high]


def test_models_are_compared_on_the_same_splits():
    """One that is 0.1 ahead on each of three very different splits is surely ahead."""
    measured = [
        stated({(*HEADLINE, "a"): {0: v + 0.1}, (*HEADLINE, "b"): {0: v}}) for v in (0.1, 0.5, 0.8)
    ]
    assert Figures(measured, 0, 0).difference([(*HEADLINE, "a", "b")]).p[0] < 1e-6


def of_one_split(by_list):
    measured = stated(by_list)
    return Figures([replace(measured, resampled=np.empty((0, 200)))], 200, 0)


def test_models_are_compared_on_the_same_lists():
    values = dict(enumerate(np.linspace(0.1, 0.8, 20)))
    ahead = {number: v + 0.1 for number, v in values.items()}
    figures = of_one_split({(*HEADLINE, "a"): ahead, (*HEADLINE, "b"): values})
    found = figures.difference([(*HEADLINE, "a", "b")])
    assert_allclose([found.low[0], found.high[0]], 0.1)


def test_one_split_resamples_its_lists():
    values = np.linspace(0.1, 0.8, 20)
    figures = of_one_split({(*HEADLINE, "a"): dict(enumerate(values))})
    draws = draws_of_lists(20, 200, seed=0)
    expected = over_resamples(values.mean(), resampled_means(values[None], draws)[0])
    assert_allclose(
        figures.table()[["value", "low", "high"]].iloc[0].to_numpy(dtype=float),
        [expected.value, expected.low, expected.high],
    )


def test_a_list_that_is_not_asked_is_left_out_of_the_mean():
    figures = of_one_split(
        {(*HEADLINE, "a"): {0: 0.2, 1: 0.4}, (RANKING, "half", NDCG, "a"): {0: 1.0, 2: 0.5}}
    )
    row = of(figures.table(), question=PAIRS)
    assert (row["value"], row["n"]) == (pytest.approx(0.3), 2)


def test_coverage_of_a_case_that_one_split_lacks_is_left_out():
    """The test lists of one split can all be too short to give 25 songs."""
    listed = {(*HEADLINE, "a"): {0: 0.5}}
    short, long = ((RANKING, given, "coverage", "a") for given in ("1", "25"))
    one, other = stated(listed, {long: 0.9, short: 0.2}), stated(listed, {short: 0.4})
    for figures in (both(one, other), both(other, one)):
        assert figures.table()["kind"].tolist() == [PLAYLISTS, "1"]
        assert of(figures.table(), kind="1")["value"] == pytest.approx(0.3)


@pytest.mark.parametrize("model", MODELS)
def test_charts_are_left_out_of_every_split(of_three, model):
    kept = []
    for measured in three():
        rows = measured.by_list.query("kind == @PLAYLISTS and model == @model")
        kept.append(rows[~rows["playlist_id"].isin(measured.charts)]["value"])
    row = of(pair_table(of_three, [WITHOUT_CHARTS]), model=model)
    assert row["value"] == pytest.approx(np.mean([values.mean() for values in kept]))
    assert row["n_lists"] == sum(map(len, kept))


def test_a_split_without_charts_among_its_test_lists_counts_them_all():
    row = (*HEADLINE, "a")
    figures = both(stated({row: {0: 0.2, 1: 0.4}}, charts=(1,)), stated({row: {2: 0.6}}))
    assert of(figures.table(), kind=WITHOUT_CHARTS)["value"] == pytest.approx(0.4)


def test_where_no_list_is_a_chart_there_is_no_row_without_them():
    assert set(of_one_split({(*HEADLINE, "a"): {0: 0.2}}).table()["kind"]) == {PLAYLISTS}


def test_the_p_of_one_split_can_be_computed_from_its_published_lists(one):
    published = per_playlist(alone())
    rows = published[(published["question"] == PAIRS) & (published["kind"] == PLAYLISTS)]
    difference = (rows["random"] - rows["constant"]).to_numpy()
    draws = draws_of_lists(difference.size, 2_000, seed=5)
    redone = over_resamples(difference.mean(), resampled_means(difference[None], draws)[0])
    found = one.difference([(PAIRS, PLAYLISTS, AUC, "random", "constant")])
    assert found.value[0] == pytest.approx(redone.value, abs=1e-4)
    assert found.error[0] == pytest.approx(redone.error, rel=0.2)
    assert found.p[0] == pytest.approx(redone.p, abs=0.15)


def test_the_weight_of_lists_is_measured():
    row = of(alone()[0].lists)
    assert row["n_lists"] == 30
    assert 20 < row["effective"] <= 30
    assert row["largest_share"] >= 1 / 30
