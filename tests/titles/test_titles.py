import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from muse_lib.errors import InputError
from muse_lib.storage.files import write_tensors
from muse_lib.titles.encoder import EMBEDDED_MODEL, TitleModel
from muse_lib.titles.text import as_read, normalise

WRITTEN = ["chill vibes", "gym", "90s rock", "rock of the nineties", "朝の歌", "gym", ""]


@pytest.fixture(scope="module")
def embedded():
    return TitleModel(EMBEDDED_MODEL)


@pytest.fixture
def model(embedded, tmp_path, monkeypatch):
    """The embedded model, loaded once for all tests, with a cache of its own."""
    monkeypatch.setattr(embedded, "_cache", tmp_path)
    return embedded


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("c h i l l", "chill"),
        ("s a d   b o y s", "sad boys"),
        ("🔥🔥", "fire fire"),
        ("❤️", "red heart"),
        ("90's hits", "90s hits"),
        ("1990s", "90s"),
        ("'80s", "80s"),
        ("2010s", "2010s"),
        ("summer 2k16", "summer 2016"),
        ("\uff26\uff2d radio", "fm radio"),
        ("lofi_beats", "lofi beats"),
        ("two\n\n lines\t", "two lines"),
        ("A$AP Rocky & Ke$ha", "a$ap rocky & ke$ha"),
        ("r & b", "r & b"),
        ("   ", ""),
    ],
)
def test_a_noisy_title_becomes_plain_words(written, read):
    assert normalise(written) == read


def test_a_title_of_10000_characters_is_cut():
    assert len(normalise("x" * 10_000)) <= 500


def test_without_normalisation_only_white_space_changes():
    assert as_read(["  C h i l l  🔥 "], normalised=False) == ["C h i l l 🔥"]


def test_vectors_have_length_one_and_similar_titles_are_near(model):
    chill, gym, rock, same = model.encode(
        ["chill vibes", "gym", "90s rock", "rock of the nineties"]
    )
    assert_allclose([v @ v for v in (chill, gym, rock, same)], 1, rtol=1e-5)
    assert rock @ same > 0.5 > chill @ gym


def test_the_order_of_titles_does_not_move_a_vector(model, tmp_path, monkeypatch):
    forward = model.encode(WRITTEN)
    monkeypatch.setattr(model, "_cache", tmp_path / "other")
    backward = model.encode(WRITTEN[::-1])
    assert_array_equal(forward, backward[::-1])


def test_titles_met_before_come_from_the_cache_unread(model, monkeypatch):
    first = model.encode(WRITTEN)
    monkeypatch.setattr(model._model, "encode", None)  # reading again would fail
    assert_array_equal(model.encode(WRITTEN), first)


def test_what_was_read_before_does_not_move_a_vector(model, tmp_path, monkeypatch):
    """In a batch of its own a title has another padding, and other last digits."""
    alone = model.encode(WRITTEN)
    monkeypatch.setattr(model, "_cache", tmp_path / "other")
    model.encode(WRITTEN[::2])
    assert_array_equal(model.encode(WRITTEN), alone)


@pytest.mark.parametrize("kept", [0, 7, -10])
def test_a_truncated_cache_is_made_anew(model, kept):
    first = model.encode(["gym"])
    file = model._cache_file(["gym"])
    whole = file.read_bytes()
    file.write_bytes(whole[:kept])
    assert_array_equal(model.encode(["gym"]), first)
    assert file.read_bytes() == whole


@pytest.mark.parametrize(
    "pedigree", [{"model": "another", "texts": ["gym"]}, {"texts": ["gym"]}, {}, []]
)
def test_a_cache_of_another_model_is_made_anew(model, pedigree):
    first = model.encode(["gym"])
    vectors = {"vectors": np.ones((1, 3), np.float32)}
    write_tensors(model._cache_file(["gym"]), vectors, pedigree)
    assert_array_equal(model.encode(["gym"]), first)


def test_emoji_alone_cannot_be_read_and_their_words_can(model):
    assert model.cannot_read("🔥")
    assert not model.cannot_read(normalise("🔥"))


def test_word_pieces_are_those_of_the_sentence_transformer():
    model = TitleModel()
    unknown, pieces_of = model._word_pieces
    tokenizer = model._model.tokenizer
    assert unknown == tokenizer.unk_token
    for text in ["🔥 gym", "Mañana", "漢字", "", "A$AP", "x" * 200, "long " * 99, "[UNK] [CLS]"]:
        assert pieces_of(text) == tokenizer.tokenize(text), text


@pytest.mark.parametrize("name", ["./nowhere", "/no/such/folder"])
def test_a_folder_that_is_no_model_is_refused_with_the_remedy(name):
    with pytest.raises(InputError, match=r"title_model='.*' is not the folder .* modules\.json"):
        TitleModel(name)


def test_a_model_that_cannot_be_loaded_is_refused_and_never_replaced(tmp_path):
    (tmp_path / "modules.json").write_text("[]")
    with pytest.raises(InputError, match="cannot be loaded"):
        TitleModel(str(tmp_path)).encode(["gym"])
