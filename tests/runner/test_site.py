"""Pages of the executed notebooks: what they say, and that titles in them stay text."""

import json
import re
import shutil
from html import unescape
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from ziamath.zmath import Latex

from muse_lib.errors import InputError
from muse_lib.evaluation.entrants import described
from muse_lib.evaluation.labels import PLAYLISTS
from muse_lib.figures.interactive import map_page
from muse_lib.figures.page import LIBRARY, library
from muse_lib.paths import NOTEBOOKS
from muse_lib.report.findings import findings
from muse_lib.report.overview import overview
from muse_lib.runner.site import make_pages, pages
from muse_lib.runner.site.cells import Reader
from muse_lib.runner.site.prose import SIZE, authored, coded, computed, equation, plain, slug
from muse_lib.storage.picture import MIME
from muse_lib.storage.results import write_table
from tests.helpers.site_world import HOSTILE
from tests.helpers.songs_to_map import next_ones, songs_to_map

LINKS = {"06_evaluate": "06_evaluate.html"}


# Prose


@pytest.mark.parametrize("title", HOSTILE)
def test_a_computed_sentence_holds_no_markup_but_emphasis_and_code(title):
    html = computed(f"It is called {title}.", LINKS)
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "em", "strong", "code"}


def test_dollars_in_a_title_are_no_equation_and_those_in_the_code_are():
    html = computed("$uicideboy$ says $J$", {}, written=["x", "says $J$"])
    assert plain(html).strip() == "$uicideboy$ says J"
    assert html.count("<svg") == 1


def test_a_computed_sentence_may_lead_to_a_file_of_the_study_and_nowhere_else():
    text = "[map](../maps/muse.html) [other](../maps/other.html) [x](javascript:alert(1))"
    html = computed(text, {}, files=["maps/muse.html"])
    assert re.findall(r"<a .*?</a>", html) == ['<a href="../maps/muse.html">map</a>']
    assert plain(html) == "map [other](../maps/other.html) [x](javascript:alert(1))"


def test_what_an_author_writes_has_equations_links_tables_and_anchors():
    anchors = set()
    text = (
        "## A *word*\n\n## A word\n\n$a_i$, `06_evaluate`, [there](x.html)\n\n| a |\n|---|\n| 1 |"
    )
    html = authored(text, LINKS, anchors)
    assert anchors == {"a-word", "a-word-2"}
    assert '<a href="06_evaluate.html"><code>06_evaluate</code></a>' in html
    assert '<a href="x.html">there</a>' in html
    assert 'role="img" aria-label="a_i"' in html
    assert "<table>" in html


def test_an_equation_of_several_lines_is_one_drawing():
    html = authored("so\n\n$$a\n  + b$$\n\nwith", {}, set())
    assert html.count("<svg") == 1
    assert plain(html).split() == ["so", "a", "+", "b", "with"]


def test_an_author_cannot_run_code_by_mistake():
    html = authored(
        "<script>x</script>\n\n[x](javascript:alert(1)) ![p](http://evil.invalid/p)", {}, set()
    )
    assert "<script" not in html
    assert "javascript:" not in html
    assert "<img" not in html


def test_an_equation_that_cannot_be_drawn_is_named():
    with pytest.raises(InputError, match=r"'\\\\left\( x' cannot be drawn"):
        equation(r"\left( x", inline=True)


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_equation_of_the_study_can_be_drawn(path, tmp_path):
    shown = Reader(tmp_path, [], {}).read(nbformat.read(path, as_version=4))
    assert shown.title


def test_a_heading_of_signs_has_an_id_too():
    taken = set()
    assert [slug(text, taken) for text in ("漢字", "A b!", "a-B", "漢")] == [
        "section",
        "a-b",
        "a-b-2",
        "section-2",
    ]


# A small study as pages


@pytest.fixture
def made(small_study):
    return small_study


@pytest.fixture
def results(made, tmp_path):
    """A copy that a test may change."""
    return shutil.copytree(made.parent, tmp_path / "results") / made.name


def pages_of(results):
    files = [*(results / "pages").iterdir(), results.parent / "index.html"]
    return {path.relative_to(results.parent): path.read_text("utf-8") for path in files}


def test_a_run_ends_with_a_page_a_notebook_and_two_indices(made):
    assert {str(name) for name in pages_of(made)} == {
        "index.html",
        *(f"synthetic/pages/{name}.html" for name in ("index", "01_data", "06_evaluate")),
        *("synthetic/pages/style.css", "synthetic/pages/words.js"),
    }


def test_nothing_is_left_beside_the_pages(made):
    assert not [path for path in made.parent.rglob("*draft*") if path.is_file()]


def test_the_same_notebooks_give_the_same_bytes(made, results):
    shutil.rmtree(results / "pages")
    make_pages(results)
    assert pages_of(results) == pages_of(made)


def test_a_page_of_a_notebook_that_is_gone_goes(results):
    (results / "notebooks" / "06_evaluate.ipynb").unlink()
    make_pages(results)
    assert not (results / "pages" / "06_evaluate.html").exists()
    assert "06_evaluate.html" not in (results / "pages" / "index.html").read_text("utf-8")


@pytest.mark.parametrize("title", HOSTILE)
def test_every_title_is_on_the_page_as_it_was_written(made, title):
    assert title in unescape((made / "pages" / "01_data.html").read_text("utf-8"))


def test_pages_hold_no_scripts_but_indices_for_their_search_and_ask_nobody(made):
    for name, text in pages_of(made).items():
        if name.suffix == ".js":
            continue
        tags = re.findall(r"<[a-z][^>]*>", text)
        scripts = [tag for tag in tags if tag.startswith("<script")]
        assert len(scripts) == (2 if name.name == "index.html" else 0)
        loaded = [
            tag for tag in tags if re.search(r'(src|href)="(?!data:|[\w./-]*(#[\w-]+)?")', tag)
        ]
        assert loaded == []


def test_a_saved_figure_is_shown_from_its_file_and_any_other_from_the_notebook(made):
    page = (made / "pages" / "06_evaluate.html").read_text("utf-8")
    first, second = re.findall(r"<img [^>]*>", page)
    assert 'src="../figures/line_rising.png"' in first
    assert 'src="data:image/png;base64,' in second


def test_a_figure_is_described_by_what_its_notebook_says_is_seen(tmp_path):
    picture = {"image/png": "aGk=", MIME: {"files": [], "tables": [], "seen": "It <rises>."}}
    cells = [
        nbformat.v4.new_markdown_cell("# Words"),
        nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("display_data", picture)]),
    ]
    shown = Reader(tmp_path, [], {}).read(nbformat.v4.new_notebook(cells=cells))
    assert 'alt="It &lt;rises&gt;."' in shown.parts[-1]


def test_a_figure_of_which_nothing_is_said_is_described_by_its_heading_and_prose(made):
    page = (made / "pages" / "06_evaluate.html").read_text("utf-8")
    assert re.findall('<img [^>]*alt="(.*?)"', page) == [
        "6 · A picture. Expect a line that rises.",
        "A picture that is saved nowhere.",
    ]


def test_the_words_of_a_table_are_found_without_its_markup(tmp_path):
    table = nbformat.v4.new_output("display_data", {"text/html": "<table><td>a</td><td>b</td>"})
    cells = [
        nbformat.v4.new_markdown_cell("# Words"),
        nbformat.v4.new_code_cell("table", outputs=[table]),
    ]
    shown = Reader(tmp_path, [], {}).read(nbformat.v4.new_notebook(cells=cells))
    assert shown.sections[0].words[-1].split() == ["a", "b"]


def test_a_section_has_each_word_once_for_the_search(made):
    script = (made / "pages" / "words.js").read_text("utf-8")
    words = [text.split() for text in re.findall('"words": "(.*?)(?<!\\\\)"', script)]
    assert words
    assert all(len(each) == len({*each}) for each in words)


def test_below_a_figure_are_its_drawing_and_the_table_that_it_is_drawn_from(made):
    page = (made / "pages" / "06_evaluate.html").read_text("utf-8")
    captions = re.findall("<figcaption>(.*)</figcaption>", page)
    assert [re.findall('href="../(.*?)"', caption) for caption in captions] == [
        ["figures/line_rising.svg", "tables/line_rising.csv"]
    ]


def test_the_foot_says_what_made_the_page(results):
    run = json.loads((results / "run.json").read_text("utf-8"))
    run |= {"corpus_digest": "0123456789" * 7, "data_date": "2020-01-21", "seed": 3}
    run["stages"]["01_data"]["parameters"]["seed"] = 3
    (results / "run.json").write_text(json.dumps(run), "utf-8")
    make_pages(results)
    page = (results / "pages" / "01_data.html").read_text("utf-8")
    foot = dict(re.findall("<dt>(.*)</dt><dd>(.*)</dd>", page))
    assert foot["corpus digest"] == "012345678901"
    assert foot["data date"] == "2020-01-21"
    assert foot["parameters changed"] == "seed = 3"
    assert "numpy" in foot["libraries"]


def test_intervals_of_a_table_stay_small_and_below(tmp_path):
    html = "<table><td>1<br><small>(0 to 2)</small><img src=x></td></table>"
    table = nbformat.v4.new_output("display_data", {"text/html": html})
    cells = [nbformat.v4.new_code_cell("table", outputs=[table])]
    shown = Reader(tmp_path, [], {}).read(nbformat.v4.new_notebook(cells=cells))
    assert "1<br><small>(0 to 2)</small>" in shown.parts[-1]
    assert "<img" not in shown.parts[-1]


def test_the_name_of_a_model_breaks_between_its_parts_and_is_found_whole(tmp_path):
    html = "<table><td>als+artist+titles</td><td>+0.5</td></table>"
    table = nbformat.v4.new_output("display_data", {"text/html": html})
    cells = [
        nbformat.v4.new_markdown_cell("# Names"),
        nbformat.v4.new_code_cell("table", outputs=[table]),
    ]
    shown = Reader(tmp_path, [], {}).read(nbformat.v4.new_notebook(cells=cells))
    assert "<td>als+<wbr>artist+<wbr>titles</td><td>+0.5</td>" in shown.parts[-1]
    assert "als+artist+titles" in shown.sections[0].words[-1]


def test_maps_and_the_page_to_play_on_are_a_click_away_from_every_page(results):
    (results / "maps").mkdir()
    for name in ("muse", "muse-text", "play"):
        (results / "maps" / f"{name}.html").write_text("")
    make_pages(results)
    pages = pages_of(results)
    for name in ("index.html", "01_data.html"):
        page = pages[Path(f"synthetic/pages/{name}")]
        assert "../maps/muse-text.html" in page
        assert "../maps/play.html" in page
    assert "synthetic/maps/muse-text.html" in pages[Path("index.html")]


def test_the_picture_leads_to_the_map_that_it_shows(results):
    (results / "maps").mkdir()
    for name in ("muse", "muse-artist", "muse-lists"):
        (results / "maps" / f"{name}.html").write_text("")
    report = pd.DataFrame({"variant": ["muse", "muse-artist"], "artist_purity": [0.1, 0.2]})
    write_table(results / "tables" / "neighbourhoods.csv", report)
    make_pages(results)
    assert 'href="synthetic/maps/muse-artist.html"' in pages_of(results)[Path("index.html")]


def map_of(corpus, library=LIBRARY):
    """Put a map that asks for some version of its library among the results of a corpus."""
    page = map_page(songs_to_map(), *next_ones(), "songs", library=f"../../{library}")
    (corpus / "maps").mkdir(parents=True)
    (corpus / "maps" / "muse.html").write_text(page, "utf-8")


def libraries(results):
    return sorted(path.name for path in results.parent.rglob("bokeh*"))


def test_maps_of_all_corpora_share_one_library_which_is_written_with_the_pages(results):
    map_of(results)
    map_of(results.parent / "other")
    make_pages(results)
    assert libraries(results) == [LIBRARY]
    assert (results.parent / LIBRARY).read_text("utf-8") == library()


def test_without_maps_there_is_no_library(made):
    assert libraries(made) == []


def test_a_library_goes_with_the_last_map_that_asks_for_it(results):
    map_of(results)
    map_of(results.parent / "other", "bokeh-1.0.js")
    for name in ("bokeh-0.9.js", "bokeh-1.0.js"):
        (results.parent / name).write_text("")
    make_pages(results)
    assert libraries(results) == sorted([LIBRARY, "bokeh-1.0.js"])


def test_code_is_coloured_but_for_names_and_punctuation(tmp_path):
    cells = [nbformat.v4.new_code_cell("for one in [1]:\n    print(one < 'a')")]
    (part,) = Reader(tmp_path, [], {}).read(nbformat.v4.new_notebook(cells=cells)).parts
    assert unescape(re.sub("<.*?>", "", part)) == "Codefor one in [1]:\n    print(one < 'a')\n"
    assert {*re.findall('<span class="(.*?)">', part)} == {"k", "ow", "mi", "nb", "o", "s1"}


def points_of(path):
    """Every point of a path with absolute or relative coordinates, each contour closed."""
    here, start = np.zeros(2), np.zeros(2)
    for command, numbers in re.findall("([a-zA-Z])([^a-zA-Z]*)", path):
        assert command in "MLQZmlqz"
        written = np.array([*map(float, re.findall(r"-?[\d.]+", numbers))]).reshape(-1, 2)
        points = written + here * command.islower()
        here = points[-1] if len(points) else start
        start = here if command in "Mm" else start
        yield from points if len(points) else [start]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_equations_in_whole_numbers_are_drawn_to_a_two_hundredth_of_a_letter(path):
    prose = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown"]
    for tex in re.findall(r"(?<!\$)\$([^$]+)\$(?!\$)", "\n".join(prose)):
        exact = Latex(" ".join(tex.split()), size=SIZE, inline=True).svg()
        drawn = equation(tex, inline=True)
        for one, other in zip(*(re.findall(' d="(.*?)"', d) for d in (exact, drawn)), strict=True):
            np.testing.assert_allclose([*points_of(one)], [*points_of(other)], atol=0.501)


def test_the_picture_of_a_corpus_is_on_both_indices_with_what_is_seen_on_it(results):
    picture = (results / "figures" / "line_rising.png").read_bytes()
    (results / "figures" / "map.png").write_bytes(picture)
    make_pages(results)
    pages = pages_of(results)
    for index, source in (
        ("index.html", "synthetic/figures/map.png"),
        ("synthetic/pages/index.html", "../figures/map.png"),
    ):
        assert f'src="{source}" alt="A map of popular songs."' in pages[Path(index)]


def test_what_was_found_on_trials_is_not_told_as_what_was_found(results):
    tables(results.rename(results.parent / "archive"))
    archive = results.parent / "archive"
    make_pages(archive)
    assert "on archive" in (results.parent / "index.html").read_text("utf-8")
    run = json.loads((archive / "run.json").read_text("utf-8"))
    (archive / "run.json").write_text(json.dumps(run | {"scale": "smoke"}), "utf-8")
    make_pages(archive)
    assert "on archive" not in (results.parent / "index.html").read_text("utf-8")


def test_pages_need_no_record_of_the_run(results):
    (results / "run.json").unlink()
    make_pages(results)
    assert 'src="data:' in (results / "pages" / "06_evaluate.html").read_text("utf-8")


def test_a_damaged_record_is_refused_and_the_pages_stay(made, results):
    (results / "run.json").write_text("{")
    with pytest.raises(InputError, match=r"synthetic/run.json is damaged"):
        make_pages(results)
    assert pages_of(results) == pages_of(made)


# What was found


def tables(folder):
    """Write the tables of a corpus from which its findings are computed."""
    (folder / "tables").mkdir(exist_ok=True)
    values = {"muse": 0.7, "muse-text-tuned": 0.9, "als": 0.8, "als+artist+titles": 0.85}
    table = described(pd.DataFrame(values.items(), columns=["model", "value"]))
    table = table.assign(low=table["value"] - 0.1, high=table["value"] + 0.1)
    write_table(folder / "tables/pairs.csv", table.assign(label_source=PLAYLISTS))
    ranked = table.assign(given="half", metric="ndcg", value=table["value"] / 2)
    write_table(folder / "tables/ranking.csv", ranked)
    rows = [
        (
            "MuSE v. ALS, seeing playlists alone",
            "pairs",
            "muse-text-tuned",
            "als+artist+titles",
            0.05,
            0.01,
            0.09,
            "MuSE is better",
        ),
        ("artists help", "poster", "muse-artist", "muse", 0.0, -0.01, 0.01, "smaller than printed"),
    ]
    columns = ["comparison", "question", "model", "other", "difference", "low", "high", "verdict"]
    declared = pd.DataFrame(rows, columns=columns).assign(poster=[None, 0.02])
    declared.to_csv(folder / "tables/declared.csv", index=False)


def test_findings_name_the_best_of_each_the_declared_and_the_claims(tmp_path):
    tables(tmp_path)
    pairs, ranking, declared, claims = findings(tmp_path, "archive")
    assert "`muse` 0.700 (0.600 to 0.800), not tuned" in pairs
    assert "`als` 0.800" in pairs
    assert "With artists and titles: `muse-text-tuned` 0.900" in pairs
    assert "`muse` 0.350" in ranking
    assert "**MuSE is better**" in declared
    assert "*smaller than printed*: “artists help”" in claims


def test_findings_before_the_comparison_are_the_best_of_each(tmp_path):
    tables(tmp_path)
    (tmp_path / "tables/declared.csv").unlink()
    pairs, ranking, missing = findings(tmp_path, "archive")
    assert "`muse` 0.700" in pairs
    assert "`muse` 0.350" in ranking
    assert "has not been computed yet" in missing


def test_generated_playlists_say_nothing_about_the_poster(tmp_path):
    tables(tmp_path)
    assert "generated" in findings(tmp_path, "synthetic")[-1]


def test_an_overview_has_a_sentence_a_question_that_tables_answer(tmp_path):
    folders = [tmp_path / name for name in ("archive", "synthetic")]
    assert overview(folders) == []
    for folder in folders:
        folder.mkdir()
        tables(folder)
    (pairs,) = overview(folders)
    assert pairs.startswith("**Similar songs**")
    assert "than `als` on archive: +0.050 (+0.010 to +0.090) on archive." in pairs
    assert "synthetic" not in pairs


def test_what_is_not_judged_yet_is_said(tmp_path):
    assert findings(tmp_path, "archive") == ["Its models have not been evaluated yet."]


def test_only_a_variants_page_is_named_after_it():
    assert pages._parts("05_train_muse-text") == ("05_train", "muse-text")
    assert pages._parts("04_grid_search") == ("04_grid_search", "")


def test_a_variant_stands_in_the_heading_of_its_page(results):
    notebooks = results / "notebooks"
    shutil.copy(notebooks / "06_evaluate.ipynb", notebooks / "05_train_muse-text.ipynb")
    make_pages(results)
    html = (results / "pages/05_train_muse-text.html").read_text("utf-8")
    assert re.search("<h1 .*6 · A picture: <code>muse-text</code>", html)
    assert "<title>6 · A picture: muse-text ·" in html


def test_a_table_that_is_named_is_linked(made):
    data = (made / "pages/01_data.html").read_text("utf-8")
    assert '<a href="../tables/titles.csv"><code>tables/titles.csv</code></a>' in data


def test_a_term_that_is_code_is_set_as_code():
    assert coded("`met`, or <b>") == "<code>met</code>, or &lt;b&gt;"


def test_the_index_explains_its_terms_and_links_their_first_use(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "overview", lambda _: ["An AUC and", "another AUC."])
    html = pages._index(tmp_path)
    assert html.count('href="#auc"') == 1
    assert 'An <a href="#auc">AUC</a> and' in html
    assert '<dt id="auc">AUC</dt>' in html


def test_a_title_cannot_link_to_a_place_on_the_page_that_is_not_its_own():
    assert "<a" not in computed("[look](#auc)", {})
    assert "<a" in computed("[look](#auc)", {}, anchors=["auc"])
