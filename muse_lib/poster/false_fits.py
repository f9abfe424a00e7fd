"""How often a row of a large test set fits a small one by chance.

A row that fits a small confusion matrix need not come from it: a larger test set can print the
same four percentages. The rarer such false fits are, the stronger the evidence of a fit.
"""

import itertools

import numpy as np
import pandas as pd
import scipy.stats

from muse_lib.evaluation.metrics import CONFIDENCE
from muse_lib.poster.confusion import CELLS, CONVENTIONS, as_printed, fits
from muse_lib.seeds import stream

LARGEST_SIMULATED = 5_000
"""Number of pairs of the largest simulated test set."""


def simulated(matrices: pd.DataFrame, largest: int, n_simulated: int, seed: int) -> pd.DataFrame:
    """Draw confusion matrices of test sets larger than any in the search.

    Parameters
    ----------
    matrices : DataFrame
        The cell proportions to draw from, cycling through the matrices.
    largest : int
        Number of pairs of the largest test set in the search. Simulated sizes are uniform from
        twice that number to `LARGEST_SIMULATED`.
    n_simulated : int
        How many to draw.
    seed : int
        Determines every draw.

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
    """Count the rows of large test sets that fit a small one in the same search as the poster's.

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
        ``printed, left_out, largest, n_simulated, n_fits, share, low, high``: the convention of
        the printed rows; the metric that need not fit, for each that some of ``matrices`` leave
        out; the largest size that counts as a fit, once the largest of ``matrices`` and once the
        limit of the search; the share of rows with a fit, in [0, 1], with its 95 % Wilson interval.
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
