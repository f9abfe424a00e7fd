import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_limits

from muse_lib.errors import InputError
from muse_lib.evaluation.neighbourhoods import nearest_songs, neighbourhood_report
from muse_lib.evaluation.projection import aligned, aligned_maps, named_regions, tsne


def clusters(n_points=90, n_clusters=3, dim=6, spread=0.1, seed=0):
    """Unit vectors around as many axes, and the cluster of each."""
    cluster = np.arange(n_points) % n_clusters
    vectors = np.eye(dim)[cluster] + spread * np.random.default_rng(seed).normal(
        size=(n_points, dim)
    )
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), cluster.astype(str)


@pytest.fixture(scope="module")
def planted():
    vectors, labels = clusters()
    return vectors, labels, tsne(vectors, perplexity=10, seed=0)


def test_a_map_keeps_planted_clusters_apart(planted):
    _, labels, coordinates = planted
    distance = np.linalg.norm(coordinates[:, None] - coordinates, axis=2)
    np.fill_diagonal(distance, np.inf)
    assert_array_equal(labels[distance.argmin(axis=1)], labels)


@pytest.mark.slow
def test_one_seed_gives_one_map_whatever_the_number_of_threads():
    """In a world so large that BLAS shares its products among threads, and rounds otherwise."""
    vectors, _ = clusters(n_points=600, dim=200, spread=1)
    maps = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            maps.append(tsne(vectors.astype(np.float32), perplexity=20, seed=0))
    assert_array_equal(*maps)


def test_a_map_of_more_neighbours_than_points_allow_is_refused():
    vectors, _ = clusters(n_points=30)
    with pytest.raises(InputError, match=r"perplexity=10 is too large for 30 songs: .* below 10"):
        tsne(vectors, perplexity=10, seed=0)
    assert tsne(vectors, perplexity=9.9, seed=0).shape == (30, 2)


def test_maps_made_side_by_side_are_those_made_one_by_one_and_aligned_with_the_first(planted):
    vectors, _, first = planted
    other = vectors[:, ::-1] ** 3
    maps = aligned_maps({"a": vectors, "b": other}, perplexity=10, seed=0)
    assert_array_equal(maps["a"], aligned(first, first))
    assert_array_equal(maps["b"], aligned(tsne(other, perplexity=10, seed=0), first))


@pytest.mark.parametrize("mirrored", [1, -1])
def test_alignment_undoes_turning_mirroring_and_moving(mirrored):
    reference = np.random.default_rng(0).normal(size=(20, 2))
    turned = reference @ [[0.6, 0.8], [-0.8, 0.6]] * [1, mirrored] + [100, -7]
    assert_allclose(aligned(turned, reference), reference - reference.mean(axis=0), atol=1e-10)


def test_alignment_keeps_all_distances():
    coordinates, reference = np.random.default_rng(1).normal(size=(2, 20, 2))

    def distances(points):
        return np.linalg.norm(points[:, None] - points, axis=2)

    assert_allclose(distances(aligned(3 * coordinates, reference)), distances(3 * coordinates))


def test_planted_clusters_are_pure_and_trustworthy(planted):
    vectors, labels, coordinates = planted
    report = neighbourhood_report(vectors, coordinates, {"genre": labels})
    assert report["genre_purity"] == 1
    assert report["genre_silhouette"] > 0.8
    assert report["trustworthiness"] > 0.9


def test_a_shuffled_map_is_not_trustworthy(planted):
    vectors, labels, coordinates = planted
    shuffled = np.random.default_rng(0).permutation(coordinates)
    report = neighbourhood_report(vectors, shuffled, {"genre": labels})
    assert report["trustworthiness"] < 0.6
    assert report["genre_purity"] == 1  # measured in the space of the vectors


def test_shuffled_labels_are_as_pure_as_by_chance(planted):
    """30 songs of each of 3 genres: chance is 29 / 89, and ten neighbours of 90 scatter by 0.03."""
    vectors, labels, coordinates = planted
    shuffled = np.random.default_rng(0).permutation(labels)
    report = neighbourhood_report(vectors, coordinates, {"genre": shuffled})
    assert report["genre_purity_by_chance"] == pytest.approx(29 / 89)
    assert report["genre_purity"] == pytest.approx(29 / 89, abs=0.1)
    assert report["genre_silhouette"] < 0.1


def test_songs_without_a_label_count_neither_for_purity_nor_for_chance(planted):
    vectors, labels, coordinates = planted
    some = np.where(np.arange(labels.size) < 60, labels, "")
    report = neighbourhood_report(vectors, coordinates, {"genre": some})
    assert report["genre_purity"] == 1
    assert report["genre_purity_by_chance"] == pytest.approx(19 / 59)
    assert report["genre_silhouette"] > 0.8


@pytest.mark.parametrize(
    ("labels", "purity", "by_chance"),
    [
        (np.full(90, ""), np.nan, np.nan),  # nothing known
        (np.full(90, "pop"), 1, 1),  # one genre: a silhouette needs two
        (np.arange(90).astype(str), 0, 0),  # every song its own artist
    ],
)
def test_where_labels_cannot_tell_anything_the_silhouette_is_undefined(
    planted, labels, purity, by_chance
):
    vectors, _, coordinates = planted
    report = neighbourhood_report(vectors, coordinates, {"genre": labels})
    assert np.isnan(report["genre_silhouette"])
    assert report["genre_purity"] == pytest.approx(purity, nan_ok=True)
    assert report["genre_purity_by_chance"] == pytest.approx(by_chance, nan_ok=True)


def test_every_kind_of_label_has_its_own_numbers(planted):
    vectors, labels, coordinates = planted
    kinds = {"genre": labels, "artist": np.arange(90).astype(str)}
    report = neighbourhood_report(vectors, coordinates, kinds)
    assert (report["genre_purity"], report["artist_purity"]) == (1, 0)


def test_too_few_songs_for_ten_neighbours_are_refused():
    vectors, labels = clusters(n_points=20)
    with pytest.raises(InputError, match="20 songs"):
        neighbourhood_report(vectors, vectors[:, :2], {"genre": labels})


def test_nearest_songs_are_those_of_highest_cosine():
    vectors, _ = clusters(n_points=40, spread=0.5)
    nearest, cosine = nearest_songs(vectors, k=5)
    for song, vector in enumerate(vectors):
        cosines = [(-float(other @ vector), k) for k, other in enumerate(vectors) if k != song]
        assert nearest[song].tolist() == [k for _, k in sorted(cosines)[:5]]
        assert_allclose(cosine[song], [-c for c, _ in sorted(cosines)[:5]], atol=1e-12)


def test_songs_in_one_place_are_nearest_to_each_other_and_not_to_themselves():
    nearest, cosine = nearest_songs(np.eye(4)[[0, 0, 0, 1, 1, 1]], k=2)
    assert [set(songs) for songs in nearest.tolist()] == [
        {1, 2},
        {0, 2},
        {0, 1},
        {4, 5},
        {3, 5},
        {3, 4},
    ]
    assert_array_equal(cosine, 1)


def test_fewer_songs_than_neighbours_are_refused():
    with pytest.raises(InputError, match="10 songs are too few for 10 neighbours"):
        nearest_songs(clusters(n_points=10)[0])
    assert nearest_songs(clusters(n_points=11)[0])[0].shape == (11, 10)


def islands(*names, n_each=300):
    """Songs of each name around a point of their own, and beside them songs without a name."""
    rng = np.random.default_rng(0)
    centres = 100 * np.arange(len(names))[:, None] * [1, 1]
    coordinates = np.repeat(centres, 2 * n_each, axis=0) + rng.normal(
        size=(2 * n_each * len(names), 2)
    )
    labels = np.repeat(names, 2 * n_each).astype(object)
    labels[1::2] = ""
    return coordinates, labels


def test_islands_of_one_label_are_called_after_it_where_they_lie():
    regions = named_regions(*islands("rock", "pop"), seed=0)
    assert sorted(regions["name"]) == ["pop", "rock"]
    places = regions.set_index("name")[["x", "y"]]
    assert_allclose(places.loc[["rock", "pop"]], [[0, 0], [100, 100]], atol=3)
    assert (regions["share"] == 1).all()


def test_a_region_of_many_labels_has_no_name_and_a_rare_label_names_none():
    coordinates, labels = islands("rock", "pop")
    labels[:600] = [f"genre {k % 20}" for k in range(600)]
    assert named_regions(coordinates, labels, seed=0)["name"].to_list() == ["pop"]
    assert named_regions(coordinates[:4], labels[:4], seed=0).empty


def test_a_map_without_labels_has_no_names():
    assert named_regions(
        np.random.default_rng(0).normal(size=(50, 2)), np.full(50, ""), seed=0
    ).empty
