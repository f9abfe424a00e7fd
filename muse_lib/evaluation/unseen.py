"""Judge how well songs are placed that training does not know.

Two protocols. *New songs*: those that only held-out playlists hold, asked in pairs with known
songs and with one another, and ranked as continuations. *Songs taken out*: a share of the known
songs leaves the training playlists, and what stands for them then is held against training with
them, also when one training list is shown.

A method sees the artist and the name of a song (`muse_lib.models.unseen`), never the title of a
held-out playlist and nothing of what it is to find.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from muse_lib.data.dataset import Dataset, Vocabulary
from muse_lib.evaluation.by_list import ListPairs, judge_by_list, list_pairs
from muse_lib.evaluation.continuations import HALF, Continuation, continuations
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.evaluation.labels import PLAYLISTS, Label
from muse_lib.evaluation.measurement import AUC, NDCG, ROW, Measurement
from muse_lib.evaluation.ranking import first_songs
from muse_lib.models.base import Model, Rule, Vectors
from muse_lib.models.embedding import Embedding
from muse_lib.models.muse.variants import Recipe
from muse_lib.models.unseen.confidence import confidence
from muse_lib.models.unseen.fold_in import centroids, fold_in, fold_into_objective
from muse_lib.models.unseen.known import NOBODY, Estimate, Known, Newcomers
from muse_lib.models.unseen.methods import DEFAULT, METHODS
from muse_lib.seeds import stream

PAIRS_OF_NEW, RANKING_OF_NEW = "pairs with unseen songs", "ranking with unseen songs"
PAIRS_OF_OUT = "pairs with songs taken out"
CONFIDENT = "confidence of estimates"

WITH_SEEN, WITH_UNSEEN = "unseen, seen", "unseen, unseen"
KNOWN_ARTIST, UNKNOWN_ARTIST = "artist known", "artist unknown"
UNSEEN_ALONE, JOINT = "unseen catalogue", "joint catalogue"

RECALL, RECALL_SEEN, RECALL_UNSEEN = "recall_at_500", "recall_at_500_seen", "recall_at_500_unseen"
LIST_LENGTH = 500

CONFIDENCES = {
    "below 0.7": (0.0, 0.7),
    "0.7 to 0.75": (0.7, 0.75),
    "0.75 to 0.85": (0.75, 0.85),
    "above 0.85": (0.85, 1.0),
}
"""Ranges of what an estimate promises."""

PROMISED = "promised"

SHARE_OUT = 0.3
"""Of the known songs, taken out of training."""

LENGTHS = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8)
"""What the cosine of an estimated vector may count in a ranking, beside 1 of a trained one."""

OUT_METHODS = ("artist mean", "text regression", DEFAULT)
"""Methods that songs taken out are placed by."""

IN_ONE_LIST, LIST_ALONE = f"{DEFAULT}, in one list", "one list alone"
IN_OBJECTIVE, TRAINED = "objective J, in one list", "trained with them"

RANDOM, POPULARITY, SAME_ARTIST, TEXT = "random", "popularity", "same artist", "text alone"
CONTROLS = (RANDOM, POPULARITY, SAME_ARTIST, TEXT)
WITHOUT = "without unseen songs"
"""A model as it is today: a song that it does not know has no vector."""


@dataclass(frozen=True)
class Placed(Vectors):
    """Trained vectors and estimated ones behind them; see `Vectors`.

    Attributes
    ----------
    counts : ndarray
        (n_songs,) float: what the cosine of each song counts when songs are ranked. That of two
        songs of a pair is taken as it is.
    """

    counts: np.ndarray

    @classmethod
    def of(cls, trained: np.ndarray, estimated: np.ndarray, length: float = 1.0) -> "Placed":
        """Return known songs and new ones, whose cosines count ``length``."""
        counts = np.repeat([1.0, length], [len(trained), len(estimated)])
        return cls(np.vstack([trained, estimated.astype(trained.dtype)]), counts)

    def continuation_scores(self, given: np.ndarray, /) -> np.ndarray:
        """Return the cosines with the centroid of the given songs, each as much as it counts."""
        return np.asarray(super().continuation_scores(given) * self.counts)


@dataclass(frozen=True)
class NewSongs:
    """The songs that only the playlists of a held-out part bring, behind those that are known.

    Attributes
    ----------
    part : str
        "validation" or "test".
    known : Known
        The known songs: numbers 0 .. n_known - 1.
    newcomers : Newcomers
        The others: numbers from n_known on.
    held_out : HeldOut
        All of these songs in all playlists.
    """

    part: str
    known: Known
    newcomers: Newcomers
    held_out: HeldOut

    @classmethod
    def of(cls, dataset: Dataset, part: str, embedding: Embedding, text: np.ndarray) -> "NewSongs":
        """Find the new songs of a part.

        Parameters
        ----------
        dataset : Dataset
            The split.
        part : str
            "validation" or "test".
        embedding : Embedding
            Trained on its training part.
        text : ndarray
            (n_songs of the sample, n_features): `name_vectors` of ``dataset.songs``.
        """
        members, known = dataset.memberships, dataset.vocabulary.songs
        asked = members["song_id"][dataset.parts[members["playlist_id"]] == part].unique()
        new = dataset.songs.iloc[np.setdiff1d(asked, known["song_id"])]
        knowing = Known.of(
            embedding.vectors,
            known.assign(n_playlists=dataset.vocabulary.popularity),
            text[known["song_id"]],
        )
        songs = pd.concat([known, new], ignore_index=True)
        return cls(
            part,
            knowing,
            knowing.newcomers(new, text[new["song_id"]]),
            HeldOut(songs, members, dataset.parts),
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
        return np.append(np.ones(self.n_known, bool), self.newcomers.artist != NOBODY)

    def estimates(self, fitted: Mapping[str, Estimate]) -> dict[str, np.ndarray]:
        """Return the vectors of the new songs by every method, (n_new, dim) each."""
        return {name: estimate(self.newcomers) for name, estimate in fitted.items()}

    def models(
        self, estimates: Mapping[str, np.ndarray], seed: int, lengths: Mapping[str, float]
    ) -> dict[str, Model]:
        """Return the methods as models of all songs, the model as it is today, and controls."""
        vectors = self.known.vectors
        nothing = np.zeros((len(self.newcomers), vectors.shape[1]))
        placed: dict[str, Model] = {
            name: Placed.of(vectors, one, lengths.get(name, 1.0))
            for name, one in {WITHOUT: nothing, **estimates}.items()
        }
        return placed | self._controls(seed)

    def _controls(self, seed: int) -> dict[str, Model]:
        """Return what knows next to nothing: `CONTROLS`."""
        drawn = stream(seed, "random vectors of unseen songs").normal(
            size=(len(self.newcomers), self.known.vectors.shape[1])
        )
        artist = self.held_out.artist
        # nobody has listed a new song: it is as popular as its artist's songs are
        total = np.bincount(self.known.artist, weights=self.known.popularity)
        of_artist = np.append(total, 0) / np.maximum(self.known.n_songs_of, 1)
        counts = np.append(self.known.popularity, of_artist[self.newcomers.artist])
        log_count = np.log1p(counts)
        return {
            RANDOM: Placed.of(self.known.vectors, drawn),
            POPULARITY: Rule(lambda i, j: log_count[i] + log_count[j], lambda _: log_count),
            SAME_ARTIST: Rule(
                lambda i, j: (artist[i] == artist[j]).astype(float),
                lambda given: np.bincount(artist[given], minlength=artist.size)[artist].astype(
                    float
                ),
            ),
            TEXT: Vectors(np.vstack([self.known.text, self.newcomers.text])),
        }

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """``songs, share``: of the part's distinct songs, those that a vector can be given."""
        members = self.held_out.in_playlist[:, self.held_out.parts == self.part]
        asked = np.flatnonzero(members.sum(axis=1) > 0)
        trained, artist = ~self.is_new[asked], self.has_artist[asked]
        shares = {
            "trained": trained.mean(),
            "by an artist of known songs": (~trained & artist).mean(),
            "by a name alone": (~trained & ~artist).mean(),
        }
        return pd.DataFrame({"songs": [*shares], "share": [*shares.values()]})


def pairs_of_new(new: NewSongs, n_each: int, seed: int) -> dict[str, ListPairs]:
    """Draw pairs list by list, and return those that hold new songs, by kind.

    Parameters
    ----------
    new : NewSongs
        The songs.
    n_each : int
        Pairs of either kind for a list, of which those of known songs alone are then left out.
    seed : int
        Of the split.
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
    models: Mapping[str, Model], new: NewSongs, seed: int, lengths: Sequence[float] = (1.0,)
) -> pd.DataFrame:
    """Let every model continue the lists of a part, half of each given.

    Of the *unseen catalogue* only new songs are candidates; of the *joint* one all are. Given are
    the songs of the first half, new ones among them.

    Parameters
    ----------
    lengths : sequence of float
        What the scores of new songs count, one after the other.

    Returns
    -------
    DataFrame
        ``model, length, kind, metric, playlist_id, value``.
    """
    rows = []
    for case in continuations(new.held_out, new.part, seed, [HALF]):
        ties = stream(seed, f"ties of playlist {case.playlist_id}").permutation(new.is_new.size)
        candidates = ties[~np.isin(ties, case.given)]
        for name, model in models.items():
            scores = np.asarray(model.continuation_scores(case.given), dtype=float)
            for length in lengths:
                scaled = np.where(new.is_new, length * scores, scores)
                found = _found(scaled, candidates, case, new.is_new)
                row = (name, length)
                rows += [(*row, *what, case.playlist_id, value) for what, value in found.items()]
    columns = ["model", "length", "kind", "metric", "playlist_id", "value"]
    return pd.DataFrame(rows, columns=columns).dropna()


def _found(
    scores: np.ndarray, candidates: np.ndarray, case: Continuation, is_new: np.ndarray
) -> dict[tuple[str, str], float]:
    """Return the metrics of one ranking by kind and metric, nan where nothing is hidden."""
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
    """Return NDCG as `muse_lib.evaluation.ranking.metrics` has it."""
    gain = 1 / np.log2(np.arange(LIST_LENGTH) + 2)
    if not hidden.size:
        return np.nan
    return float(gain[np.flatnonzero(np.isin(songs, hidden))].sum() / gain[: hidden.size].sum())


def calibrated_lengths(
    validation: NewSongs, estimates: Mapping[str, np.ndarray], seed: int
) -> pd.DataFrame:
    """Return how rankings of the joint catalogue depend on what an estimated vector counts.

    Returns
    -------
    DataFrame
        ``model, length, metric, value``: means over validation lists.
    """
    models = {name: Placed.of(validation.known.vectors, one) for name, one in estimates.items()}
    table = ranked(models, validation, seed, LENGTHS)
    of_joint = table[table["kind"] == JOINT]
    means = of_joint.groupby(["model", "length", "metric"], sort=False)["value"].mean()
    return means.reset_index()


def best_lengths(table: pd.DataFrame) -> dict[str, float]:
    """Return the length of every model at which seen and unseen songs are found best together.

    By the mean of both recalls of `calibrated_lengths`, the shortest of equals: most hidden songs
    are unseen, and NDCG alone would give the seen ones up.
    """
    recalls = table[table["metric"].isin([RECALL_SEEN, RECALL_UNSEEN])]
    means = recalls.groupby(["model", "length"], sort=False)["value"].mean()
    best = means.groupby("model", sort=False).idxmax()
    return dict(best.tolist())


def confidence_by_list(
    new: NewSongs, placed: Model, evidence: np.ndarray, pairs: ListPairs
) -> pd.DataFrame:
    """Return what the confidence of new songs promised, and what came of it.

    Parameters
    ----------
    new : NewSongs
        The songs.
    placed : Model
        With the estimates of the default method.
    evidence : ndarray
        (n_new,) float: their lengths.
    pairs : ListPairs
        Of a new song and a known one.

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
        told = promised[np.where(new.is_new[some.i], some.i, some.j)]
        by_list = pd.Series(told).groupby(some.playlist).mean()
        for metric, values in ((PROMISED, by_list), (AUC, judge_by_list(placed, some))):
            frames.append(
                values.rename_axis("playlist_id")
                .reset_index(name="value")
                .assign(kind=kind, metric=metric)
            )
    return pd.concat(frames, ignore_index=True)


def without_songs(vocabulary: Vocabulary, out: np.ndarray) -> Vocabulary:
    """Return the training part as it were without some songs; lists that are left empty go.

    Parameters
    ----------
    out : ndarray
        (n_songs,) bool. The others keep their order.
    """
    number = np.cumsum(~out) - 1
    lists = [number[songs[~out[songs]]].astype(np.int32) for songs in vocabulary.playlists]
    kept = [k for k, songs in enumerate(lists) if songs.size]
    return Vocabulary(
        songs=vocabulary.songs[~out].reset_index(drop=True),
        playlists=[lists[k] for k in kept],
        titles=[vocabulary.titles[k] for k in kept],
    )


def taken_out(n_songs: int, seed: int) -> np.ndarray:
    """Draw the songs that leave training, (n_songs,) bool, `SHARE_OUT` of them."""
    return stream(seed, "songs taken out").random(n_songs) < SHARE_OUT


@dataclass(frozen=True)
class TakenOut:
    """Songs that left the training playlists, and what stands for them in a model without them.

    Attributes
    ----------
    out : ndarray
        (n_songs,) bool, in the numbering of the whole training part.
    vectors : mapping
        (n_songs, dim) by model: trained without the songs, the estimates in their places.
    """

    out: np.ndarray
    vectors: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, vocabulary: Vocabulary, recipe: Recipe, text: np.ndarray, seed: int) -> "TakenOut":
        """Train without a share of the songs and place them again.

        Each is placed by artist and name, and then by one training list that holds it, drawn
        from those that do.

        Parameters
        ----------
        vocabulary : Vocabulary
            The whole training part.
        recipe : Recipe
            What is trained.
        text : ndarray
            (n_songs, n_features): `name_vectors` of the training part's songs.
        seed : int
            Of the split.
        """
        out = taken_out(len(vocabulary.songs), seed)
        kept = without_songs(vocabulary, out)
        own = recipe.replace(title_part=False).train(kept, label="songs taken out").embedding
        vectors = recipe.finish(kept)(own).vectors
        songs = kept.songs.assign(n_playlists=kept.popularity)
        known = Known.of(vectors, songs, text[~out])
        new = known.newcomers(vocabulary.songs[out], text[out])
        estimated = {name: METHODS[name](known, seed=seed)(new) for name in OUT_METHODS}
        context = _one_list_each(vocabulary, out, seed)
        c = centroids(known.vectors, context)
        estimated[LIST_ALONE] = c
        estimated[IN_OBJECTIVE] = _into_objective(own, recipe, known, context, c)
        estimated[IN_ONE_LIST] = fold_in(estimated[DEFAULT], c)
        placed = {}
        for name, one in estimated.items():
            placed[name] = np.empty((out.size, vectors.shape[1]))
            placed[name][~out], placed[name][out] = known.vectors, one
        return cls(out, placed)


def _one_list_each(vocabulary: Vocabulary, out: np.ndarray, seed: int) -> list[np.ndarray]:
    """Return of every song taken out the kept songs of one list that holds it."""
    number = np.cumsum(~out) - 1
    rng, holding = stream(seed, "one list of songs taken out"), dict[int, list[int]]()
    for k, songs in enumerate(vocabulary.playlists):
        for song in songs[out[songs]].tolist():
            holding.setdefault(song, []).append(k)
    chosen = [
        holding[song][rng.integers(len(holding[song]))] for song in np.flatnonzero(out).tolist()
    ]
    lists = [number[songs[~out[songs]]] for songs in vocabulary.playlists]
    return [lists[k] for k in chosen]


def _into_objective(
    own: Embedding,
    recipe: Recipe,
    known: Known,
    context: Sequence[np.ndarray],
    centroid: np.ndarray,
) -> np.ndarray:
    """Return the trained part of every vector as J would have it, the other parts as its list.

    Each part keeps the length that it has in the known vectors, by the median.
    """
    dim = own.vectors.shape[1]
    smoothing, alpha = recipe.objective.smoothing, recipe.objective.alpha
    trained = fold_into_objective(
        own.vectors, own.biases, context, smoothing=smoothing, alpha=alpha
    )
    length = float(np.median(np.linalg.norm(known.vectors[:, :dim], axis=1)))
    others = np.sqrt(max(0.0, 1 - length**2)) * Vectors(centroid[:, dim:]).unit
    return np.hstack([length * Vectors(trained).unit, others])


def pairs_of_out(
    held_out: HeldOut, out: np.ndarray, n_each: int, seed: int, part: str = "test"
) -> ListPairs:
    """Draw pairs of known songs of held-out lists, and return those of one taken out, one not.

    Neither met the other in training, so the list by which a song is placed does not hold both.
    """
    pairs = list_pairs(held_out, Label(PLAYLISTS, ""), part, n_each, seed)
    return pairs.where(out[pairs.i] != out[pairs.j])


def measure(
    dataset: Dataset,
    embedding: Embedding,
    text: np.ndarray,
    recipe: Recipe,
    n_each: int,
    seed: int,
) -> tuple[Measurement, pd.DataFrame, pd.DataFrame]:
    """Ask both protocols of one split.

    Parameters
    ----------
    dataset : Dataset
        The split.
    embedding : Embedding
        Of its training part.
    text : ndarray
        (n_songs of the sample, n_features).
    recipe : Recipe
        By which the embedding was trained.
    n_each : int
        Pairs of either kind for a list.
    seed : int
        Of the split.

    Returns
    -------
    measurement : Measurement
        ``by_list`` alone.
    lengths : DataFrame
        `calibrated_lengths`.
    coverage : DataFrame
        `NewSongs.coverage` of the test part.
    """
    validation, test = (
        NewSongs.of(dataset, part, embedding, text) for part in ("validation", "test")
    )
    fitted = {name: method(test.known, seed=seed) for name, method in METHODS.items()}
    lengths = calibrated_lengths(validation, validation.estimates(fitted), seed)
    estimates = test.estimates(fitted)
    models = test.models(estimates, seed, best_lengths(lengths))
    kinds = pairs_of_new(test, n_each, seed)
    evidence = np.linalg.norm(estimates[DEFAULT], axis=1)
    promised = confidence_by_list(test, models[DEFAULT], evidence, kinds[WITH_SEEN])
    rows = [
        *_judged(models, kinds, PAIRS_OF_NEW),
        ranked(models, test, seed).assign(question=RANKING_OF_NEW),
        promised.assign(question=CONFIDENT, model=DEFAULT),
    ]
    vocabulary = dataset.vocabulary
    gone = TakenOut.of(vocabulary, recipe, text[vocabulary.songs["song_id"]], seed)
    pairs = pairs_of_out(HeldOut.of(dataset), gone.out, n_each, seed)
    compared: dict[str, Model] = {name: Vectors(one) for name, one in gone.vectors.items()}
    rows += _judged({**compared, TRAINED: embedding}, {PLAYLISTS: pairs}, PAIRS_OF_OUT)
    by_list = pd.concat(rows, ignore_index=True)[[*ROW, "playlist_id", "value"]]
    return of_lists(by_list), lengths, test.coverage


def _judged(
    models: Mapping[str, Model], kinds: Mapping[str, ListPairs], question: str
) -> list[pd.DataFrame]:
    """Return the area under the ROC curve of every model, kind and list."""
    return [
        judge_by_list(model, pairs)
        .rename_axis("playlist_id")
        .reset_index(name="value")
        .assign(question=question, kind=kind, metric=AUC, model=name)
        for kind, pairs in kinds.items()
        for name, model in models.items()
    ]


def of_lists(by_list: pd.DataFrame) -> Measurement:
    """Return a measurement of nothing but values of lists, for `benchmark.Figures`."""
    none = pd.DataFrame({name: [] for name in (*ROW, "value", "n")})
    return Measurement(by_list, none, np.empty((0, 0)), np.empty(0, int), none, none)
