"""How often a row of a large test set fits a small one by chance.

A row that a small confusion matrix prints need not come from it: a larger test set can print the
same four percentages. How rarely that happens says what a fit is worth.
"""

import itertools

import numpy as np
import pandas as pd
import scipy.stats

from muse_lib.evaluation.metrics import CONFIDENCE
from muse_lib.poster.confusion import CELLS, CONVENTIONS, as_printed, fits
from muse_lib.seeds import stream

LARGEST_SIMULATED = 5_000
"""Pairs of the largest test set that is simulated."""


def simulated(matrices: pd.DataFrame, largest: int, n_simulated: int, seed: int) -> pd.DataFrame:
    """Draw confusion matrices of test sets that are larger than any that is searched.

    Parameters
    ----------
    matrices : DataFrame
        Their cells, in turn, give the shares of the cells that are drawn.
    largest : int
        Pairs of the largest test set that is searched. Those drawn have twice as many to
        `LARGEST_SIMULATED`, every number equally likely.
    n_simulated : int
        How many to draw.
    seed : int
        Every draw follows from it.

    Returns
    -------
    DataFrame
        ``tp, fp, fn, tn``, int64, (n_simulated, 4).
    """
    rng = stream(seed, "rows of large test sets")
    n_pairs = rng.integers(2 * largest, LARGEST_SIMULATED, n_simulated, endpoint=True)
    cells = matrices[CELLS].to_numpy()[np.arange(n_simulated) % len(matrices)]
    return pd.DataFrame(
        rng.multinomial(n_pairs, cells / cells.sum(axis=1, keepdims=True)), columns=CELLS
    )


def false_fits(matrices: pd.DataFrame, largest: int, n_simulated: int, seed: int) -> pd.DataFrame:
    """Count the rows of large test sets that fit a small one, when searched as the poster's are.

    Parameters
    ----------
    matrices : DataFrame
        The smallest matrix behind each row, see `muse_lib.poster.confusion.readings`.
    largest, n_simulated, seed
        See `simulated`. Each simulated matrix is printed in both conventions, and each printed
        row is searched in both.

    Returns
    -------
    DataFrame
        ``printed, left_out, largest, n_simulated, n_fits, share, low, high``: how the rows were
        printed; the metric that need not fit, each that some of ``matrices`` need; the pairs of
        the largest test set that counts, as many as the largest of ``matrices`` has and all that
        are searched; the share of rows that fit one, in [0, 1], with its 95 % interval (Wilson).
    """
    drawn = simulated(matrices, largest, n_simulated, seed)
    sizes = sorted({int(matrices["n_pairs"].max()), largest})
    rows: list[tuple[object, ...]] = []
    for printed, left_out in itertools.product(CONVENTIONS, matrices["left_out"].unique()):
        percent = as_printed(drawn, printed).to_numpy().tolist()
        table = {str(number): row for number, row in enumerate(percent)}
        found = [fits(table, largest, searched, left_out) for searched in CONVENTIONS]
        smallest = pd.concat(found).groupby("model")["n_pairs"].min()
        for size in sizes:
            n_fits = int((smallest <= size).sum())
            test = scipy.stats.binomtest(n_fits, n_simulated)
            interval = test.proportion_ci(confidence_level=CONFIDENCE, method="wilson")
            share = n_fits / n_simulated
            rows.append((printed, left_out, size, n_simulated, n_fits, share, *interval))
    columns = ["printed", "left_out", "largest", "n_simulated", "n_fits", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns)
