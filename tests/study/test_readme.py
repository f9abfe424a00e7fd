import importlib.util
import re

from muse_lib import MuSE
from muse_lib.paths import ROOT

specification = importlib.util.spec_from_file_location(
    "readme_results", ROOT / "scripts" / "readme_results.py"
)
readme_results = importlib.util.module_from_spec(specification)
specification.loader.exec_module(readme_results)


def test_the_readme_shows_the_tables_under_results():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert readme_results.filled(readme) == readme, "run: python scripts/readme_results.py"


def test_a_number_typed_into_the_readme_would_be_noticed():
    readme = (ROOT / "README.md").read_text("utf-8")
    typed = readme.replace("| `muse-text` | ", "| `muse-text` | 9", 1)
    assert typed != readme
    assert readme_results.filled(typed) == readme_results.filled(readme)


def test_the_lines_of_python_in_the_readme_run(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    (file,) = re.findall(r'read\("(.*?)"\)', code)
    rows = "playlist,track,artist\np,Rain,Ana\np,Sun,Bo\nq,Sun,Bo\nq,Mud,Cy\n"
    (tmp_path / file).parent.mkdir()
    (tmp_path / file).write_text(rows)
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert len(MuSE.load("my-muse").songs) == 3
