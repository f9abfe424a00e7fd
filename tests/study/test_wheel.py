"""The package as somebody installs it: without extras, and away from the checkout."""

import subprocess
import sys
import venv

import pytest

from muse_lib.paths import ROOT

pytestmark = pytest.mark.slow

EXAMPLE = """
import sys, time
start = time.perf_counter()
import muse_lib
assert time.perf_counter() - start < 60 and "numpy" not in sys.modules  # lazy
from muse_lib import MuSE
playlists = [["a", "b", "c"], ["b", "c", "d"], ["x", "y", "z"], ["y", "z"]]
muse = MuSE(dim=4).fit(playlists)
assert {*muse.similar("x", k=2)["song"]} == {"y", "z"}
assert muse.recommend(["a", "b"], k=1)["song"].tolist() == ["c"]
muse.save("my-muse")
assert MuSE.load("my-muse").similar("x", k=1).equals(muse.similar("x", k=1))
try:
    MuSE(dim=4).fit(playlists, titles=["rock", "rock", "jazz", "jazz"])
except ImportError as error:
    print(error)
print(muse_lib.__version__)
"""
TOO_MUCH = ("scipy", "pyarrow", "matplotlib", "jupyterlab", "gensim", "bokeh", "torch")
MEGABYTES = 300


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """An environment with the wheel and what it asks for; its Python."""
    folder = tmp_path_factory.mktemp("bare")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT]
    subprocess.run(build, check=True)
    (wheel,) = folder.glob("muse_lib-*.whl")
    venv.create(folder / "env")
    python = folder / "env" / "bin" / "python"
    install = ["--python", python, "install", "-c", ROOT / "constraints.txt", wheel]
    subprocess.run([*pip, *install], check=True)
    return python


def run(python, code, cwd):
    done = subprocess.run([python, "-c", code], cwd=cwd, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_example_of_the_readme_runs_and_names_the_extra_it_lacks(bare, tmp_path):
    said = run(bare, EXAMPLE, tmp_path)
    assert "pip install 'muse-lib[text]'" in said
    assert "or learn without titles, with title_part=False" in said
    assert said.endswith("0.1.0\n")


def test_nothing_heavy_comes_along(bare):
    code = "from importlib.util import find_spec; import sys; print(*map(find_spec, sys.argv[1:]))"
    done = subprocess.run([bare, "-c", code, *TOO_MUCH], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None"] * len(TOO_MUCH)


def test_it_is_small(bare):
    packages = next(bare.parent.parent.glob("lib/python*/site-packages"))
    size = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file())
    assert size < MEGABYTES * 1e6


def test_vectors_are_made_where_there_are_no_titles(bare, tmp_path):
    (tmp_path / "mine.csv").write_text("playlist,track,artist,title\np,Rain,Ana,\np,Sun,Bo,\n")
    done = subprocess.run(
        [bare.with_name("muse"), "vectors", "mine.csv", "--set", "dim=4", "--set", "epochs=5"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "vectors" / "vectors.txt").is_file()
