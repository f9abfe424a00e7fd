"""Combine the splits: every figure with its interval, and the tables of a study."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from muse_lib.config import EvaluationConfig
from muse_lib.evaluation.continuations import HALF
from muse_lib.evaluation.entrants import described
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.evaluation.measurement import (
    AUC,
    NDCG,
    OWN_PAIRS,
    POSTER,
    ROW,
    SAME_ARTIST,
    WITHOUT_CHARTS,
    Measurement,
)
from muse_lib.evaluation.metrics import METRICS
from muse_lib.evaluation.statistics import (
    Inference,
    draws_of_lists,
    over_resamples,
    over_splits,
    resampled_means,
)
from muse_lib.models.base import PAIRS, RANKING

UNBOUNDED = ("clicks", "popularity", "popularity_bias")
"""Metrics that are not shares in [0, 1]."""


class Figures:
    """The figures of all splits: means, and intervals of means and differences.

    Parameters
    ----------
    measurements : sequence of Measurement
        One per split.
    n_resamples : int
        With one split, the number of resamples of its lists.
    seed : int
        Seed of the resamples.

    Attributes
    ----------
    rows : DataFrame
        `ROW` and ``n``, the number of lists or pairs.
    """

    def __init__(self, measurements: Sequence[Measurement], n_resamples: int, seed: int) -> None:
        self.n_splits = len(measurements)
        with_charts = any(one.charts.size for one in measurements)
        tables = _in_all([self._wide(one, with_charts) for one in measurements])
        drawn = _in_all([one.drawn.set_index(ROW) for one in measurements])
        means = [table.mean(axis=1).to_numpy() for table in tables]
        n_lists = sum(table.notna().sum(axis=1).to_numpy() for table in tables)
        n_drawn = sum(table["n"].to_numpy() for table in drawn)
        self.rows = pd.concat(
            [
                tables[0].index.to_frame(index=False).assign(n=n_lists),
                drawn[0].index.to_frame(index=False).assign(n=n_drawn),
            ],
            ignore_index=True,
        )
        self._by_split = np.concatenate(
            [
                np.stack(means, axis=1),
                np.stack([table["value"].to_numpy() for table in drawn], axis=1),
            ]
        )
        self._resampled = np.empty((len(self.rows), 0))
        if self.n_splits == 1:
            draws = draws_of_lists(tables[0].shape[1], n_resamples, seed)
            of_means = resampled_means(tables[0].to_numpy(), draws)
            self._resampled = np.concatenate([of_means, measurements[0].resampled])

    @staticmethod
    def _wide(one: Measurement, with_charts: bool) -> pd.DataFrame:
        """Return one row per figure and one column per list, without figures that have no value.

        If any split has charts, every split gets the additional rows without charts.
        """
        by_list = one.by_list
        main = by_list[(by_list["question"] == PAIRS) & (by_list["kind"] == PLAYLISTS)]
        if with_charts:
            kept = main[~main["playlist_id"].isin(one.charts)]
            by_list = pd.concat([by_list, kept.assign(kind=WITHOUT_CHARTS)], ignore_index=True)
        return by_list.pivot_table("value", ROW, "playlist_id", sort=False, dropna=False).dropna(
            how="all"
        )

    @cached_property
    def _place(self) -> pd.Series:
        index = pd.MultiIndex.from_frame(self.rows[ROW])
        return pd.Series(np.arange(len(index)), index=index)

    def table(self) -> pd.DataFrame:
        """Return `ROW`, ``value``, ``low``, ``high``, ``n`` and ``n_splits`` of every figure."""
        what = self._infer(self._by_split, self._resampled)
        bounded = ~self.rows["metric"].isin(UNBOUNDED)
        # a t interval can leave the range of a share
        low = np.where(bounded, np.clip(what.low, 0, None), what.low)
        most = np.where(self.rows["metric"] == "r_precision_artist", np.inf, 1)
        high = np.where(bounded, np.minimum(what.high, most), what.high)
        columns = {"value": what.value, "low": low, "high": high}
        n = self.rows["n"]
        return self.rows[ROW].assign(**columns, n=n, n_splits=self.n_splits)

    def where(self, question: str, kinds: Sequence[str], metrics: Sequence[str]) -> pd.DataFrame:
        """Return the rows of `table` for one question and the given kinds and metrics."""
        table = self.table()
        chosen = table["kind"].isin(kinds) & table["metric"].isin(metrics)
        return table[chosen & (table["question"] == question)].reset_index(drop=True)

    def has(self, question: str, kind: str, metric: str, model: str) -> bool:
        """Return whether there is such a figure."""
        return (question, kind, metric, model) in self._place.index

    def difference(self, asked: Sequence[tuple[str, str, str, str, str]]) -> Inference:
        """Return the differences between models.

        Parameters
        ----------
        asked : sequence of tuple
            Question, kind, metric, and two models: the value of the first minus the second's.
        """
        one = self._place[[(*what, model) for *what, model, _ in asked]].to_numpy()
        other = self._place[[(*what, other) for *what, _, other in asked]].to_numpy()
        return self._infer(
            self._by_split[one] - self._by_split[other],
            self._resampled[one] - self._resampled[other],
        )

    def _infer(self, by_split: np.ndarray, resampled: np.ndarray) -> Inference:
        if self.n_splits > 1:
            return over_splits(by_split)
        return over_resamples(by_split[:, 0], resampled)


def _in_all(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the rows of each table that all tables have, in the order of the first.

    The test lists of one split may all be too short for a case that another split has.
    """
    rows = tables[0].index
    for other in tables[1:]:
        rows = rows.intersection(other.index, sort=False)
    return [table.loc[rows] for table in tables]


def classification_table(figures: Figures, config: EvaluationConfig) -> pd.DataFrame:
    """Return the poster's metrics of every model on the poster's kind of pairs.

    Returns
    -------
    DataFrame
        ``model, label_source, share_similar, same_artist_pairs, metric, value, low, high,
        n_pairs, n_splits``: the mean over splits, and the 95 % interval over splits or, with one
        split, over its lists. Undefined values are nan.
    """
    rows = figures.where(POSTER, [PLAYLISTS, SAME_ARTIST, OWN_PAIRS], METRICS)
    own = rows["kind"] == OWN_PAIRS
    return pd.DataFrame(
        {
            "model": rows["model"],
            "label_source": rows["kind"].where(own, PLAYLISTS),
            "share_similar": np.where(own, np.nan, config.share_similar),
            "same_artist_pairs": rows["kind"] != PLAYLISTS,
            **{name: rows[name] for name in ("metric", "value", "low", "high")},
            "n_pairs": rows["n"],
            "n_splits": rows["n_splits"],
        }
    )


def headline(classification: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `classification_table` to compare with the poster's."""
    own_way = ~classification["same_artist_pairs"]
    return classification[own_way & (classification["label_source"] == PLAYLISTS)]


def pair_table(figures: Figures, kinds: Sequence[str]) -> pd.DataFrame:
    """Return the area under the ROC curve on pairs that never co-occur, by kind of label.

    Returns
    -------
    DataFrame
        ``label_source, model, group, sees, value, low, high, n_lists, n_splits``.
    """
    rows = described(figures.where(PAIRS, kinds, [AUC]))
    rows = rows.rename(columns={"kind": "label_source", "n": "n_lists"})
    columns = ["label_source", "model", "group", "sees", "value", "low", "high"]
    return rows[[*columns, "n_lists", "n_splits"]]


def ranking_table(figures: Figures) -> pd.DataFrame:
    """Return every metric of playlist continuation, by what was given.

    Returns
    -------
    DataFrame
        ``given, model, group, sees, metric, value, low, high, n_lists, n_splits``.
    """
    table = figures.table()
    rows = described(table[table["question"] == RANKING])
    rows = rows.rename(columns={"kind": "given", "n": "n_lists"})
    columns = ["given", "model", "group", "sees", "metric", "value", "low", "high"]
    return rows[[*columns, "n_lists", "n_splits"]].reset_index(drop=True)


def per_playlist(measurements: Sequence[Measurement]) -> pd.DataFrame:
    """Return the primary figures of every test playlist, so that others can redo the tests.

    Returns
    -------
    DataFrame
        ``split, playlist, question, kind`` and one column per model: the area under the ROC curve
        on pairs that never co-occur, for every label, and NDCG with half of a list given.
    """
    tables = []
    for number, one in enumerate(measurements):
        rows = one.by_list
        whole = ~rows["kind"].str.contains(": ", regex=False)
        primary = (rows["question"] == PAIRS) & whole
        primary |= (rows["metric"] == NDCG) & (rows["kind"] == HALF)
        rows = rows[primary].rename(columns={"playlist_id": "playlist"}).assign(split=number)
        tables.append(rows)
    long = pd.concat(tables, ignore_index=True)
    index = ["split", "playlist", "question", "kind"]
    order = list(dict.fromkeys(long["model"]))
    wide = long.pivot_table("value", index, "model", sort=False)[order].round(4)
    return wide.reset_index().rename_axis(columns=None)


def label_table(measurements: Sequence[Measurement]) -> pd.DataFrame:
    """Return `label_report` over all splits: means of shares, sums of lists and pairs."""
    together = pd.concat([one.labels for one in measurements])
    grouped = together.groupby(["label_source", "comes_from"], sort=False)
    means = grouped[["met_if_similar", "met_if_dissimilar"]].mean()
    return means.join(grouped[["n_lists", "n_pairs"]].sum()).reset_index()
