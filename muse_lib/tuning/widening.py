"""The full search: if the best value is on the edge of its space, the space is widened."""

from collections.abc import Iterator, Mapping

import pandas as pd

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.baselines import RIVALS
from muse_lib.models.baselines.fusion import ARTIST_WEIGHT, TITLE_WEIGHT
from muse_lib.models.baselines.side_information import SIDE_INFORMATION
from muse_lib.tuning.chosen import Point
from muse_lib.tuning.search import Search, Trial, purposes_of
from muse_lib.tuning.spaces import WEIGHTS, Space, points, rounds_of
from muse_lib.tuning.trials import (
    best_trials,
    exact,
    next_value,
    of_question,
    ordered,
    outermost,
    parameters,
)


def explored(
    search: Search, spaces: Mapping[str, Space], *, n_candidates: int, n_widenings: int
) -> pd.DataFrame:
    """Search every model in its space, then the rivals combined with side information.

    Parameters
    ----------
    search : Search
        What all trials share.
    spaces : mapping
        The spaces of the models, by name.
    n_candidates : int
        Number of candidates per model before its space is widened: combinations of
        hyper-parameters times the rounds evaluated along a run. Small spaces may have fewer.
    n_widenings : int
        How often each space may be widened.

    Returns
    -------
    DataFrame
        As returned by `Search.run`.
    """
    seed = search.base.training.seed
    trials = [
        Trial(model, point, space.read_at, purposes_of(model))
        for model, space in spaces.items()
        for point in points(space.grid, max(1, n_candidates // space.n_readings), seed)
    ]
    plain = widened(search, trials, spaces, n_widenings)
    weighed = list(weighings(search.vocabulary, best_trials(plain), n_candidates, seed))
    if not weighed:
        return plain
    return ordered(
        pd.concat([plain, widened(search, weighed, spaces, n_widenings)], ignore_index=True)
    )


def widened(
    search: Search, trials: list[Trial], spaces: Mapping[str, Space], n_widenings: int
) -> pd.DataFrame:
    """Run the trials, and repeatedly try values beyond a best one on the edge of its range."""
    table = search.run(trials)
    for _ in range(n_widenings):
        n_trials = len(trials)
        for trial in steps(table, trials, spaces):
            if trial not in trials:
                trials = [*trials, trial]
        if len(trials) == n_trials:
            break
        table = search.run(trials)
    return table


def steps(table: pd.DataFrame, trials: list[Trial], spaces: Mapping[str, Space]) -> Iterator[Trial]:
    """Yield the trials one step beyond the best of every model and purpose.

    One parameter is moved at a time. Rounds are moved only when all other best values are inside
    their ranges, since a longer run at a point that is then abandoned would be wasted.
    """
    for best in best_trials(table).to_dict("records"):
        model, purpose = str(best["model"]), str(best["purpose"])
        tried = of_question(table, int(best["split"]), purpose, model)
        rounds = rounds_of(model)
        point = next(
            trial
            for trial in trials
            if trial.model == model
            and purpose in trial.purposes
            and all(best[name] == value for name, value in trial.point.items())
        )
        read = tried.loc[tried["point"] == best["point"], rounds] if rounds in tried else []
        read_at = tuple(sorted({int(after) for after in read}))
        moved_otherwise = False
        for name in sorted(outermost(tried, best), key=lambda name: name == rounds):
            following = next_value(tried, best, name, spaces)
            if isinstance(following, str) or (name == rounds and moved_otherwise):
                continue
            if isinstance(following, tuple):
                yield Trial(model, point.point, following, point.purposes)
            else:
                moved = Trial(model, {**point.point, name: following}, read_at, point.purposes)
                moved_otherwise = moved_otherwise or moved not in trials
                yield moved


def weighings(
    vocabulary: Vocabulary, best: pd.DataFrame, n_candidates: int, seed: int
) -> Iterator[Trial]:
    """Yield the trials of every rival with side information, at its best points.

    Parameters
    ----------
    vocabulary : Vocabulary
        The training playlists; if they have no artists or no titles, these are left out.
    best : DataFrame
        The `best_trials` of the plain rivals. A rival whose best point is the same for both
        purposes is tried for both at once.
    n_candidates : int
        Maximum number of combinations of weights.
    seed : int
        The study's seed.
    """
    known = {ARTIST_WEIGHT: vocabulary.has_artists, TITLE_WEIGHT: vocabulary.has_titles}
    for rival in (name for name in RIVALS if RIVALS[name].side_information):
        for point, purposes in _purposes_by_point(best[best["model"] == rival]):
            for side, weights in SIDE_INFORMATION.items():
                if weights and all(known[weight] for weight in weights):
                    for weighed in points(dict.fromkeys(weights, WEIGHTS), n_candidates, seed):
                        yield Trial(rival + side, point | weighed, purposes=tuple(purposes))


def _purposes_by_point(best: pd.DataFrame) -> list[tuple[Point, list[str]]]:
    """Return the distinct best points of one model, and the purposes each is best for."""
    found: list[tuple[Point, list[str]]] = []
    for row in best.to_dict("records"):
        point = {name: exact(row[name]) for name in parameters(best)}
        for other, purposes in found:
            if other == point:
                purposes.append(str(row["purpose"]))
                break
        else:
            found.append((point, [str(row["purpose"])]))
    return found
