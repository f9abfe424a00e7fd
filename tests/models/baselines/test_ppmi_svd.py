import numpy as np
from numpy.testing import assert_array_equal
from threadpoolctl import threadpool_limits

from muse_lib.data.dataset import Vocabulary
from muse_lib.models.baselines import RIVALS
from tests.helpers.worlds import song_table


def test_the_vectors_have_the_same_bytes_on_any_number_of_threads():
    """With 1,500 songs, the products are large enough for BLAS to share them among threads."""
    rng = np.random.default_rng(0)
    lists = [np.sort(rng.choice(1500, 60, replace=False)).astype(np.int32) for _ in range(150)]
    vocabulary = Vocabulary(song_table(1500), lists, [""] * 150)
    vectors = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            vectors.append(RIVALS["ppmi_svd"].fit(vocabulary, 0).vectors)
    assert_array_equal(*vectors)
