"""The pages of the Python API are those of its docstrings."""

import pytest

from muse_lib.paths import RESULTS
from scripts import api_pages


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The pages, written anew."""
    folder = tmp_path_factory.mktemp("api")
    api_pages.write(folder)
    return folder


def test_the_committed_pages_are_up_to_date(written):
    """If not: python scripts/api_pages.py."""
    names = sorted(str(path.relative_to(written)) for path in written.rglob("*.*"))
    assert names
    for name in names:
        assert (RESULTS / "api" / name).read_bytes() == (written / name).read_bytes(), name


@pytest.mark.parametrize("name", ["MuSE", "MuSE.similar", "Embedding", "read"])
def test_a_public_name_has_its_place(written, name):
    assert f'id="{name}"' in (written / "muse_lib.html").read_text("utf-8")


def test_the_index_of_the_results_leads_there():
    assert 'href="api/muse_lib.html"' in (RESULTS / "index.html").read_text("utf-8")
