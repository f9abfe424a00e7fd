"""Remove songs from training, and compare their estimates with training on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from muse_lib.data.dataset import Vocabulary
from muse_lib.evaluation.by_list import ListPairs, list_pairs
from muse_lib.evaluation.held_out import HeldOut
from muse_lib.evaluation.labels import PLAYLISTS, Label
from muse_lib.models.base import OnDemand, unit
from muse_lib.models.embedding import Embedding
from muse_lib.models.muse.variants import Recipe
from muse_lib.models.unseen.fold_in import centroids, fold_in, fold_into_objective
from muse_lib.models.unseen.known import Known
from muse_lib.models.unseen.methods import DEFAULT, METHODS
from muse_lib.models.unseen.scale import Scale
from muse_lib.seeds import stream

SHARE_OUT = 0.3
"""Share of the known songs removed from training."""

OUT_METHODS = ("artist mean", "text regression", DEFAULT)
"""Methods that estimate the removed songs."""

IN_ONE_LIST, LIST_ALONE = f"{DEFAULT}, in one list", "one list alone"
IN_OBJECTIVE, TRAINED = "objective J, in one list", "trained on all songs"


def without_songs(vocabulary: Vocabulary, out: np.ndarray) -> Vocabulary:
    """Return the training part without some songs, and without lists that become empty.

    Parameters
    ----------
    out : ndarray
        (n_songs,) bool: the songs to remove. The others keep their order.
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
    """Draw the songs to remove from training, (n_songs,) bool, a share of `SHARE_OUT`."""
    return stream(seed, "songs taken out").random(n_songs) < SHARE_OUT


@dataclass(frozen=True)
class TakenOut:
    """Songs removed from the training playlists, and their estimates in a model without them.

    Attributes
    ----------
    out : ndarray
        (n_songs,) bool, in the numbering of the full training part.
    vectors : mapping
        (n_songs, dim) by method: vectors trained without the songs, with estimates for these,
        put together when they are asked for.
    """

    out: np.ndarray
    vectors: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, vocabulary: Vocabulary, recipe: Recipe, text: np.ndarray, seed: int) -> "TakenOut":
        """Train without a share of the songs and estimate their vectors.

        Each is estimated from artist and name, and also with one training list that contains it,
        chosen at random.

        Parameters
        ----------
        vocabulary : Vocabulary
            The full training part.
        recipe : Recipe
            The model to train.
        text : ndarray
            (n_songs of the sample, n_features): `name_vectors`, in the order of ``song_id``.
        seed : int
            The split's seed.
        """
        out = taken_out(len(vocabulary.songs), seed)
        kept = without_songs(vocabulary, out)
        own = (
            recipe.replace(title_part=False, list_part=False)
            .train(kept, label="songs taken out")
            .embedding
        )
        trained = recipe.finish(kept)(own)
        songs = kept.songs.assign(n_playlists=kept.popularity)
        known = Known.of(Scale.of(trained).known(trained), songs, text[songs["song_id"]])
        gone = vocabulary.songs[out]
        new = known.newcomers(gone, text[gone["song_id"]])
        estimated = {name: METHODS[name](known, seed=seed)(new) for name in OUT_METHODS}
        context = _one_list_each(vocabulary, out, seed)
        c = centroids(known.vectors, context)
        estimated[LIST_ALONE] = c
        estimated[IN_OBJECTIVE] = _into_objective(own, trained, recipe, known, context, c)
        estimated[IN_ONE_LIST] = fold_in(estimated[DEFAULT], c)

        def placed(estimates: np.ndarray) -> np.ndarray:
            vectors = np.empty((out.size, c.shape[1]))
            vectors[~out], vectors[out] = known.vectors, estimates
            return vectors

        return cls(out, OnDemand({name: partial(placed, one) for name, one in estimated.items()}))


def _one_list_each(vocabulary: Vocabulary, out: np.ndarray, seed: int) -> list[np.ndarray]:
    """Return for every removed song the remaining songs of one list that contained it."""
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
    trained: Embedding,
    recipe: Recipe,
    known: Known,
    context: Sequence[np.ndarray],
    centroid: np.ndarray,
) -> np.ndarray:
    """Return vectors whose trained part minimises J and whose other parts are the list's mean.

    Each part is scaled to its median length in the known vectors.
    """
    smoothing, alpha = recipe.objective.smoothing, recipe.objective.alpha
    folded = fold_into_objective(own.vectors, own.biases, context, smoothing=smoothing, alpha=alpha)
    is_own = np.zeros(centroid.shape[1], dtype=bool)
    is_own[trained.columns("own") if trained.parts else slice(own.vectors.shape[1])] = True
    vectors = np.empty_like(centroid)
    for columns, directions in ((is_own, folded), (~is_own, centroid[:, ~is_own])):
        length = np.median(np.linalg.norm(known.vectors[:, columns], axis=1))
        vectors[:, columns] = length * unit(directions)
    return vectors


def pairs_of_out(
    held_out: HeldOut, out: np.ndarray, n_each: int, seed: int, part: str = "test"
) -> ListPairs:
    """Draw pairs of known songs by held-out list, and return those with one song removed.

    They do not co-occur in training, so the list that places a song never contains both.
    """
    pairs = list_pairs(held_out, Label(PLAYLISTS, ""), part, n_each, seed)
    return pairs.where(out[pairs.i] != out[pairs.j])
