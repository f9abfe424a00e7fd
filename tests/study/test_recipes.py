"""The Python of docs/vectors.md, run as it stands on the vectors that it is about."""

import re

import numpy as np
import pytest

from muse_lib import MuSE
from muse_lib.paths import ROOT, SMALL_MODEL
from muse_lib.runner import command

pytestmark = pytest.mark.filterwarnings(  # faiss, from Python 3.12 on
    "ignore:builtin type (Swig|swig):DeprecationWarning"
)

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall((ROOT / "docs/vectors.md").read_text("utf-8"))


@pytest.fixture(scope="module")
def after(tmp_path_factory):
    """The names that the blocks have made, with the vectors of the small model's songs."""
    folder = tmp_path_factory.mktemp("recipes")
    songs = MuSE.load(SMALL_MODEL).songs.head(300)
    rows = [f"{row.song % 30},{row.song},{row.song % 7}\n" for row in songs.itertuples()]
    rows += [f"more {row.song % 11},{row.song},{row.song % 7}\n" for row in songs.itertuples()]
    (folder / "mine.csv").write_text("playlist,track,artist\n" + "".join(rows))
    asked = [str(folder / "mine.csv"), "--out", str(folder / "vectors"), "--variant", "muse"]
    assert command.muse(["vectors", *asked, "--set", "dim=16", "--set", "epochs=30"]) == 0
    names = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in BLOCKS:
            exec(compile(block, "docs/vectors.md", "exec"), names)
    return names


def test_the_page_has_its_recipes():
    assert len(BLOCKS) == 4


def test_every_way_to_read_gives_the_same_vectors(after):
    np.testing.assert_allclose(after["words"].vectors, after["vectors"], rtol=1e-6)
    np.testing.assert_array_equal(after["vectors"], after["muse"].vectors)
    assert after["songs"]["track"].astype(str).tolist() == after["muse"].songs["track"].tolist()


def test_the_index_finds_what_the_exact_search_finds(after):
    assert after["recall"] > 0.99
    muse = after["muse"]
    for song in muse.songs["song"].iloc[:20]:
        found, exact = after["nearest"]([song]), muse.similar(song)
        assert song not in found["song"].tolist()
        np.testing.assert_allclose(found["cosine"], exact["cosine"], atol=1e-3)


def test_a_playlist_is_continued_as_by_the_exact_search(after):
    given = after["muse"].songs["song"].iloc[[0, 5, 9]].tolist()
    found, exact = after["nearest"](given, k=5), after["muse"].recommend(given, k=5)
    assert not {*found["song"]} & {*given}
    np.testing.assert_allclose(found["cosine"], exact["cosine"], atol=1e-3)


def test_the_index_finds_the_neighbours_of_real_songs(tmp_path, monkeypatch):
    """The small model: thousands of songs, many of them equally near."""
    (tmp_path / "vectors").symlink_to(SMALL_MODEL)
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in BLOCKS[1:]:
        exec(compile(block, "docs/vectors.md", "exec"), names)
    assert names["recall"] > 0.97
