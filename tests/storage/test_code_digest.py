"""Which code counts, in a small library made for the purpose and in the real one."""

import ast
import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions

import nbformat
import pytest

from muse_lib.errors import InputError
from muse_lib.figures import fonts
from muse_lib.paths import NOTEBOOKS, ROOT
from muse_lib.storage import code_digest as provenance
from muse_lib.storage.code_digest import code_digest, imports_of, modules_reached

LIBRARY = {
    "__init__": '"""Names."""\nfrom muse_lib.low import base\nfrom muse_lib.top import peak\n',
    "low": "base = 1",
    "mid": "from muse_lib import base\nmiddle = base",
    "top": "def peak():\n    from muse_lib.mid import middle\n    return middle",
    "figures/__init__": "from muse_lib.figures.maps import draw\nfrom .loss import plot as trace",
    "figures/maps": "from muse_lib import low\ndraw = low.base",
    "figures/loss": "from . import style\nfrom ..top import peak\nplot = peak",
    "figures/style": "size = 3",
    "corpora/__init__": "from muse_lib.corpora import one\nALL = [one]",
    "corpora/one": "read = 1",
    "corpora/table": "rows = 1",
}


@pytest.fixture
def library(tmp_path):
    """A folder with `LIBRARY`."""
    for name, source in LIBRARY.items():
        path = tmp_path / "muse_lib" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return tmp_path


@pytest.mark.parametrize(
    ("imported", "reached"),
    [
        ("muse_lib.low", {"low"}),
        ("muse_lib.top", {"top", "mid", "low"}),  # lazily, and through a re-exported name
        ("muse_lib.base", {"low"}),
        ("muse_lib.peak", {"top", "mid", "low"}),
        ("muse_lib.figures.draw", {"figures.maps", "low"}),
        ("muse_lib.figures.trace", {"figures.loss", "figures.style", "top", "mid", "low"}),
        ("muse_lib.corpora.table", {"corpora.table"}),
        ("muse_lib.corpora.ALL", {"corpora", "corpora.one"}),
        ("numpy.random", set()),
    ],
)
def test_an_import_reaches_what_defines_the_name_and_what_that_imports(library, imported, reached):
    names = {name.removeprefix("muse_lib.") for name in modules_reached([imported], library)}
    assert names == reached


def test_a_package_imported_as_a_whole_reaches_all_that_it_re_exports(library):
    names = {"muse_lib", "muse_lib.low", "muse_lib.mid", "muse_lib.top"}
    assert modules_reached(["muse_lib"], library) == names


LAZY = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from muse_lib.low import base
    from muse_lib.top import peak
def __getattr__(name):
    raise AttributeError(name)
"""


@pytest.mark.parametrize("name", ["base", "peak"])
def test_a_name_of_a_lazy_package_leads_where_its_module_stands(library, name):
    expected = modules_reached([f"muse_lib.{name}"], library)
    (library / "muse_lib/__init__.py").write_text(LAZY)
    assert modules_reached([f"muse_lib.{name}"], library) == expected


def test_modules_that_import_each_other_end(library):
    (library / "muse_lib/low.py").write_text("import muse_lib.mid")
    assert modules_reached(["muse_lib.low"], library) == {"muse_lib.low", "muse_lib.mid"}


def changed(library, name, source):
    before = code_digest(["muse_lib.top"], library)
    (library / "muse_lib" / f"{name}.py").write_text(source)
    return code_digest(["muse_lib.top"], library) != before


def test_another_value_in_a_module_that_is_reached_is_another_digest(library):
    assert changed(library, "low", "base = 2")


def test_a_module_that_is_not_reached_does_not_count(library):
    assert not changed(library, "figures/maps", "draw = 7")


def test_comments_docstrings_and_layout_do_not_count(library):
    assert not changed(library, "low", '"""The base."""\n\nbase = (  # one\n    1\n)\n')


def test_a_text_below_a_constant_does_not_count(library):
    assert not changed(library, "low", 'base = 1\n"""What everything starts from."""\n')


def test_a_text_that_is_a_value_counts(library):
    assert changed(library, "low", "base = 'text'")


def test_another_version_of_numpy_is_another_digest(library, monkeypatch):
    before = code_digest(["muse_lib.low"], library)
    monkeypatch.setattr(provenance.metadata, "version", lambda name: f"{name} 99")
    assert code_digest(["muse_lib.low"], library) != before


def test_what_is_no_python_is_named(library):
    (library / "muse_lib/low.py").write_text("base = ")
    with pytest.raises(InputError, match=r"low.py is not valid Python .*: fix it"):
        code_digest(["muse_lib.top"], library)


def test_a_missing_library_is_named(tmp_path):
    with pytest.raises(InputError, match=r"there is no module 'muse_lib.low'"):
        code_digest(["muse_lib.low"], tmp_path)


def test_imports_are_found_wherever_they_stand():
    source = "import a.b\ndef f():\n    if x:\n        from c import d as e, g"
    assert imports_of(source) == ["a.b", "c.d", "c.g"]


# The real library


def of_notebook(name, root=ROOT):
    cells = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    return code_digest([name for source in sources for name in imports_of(source)], root)


@pytest.mark.parametrize(
    ("module", "counts"),
    [
        ("models/muse/objective", True),
        ("figures/models", True),
        ("figures/maps", False),
        ("evaluation/pairs", False),
    ],
)
def test_training_follows_from_its_objective_and_not_from_maps(tmp_path, module, counts):
    shutil.copytree(ROOT / "muse_lib", tmp_path / "muse_lib")
    with (tmp_path / "muse_lib" / f"{module}.py").open("a") as file:
        file.write("\nchanged = True\n")
    assert (of_notebook("05_train", tmp_path) != of_notebook("05_train")) == counts


@pytest.mark.slow
def test_every_module_that_training_really_loads_is_reached():
    """The slow twin: import it in a process of its own, and look at what came in from files."""
    code = (
        "import sys, json, muse_lib.models.muse.variants\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('muse_lib')]))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    everything = modules_reached(["muse_lib", "muse_lib.models.muse.variants"])
    passed_through = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for path in (ROOT / "muse_lib").rglob("__init__.py")
    }
    assert set(json.loads(loaded.stdout)) <= everything | passed_through


def test_every_library_that_can_change_a_result_is_named():
    """All that the library imports, the runner apart, is on one list or the other."""
    library = ROOT / "muse_lib"
    paths = {*library.rglob("*.py")} - {*(library / "runner").rglob("*.py")}
    sources = [path.read_text("utf-8") for path in paths]
    modules = {name.partition(".")[0] for source in sources for name in imports_of(source)}
    modules |= {*fonts.PACKAGES}
    homes = packages_distributions()
    found = {
        re.sub("[-_.]+", "-", name).lower() for module in modules for name in homes.get(module, ())
    }
    listed = {*provenance.LIBRARIES, *provenance.HARMLESS}
    assert found - {"muse-lib"} - listed == set()
    assert {*provenance.HARMLESS} & {*provenance.LIBRARIES} == set()
    behind_the_encoder = {"torch"}
    assert listed - found == behind_the_encoder


def test_no_module_of_the_library_acts_when_it_is_imported_as_a_package():
    """Else passing through an ``__init__`` would count, and `modules_reached` be wrong."""
    acts = [
        path
        for path in (ROOT / "muse_lib").rglob("__init__.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.Expr)
        and not isinstance(node.value, ast.Constant)
        and not ast.unparse(node).startswith("require(")  # which only refuses
    ]
    assert acts == []
