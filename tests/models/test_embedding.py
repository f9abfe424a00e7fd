import gensim.models
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.errors import InputError
from muse_lib.models.base import Vectors
from muse_lib.models.embedding import VECTORS, Embedding, changes
from muse_lib.storage.files import read_tensors, write_tensors
from tests.helpers.worlds import song_table


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


@pytest.mark.parametrize("k", [0, -1, 2.0, True, "3", None])
def test_a_number_of_songs_is_a_whole_number_above_0(compass, k):
    with pytest.raises(InputError, match="give a whole number of at least 1"):
        compass.neighbours(0, k=k)


def test_every_table_shows_the_identifier_that_the_methods_take():
    """The corpus's numbers of songs, which are others, are nowhere to be seen."""
    embedding = embedding_of(np.eye(3), song_id=[7, 2, 9])
    assert list(embedding.songs) == ["song", "track", "artist", "n_playlists"]
    for song in embedding.songs["song"]:
        near = embedding.neighbours(song, k=2)
        assert list(near) == ["song", "track", "artist", "cosine"]
        assert song not in near["song"].tolist()
        assert (
            embedding.search(embedding.songs.set_index("song").loc[song, "track"])["song"][0]
            == song
        )


def test_songs_can_have_identifiers_of_the_users_own(compass):
    own = embedding_of(compass.vectors, song=["id0", "id1", "id2", "id3"])
    assert own.neighbours("id0", k=1)["song"].tolist() == ["id1"]
    assert own.continuation(["id0", "id2"], k=1)["song"].tolist() == ["id1"]


def test_a_zero_vector_has_similarity_zero():
    embedding = embedding_of([[0, 0], [1, 0]])
    assert embedding.similarity(np.array([0]), np.array([1])) == 0


def test_a_search_says_how_many_songs_there_are_beyond_the_limit():
    embedding = embedding_of(np.eye(3), track=["Blue Moon", "Moon", "Moonlight"])
    found = embedding.search("moon", limit=2)
    assert (len(found), found.attrs["n_found"]) == (2, 3)
    assert len(embedding.search("moon", limit=None)) == 3


def test_what_is_saved_is_what_is_loaded(compass, tmp_path):
    compass.save(tmp_path / "model", {"seed": 3})
    loaded = Embedding.load(tmp_path / "model")
    assert_array_equal(loaded.vectors, compass.vectors)
    assert_array_equal(loaded.biases, compass.biases)
    assert loaded.songs["track"].tolist() == compass.songs["track"].tolist()


def test_a_path_may_be_a_text(compass, tmp_path):
    compass.save(str(tmp_path / "model"), {})
    compass.export_word2vec(str(tmp_path / "songs.txt"))
    assert len(Embedding.load(str(tmp_path / "model")).songs) == 4
    assert (tmp_path / "songs.txt").is_file()


def test_identifiers_stay_what_they_were(compass, tmp_path):
    for name, song in (("text", ["7", "8", "9", "x"]), ("numbers", [7, 8, 9, 10])):
        embedding_of(compass.vectors, song=song).save(tmp_path / name, {})
        assert Embedding.load(tmp_path / name).songs["song"].tolist() == song


def test_saving_twice_gives_the_same_bytes(compass, tmp_path):
    for folder in ("a", "b"):
        compass.save(tmp_path / folder, {"seed": 3})
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


@pytest.mark.parametrize("name", ["model.safetensors", "songs.json"])
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
    embedding_of(np.eye(4), track=["Other", "names", "of", "songs"]).save(tmp_path / "b", {})
    (tmp_path / "b" / "songs.json").replace(tmp_path / "a" / "songs.json")
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


@pytest.fixture
def cloud():
    return embedding_of(np.random.default_rng(0).normal(size=(30, 6)) * [9, 5, 3, 1, 1, 1])


def cosines(embedding):
    return embedding.vectors @ embedding.vectors.T


@pytest.mark.parametrize("dim", [1, 3, 6, 60])
def test_fewer_dimensions_keep_the_cosines_as_the_singular_vectors_do(cloud, dim):
    left, sizes, right = np.linalg.svd(cloud.unit)
    kept = (left[:, :6][:, :dim] * sizes[:dim]) @ right[:dim]
    assert_allclose(cosines(cloud.reduced(dim)), kept @ kept.T, atol=1e-5)


def test_no_other_directions_keep_more(cloud):
    true = cloud.unit @ cloud.unit.T
    axes = cloud.unit[:, :3]  # the three longest of the axes
    lost = [np.square(true - kept).sum() for kept in (cosines(cloud.reduced(3)), axes @ axes.T)]
    assert lost[0] < lost[1]


def test_vectors_of_no_length_are_refused(cloud):
    with pytest.raises(InputError, match="dim=0 cannot be used: give at least 1"):
        cloud.reduced(0)


def test_half_precision_halves_the_file_and_is_read_in_single(cloud, tmp_path):
    cloud.save(tmp_path / "single", {})
    cloud.halved().save(tmp_path / "half", {})
    read = Embedding.load(tmp_path / "half")
    assert (read.vectors.dtype, read.biases.dtype) == (np.float32, np.float32)
    assert_allclose(read.vectors, cloud.vectors, rtol=2**-11)
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("single", "half")]
    assert sizes[0] - sizes[1] == 2 * (cloud.vectors.size + cloud.biases.size)


def test_only_parameters_that_differ_are_changes(cloud, tmp_path):
    cloud.save(tmp_path, {"dim": 6, "alpha": 0.75, "title_model": "x"})
    assert changes(tmp_path, {"dim": 6, "alpha": 0.75, "title_model": "x"}) == {}
    assert changes(tmp_path, {"dim": 7, "alpha": 0.75, "title_model": "x"}) == {"dim": 7}


def test_where_nothing_readable_is_there_nothing_is_changed(tmp_path):
    assert changes(tmp_path / "nowhere", {"dim": 6}) == {}
    (tmp_path / "model.safetensors").write_bytes(b"half")
    assert changes(tmp_path, {"dim": 6}) == {}


@pytest.fixture
def joint():
    """Five songs by two artists, with two parts beside their own, continued by product."""
    rng = np.random.default_rng(0)
    own = Embedding(
        rng.normal(size=(5, 3)).astype(np.float32),
        rng.normal(size=5).astype(np.float32),
        song_table(5).assign(artist=["Ana", "Bo", "Ana", "ANA", "Bo"]),
    )
    return own.joined({"titles": rng.normal(size=(5, 2)), "lists": rng.normal(size=(5, 4))}, 0.6)


def test_a_joint_embedding_continues_by_the_mean_over_the_given_songs(joint):
    artists = joint.songs["artist"].str.casefold()
    given = [0, 1, 3]
    expected = [
        np.mean(
            [
                joint.vectors[i] @ joint.vectors[j]
                + joint.biases[j]
                + 0.6 * (artists[i] == artists[j])
                for i in given
            ]
        )
        for j in range(5)
    ]
    assert_allclose(joint.continuation_scores(np.array(given)), expected, rtol=1e-5)


def test_products_of_the_own_part_are_in_proportion_to_what_was_trained():
    rng = np.random.default_rng(1)
    own = Embedding(rng.normal(size=(6, 3)), rng.normal(size=6), song_table(6))
    joint = own.joined({}, 0.0)
    trained = own.vectors @ own.vectors.T + own.biases
    made = joint.vectors @ joint.vectors.T + joint.biases
    assert_allclose(made / trained, np.full((6, 6), made[0, 0] / trained[0, 0]))
    assert np.mean(np.sum(joint.vectors**2, axis=1)) == pytest.approx(1)


def test_vectors_that_are_all_zero_can_be_joined():
    own = Embedding(np.zeros((2, 3)), np.zeros(2), song_table(2))
    assert_array_equal(own.joined({"lists": np.eye(2)}, 0.0).vectors[:, 3:], np.eye(2))


def test_similar_songs_are_near_by_cosine_however_lists_are_continued(joint):
    near = joint.neighbours(0, k=4)
    u = joint.unit
    assert_allclose(near["cosine"], np.sort(u[1:] @ u[0])[::-1], rtol=1e-5)
    assert list(joint.continuation([0], k=1)) == ["song", "track", "artist", "score"]


def test_parts_are_known_by_name(joint):
    assert dict(joint.parts) == {"own": 3, "titles": 2, "lists": 4}
    assert_array_equal(joint.part("lists"), joint.vectors[:, 5:])
    assert_array_equal(joint.part("own"), joint.vectors[:, :3])
    with pytest.raises(InputError, match="no part 'sound': choose from own, titles, lists"):
        joint.part("sound")


def test_parts_that_are_not_the_vectors_are_refused(joint):
    with pytest.raises(InputError, match="do not add up to the 9 columns"):
        Embedding(joint.vectors, joint.biases, joint.songs, 0.6, {"own": 3})


def test_a_joint_embedding_is_saved_with_all_it_answers_by(joint, tmp_path):
    joint.save(tmp_path, {"artist_bonus": 99})
    loaded = Embedding.load(tmp_path)
    given = np.array([0, 3])
    assert_array_equal(loaded.continuation_scores(given), joint.continuation_scores(given))
    assert loaded.parts == joint.parts


@pytest.mark.parametrize(
    "made",
    [
        5,
        {},
        {"artist_bonus": "much", "parts": {}},
        {"artist_bonus": 0.6, "parts": [9]},
        {"artist_bonus": 0.6, "parts": {"own": "9"}},
        {"artist_bonus": 0.6, "parts": {"own": 3}},
    ],
)
def test_a_file_that_says_nonsense_of_its_parts_is_refused(joint, tmp_path, made):
    joint.save(tmp_path, {})
    tensors, pedigree = read_tensors(tmp_path / VECTORS, "")
    write_tensors(tmp_path / VECTORS, tensors, {**pedigree, "made": made})
    with pytest.raises(InputError):
        Embedding.load(tmp_path)
