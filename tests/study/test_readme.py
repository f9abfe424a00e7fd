import importlib
import re
import sys
from html import unescape

import pytest

from muse_lib import MuSE
from muse_lib.paths import ROOT
from muse_lib.report.glossary import anchor, linked

sys.path.insert(0, str(ROOT / "scripts"))
readme_results = importlib.import_module("readme_results")
sys.path.pop(0)

DOCUMENTS = readme_results.documents()
WRITTEN = ["README.md", "RESULTS.md", "CONTRIBUTING.md", "CHANGELOG.md"]
WRITTEN += [f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))]


def read(name):
    return (ROOT / name).read_text("utf-8")


def by_hand(readme):
    """The README without what is generated and without code."""
    code = re.compile(r"```.*?```|^ {4}.*?$|`[^`]*`", re.DOTALL | re.MULTILINE)
    return code.sub("", readme_results.MARKED.sub("", readme))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_documents_show_the_tables_under_results(name):
    assert DOCUMENTS[name] == read(name), "run: python scripts/readme_results.py"


def test_a_number_typed_into_the_readme_would_be_noticed():
    readme = read("README.md")
    typed = readme.replace("| `muse-lists-tuned` | ", "| `muse-lists-tuned` | 9", 1)
    assert typed != readme
    assert readme_results.filled(typed) == readme_results.filled(readme)


def test_no_measurement_stands_outside_the_generated_parts():
    numbers = re.findall(r"\d+\.\d+(?:\.\d+)?|\d+ ?%", by_hand(read("README.md")))
    assert set(numbers) <= {"3.11"}  # of Python


def test_the_first_table_of_results_has_at_most_eight_rows():
    rows = re.findall(r"^\| `", readme_results.table(), re.MULTILINE)
    assert 2 <= len(rows) <= 8


def test_every_term_is_linked_at_its_first_use():
    readme = read("README.md")
    assert linked(readme, readme_results.GLOSSARY) == readme
    assert f"]({readme_results.GLOSSARY}#auc)" in readme


def test_the_lines_of_python_in_the_readme_run(tmp_path, monkeypatch):
    blocks = re.findall(r"```python\n(.*?)```", read("README.md"), re.DOTALL)
    (code,) = (block for block in blocks if "read(" in block)
    (file,) = re.findall(r'read\("(.*?)"\)', code)
    rows = "playlist,track,artist\np,Rain,Ana\np,Sun,Bo\nq,Sun,Bo\nq,Mud,Cy\n"
    (tmp_path / file).parent.mkdir()
    (tmp_path / file).write_text(rows)
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert len(MuSE.load("my-muse").songs) == 3


@pytest.mark.parametrize("name", WRITTEN)
def test_every_link_of_the_documents_leads_somewhere(name):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", read(name), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", text)
    local = [one for pair in links if not (one := "".join(pair)).startswith(("http", "mailto"))]
    for path, _, wanted in (link.partition("#") for link in local):
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), f"{name}: {path}"
        if wanted:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE)
            assert wanted in map(anchor, headings), f"{name}: {path}#{wanted}"


@pytest.mark.parametrize("name", WRITTEN)
def test_every_picture_of_the_documents_says_what_is_seen(name):
    pictures = re.findall(r"!\[(.*?)\]|<img [^>]*?alt=\"(.*?)\"", read(name))
    assert len(pictures) == len(re.findall(r"!\[|<img ", read(name)))
    assert all(unescape("".join(alt)) for alt in pictures)


def test_a_badge_claims_what_the_project_declares():
    assert readme_results.badges()["python"][1] in read("docs/badges/python.svg")


def test_the_version_to_cite_is_that_of_the_project():
    _, version = readme_results.badges()["version"]
    assert f"version = {{{version}}}" in read("README.md")
    assert f"version: {version}\n" in read("CITATION.cff")
