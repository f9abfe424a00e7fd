"""The study's notebooks: how they are written, and what a small run of all of them leaves."""

import ast
import json
import re
import statistics
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest

from muse_lib.evaluation.metrics import METRICS
from muse_lib.figures.page import LIBRARY
from muse_lib.models.baselines import BASELINES
from muse_lib.models.muse.variants import VARIANTS
from muse_lib.paths import NOTEBOOKS, RESULTS, ROOT
from muse_lib.runner.execute import execute
from muse_lib.runner.parameters import read_notebook
from muse_lib.runner.receipts import digests
from muse_lib.runner.stages import SMOKE, STAGES
from muse_lib.runner.watch import Watch
from muse_lib.storage.picture import MIME
from tests.helpers.checkouts import Checkout, notebooks_of, outputs_of, published

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
MACHINE = {str(place) for place in (ROOT, Path.home(), Path(sys.prefix), tempfile.gettempdir())}
"""Paths that say something about this machine and nothing to a reader."""


def parametrised(cell):
    return "parameters" in cell.metadata.get("tags", [])


def statements(cell):
    return ast.parse(cell.source).body


def imports_only(cell):
    return all(isinstance(line, ast.Import | ast.ImportFrom) for line in statements(cell))


def n_lines(cell):
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def is_prose(statement):
    """Whether a statement is a call of Markdown: a sentence whose numbers are computed."""
    call = getattr(statement, "value", None)
    return isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Markdown"


def words(text):
    return len(text.split())


# How they are written


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def cells(path):
    return nbformat.read(path, as_version=4).cells


@pytest.fixture
def code(cells):
    return [cell for cell in cells if cell.cell_type == "code"]


@pytest.fixture
def working(code):
    """The cells that do something: neither parameters nor imports."""
    return [cell for cell in code if not parametrised(cell) and not imports_only(cell)]


def test_the_first_cell_says_what_is_asked_and_what_comes_in_and_out(cells):
    assert cells[0].cell_type == "markdown"
    assert re.match(r"# \d+ · \S", cells[0].source)
    assert "**Input**" in cells[0].source
    assert "**Output**" in cells[0].source


def test_parameters_are_the_first_code_and_literals_alone(code):
    assert [cell for cell in code if parametrised(cell)] == code[:1]
    for line in statements(code[0]):
        assert isinstance(line, ast.Assign)
        ast.literal_eval(line.value)


def test_nothing_is_defined(code):
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    nodes = [node for cell in code for node in ast.walk(ast.parse(cell.source))]
    assert [node.name for node in nodes if isinstance(node, kinds)] == []


def test_no_cell_is_longer_than_twelve_lines(working):
    assert [cell.source for cell in working if n_lines(cell) > 12] == []


def test_what_a_reader_may_find_hard_is_told(path, cells, working, capsys):
    """A hint for the writer, who judges; sentences whose numbers are computed are prose."""
    median = statistics.median(map(n_lines, working))
    lines, told = 0, sum(words(cell.source) for cell in cells if cell.cell_type == "markdown")
    for statement in (statement for cell in working for statement in statements(cell)):
        if is_prose(statement):
            texts = (node.value for node in ast.walk(statement) if isinstance(node, ast.Constant))
            told += sum(words(text) for text in texts if isinstance(text, str))
        else:
            lines += statement.end_lineno - statement.lineno + 1
    assert lines
    if not (4 <= told / lines <= 20 and 2 <= median <= 6):
        with capsys.disabled():
            sys.stdout.write(
                f"\nwarning: {path.stem} has {told / lines:.1f} words of prose a line of code, and "
                f"{median:g} lines in its median cell\n"
            )


def calls_of(code, name):
    """Every call of one method."""
    nodes = (node for cell in code for node in ast.walk(ast.parse(cell.source)))
    return [
        node
        for node in nodes
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == name
    ]


def test_every_figure_says_what_is_seen_with_numbers_or_names_that_are_computed(code):
    for call in calls_of(code, "save_figure"):
        assert "seen" in {keyword.arg for keyword in call.keywords}, ast.unparse(call)
        cell = next(
            cell for cell in code if ast.unparse(call) in ast.unparse(ast.parse(cell.source))
        )
        (said,) = (
            node.value
            for node in ast.walk(ast.parse(cell.source))
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "seen"
        )
        assert any(isinstance(part, ast.FormattedValue) for part in ast.walk(said))


def test_the_last_heading_is_a_verdict_that_is_computed(cells):
    headings = [k for k, cell in enumerate(cells) if re.match("#+ ", cell.source)]
    headings = [k for k in headings if cells[k].cell_type == "markdown"]
    assert cells[headings[-1]].source.splitlines()[0] == "## Verdict"
    verdict = cells[headings[-1] + 1]
    assert verdict.cell_type == "code"
    sentence = statements(verdict)[-1]
    assert is_prose(sentence)
    assert any(isinstance(node, ast.FormattedValue | ast.Name) for node in ast.walk(sentence))


def test_nothing_that_a_run_leaves_is_kept(code):
    assert [cell.source for cell in code if cell.outputs or cell.execution_count] == []


def test_no_path_of_a_machine_is_written_down(path):
    text = path.read_text("utf-8")
    assert [place for place in [*MACHINE, "/home/", "/Users/", "C:\\"] if place in text] == []


# What a small run of all of them leaves

TABLES = {
    *("poster_searches", "poster_fits", "poster_intervals", "poster_rule"),
    *("poster_association", "poster_differences", "poster_sizes", "poster_false_fits"),
    *("popularity", "playlist_lengths", "split", "datasheet"),
    *("counts", "pairs_seen", "weight_shares", "cost"),
    *("title_similarities", "titles_alone", "title_pairs"),
    *("grid_search", "hyperparameters", "edges"),
    *(f"loss_{variant}" for variant in VARIANTS),
    *("pairs", "slices", "ranking", "labels", "per_playlist"),
    *("classification", "roc", "poster_size_spread", "poster_table"),
    *("declared", "power", "replication", "comparisons"),
    *("tsne", "neighbourhoods"),
    "ablations",
    *("unseen", "unseen_ranking", "unseen_lengths", "unseen_confidence"),
    *("unseen_taken_out", "unseen_coverage", "unseen_differences"),
}
FIGURES = {
    "poster_rows",
    "popularity_and_lengths",
    *("counts", "weight_shares", "cost"),
    "title_similarities",
    *("grid_search", "grid_search_epochs", "grid_search_ranking"),
    *(f"loss_{variant}" for variant in VARIANTS),
    *("forest", "forest_ranking", "roc"),
    *("map", "tsne_artist", "tsne_genre"),
    "ablations",
    *("unseen", "unseen_lengths"),
}
DRAWN_FROM = {
    "popularity_and_lengths": {"popularity", "playlist_lengths"},
    "poster_rows": {"poster_intervals", "poster_rule"},
    "grid_search_epochs": {"grid_search"},
    "grid_search_ranking": {"grid_search"},
    "forest": {"pairs"},
    "forest_ranking": {"ranking"},
    "map": {"tsne"},
    "tsne_artist": {"tsne"},
    "tsne_genre": {"tsne"},
}
"""The tables of figures that are not drawn from the one of their own name."""
BEFORE = DRAWN_FROM | {"forest": {"classification"}}
"""The same of notebooks that were executed before a picture named its tables."""
KINDS = ("png", "svg")
AGAIN = ("06_evaluate",)
"""A stage whose bytes could depend on threads; `test_resume` does the data and a training again,
`test_projection` a map."""
PUBLISHED = sorted(folder.parent for folder in RESULTS.glob("*/figures"))
CLASSIFICATION = "model label_source share_similar same_artist_pairs metric value low high n_pairs"


@pytest.fixture(scope="module")
def study(smoke_study):
    """The results of all stages."""
    return smoke_study.study


@pytest.fixture(scope="module")
def executed(study):
    return notebooks_of(study)


@pytest.fixture(scope="module")
def classification(study):
    return pd.read_csv(study / "tables" / "classification.csv")


def texts_of(output):
    """What an output says, without pictures, whose bytes can spell anything."""
    data = {kind: text for kind, text in output.get("data", {}).items() if kind != "image/png"}
    return "\n".join([*data.keys(), *map(str, data.values()), output.get("text", "")])


@pytest.mark.slow
def test_every_stage_leaves_its_notebook_below_two_megabytes(study):
    sizes = {path.stem: path.stat().st_size for path in (study / "notebooks").iterdir()}
    assert sizes.keys() == {stage.name for stage in STAGES}
    assert max(sizes.values()) < 2_000_000


@pytest.mark.slow
def test_every_stage_has_its_page_and_all_of_them_are_small(study):
    sizes = {path.stem: path.stat().st_size for path in (study / "pages").iterdir()}
    assert sizes.keys() == {"index", "words", "style", *(stage.name for stage in STAGES)}
    assert sum(sizes.values()) < 2_000_000


@pytest.mark.slow
def test_every_table_is_there_and_has_rows(study):
    rows = {path.stem: len(pd.read_csv(path)) for path in (study / "tables").iterdir()}
    assert rows.keys() == TABLES
    assert min(rows.values()) > 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_is_there(study, kind):
    assert {path.stem for path in (study / "figures").glob(f"*.{kind}")} == FIGURES


@pytest.mark.slow
def test_every_figure_is_shown_once_and_names_the_tables_that_it_is_drawn_from(study, executed):
    shown = [
        output.data.get(MIME, {})
        for notebook in executed.values()
        for output in outputs_of(notebook)
        if "image/png" in output.get("data", {})
    ]
    drawn_from = {Path(one["files"][0]).stem: one["tables"] for one in shown}
    assert len(shown) == len(drawn_from)
    assert {
        name: {Path(table).stem for table in tables} for name, tables in drawn_from.items()
    } == {name: DRAWN_FROM.get(name, {name}) for name in FIGURES}
    named = {name for one in shown for name in one["files"] + one["tables"]}
    assert {name for name in named if not (study / name).is_file()} == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FIGURES))
def test_something_is_drawn_in_every_figure(study, name):
    """Colour or grey in the middle, where an empty figure is white but for the frames of axes."""
    picture = plt.imread(study / "figures" / f"{name}.png")[..., :3]
    height, width, _ = picture.shape
    middle = picture[height // 4 : -height // 4, width // 4 : -width // 4]
    assert (middle.min(axis=2) < 0.9).mean() > 0.001


@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: folder.name)
def test_a_published_figure_is_there_twice_with_its_tables_beside_it(folder):
    pictures = {kind: {path.stem for path in folder.glob(f"figures/*.{kind}")} for kind in KINDS}
    assert pictures["png"] == pictures["svg"]
    shown = [
        output["data"].get(MIME, {})
        for notebook in notebooks_of(folder).values()
        for output in outputs_of(notebook)
        if "data" in output
    ]
    named = {
        Path(one["files"][0]).stem: {Path(table).stem for table in one["tables"]}
        for one in shown
        if one
    }
    tables = {path.stem for path in folder.glob("tables/*.csv")}
    drawn_from = BEFORE | named
    assert {name for name in pictures["png"] if not drawn_from.get(name, {name}) <= tables} == set()


@pytest.mark.slow
def test_every_variant_has_a_small_map_and_all_share_what_draws_them(study):
    sizes = {path.name: path.stat().st_size for path in (study / "maps").iterdir()}
    assert sizes.keys() == {"play.html", *(f"{variant}.html" for variant in VARIANTS)}
    assert max(sizes.values()) < 300_000
    assert (study.parent / LIBRARY).is_file()


@pytest.mark.slow
def test_the_coordinates_have_a_row_a_song_and_two_short_columns_a_variant(study):
    table = pd.read_csv(study / "tables" / "tsne.csv")
    axes = [f"{variant}_{axis}" for variant in VARIANTS for axis in "xy"]
    assert [*table] == ["track", "artist", "genre", *axes]
    assert table[axes].equals(table[axes].round(2))


@pytest.mark.slow
def test_the_classification_table_has_every_model_and_every_metric(classification):
    assert [*classification.columns] == [*CLASSIFICATION.split(), "n_splits"]
    by_model = classification.groupby("model")["metric"].agg(set)
    of_pairs = [name for name, rival in BASELINES.items() if "pairs" in rival.purposes]
    models = [*VARIANTS, *(f"{variant}-tuned" for variant in VARIANTS), *of_pairs]
    assert by_model.to_dict() == {model: set(METRICS) for model in models}


@pytest.mark.slow
def test_muse_is_above_chance_and_random_vectors_are_not(classification):
    first = classification.iloc[0][["label_source", "share_similar", "same_artist_pairs"]]
    headline = classification[(classification[first.index] == first).all(axis=1)]
    auc = headline[headline["metric"] == "roc_auc"].set_index("model")
    assert all(auc.loc[variant, "low"] > 0.5 for variant in VARIANTS)
    assert auc.loc["random", "value"] == pytest.approx(0.5, abs=0.1)
    assert auc.loc["random", "value"] < auc.loc[list(VARIANTS), "value"].min()


def peaks(results):
    """The memory that each stage took, in megabytes."""
    times = json.loads((results / "times.json").read_text("utf-8"))
    return {stage: taken["peak_mb"] for stage, taken in times.items()}


@pytest.mark.slow
def test_a_machine_of_two_gigabytes_runs_it_in_small(study):
    assert max(peaks(study).values()) < 1_500  # and leaves room for the system and the runner


@pytest.mark.parametrize(
    ("corpus", "n_processes"), [("synthetic", 1), ("archive", 2), ("tidytuesday", 2)]
)
def test_a_process_of_the_full_run_fits_into_six_gigabytes(corpus, n_processes):
    """Several splits run in one process a core where memory allows it, beside their parent."""
    beside = 800 if n_processes > 1 else 0
    assert max(peaks(RESULTS / corpus).values()) < 5_000 * n_processes + beside


def test_the_committed_results_weigh_at_most_thirty_megabytes():
    corpora = [RESULTS / name for name in ("archive", "synthetic", "tidytuesday")]
    shared = [RESULTS / name for name in ("api", "index.html", LIBRARY)]
    committed = [
        part
        for corpus in corpora
        for part in corpus.iterdir()
        if not part.name.startswith(("artifacts", "."))
    ]
    files = [
        path
        for part in (*shared, *committed)
        for path in (part.rglob("*") if part.is_dir() else [part])
    ]
    assert 10e6 < sum(path.stat().st_size for path in files if path.is_file()) < 30e6


@pytest.mark.parametrize("corpus", ["archive", "synthetic", "tidytuesday"])
def test_the_run_record_has_the_digests_of_the_committed_files(corpus):
    run = json.loads((RESULTS / corpus / "run.json").read_text("utf-8"))
    outputs = {
        name: sha for stage in run["stages"].values() for name, sha in stage["outputs"].items()
    }
    recorded = {name: sha for name, sha in outputs.items() if not name.startswith("artifacts/")}
    assert digests(RESULTS / corpus, recorded) == recorded


@pytest.mark.slow
@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
def test_no_cell_complains(executed, stage):
    kinds = {(output.output_type, output.get("name")) for output in outputs_of(executed[stage])}
    assert kinds <= {("display_data", None), ("execute_result", None)}


@pytest.mark.slow
@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
def test_progress_leaves_nothing_behind(executed, stage):
    residue = re.compile(r"\r|\d+%\||it/s\]|jupyter\.widget")
    texts = map(texts_of, outputs_of(executed[stage]))
    assert [text for text in texts if residue.search(text)] == []


@pytest.mark.slow
def test_no_path_of_a_machine_is_published(study, executed):
    texts = {stage: map(texts_of, outputs_of(notebook)) for stage, notebook in executed.items()}
    texts = {stage: "".join(said) for stage, said in texts.items()}
    files = [*study.glob("tables/*"), *study.glob("figures/*.svg"), study / "run.json"]
    files += study.glob("pages/*")
    texts |= {path.name: path.read_text("utf-8") for path in files}
    places = {*MACHINE, str(study.parents[2])}
    assert [(name, place) for name in texts for place in places if place in texts[name]] == []


@pytest.mark.slow
def test_the_same_stages_in_another_place_on_more_cores_publish_the_same_bytes(
    smoke_study, tmp_path
):
    """The rest is up to date there, and stays so, as these stages leave the same."""
    other = smoke_study.copy(tmp_path / "other")
    other.forget(*AGAIN)
    ending = other.run()
    assert (ending.returncode, ending.stderr) == (0, "")
    lines = [line.split() for line in ending.stdout.splitlines() if line.startswith("[")]
    assert {line[1] for line in lines if line[-3:] != ["up", "to", "date"]} == set(AGAIN)
    first, second = published(smoke_study.study), published(other.study)
    assert first.keys() == second.keys()
    assert [str(name) for name in first if first[name] != second[name]] == []


@pytest.mark.slow
def test_the_notebook_to_explore_runs_on_a_finished_study(study, tmp_path):
    source = read_notebook(NOTEBOOKS / "10_explore.ipynb")
    made = execute(source, {"results": str(study)}, tmp_path, "09", tmp_path, Watch("09"))
    data = [output.data for output in outputs_of(nbformat.read(made, as_version=4))]
    assert sum("application/vnd.jupyter.widget-view+json" in shown for shown in data) == 2
    assert "agree most" in data[-1]["text/markdown"]


# Real playlists


@pytest.mark.slow
@pytest.mark.real
def test_real_playlists_are_read_and_sampled(real_data, tmp_path):
    """Those with genres and sounds; `corpora/test_real` reads the others."""
    if not (real_data / "tidytuesday/spotify_songs.csv").exists():
        pytest.skip("no tidytuesday/spotify_songs.csv in MUSE_DATA_DIR")
    checkout = Checkout(tmp_path)
    options = ("--corpus", "tidytuesday", "--only", "01_data")
    ending = checkout.run(*options, MUSE_DATA_DIR=str(real_data))
    assert (ending.returncode, ending.stderr) == (0, "")
    study = checkout.results / "smoke" / "tidytuesday"
    told = json.loads((study / "artifacts" / "corpus.json").read_text())
    assert (told["n_read"], told["n_playlists"]) == (471, SMOKE["n_playlists"])
    assert pd.read_csv(study / "tables" / "split.csv")["playlists"].tolist() == [48, 6, 6]
    assert str(real_data) not in (study / "notebooks" / "01_data.ipynb").read_text("utf-8")
