import gensim.models
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.embedding import Embedding
from muse_lib.errors import InputError
from muse_lib.models import Vectors
from tests.worlds import song_table


def embedding_of(vectors, **columns):
    vectors = np.asarray(vectors, dtype=np.float32)
    return Embedding(
        vectors, np.zeros(len(vectors), np.float32), song_table(len(vectors)).assign(**columns)
    )


@pytest.fixture
def compass():
    """Songs at 0, 10, 90 and 180 degrees."""
    angles = np.radians([0, 10, 90, 180])
    return embedding_of(np.column_stack([np.cos(angles), np.sin(angles)]) * [[1], [5], [2], [3]])


def test_neighbours_are_sorted_by_cosine_and_leave_the_song_out(compass):
    nearest = compass.neighbours(0, k=3)
    assert nearest["song"].tolist() == [1, 2, 3]
    assert_allclose(nearest["cosine"], np.cos(np.radians([10, 90, 180])), atol=1e-6)


def test_a_continuation_is_near_the_centroid_of_the_directions(compass):
    assert compass.continuation([0, 2], k=1)["song"].tolist() == [1]


def test_fewer_songs_than_asked_for_are_no_error(compass):
    assert len(compass.continuation([0, 0, 1], k=50)) == 2


@pytest.mark.parametrize("songs", [[], [4], [-1]])
def test_songs_that_are_not_there_are_refused(compass, songs):
    with pytest.raises(InputError, match="song number from 0 to 3"):
        compass.continuation(songs)


def test_a_zero_vector_has_similarity_zero():
    embedding = embedding_of([[0, 0], [1, 0]])
    assert embedding.similarity(np.array([0]), np.array([1])) == 0


def test_search_finds_every_word_in_artist_or_track_whatever_the_case():
    embedding = embedding_of(
        np.eye(3), track=["Blue Moon", "Moon River", "Blue"], artist=["A", "Blue Man", "B"]
    )
    assert embedding.search("MOON blue")["song"].tolist() == [0, 1]


def test_search_takes_its_text_literally():
    embedding = embedding_of(np.eye(2), track=["What?", "What (x"], artist=["A", "B"])
    assert embedding.search("what (")["song"].tolist() == [1]


def test_what_is_saved_is_what_is_loaded(compass, tmp_path):
    compass.save(tmp_path / "model", {"seed": 3})
    loaded = Embedding.load(tmp_path / "model")
    assert_array_equal(loaded.vectors, compass.vectors)
    assert_array_equal(loaded.biases, compass.biases)
    assert loaded.songs["track"].tolist() == compass.songs["track"].tolist()


def test_saving_twice_gives_the_same_bytes(compass, tmp_path):
    for folder in ("a", "b"):
        compass.save(tmp_path / folder, {"seed": 3})
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


@pytest.mark.parametrize("name", ["vectors.safetensors", "songs.parquet"])
def test_a_missing_or_damaged_file_is_one_clear_sentence(compass, tmp_path, name):
    compass.save(tmp_path, {})
    (tmp_path / name).write_bytes(b"not what it says")
    with pytest.raises(InputError, match=f"{name} is damaged .* train the model again"):
        Embedding.load(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=f"{name} is missing"):
        Embedding.load(tmp_path)


def test_vectors_of_other_songs_are_refused(compass, tmp_path):
    compass.save(tmp_path / "a", {})
    embedding_of(np.eye(4), song_id=[7, 8, 9, 10]).save(tmp_path / "b", {})
    (tmp_path / "b" / "songs.parquet").replace(tmp_path / "a" / "songs.parquet")
    with pytest.raises(InputError, match="name different songs"):
        Embedding.load(tmp_path / "a")


def test_the_word2vec_export_is_what_gensim_reads(tmp_path):
    names = {
        "track": ["One  More", "one more", "夜", "One More"],
        "artist": ["The A", "The A", "B", "The A"],
    }
    embedding = embedding_of(np.random.default_rng(0).normal(size=(4, 6)), **names)
    embedding.export_word2vec(tmp_path / "songs.txt")
    vectors = gensim.models.KeyedVectors.load_word2vec_format(tmp_path / "songs.txt")
    assert vectors.index_to_key == [
        "The_A_-_One_More",
        "The_A_-_one_more",
        "B_-_夜",
        "The_A_-_One_More_#3",
    ]
    assert_allclose(vectors.vectors, embedding.vectors, rtol=1e-6)


def test_a_part_put_beside_the_vectors_makes_the_cosine_a_mean_of_two():
    rng = np.random.default_rng(0)
    vectors, features = rng.normal(size=(5, 3)), rng.normal(size=(5, 4))
    joint = Embedding(vectors, np.zeros(5), song_table(5)).beside(features, weight=0.5)
    i, j = np.triu_indices(5, k=1)
    apart = Vectors(vectors).similarity(i, j), Vectors(features).similarity(i, j)
    assert_allclose(joint.similarity(i, j), (apart[0] + 0.25 * apart[1]) / 1.25)


def test_a_song_without_features_is_compared_by_its_own_vector_alone():
    features = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    vectors = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
    joint = Embedding(vectors, np.zeros(3), song_table(3)).beside(features, weight=0.5)
    pair = np.array([1]), np.array([2])
    assert joint.similarity(*pair) == pytest.approx(Vectors(vectors).similarity(*pair))
