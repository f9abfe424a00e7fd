"""MuSE as one object."""

import doctest
import inspect

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

import muse_lib
from muse_lib import MuSE
from muse_lib.data.corpora.rows import Rows
from muse_lib.errors import InputError
from muse_lib.extras import EXTRAS, MissingExtraError, require
from muse_lib.models.muse.variants import Recipe
from tests.helpers.worlds import two_scenes

LISTS = [["a", "b", "c"], ["b", "c", "d"], ["x", "y", "z"], ["y", "z", "x"]]
TABLE = pd.DataFrame(
    [
        *[("p", "rock", "One", "Ana"), ("p", "rock", "Two", "Bo"), ("p", "rock", "Three", "Cy")],
        *[("q", "rock", "one", "ANA"), ("q", "rock", "Two", "Bo"), ("r", "jazz", "Four", "Di")],
        *[("r", "jazz", "Five", "Di"), ("s", "jazz", "Four", "Di"), ("s", "jazz", "Six", "Ed")],
    ],
    columns=["playlist", "title", "track", "artist"],
)
QUICK = {"dim": 4, "epochs": 20}


@pytest.fixture(scope="module")
def fitted():
    return MuSE(dim=4).fit(LISTS)


@pytest.mark.parametrize("song", ["x", "y", "z"])
def test_the_songs_of_ones_own_scene_are_most_similar(fitted, song):
    assert {song, *fitted.similar(song, k=2)["song"]} == {"x", "y", "z"}


def test_a_playlist_goes_on_with_the_rest_of_its_scene(fitted):
    assert fitted.recommend(["a", "b"], k=2)["song"].tolist() == ["c", "d"]


def test_a_planted_world_is_found_again():
    nearest = MuSE(dim=8, smoothing=0.01).fit(two_scenes()).similar(0, k=20)["song"]
    assert (nearest % 2 == 0).all()


def test_a_model_without_titles_and_artists_is_that_of_its_recipe(fitted):
    from muse_lib.data.playlists import vocabulary_of

    recipe = Recipe.of("muse-lists", dim=4, title_part=False, artist_vectors=False)
    trained = recipe.train(vocabulary_of(LISTS), label="without either").embedding
    assert_array_equal(fitted.vectors, trained.vectors)


def test_any_variant_beyond_the_poster_does_without_what_is_not_there():
    assert MuSE("muse-text", dim=4).fit(LISTS).vectors.shape[1] == 4


def test_the_same_playlists_give_the_same_bytes(fitted):
    assert MuSE(dim=4).fit(LISTS).vectors.tobytes() == fitted.vectors.tobytes()


def test_another_seed_gives_other_vectors(fitted):
    assert not np.array_equal(MuSE(dim=4, seed=1).fit(LISTS).vectors, fitted.vectors)


def test_the_loss_is_told_for_every_epoch():
    history = MuSE(**QUICK).fit(LISTS).history
    assert history["epoch"].tolist() == list(range(21))
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]


def test_of_a_table_songs_are_the_same_whatever_their_case():
    assert MuSE(**QUICK, title_part=False).fit(TABLE).songs["track"].tolist() == [
        *("One", "Two", "Three", "Four", "Five", "Six")
    ]


def test_artists_share_a_part_where_they_are_given():
    given = MuSE(**QUICK, title_part=False).fit(TABLE)
    without = MuSE(**QUICK, title_part=False).fit(TABLE.drop(columns="artist"))
    assert given.similar("Four", k=1)["track"].tolist() == ["Five"]
    assert not np.array_equal(given.vectors, without.vectors)


def test_what_titles_and_lists_say_stands_beside_the_vectors():
    n_lists = TABLE["playlist"].nunique()
    assert MuSE(**QUICK).fit(TABLE).vectors.shape == (6, 4 + 384 + n_lists)
    assert MuSE("muse-text", **QUICK).fit(TABLE).vectors.shape == (6, 4 + 384)


def test_lists_may_have_titles():
    titled = MuSE(**QUICK).fit(LISTS, titles=["rock", "rock", "jazz", "jazz"])
    assert titled.vectors.shape[1] == 4 + 384 + len(LISTS)


def test_ones_own_identifiers_are_kept_beside_the_names():
    own = TABLE.assign(song=[f"id-{track.lower()}" for track in TABLE["track"]])
    muse = MuSE(**QUICK, title_part=False).fit(own)
    assert muse.songs["song"].tolist()[:2] == ["id-one", "id-two"]
    assert_array_equal(muse.vector("id-one"), muse.vector(("One", "Ana")))


def test_identifiers_are_taken_as_they_are():
    assert len(MuSE(**QUICK).fit([["3n3P", "3n3p"], ["3n3P", " x"]]).songs) == 3


def test_songs_may_be_named_by_track_and_artist():
    muse = MuSE(**QUICK).fit([[("Rain", "Ana"), ("Sun", "Bo")], [("RAIN", "ana"), ("Sun", "Cy")]])
    assert list(zip(muse.songs["track"], muse.songs["artist"], strict=True)) == [
        *(("Rain", "Ana"), ("Sun", "Bo"), ("Sun", "Cy"))
    ]


def test_whole_numbers_of_numpy_are_identifiers():
    muse = MuSE(**QUICK).fit([np.array([7, 9]), np.array([9, 11], dtype=np.uint16)])
    assert muse.songs["song"].tolist() == [7, 9, 11]


def test_a_song_counts_once_per_playlist():
    assert MuSE(**QUICK).fit([["a", "a", "b"]]).songs["n_playlists"].tolist() == [1, 1]


def test_a_corpus_that_the_library_has_read_can_be_fitted():
    rows = Rows()
    columns = TABLE.to_dict("list")
    rows.add("row", range(len(TABLE)), **columns)
    muse = MuSE(**QUICK, title_part=False).fit(rows.corpus("mine", "here"))
    expected = MuSE(**QUICK, title_part=False).fit(TABLE)
    assert_array_equal(muse.vectors, expected.vectors)


@pytest.mark.parametrize(
    ("playlists", "reason"),
    [
        ("abc", "str is not a collection of playlists"),
        ({"p": ["a"]}, "dict is not a collection of playlists"),
        (5, "int is not a collection of playlists"),
        (["abc"], "playlist 0 is 'abc'"),
        ([["a", "b"], None], "playlist 1 is None"),
        ([["a", 1]], "named by int and by str"),
        ([["a", 1.5]], "playlist 0 holds 1.5"),
        ([["a", float("nan")]], "playlist 0 holds nan"),
        ([[True, False]], "playlist 0 holds True"),
        ([["a", " "]], "playlist 0 holds ' '"),
        ([[("a", "b", "c")]], "which is not a song"),
        ([], "no playlist has two songs"),
        ([["a"], ["b"]], "no playlist has two songs"),
        (TABLE.drop(columns="playlist"), "it needs playlist and track"),
        (TABLE.assign(track=[*"abcdefgh", None]), "row 8 has no track"),
        (TABLE.assign(playlist=[" ", *"abcdefgh"]), "row 0 has no playlist"),
        (TABLE.assign(title=2.5), "the title 2.5 is not a string"),
        (TABLE.assign(song=1.5), "holds 1.5"),
    ],
)
def test_what_is_no_playlist_is_refused(playlists, reason):
    with pytest.raises(InputError, match=reason):
        MuSE(**QUICK).fit(playlists)


@pytest.mark.parametrize(
    ("titles", "reason"), [(["rock"], "4 playlists have 1 titles"), ([1, 2, 3, 4], "title 1 is no")]
)
def test_titles_that_do_not_fit_are_refused(titles, reason):
    with pytest.raises(InputError, match=reason):
        MuSE(**QUICK).fit(LISTS, titles=titles)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"dim": 0}, "dim=0 cannot be used"),
        ({"dims": 4}, "there is no parameter 'dims'"),
        ({"variant": "muse-jazz"}, "there is no variant 'muse-jazz'"),
    ],
)
def test_parameters_that_are_none_are_refused(parameters, reason):
    with pytest.raises(InputError, match=reason):
        MuSE(**parameters)


@pytest.mark.parametrize(
    ("name", "value"),
    [("dim", 500), ("epochs", 150), ("learning_rate", 0.05), ("smoothing", 1), ("alpha", 0.75)],
)
def test_the_posters_model_has_the_posters_values(name, value):
    assert MuSE.poster().parameters[name] == value


def test_the_poster_has_four_models():
    with pytest.raises(InputError, match="the poster has no 'muse-text'"):
        MuSE.poster("muse-text")


def test_a_variant_of_the_poster_needs_what_it_is_about():
    with pytest.raises(InputError, match="muse-artist uses artists"):
        MuSE.poster("muse-artist", **QUICK).fit(LISTS)


def test_without_vectors_nothing_is_answered():
    with pytest.raises(InputError, match="no vectors yet"):
        MuSE().similar("a")


def test_a_model_that_was_saved_answers_alike(fitted, tmp_path):
    fitted.save(str(tmp_path / "model"))
    loaded = MuSE.load(str(tmp_path / "model"))
    assert loaded.parameters == fitted.parameters
    assert loaded.vectors.tobytes() == fitted.vectors.tobytes()
    pd.testing.assert_frame_equal(loaded.recommend(["a"]), fitted.recommend(["a"]))


@pytest.mark.parametrize("name", ["config.json", "songs.json", "model.safetensors"])
def test_a_model_that_lacks_a_file_is_refused(fitted, tmp_path, name):
    fitted.save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match="is missing: save the model again"):
        MuSE.load(tmp_path)


@pytest.mark.parametrize("content", ["[]", "{}", '{"parameters": {"dim": -1}}', "no"])
def test_a_damaged_description_is_refused(fitted, tmp_path, content):
    fitted.save(tmp_path)
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(InputError):
        MuSE.load(tmp_path)


def public_objects():
    """Every public name of the package, and the public members of MuSE."""
    yield from ((name, getattr(muse_lib, name)) for name in muse_lib.__all__)
    yield from (
        (f"MuSE.{name}", member.fget if isinstance(member, property) else member)
        for name, member in inspect.getmembers(MuSE)
        if not name.startswith("_")
    )


@pytest.mark.parametrize(
    ("name", "thing"), [pytest.param(*pair, id=pair[0]) for pair in public_objects()]
)
def test_every_public_name_has_an_example_that_runs(name, thing):
    tests = doctest.DocTestFinder(recurse=False).find(thing, name)
    assert any(test.examples for test in tests) or "See `" in thing.__doc__
    runner = doctest.DocTestRunner()
    for test in tests:
        runner.run(test)
    assert runner.failures == 0


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_missing_extra_is_named_with_the_line_that_installs_it(extra, monkeypatch):
    monkeypatch.setattr("muse_lib.extras.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=f"pip install 'muse-lib\\[{extra}\\]'"):
        require(extra)
