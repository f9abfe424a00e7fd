import importlib.util

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
