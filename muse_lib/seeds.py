"""Random streams: one generator per purpose, all from one seed."""

import zlib

import numpy as np


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator that belongs to ``purpose``.

    A draw added to one purpose never moves a draw of another, so that a new figure or a new
    baseline leaves every older number as it was.

    Parameters
    ----------
    seed : int
        The study's seed, at least 0.
    purpose : str
        What the draws are for, such as ``"split"`` or ``"init"``.
    """
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])
