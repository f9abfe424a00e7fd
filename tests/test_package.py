"""The public package: every name in its place, and nothing loaded before it is asked for."""

import ast
import subprocess
import sys
from pkgutil import resolve_name

import pytest

import muse_lib
from muse_lib.paths import ROOT


def for_the_checker():
    """The names that ``__init__`` imports for the type checker, with their modules."""
    tree = ast.parse((ROOT / "muse_lib/__init__.py").read_text("utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    return {alias.name: node.module for node in block.body for alias in node.names}


def test_the_names_are_those_that_the_checker_sees():
    assert for_the_checker().keys() == {*muse_lib.__all__}
    assert {*muse_lib.__all__} <= {*dir(muse_lib)}


@pytest.mark.parametrize("name", muse_lib.__all__)
def test_a_name_is_what_its_module_defines(name):
    home = for_the_checker()[name]
    assert getattr(muse_lib, name) is resolve_name(f"{home}:{name}")


def test_a_name_that_is_not_there_is_missed_as_python_does():
    with pytest.raises(AttributeError, match="module 'muse_lib' has no attribute 'nothing'"):
        _ = muse_lib.nothing


def test_importing_the_package_and_the_corpora_loads_no_library():
    heavy = "{'numpy', 'pandas', 'pydantic'}"
    code = f"import muse_lib.data.corpora, sys\nprint(*{heavy} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
