import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.models import base
from muse_lib.models.base import OnDemand, Recent, Vectors, unit

WORLD = np.random.default_rng(0).normal(size=(7, 3))


def cosine(one, other):
    return (
        sum(a * b for a, b in zip(one, other, strict=True))
        / (sum(a * a for a in one) * sum(b * b for b in other)) ** 0.5
    )


def test_room_is_made_before_a_value_is_made():
    there = set()

    class Value:
        def __init__(self, name):
            assert len(there) < 2
            self.name = name
            there.add(name)

        def __del__(self):
            there.remove(self.name)

    recent = Recent(Value, 2)
    assert [recent(name).name for name in "abacba"] == list("abacba")


def test_the_values_used_last_are_kept():
    made = []
    recent = Recent(lambda name: made.append(name) or name, 2)
    for name in "abacab":
        recent(name)
    assert "".join(made) == "abcb"


def test_all_values_are_kept_if_asked_for():
    made = []
    recent = Recent(made.append, None)
    for number in [*range(9), *range(9)]:
        recent(number)
    assert made == [*range(9)]


def test_similarity_is_the_cosine_of_two_vectors():
    i, j = np.triu_indices(7)
    expected = [cosine(WORLD[a], WORLD[b]) for a, b in zip(i, j, strict=True)]
    assert_allclose(Vectors(WORLD).similarity(i, j), expected)


def test_a_continuation_is_scored_by_the_cosine_with_the_centroid_of_directions():
    given = [0, 3, 4]
    directions = [WORLD[song] / length(WORLD[song]) for song in given]
    centroid = [sum(parts) / 3 for parts in zip(*directions, strict=True)]
    expected = [cosine(vector, centroid) for vector in WORLD]
    assert_allclose(Vectors(WORLD).continuation_scores(np.array(given)), expected)


def length(vector):
    return sum(x * x for x in vector) ** 0.5


def test_the_length_of_a_vector_says_nothing():
    stretched = Vectors(WORLD * np.arange(1, 8)[:, None])
    given = np.array([1, 2])
    assert_allclose(stretched.continuation_scores(given), Vectors(WORLD).continuation_scores(given))


def test_a_zero_vector_is_like_no_song():
    model = Vectors(np.array([[0.0, 0], [1, 0], [1, 1]]))
    assert_array_equal(model.similarity(np.array([0, 0]), np.array([0, 1])), 0)
    assert model.continuation_scores(np.array([1]))[0] == 0


@pytest.mark.parametrize("vectors", [np.zeros((3, 2)), np.array([[1.0, 0], [-1, 0], [0, 1]])])
def test_songs_without_a_direction_in_common_have_no_continuation(vectors):
    assert_array_equal(Vectors(vectors).continuation_scores(np.array([0, 1])), 0)


def test_few_pairs_of_many_songs_have_the_bytes_of_all_unit_vectors():
    vectors = np.random.default_rng(0).normal(size=(1000, 37)).astype(np.float32)
    i, j = np.array([3, 999, 3]), np.array([500, 0, 3])
    model, asked_before = Vectors(vectors), Vectors(vectors)
    expected = np.einsum("pd,pd->p", asked_before.unit[i], asked_before.unit[j])
    assert_array_equal(model.similarity(i, j), expected)
    assert_array_equal(asked_before.similarity(i, j), expected)
    assert "unit" not in vars(model)  # as large as the vectors


def test_many_pairs_of_long_vectors_need_no_second_copy_of_all(monkeypatch):
    monkeypatch.setattr(base, "LARGE", 100)
    i, j = np.arange(len(WORLD)).repeat(9), np.arange(9 * len(WORLD)) % len(WORLD)
    model = Vectors(np.tile(WORLD, 20))
    similarity = model.similarity(i, j)
    assert "unit" not in vars(model)
    assert_array_equal(similarity, np.einsum("pd,pd->p", model.unit[i], model.unit[j]))


@pytest.mark.parametrize("length", [1, 0.4])
def test_rows_are_scaled_to_one_length_block_by_block(length, monkeypatch):
    monkeypatch.setattr(base, "ROWS_AT_ONCE", 3)
    scaled = unit(np.vstack([WORLD, np.zeros((1, 3))]), length)
    assert_allclose(np.linalg.norm(scaled, axis=1), [length] * 7 + [0])
    assert_allclose(scaled[:7] * np.linalg.norm(WORLD, axis=1)[:, None], length * WORLD)


def test_no_rows_are_scaled_to_no_rows():
    assert unit(np.empty((0, 3))).shape == (0, 3)


def test_a_value_on_demand_is_made_when_it_is_asked_for():
    made = []
    values = OnDemand({name: lambda name=name: made.append(name) or len(made) for name in "ab"})
    assert (len(values), [*values], made) == (2, ["a", "b"], [])
    assert (values["b"], values["b"]) == (1, 2)
    assert made == ["b", "b"]
