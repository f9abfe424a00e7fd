"""The widgets of 10_explore, driven as a reader drives them."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from muse_lib.errors import InputError
from muse_lib.models.embedding import Embedding
from muse_lib.paths import SMALL_MODEL
from muse_lib.report.explorer import (
    N_FOUND,
    SMALL,
    Explorer,
    agreement,
    agreements,
    models_of,
    opened,
)
from muse_lib.storage.results import DRAFT, Results

NAMES = ["<b>Blue</b>", "Moon", "$uicideboy$", "Blue Moon", "line\nbreak"]


def compass(degrees, names=NAMES):
    """Songs as directions in the plane: near means a small angle."""
    angles = np.radians(degrees)
    songs = {"track": names, "artist": ["x"] * len(names)}
    vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    return Embedding(vectors, np.zeros(len(names)), pd.DataFrame(songs))


@pytest.fixture
def models():
    return {"one": compass([0, 10, 20, 90, 180]), "<other>": compass([0, 180, 90, 20, 10])}


@pytest.fixture
def explorer(models):
    return Explorer(models, k=1)


def labels(select):
    return [label for label, _ in select.options]


def test_a_search_offers_the_songs_that_hold_every_word(explorer):
    explorer.search.value = "moon BLUE"
    assert labels(explorer.found) == ["x - Blue Moon"]
    explorer.search.value = "blue"
    assert labels(explorer.found) == ["x - <b>Blue</b>", "x - Blue Moon"]
    assert explorer.count.value == "2 of 2, most popular first"
    explorer.search.value = "nothing like it"
    assert labels(explorer.found) == []
    assert explorer.count.value == "no song matches"
    explorer.search.value = " "
    assert labels(explorer.found) == []
    assert explorer.count.value == ""


def columns(html):
    """What a table shows, column by column."""
    head, *rows = [
        [cell.text for cell in row] for row in ElementTree.fromstring(html.value).iter("tr")
    ]
    return {name: list(cells) for name, *cells in zip(head, *rows, strict=True)}


def test_the_first_song_found_is_compared_under_every_model(explorer):
    explorer.search.value = "moon"
    assert explorer.found.value == 1
    assert columns(explorer.neighbours) == {
        "one": ["0.98 <b>Blue</b> · x"],
        "<other>": ["0.00 $uicideboy$ · x"],
    }
    explorer.found.value = 3
    assert columns(explorer.neighbours)["<other>"] == ["0.98 line break · x"]


def test_a_search_without_result_shows_no_neighbours(explorer):
    explorer.choose(0)
    explorer.search.value = "nothing like it"
    assert explorer.neighbours.value == ""


def test_names_stay_text(explorer):
    explorer.choose(1)
    assert "<b>" not in explorer.neighbours.value
    assert "<other>" not in explorer.neighbours.value
    explorer.choose(4)
    assert labels(explorer.found) == ["x - line break"]


def test_a_playlist_grows_song_by_song_and_each_model_goes_on(explorer):
    for song in (0, 2, 2):
        explorer.choose(song)
        explorer.add.click()
    assert [song for _, song in explorer.playlist.options] == [0, 2]
    assert columns(explorer.continuations)["one"] == ["1.00 Moon · x"]  # 10 lies between 0 and 20


def test_what_is_taken_off_the_playlist_is_gone(explorer):
    explorer.remove.click()  # nothing is there
    explorer.choose(0)
    explorer.add.click()
    explorer.remove.click()
    assert explorer.playlist.options == ()
    assert explorer.continuations.value == ""


def test_nothing_chosen_adds_nothing(explorer):
    explorer.add.click()
    assert explorer.playlist.options == ()


def descendants(widget):
    return [
        widget,
        *(one for child in getattr(widget, "children", ()) for one in descendants(child)),
    ]


def test_one_view_holds_all_that_the_attributes_name(explorer):
    parts = descendants(explorer.view)
    names = ("search", "found", "count", "add", "playlist", "remove", "tables", "neighbours")
    for name in (*names, "continuations"):
        assert parts.count(getattr(explorer, name)) == 1, name


def test_proposals_are_in_front_as_long_as_there_is_a_list(explorer):
    def in_front():
        return descendants(explorer.tables.children[explorer.tables.selected_index])

    explorer.choose(0)
    assert explorer.neighbours in in_front()
    explorer.add.click()
    assert explorer.continuations in in_front()
    explorer.search.value = "moon"  # for the next one
    assert explorer.continuations in in_front()
    explorer.remove.click()
    assert explorer.neighbours in in_front()


def test_of_many_songs_the_most_popular_are_offered_and_all_counted():
    names = [f"Blue {number}" for number in range(1234)]
    many = compass(range(1234), names)
    songs = many.songs.assign(n_playlists=range(1234))
    explorer = Explorer({"one": Embedding(many.vectors, many.biases, songs)})
    explorer.search.value = "blue"
    assert explorer.count.value == f"{N_FOUND} of 1,234, most popular first"
    assert labels(explorer.found)[0] == "x - Blue 1233"


# Which models


@pytest.fixture
def study(tmp_path, monkeypatch, models):
    """A study with two variants, one of which was trained again as a trial."""
    monkeypatch.delenv(DRAFT, raising=False)
    out = Results(str(tmp_path))
    for name, place in (("muse", out), ("muse-text", out), ("muse", out.aside({"dim": 2}))):
        models["one"].save(place.new(f"artifacts/models/{name}"), {})
    return out


def test_a_study_shows_its_variants_and_the_trials_that_are_named(study):
    assert [*models_of(study, ["muse", "muse-text"])] == ["muse", "muse-text"]
    found = models_of(study, ["muse", "muse-text"], ["dim=2"])
    assert [*found] == ["muse", "muse-text", "muse, dim=2"]
    assert opened("results/mine", found) == "5 songs of `results/mine`, in 3 models."


def test_what_a_study_lacks_is_missed_by_name(study):
    with pytest.raises(InputError, match=r"muse-artist is missing: run notebooks/05_train"):
        models_of(study, ["muse", "muse-artist"])
    with pytest.raises(InputError, match=r"no trial 'dim=3' of muse in .*; the trials are: dim=2."):
        models_of(study, ["muse"], ["dim=3"])


def test_without_a_study_the_small_model_is_opened_and_says_so(tmp_path):
    found = models_of(Results(str(tmp_path / "nothing")), ["muse", "muse-text"])
    assert [*found] == [SMALL]
    assert found[SMALL].search("", 1)["n_playlists"][0] > 1
    said = opened("results/synthetic", found)
    assert said.startswith("Nothing has been trained in `results/synthetic` yet.")
    assert f"{len(found[SMALL].songs):,} songs" in said
    link = said.rpartition("](")[2].partition(")")[0]
    assert (SMALL_MODEL.parents[1] / "notebooks" / link).is_file()


def test_models_that_know_different_songs_are_refused(models):
    models["<other>"] = compass([0, 1], NAMES[:2])
    with pytest.raises(InputError, match="one and <other> know different songs"):
        Explorer(models)
    with pytest.raises(InputError, match="there is no model to explore"):
        Explorer({})


def test_agreement_is_the_share_of_neighbours_in_common(models):
    """Nearest two of song 0: 1 and 2 in one, 4 and 3 in the other; of song 2: 1, 0 and 0, 3."""
    table = agreement(models, [0], k=2)
    assert table.to_numpy().tolist() == [["one", "<other>", 0.0]]
    same = agreement({"a": models["one"], "b": models["one"]}, [0, 1], k=3)
    assert same["share"].tolist() == [1.0]
    both = agreement(models, [2], k=3)
    near = [{*model.neighbours(2, 3)["song"]} for model in models.values()]
    assert both["share"].tolist() == [len(near[0] & near[1]) / 3]


# A song nobody has


@pytest.fixture
def placing():
    """Without names: by the artist alone."""
    songs = pd.DataFrame({"track": ["One", "Two", "Three"], "artist": ["Ana", "Ana", "<b>Bo</b>"]})
    vectors = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    return Explorer({"one": Embedding(vectors, np.zeros(3), songs)}, k=2, title_model="")


def typed(explorer, track, artist):
    explorer.track.value, explorer.artist.value = track, artist
    explorer.place.click()
    return columns(explorer.placed)


def test_a_song_that_no_model_knows_is_placed_beside_those_of_its_artist(placing):
    ((heading, near),) = typed(placing, "Four", "ANA").items()
    assert heading.startswith("one: from artist, 0.")
    assert near == ["1.00 One · Ana", "1.00 Two · Ana"]


def test_what_is_typed_in_is_text_and_no_markup(placing):
    ((_, near),) = typed(placing, "<script>alert(1)</script>", "<b>Bo</b>").items()
    assert near[0] == "1.00 Three · <b>Bo</b>"


def test_without_the_extra_for_text_the_artist_places_a_song(placing, monkeypatch):
    monkeypatch.setattr("muse_lib.report.explorer.installed", lambda _: False)
    placing._title_model = "any"
    ((heading, _),) = typed(placing, "Four", "Ana").items()
    assert heading.startswith("one: from artist, 0.")


@pytest.mark.parametrize(
    ("track", "artist", "reason"),
    [
        ("", "Ana", "row 0 has no track"),
        ("Four", " ", "row 0 has no artist"),
        ("one", "ana", "is already known"),
        ("Four", "Nobody", "nothing is known about"),
        ("x" * 10_000, "<script>" * 1_000, "nothing is known about"),
    ],
)
def test_what_cannot_be_placed_is_told(placing, track, artist, reason):
    ((heading, told),) = typed(placing, track, artist).items()
    assert heading == "It cannot be placed"
    assert reason in told[0]


# Do the variants agree?


SHARED = pd.DataFrame(
    {"model": ["a", "a", "b"], "other": ["b", "c", "c"], "share": [0.2, 0.6, 0.4]}
)


def test_who_agrees_most_and_least_is_named():
    said = agreements(SHARED)
    assert said == "`a` and `c` agree most (60%), `a` and `b` least (20%)."
    assert agreements(SHARED.head(1)) == "`a` and `b` agree most (20%)."


def test_one_variant_has_nothing_to_agree_with():
    assert agreements(SHARED.head(0)).startswith("There is only one variant")
