"""The confidence of an estimate, as a probability that can be checked.

The *confidence* of an estimated song is the probability that it is nearer to a song it shares a
playlist with than to one it does not (the area under the ROC curve): 0.5 is chance. The
*evidence* (`Known.evidence`) is the distance of the estimate from the centre of all songs before
scaling: how far the artist's songs and the name agree on a direction. It is small for a name
alone, and if an artist's songs lie far apart.

The curve was read off the validation playlists of both real corpora, which agree within 0.04, for
`muse-text`. For `muse-lists` it is as close on one split of each, except in ranges with few
playlists. `11_unseen` checks it on test playlists.
"""

import numpy as np

EVIDENCE = (0.0, 0.2, 0.3, 0.4, 0.55, 0.95)
CONFIDENCE = (0.5, 0.65, 0.73, 0.81, 0.86, 0.89)
"""The curve: straight lines between these points."""

IN_A_LIST = 0.85
"""The least confidence of a song that is in a playlist."""


def confidence(evidence: np.ndarray, in_list: np.ndarray) -> np.ndarray:
    """Return the confidence of estimated songs, (n,) float in [0.5, 1).

    Parameters
    ----------
    evidence : ndarray
        (n,) float, at least 0: `Known.evidence` of what `methods.shrunken` returns.
    in_list : ndarray
        (n,) bool: whether the song is in a playlist with known songs.
    """
    chance = np.interp(evidence, EVIDENCE, CONFIDENCE)
    return np.asarray(np.where(in_list, np.maximum(chance, IN_A_LIST), chance))
