"""Songs that occur only in held-out playlists: pairs, rankings and calibration of confidence.

A method sees the artist and the name of a song (`muse_lib.models.unseen`), never the title of a
held-out playlist nor the songs it should find.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import pandas as pd

from muse_lib.data.dataset import Dataset
from muse_lib.evaluation.by_list import ListPairs, judge_by_list, list_pairs
from muse_lib.evaluation.continuations import HALF, Continuation, continuations
from muse_lib.evaluation.held_out import HeldOut, parts_asked
from muse_lib.evaluation.labels import PLAYLISTS, Label
from muse_lib.evaluation.measurement import AUC, NDCG
from muse_lib.evaluation.ranking import first_songs
from muse_lib.models.base import Model, OnDemand, Rule, Vectors
from muse_lib.models.embedding import Embedding
from muse_lib.models.unseen.confidence import confidence
from muse_lib.models.unseen.known import NO_KNOWN_ARTIST, Estimate, Known, Newcomers
from muse_lib.models.unseen.scale import Scale
from muse_lib.seeds import stream

WITH_SEEN, WITH_UNSEEN = "unseen, seen", "unseen, unseen"
KNOWN_ARTIST, UNKNOWN_ARTIST = "artist known", "artist unknown"
UNSEEN_ALONE, JOINT = "unseen catalogue", "joint catalogue"

RECALL, RECALL_SEEN, RECALL_UNSEEN = "recall_at_500", "recall_at_500_seen", "recall_at_500_unseen"
LIST_LENGTH = 500

LENGTHS = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8)
"""Candidate factors on the cosine of an estimated vector in a ranking; a trained one has 1."""

EQUAL = 0.01
"""Lengths whose recalls on validation playlists differ by less count as equally good."""

RANDOM, POPULARITY, SAME_ARTIST, TEXT = "random", "popularity", "same artist", "text only"
CONTROLS = (RANDOM, POPULARITY, SAME_ARTIST, TEXT)
WITHOUT = "without unseen songs"
"""The trained model alone: unknown songs have no vectors."""

CONFIDENCES = {
    "below 0.7": (0.0, 0.7),
    "0.7 to 0.75": (0.7, 0.75),
    "0.75 to 0.85": (0.75, 0.85),
    "above 0.85": (0.85, 1.0),
}
"""Ranges of the confidence of estimates."""

PROMISED = "promised"


@dataclass(frozen=True, eq=False)
class Placed:
    """Trained songs followed by estimated ones: a model, see `muse_lib.models.base.Model`.

    Attributes
    ----------
    embedding : Embedding
        The vectors of both.
    is_new : ndarray
        (n_songs,) bool.
    length : float
        Factor on the cosine (or dot product) of an estimated song in rankings; a trained song
        has 1. Similarities of pairs are unchanged.
    """

    embedding: Embedding
    is_new: np.ndarray
    length: float = 1.0

    def similarity(self, i: np.ndarray, j: np.ndarray, /) -> np.ndarray:
        """Return the cosines of pairs."""
        return self.embedding.similarity(i, j)

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return the scores of all songs as continuations of the given ones."""
        return next(iter(self.at_lengths(given, [self.length])))

    def at_lengths(self, given: np.ndarray, lengths: Iterable[float]) -> Iterator[np.ndarray]:
        """Yield the same for each of several lengths."""
        known = self.embedding
        near, rest = known.score_terms(known.vectors[given], known.artists[given])
        for length in lengths:
            yield np.where(self.is_new, length * near, near) + rest


@dataclass(frozen=True)
class NewSongs:
    """The known songs followed by those that occur only in the playlists of a held-out part.

    Attributes
    ----------
    part : str
        "validation" or "test".
    trained : Embedding
        The trained vectors of the known songs.
    known : Known
        The known songs: numbers 0 .. n_known - 1.
    newcomers : Newcomers
        The new songs: numbers from n_known on.
    held_out : HeldOut
        All playlists, restricted to these songs.
    """

    part: str
    trained: Embedding
    known: Known
    newcomers: Newcomers
    held_out: HeldOut

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        part: str,
        embedding: Embedding,
        text: np.ndarray,
        *,
        n_lists: int = 0,
        seed: int = 0,
        known: Known | None = None,
    ) -> "NewSongs":
        """Find the new songs of a part.

        Parameters
        ----------
        dataset : Dataset
            The split.
        part : str
            "validation" or "test".
        embedding : Embedding
            Trained on the training part of the split.
        text : ndarray
            (n_songs of the sample, n_features): `name_vectors` of ``dataset.songs``.
        n_lists, seed : int
            The maximum number of playlists of the part, and the seed that draws them; 0 for all.
            New songs are those of the playlists drawn.
        known : Known, optional
            The known songs, if another part of the dataset has them already.
        """
        members, songs_known = dataset.memberships, dataset.vocabulary.songs
        parts = parts_asked(dataset, n_lists, seed)
        asked = members["song_id"][parts[members["playlist_id"]] == part].unique()
        new = dataset.songs.iloc[np.setdiff1d(asked, songs_known["song_id"])]
        knowing = known or Known.of(
            Scale.of(embedding).known(embedding),
            songs_known.assign(n_playlists=dataset.vocabulary.popularity),
            text[songs_known["song_id"]],
        )
        songs = pd.concat([songs_known, new], ignore_index=True)
        return cls(
            part,
            embedding,
            knowing,
            knowing.newcomers(new, text[new["song_id"]]),
            HeldOut(songs, members, parts),
        )

    @property
    def n_known(self) -> int:
        """The number of known songs."""
        return len(self.known.artist)

    @property
    def is_new(self) -> np.ndarray:
        """(n_songs,) bool."""
        return np.arange(len(self.held_out.songs)) >= self.n_known

    @property
    def has_artist(self) -> np.ndarray:
        """(n_songs,) bool: whether a known song is by the artist."""
        return np.append(np.ones(self.n_known, bool), self.newcomers.artist != NO_KNOWN_ARTIST)

    def estimates(self, fitted: Mapping[str, Estimate]) -> dict[str, np.ndarray]:
        """Return the vectors of the new songs by every method, (n_new, dim) each."""
        return {name: estimate(self.newcomers) for name, estimate in fitted.items()}

    def models(
        self, estimates: Mapping[str, np.ndarray], seed: int, lengths: Mapping[str, float]
    ) -> OnDemand[Model]:
        """Return the methods as models of all songs, the model without new songs, and controls."""
        placed: dict[str, Callable[[], Model]] = {
            name: partial(self.placed, one, lengths.get(name, 1.0))
            for name, one in estimates.items()
        }
        return OnDemand({WITHOUT: self._without, **placed, **self._controls(seed)})

    def _without(self) -> Model:
        """Return the trained songs alone: new ones have no vectors and rank last."""
        nothing = self.placed(np.zeros((len(self.newcomers), self.known.vectors.shape[1])))

        def scores(given: np.ndarray) -> np.ndarray:
            all_scores = nothing.continuation_scores(given)
            return np.where(self.is_new, all_scores.min() - 1, all_scores)

        return Rule(nothing.similarity, scores)

    def placed(self, estimates: np.ndarray, length: float = 1.0) -> Placed:
        """Return a model of known songs and new ones with estimates, (n_new, dim) float."""
        trained, scale = self.trained, Scale.of(self.trained)
        vectors = scale.vectors(estimates).astype(trained.vectors.dtype)
        biases = scale.biases(len(estimates)).astype(trained.biases.dtype)
        both = replace(
            trained,
            vectors=np.vstack([trained.vectors, vectors]),
            biases=np.append(trained.biases, biases),
            songs=self.held_out.songs[["track", "artist"]],
        )
        return Placed(both, self.is_new, length)

    def _controls(self, seed: int) -> dict[str, Callable[[], Model]]:
        """Return what makes the `CONTROLS`, which use next to no information."""
        shape = (len(self.newcomers), self.known.vectors.shape[1])
        rng = partial(stream, seed, "random vectors of unseen songs")
        artist = self.held_out.artist
        # a new song is in no playlist: assume the mean popularity of its artist's songs
        total = np.bincount(self.known.artist, weights=self.known.popularity)
        of_artist = np.append(total, 0) / np.maximum(self.known.n_songs_of, 1)
        counts = np.append(self.known.popularity, of_artist[self.newcomers.artist])
        log_count = np.log1p(counts)
        return {
            RANDOM: lambda: self.placed(rng().normal(size=shape)),
            POPULARITY: lambda: Rule(lambda i, j: log_count[i] + log_count[j], lambda _: log_count),
            SAME_ARTIST: lambda: Rule(
                lambda i, j: (artist[i] == artist[j]).astype(float),
                lambda given: np.bincount(artist[given], minlength=artist.size)[artist].astype(
                    float
                ),
            ),
            TEXT: lambda: Vectors(np.vstack([self.known.text, self.newcomers.text])),
        }

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """``songs, share``: how the part's distinct songs get a vector, as shares."""
        members = self.held_out.in_playlist[:, self.held_out.parts == self.part]
        asked = np.flatnonzero(members.sum(axis=1) > 0)
        trained, artist = ~self.is_new[asked], self.has_artist[asked]
        shares = {
            "trained": trained.mean(),
            f"unseen, {KNOWN_ARTIST}": (~trained & artist).mean(),
            f"unseen, {UNKNOWN_ARTIST}": (~trained & ~artist).mean(),
        }
        return pd.DataFrame({"songs": [*shares], "share": [*shares.values()]})


def pairs_of_new(new: NewSongs, n_each: int, seed: int) -> dict[str, ListPairs]:
    """Draw pairs list by list, and return those with new songs, by kind.

    Parameters
    ----------
    new : NewSongs
        The songs.
    n_each : int
        Pairs of either kind per list, before those of known songs only are dropped.
    seed : int
        The split's seed.
    """
    pairs = list_pairs(new.held_out, Label(PLAYLISTS, ""), new.part, n_each, seed)
    n_new = new.is_new[pairs.i].astype(int) + new.is_new[pairs.j]
    artist = new.has_artist[pairs.i] & new.has_artist[pairs.j]
    kinds = {}
    for kind, of_kind in ((WITH_SEEN, n_new == 1), (WITH_UNSEEN, n_new == 2)):
        kinds[kind] = pairs.where(of_kind)
        kinds[f"{kind}: {KNOWN_ARTIST}"] = pairs.where(of_kind & artist)
        kinds[f"{kind}: {UNKNOWN_ARTIST}"] = pairs.where(of_kind & ~artist)
    return kinds


def ranked(
    models: Mapping[str, Model], new: NewSongs, seed: int, lengths: Sequence[float] = ()
) -> pd.DataFrame:
    """Let every model continue the lists of a part, given half of each.

    In the *unseen catalogue* only new songs are candidates; in the *joint* one all are. The songs
    of the first half are given, including new ones.

    Parameters
    ----------
    lengths : sequence of float
        Factors on the cosines or dot products of new songs to try, in place of each model's own.

    Returns
    -------
    DataFrame
        ``model, length, kind, metric, playlist_id, value``.
    """
    cases = continuations(new.held_out, new.part, seed, [HALF])
    rows: list[tuple[object, ...]] = []
    for name, model in models.items():  # one at a time is in memory
        for case in cases:
            ties = stream(seed, f"ties of playlist {case.playlist_id}").permutation(new.is_new.size)
            candidates = ties[~np.isin(ties, case.given)]
            asked, scores = [1.0], iter([model.continuation_scores(case.given)])
            if lengths and isinstance(model, Placed):
                asked, scores = [*lengths], model.at_lengths(case.given, lengths)
            for length, of_length in zip(asked, scores, strict=True):
                found = _found(np.asarray(of_length, dtype=float), candidates, case, new.is_new)
                row = (name, length)
                rows += [(*row, *what, case.playlist_id, value) for what, value in found.items()]
    columns = ["model", "length", "kind", "metric", "playlist_id", "value"]
    return pd.DataFrame(rows, columns=columns).sort_values("playlist_id", kind="stable").dropna()


def _found(
    scores: np.ndarray, candidates: np.ndarray, case: Continuation, is_new: np.ndarray
) -> dict[tuple[str, str], float]:
    """Return the metrics of one ranking by kind and metric; nan if no such song is hidden."""
    songs = first_songs(scores, candidates, LIST_LENGTH)
    among_new = first_songs(scores, candidates[is_new[candidates]], LIST_LENGTH)
    hidden_new = case.hidden[is_new[case.hidden]]
    hidden_seen = case.hidden[~is_new[case.hidden]]
    return {
        (UNSEEN_ALONE, NDCG): _ndcg(among_new, hidden_new),
        (UNSEEN_ALONE, "recall_at_100"): _recall(among_new[:100], hidden_new),
        (JOINT, NDCG): _ndcg(songs, case.hidden),
        (JOINT, RECALL): _recall(songs, case.hidden),
        (JOINT, RECALL_SEEN): _recall(songs, hidden_seen),
        (JOINT, RECALL_UNSEEN): _recall(songs, hidden_new),
    }


def _recall(songs: np.ndarray, hidden: np.ndarray) -> float:
    return float(np.isin(hidden, songs).mean()) if hidden.size else np.nan


def _ndcg(songs: np.ndarray, hidden: np.ndarray) -> float:
    """Return NDCG as defined in `muse_lib.evaluation.ranking.metrics`."""
    gain = 1 / np.log2(np.arange(LIST_LENGTH) + 2)
    if not hidden.size:
        return np.nan
    return float(gain[np.flatnonzero(np.isin(songs, hidden))].sum() / gain[: hidden.size].sum())


def calibrated_lengths(
    validation: NewSongs, estimates: Mapping[str, np.ndarray], seed: int
) -> pd.DataFrame:
    """Return how rankings of the joint catalogue depend on the factor on estimated songs.

    Returns
    -------
    DataFrame
        ``model, length, metric, value``: means over validation lists.
    """
    models = OnDemand[Model](
        {name: partial(validation.placed, one) for name, one in estimates.items()}
    )
    table = ranked(models, validation, seed, LENGTHS)
    of_joint = table[table["kind"] == JOINT]
    means = of_joint.groupby(["model", "length", "metric"], sort=False)["value"].mean()
    return means.reset_index()


def best_lengths(table: pd.DataFrame) -> dict[str, float]:
    """Return the length of every model with the best recall of seen and unseen songs together.

    By the mean of both recalls of `calibrated_lengths`: most hidden songs are unseen, and NDCG
    alone would sacrifice the seen ones. Of lengths within `EQUAL` of the best, the smallest is
    chosen, which costs seen songs least.
    """
    recalls = table[table["metric"].isin([RECALL_SEEN, RECALL_UNSEEN])]
    means = recalls.groupby(["model", "length"], sort=False)["value"].mean()
    most = means.groupby("model", sort=False).transform("max")
    good = means[means >= most - EQUAL].reset_index()
    return dict(good.groupby("model", sort=False)["length"].min())


def confidence_by_list(
    new: NewSongs, placed: Model, evidence: np.ndarray, pairs: ListPairs
) -> pd.DataFrame:
    """Return the confidence of new songs and the AUC observed, list by list.

    Parameters
    ----------
    new : NewSongs
        The songs.
    placed : Model
        With the estimates of the default method.
    evidence : ndarray
        (n_new,) float: their `Known.evidence`.
    pairs : ListPairs
        Pairs of a new song and a known one.

    Returns
    -------
    DataFrame
        ``kind`` (one of `CONFIDENCES`), ``metric`` (`PROMISED` or `AUC`), ``playlist_id`` and
        ``value``.
    """
    promised = np.append(
        np.ones(new.n_known), confidence(evidence, np.zeros(evidence.size, dtype=bool))
    )
    of_pair = promised[np.where(new.is_new[pairs.i], pairs.i, pairs.j)]
    frames = []
    for kind, (low, high) in CONFIDENCES.items():
        some = pairs.where((of_pair >= low) & (of_pair < high))
        of_some = promised[np.where(new.is_new[some.i], some.i, some.j)]
        by_list = pd.Series(of_some).groupby(some.playlist).mean()
        for metric, values in ((PROMISED, by_list), (AUC, judge_by_list(placed, some))):
            frames.append(
                values.rename_axis("playlist_id")
                .reset_index(name="value")
                .assign(kind=kind, metric=metric)
            )
    return pd.concat(frames, ignore_index=True)
