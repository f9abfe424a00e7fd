"""Random streams: one generator per purpose, all from one seed."""

import zlib

import numpy as np


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator for ``purpose``.

    Extra draws for one purpose never affect another, so a new figure or baseline leaves all
    existing numbers unchanged.

    Parameters
    ----------
    seed : int
        The study's seed, at least 0.
    purpose : str
        What the draws are for, such as ``"split"`` or ``"init"``.
    """
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])
