"""A small study whose titles and names try to be markup, executed and shown as pages."""

from pathlib import Path

import nbformat

from muse_lib.runner import study
from muse_lib.runner.arguments import Arguments
from muse_lib.runner.stages import Stage
from muse_lib.runner.study import Project

HOSTILE = [
    "<script>document.title = 'owned'</script>",
    "<img src=x onerror=\"document.title = 'owned'\">",
    '"><svg onload="document.title = 1">',
    "</pre></details></table><script>alert(1)</script>",
    "<!-- <style>* { display: none }</style>",
    "![picture](http://evil.invalid/picture.png)",
    "[link](javascript:alert(1)) and [another](http://evil.invalid/)",
    "<http://evil.invalid/auto>",
    "[reference]: http://evil.invalid/reference",
    "$uicideboy$ & A$AP Rocky",
    "$$ mood $$",
    "{{ 7 * 7 }}{% raw %}",
    "=cmd()",
    "javascript:alert(1)",
    "漢字 🎧 עברית",
]
"""Titles as people could write them."""

ASK = Arguments(corpus="synthetic", scale="full", first="", only="", force=False, settings={})

DATA = [
    (
        "# 1 · Titles `here`\n\nWhat $C_{ij}$ counts.\n\n$$J = \\sum_{i \\ne j} \\left("
        "\\frac{M_{ij}}{M_{\\max}}\\right)^{\\alpha}\n  + \\lambda \\qquad x$$\n\n"
        "**Input**: none. **Output**: a table for `06_evaluate`."
    ),
    "PARAMETERS",
    f"titles = {HOSTILE!r}",
    "import pandas as pd\nfrom IPython.display import HTML, Markdown\n"
    "from muse_lib.storage.results import Results\nfrom muse_lib.report.display import Table\n"
    "out = Results(results)",
    "## A table\n\nExpect one row a title, and forty columns beside it; all are in "
    "`tables/titles.csv`.",
    "frame = pd.DataFrame({'title': titles} | {f'number {k}': 1.5 * k for k in range(40)})\n"
    "out.save_table('titles', frame)\n"
    "Table(frame.set_axis(titles[:1] + [*frame.columns[1:]], axis=1))",
    "## Sentences",
    "display(*(Markdown(f'It is **called** {title}, and $M_{{ij}}$ counts.') for title in titles))",
    "## What else a cell can show",
    "for title in titles:\n    print(title)",
    "display(*(HTML(f'<p onclick=\"alert(1)\">{title}</p>') for title in titles))",
    "titles",
]

FIGURES = [
    "# 6 · A picture\n\nExpect a line that rises.",
    "PARAMETERS",
    "import matplotlib.pyplot as plt\nimport pandas as pd\n"
    "from muse_lib.storage.results import Results\n"
    "from muse_lib.figures import use_house_style\nout = Results(results)\nuse_house_style()",
    "figure, axis = plt.subplots()\naxis.plot([1, 2])\nkind = 'rising'\n"
    "out.save_table(f'line_{kind}', pd.DataFrame({'y': [1, 2]}))\n"
    "out.save_figure(f'line_{kind}', figure)",
    "## A picture that is saved nowhere",
    "from muse_lib.report.display import Table\nTable(pd.DataFrame({'y': [2, 1]}))",
    "figure, axis = plt.subplots()\naxis.plot([2, 1])",
]


def make_study(folder: Path) -> Path:
    """Execute both notebooks as the runner does and return the folder of the results."""
    (folder / "notebooks").mkdir()
    for name, cells in (("01_data", DATA), ("06_evaluate", FIGURES)):
        nbformat.write(_notebook(cells), folder / "notebooks" / f"{name}.ipynb")
    stages = (Stage("01_data"), Stage("06_evaluate"))
    return study.run(Project(folder / "notebooks", folder / "results", stages, {}), ASK)


def _notebook(cells: list[str]) -> nbformat.NotebookNode:
    """Return a notebook; a cell that begins with ``#`` is prose."""
    made = []
    for source in cells:
        if source == "PARAMETERS":
            cell = nbformat.v4.new_code_cell("results = ''\nseed = 0  # < 1")
            cell.metadata["tags"] = ["parameters"]
        elif source.startswith("#"):
            cell = nbformat.v4.new_markdown_cell(source)
        else:
            cell = nbformat.v4.new_code_cell(source)
        made.append(cell)
    return nbformat.v4.new_notebook(cells=made)
