import inspect

import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from muse_lib import figures
from muse_lib.figures.style import COLOURS, STYLE
from muse_lib.storage.results import DRAFT, Results
from tests.helpers.awkward import AWKWARD


@pytest.fixture(autouse=True)
def axes():
    figures.use_house_style()
    figure, ax = plt.subplots(figsize=(9, 12))  # room for a legend of many long names
    yield ax
    plt.close(figure)


def each(**columns):
    """One row a label, every label with the same other columns."""
    rows = pd.DataFrame(columns)
    return pd.concat([rows.assign(label=name) for name in AWKWARD], ignore_index=True)


def draw_map(ax):
    table = each(x=[0.0, 1], y=[2.0, 3]).rename(columns={"label": "artist"})
    figures.plot_map(table, "artist", ax, n_coloured=len(AWKWARD))
    ax.legend()


def draw_maps(ax):
    table = each(x=[0.0, 1], y=[2.0, 3]).rename(columns={"label": "artist"})
    table = pd.concat([table.assign(variant=variant) for variant in AWKWARD[:5]])
    ax.set_visible(False)
    figures.plot_maps(table, "artist", ax.figure, n_coloured=len(AWKWARD))
    ax.figure.set_size_inches(12, 14)


def draw_named_map(ax):
    table = each(x=[0.0, 1], y=[2.0, 3]).rename(columns={"label": "genre"})
    regions = table.drop_duplicates("genre").rename(columns={"genre": "name"})
    figures.plot_named_map(table, "genre", regions, ax)


def draw_forest(ax):
    table = each(value=[0.5], low=[0.4], high=[0.6]).rename(columns={"label": "model"})
    figures.plot_forest(table, ax, chance=0.5)


def draw_roc(ax):
    table = each(false_positive_rate=[0, 0.5, 1], true_positive_rate=[0, 0.8, 1])
    figures.plot_roc(table.rename(columns={"label": "model"}), ax)


def draw_ablation(ax):
    table = each(value=[0.5], low=[0.4], high=[0.6]).rename(columns={"label": "setting"})
    figures.plot_ablation(table, ax)


def draw_counts(ax):
    table = each(count=[1, 2, 3], n_pairs=[100, 10, 1]).rename(columns={"label": "matrix"})
    figures.plot_counts(table, ax)


def draw_cost(ax):
    figures.plot_cost(each(operations=[1e9]).rename(columns={"label": "method"}), ax)


def draw_beside_rule(ax):
    table = each(value=[50.0], low=[40.0], high=[60.0], always_similar=[55.0])
    figures.plot_beside_rule(table.rename(columns={"label": "model"}), ax)


def draw_lengths(ax):
    table = each(length=[0.9, 1.1], value=[0.5, 0.6]).rename(columns={"label": "metric"})
    figures.plot_lengths(table, ax)


LABELLED = [
    draw_map,
    draw_maps,
    draw_named_map,
    draw_forest,
    draw_roc,
    draw_ablation,
    draw_counts,
    draw_cost,
    draw_beside_rule,
    draw_lengths,
]


def draw_popularity(ax):
    figures.plot_popularity(pd.DataFrame({"n_playlists": [1, 2, 9], "n_songs": [50, 9, 1]}), ax)


def draw_playlist_lengths(ax):
    figures.plot_playlist_lengths(pd.DataFrame({"n_songs": [2, 3, 40, 400]}), ax)


def draw_similarities(ax):
    figures.plot_similarities(pd.DataFrame({"cosine": [-0.1, 0.2, 0.9, 1]}), 0.6, 0.1, ax)


def draw_weight_shares(ax):
    table = pd.DataFrame({"smoothing": [0, 0.01, 1], "unseen_share": [0, 0.3, 0.9]})
    figures.plot_weight_shares(table, ax)


def draw_loss(ax):
    figures.plot_loss(pd.DataFrame({"epoch": [0, 1, 2], "loss": [9.0, 5, 4]}), "loss", ax)


def draw_ablation_that_diverges(ax):
    table = pd.DataFrame({"setting": ["gd"], "value": [np.nan], "low": [np.nan], "high": [np.nan]})
    figures.plot_ablation(table, ax)


TRIALS = pd.DataFrame(
    {
        "point": [0, 1, 2],
        "epochs": [10, 10, 10],
        "smoothing": [1.0, 0.001, 1.0],
        "dim": [500, 50, 50],
        "weighting": ["none", "bm25", "none"],
        "purpose": "pairs",
        "value": [0.6, 0.9, 0.7],
    }
)


def draw_landscape(ax):
    figures.plot_landscape(TRIALS, "smoothing", "dim", ax)


def draw_landscape_of_one_parameter(ax):
    figures.plot_landscape(TRIALS, "smoothing", "smoothing", ax)


def draw_landscape_of_words(ax):
    figures.plot_landscape(TRIALS, "weighting", "dim", ax)


def draw_along(ax):
    readings = pd.concat([TRIALS, TRIALS.assign(epochs=20)])
    figures.plot_along(readings, "dim", ax, readings["dim"])
    ax.legend(*figures.legend_along(readings["dim"]))


DRAWN = [
    *LABELLED,
    draw_popularity,
    draw_playlist_lengths,
    draw_similarities,
    draw_weight_shares,
    draw_loss,
    draw_ablation_that_diverges,
    draw_landscape,
    draw_landscape_of_one_parameter,
    draw_landscape_of_words,
    draw_along,
]


def texts_of(ax):
    return {text.get_text() for text in ax.figure.findobj(Text) if text.get_text()}


def test_every_figure_is_drawn_here():
    source = "".join(inspect.getsource(draw) for draw in DRAWN)
    for name in figures.__all__:
        assert not name.startswith("plot_") or f"figures.{name}(" in source, name


@pytest.mark.slow
@pytest.mark.parametrize("draw", DRAWN)
def test_a_figure_is_drawn_without_a_warning_and_twice_with_the_same_bytes(
    draw, tmp_path, monkeypatch
):
    """Warnings are errors here, and a sign without a glyph is a warning."""
    monkeypatch.delenv(DRAFT, raising=False)
    written = []
    for folder in ("first", "second"):
        figure, ax = plt.subplots(figsize=(9, 9))  # room for a legend of many long names
        draw(ax)
        Results(str(tmp_path / folder)).save_figure("drawn", figure)
        written.append([path.read_bytes() for path in sorted(tmp_path.glob(f"{folder}/*/*"))])
    assert len(written[0]) == 2
    assert written[0] == written[1]


@pytest.mark.parametrize("draw", LABELLED)
def test_every_label_is_on_the_figure_as_text(draw, axes):
    """None is lost, two that begin alike are still two, and no `$` begins a formula."""
    draw(axes)
    axes.figure.canvas.draw()
    drawn = [text.get_text() for text in axes.figure.findobj(Text) if text.get_visible()]
    for name in AWKWARD:
        shown = figures.label(name)
        assert shown in drawn, name
    assert drawn.count(figures.label("x" * 200)) == 2


def test_songs_without_a_label_are_drawn_grey_and_unnamed(axes):
    table = pd.DataFrame({"x": [0.0, 1, 2], "y": [0.0, 1, 2], "genre": ["pop", "", ""]})
    figures.plot_map(table, "genre", axes)
    grey, pop = axes.collections
    assert len(grey.get_offsets()) == 2
    assert len(pop.get_offsets()) == 1
    assert axes.get_legend_handles_labels()[1] == ["pop"]


def test_the_most_frequent_labels_get_the_colours(axes):
    genre = ["rare", *["often"] * 3, *["mostly"] * 5]
    table = pd.DataFrame({"x": np.arange(9.0), "y": np.arange(9.0), "genre": genre})
    figures.plot_map(table, "genre", axes, n_coloured=2)
    assert set(axes.get_legend_handles_labels()[1]) == {"often", "mostly"}


def test_a_setting_that_diverged_is_said_to(axes):
    draw_ablation_that_diverges(axes)
    assert "diverges" in texts_of(axes)


def test_only_songs_of_a_named_region_are_coloured_and_its_name_stands_in_the_map(axes):
    table = pd.DataFrame({"x": [0.0, 1, 2], "y": [0.0, 1, 2], "genre": ["pop", "rock", ""]})
    regions = pd.DataFrame({"name": ["rock"], "x": [1.0], "y": [1.0]})
    figures.plot_named_map(table, "genre", regions, axes)
    assert [len(dots.get_offsets()) for dots in axes.collections] == [2, 1]
    assert [(text.get_text(), text.xy) for text in axes.texts] == [("rock", (1.0, 1.0))]


def test_counts_stand_as_plain_numbers_below_their_axis(axes):
    table = pd.DataFrame({"matrix": "playlists", "count": [1, 3, 7], "n_pairs": [100, 10, 1]})
    figures.plot_counts(table, axes)
    axes.figure.draw_without_rendering()
    names = {text.get_text() for text in axes.get_xticklabels(which="both")} - {""}
    assert {"1", "2", "5"} <= names
    assert all(name.replace(".", "").isdigit() for name in names)


def test_a_genre_has_the_same_colour_on_every_map(axes):
    table = pd.DataFrame({"x": [0.0, 1, 2], "y": [0.0, 1, 2], "genre": ["pop", "rock", "rock"]})
    regions = pd.DataFrame({"name": ["pop"], "x": [0.0], "y": [0.0]})
    figures.plot_named_map(table, "genre", regions, axes)
    plain = axes.figure.add_subplot()
    figures.plot_map(table, "genre", plain)
    named, legend = axes.collections[1], plain.collections[2]
    assert legend.get_label() == "pop"
    assert named.get_facecolor().tolist() == legend.get_facecolor().tolist()


def test_a_rare_genre_that_names_a_region_has_a_colour_of_its_own(axes):
    genres = [f"genre {k}" for k in range(10) for _ in range(2)] + ["rare"]
    table = pd.DataFrame({"x": range(21), "y": range(21), "genre": genres})
    regions = pd.DataFrame({"name": ["genre 0", "rare"], "x": [0.0, 20], "y": [0.0, 20]})
    figures.plot_named_map(table, "genre", regions, axes)
    _, frequent, rare = (dots.get_facecolor().tolist() for dots in axes.collections)
    assert rare != frequent


def test_names_of_regions_that_are_close_do_not_cover_each_other(axes):
    table = pd.DataFrame({"x": [0.0, 0.1, 9], "y": [0.0, 0, 9], "genre": ["rock", "pop", "folk"]})
    figures.plot_named_map(table, "genre", table.rename(columns={"genre": "name"}), axes)
    rock, pop, folk = (text.get_window_extent() for text in axes.texts)
    assert not pop.count_overlaps([rock])
    assert pop.y1 < rock.y0 < folk.y0


@pytest.mark.parametrize("draw", [draw_map, draw_named_map])
def test_the_dots_of_a_map_are_pixels_in_its_drawing(draw, axes):
    draw(axes)
    assert all(dots.get_rasterized() for dots in axes.collections)


@pytest.mark.parametrize(("length", "n_columns"), [(4, 6), (20, 2), (40, 1)])
def test_a_legend_has_as_many_columns_as_the_figure_is_wide(length, n_columns):
    figure, ax = plt.subplots(figsize=(5.2, 5))
    names = [f"{k:0{length}}" for k in range(10)]
    lines = [ax.plot([0, 1])[0] for _ in names]
    figures.legend_below(figure, lines, names)
    figure.canvas.draw()
    (legend,) = figure.legends
    assert legend._ncols == n_columns
    box = legend.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1
    plt.close(figure)


def test_panels_side_by_side_name_their_values_once():
    figure, (left, right) = plt.subplots(1, 2, sharey=True)
    draw_landscape(left)
    draw_along(right)
    assert (left.get_ylabel(), right.get_ylabel()) == ("validation AUC", "")
    plt.close(figure)


def test_the_best_trial_is_ringed_and_the_axis_says_what_the_shades_are(axes):
    draw_landscape(axes)
    (ring,) = (dots for dots in axes.collections if dots.get_facecolor().size == 0)
    assert ring.get_offsets().tolist() == [[0, 0.9]]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["1e-3", "1"]
    assert "light to dark: dim 50 to 500" in texts_of(axes)


def test_shades_of_words_are_all_named(axes):
    figures.plot_landscape(TRIALS, "dim", "weighting", axes)
    assert "light to dark: weighting bm25, none" in texts_of(axes)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1e-05, "1e-5"), (0.00025, "2.5e-4"), (0.025, "0.025"), (0, "0"), (1e3 / 3, "333"), (1, "1")],
)
def test_a_value_is_named_in_few_letters(value, shown, axes):
    figures.plot_landscape(TRIALS.assign(smoothing=float(value)), "smoothing", "dim", axes)
    assert [text.get_text() for text in axes.get_xticklabels()] == [shown]


@pytest.mark.parametrize(("n_values", "turned"), [(3, 0), (9, 45)])
def test_names_that_would_cover_each_other_are_turned(n_values, turned, axes):
    trials = pd.concat([TRIALS.head(1)] * n_values).assign(smoothing=np.arange(n_values) + 1000)
    figures.plot_landscape(trials, "smoothing", "dim", axes)
    assert {text.get_rotation() for text in axes.get_xticklabels()} == {turned}


def test_there_is_a_line_a_trial_and_a_name_a_value(axes):
    draw_along(axes)
    assert len(axes.lines) == 3
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["50", "500"]


def test_a_value_has_one_style_in_every_panel_that_shares_a_legend():
    values = pd.Series([50, 100, 500])
    figure, panels = plt.subplots(1, 2)
    for panel, shown in zip(panels, ([50, 500], [500]), strict=True):
        figures.plot_along(TRIALS[TRIALS["dim"].isin(shown)], "dim", panel, values)
    lines, names = figures.legend_along(values)
    of_500 = lines[names.index("500")]
    for panel in panels:
        styles = {(line.get_color(), line.get_marker()) for line in panel.lines}
        assert (of_500.get_color(), of_500.get_marker()) in styles
    plt.close(figure)


FOREST = pd.DataFrame({"model": ["a", "b", "c"], "value": [0.5, 0.7, 0.6]})
FOREST = FOREST.eval("low = value - 0.1\nhigh = value + 0.2")


def rows_of(axes):
    return [text.get_text() for text in axes.get_yticklabels()]


def test_a_forest_has_the_best_first_each_with_its_interval(axes):
    figures.plot_forest(FOREST, axes)
    assert rows_of(axes) == ["b", "c", "a"]
    lines, dots = axes.collections
    ends = [(start[0], end[0]) for start, end in lines.get_segments()]
    assert ends == [tuple(row) for row in FOREST.loc[[1, 2, 0], ["low", "high"]].to_numpy()]
    assert dots.get_offsets().tolist() == [[0.7, 0], [0.6, 1], [0.5, 2]]


def test_models_that_see_alike_stand_below_a_heading(axes):
    figures.plot_forest(FOREST.assign(sees=["much", "little", "much"]), axes)
    assert rows_of(axes) == ["much", "c", "a", "little", "b"]
    assert [line.get_ydata()[0] for line in axes.lines] == [-0.5, 2.5]


def test_every_group_of_models_has_its_colour_and_its_name_below(axes):
    figures.plot_forest(FOREST.assign(group=["ours", "theirs", "ours"]), axes)
    (legend,) = axes.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["ours", "theirs"]
    ours, theirs = (dots for dots in axes.collections if isinstance(dots, PathCollection))
    assert [len(ours.get_offsets()), len(theirs.get_offsets())] == [2, 1]
    assert (ours.get_facecolor() != theirs.get_facecolor()).any()


def test_chance_is_a_dotted_line(axes):
    figures.plot_forest(FOREST, axes, chance=0.5)
    assert [(line.get_xdata()[0], line.get_linestyle()) for line in axes.lines] == [(0.5, ":")]


@pytest.mark.parametrize(
    ("n_variants", "n_rows", "n_columns"), [(1, 1, 1), (2, 1, 2), (4, 2, 2), (5, 3, 2)]
)
def test_maps_stand_in_rows_whatever_their_number(n_variants, n_rows, n_columns):
    songs = pd.DataFrame({"x": [0.0, 1], "y": [1.0, 2], "genre": ["pop", "rock"]})
    names = [f"variant {k}" for k in range(n_variants)]
    figure = plt.figure()
    figures.plot_maps(pd.concat(songs.assign(variant=name) for name in names), "genre", figure)
    figure.canvas.draw()
    panels = [ax for ax in figure.axes if ax.get_visible()]
    assert [panel.get_title("left") for panel in panels] == names
    assert panels[0].get_gridspec().get_geometry() == (n_rows, n_columns)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["pop", "rock"]
    plt.close(figure)


def test_maps_of_songs_that_nobody_labelled_have_no_legend():
    songs = pd.DataFrame({"x": [0.0, 1], "y": [1.0, 2], "genre": "", "variant": "muse"})
    figure = plt.figure()
    figures.plot_maps(songs, "genre", figure)
    assert figure.legends == []
    plt.close(figure)


def test_no_two_of_twenty_curves_look_alike(axes):
    curves = pd.concat(
        pd.DataFrame({"model": f"model {k}", "x": [0, 1], "y": [0, 1]}) for k in range(20)
    )
    columns = {"x": "false_positive_rate", "y": "true_positive_rate"}
    figures.plot_roc(curves.rename(columns=columns), axes)
    looks = {(line.get_color(), str(line._unscaled_dash_pattern)) for line in axes.lines[1:]}
    assert len(looks) == 20


@pytest.mark.parametrize(
    ("losses", "scale"), [([900.0, 80, 7], "log"), ([0.5, 0.3, 0.25], "linear")]
)
def test_a_loss_that_falls_by_less_than_a_decade_has_a_plain_axis(axes, losses, scale):
    figures.plot_loss(pd.DataFrame({"epoch": [0, 1, 2], "loss": losses}), "loss", axes)
    assert axes.get_yscale() == scale


def test_the_house_style_is_a_theme_of_seaborn_without_importing_it():
    own = {"figure.dpi", "figure.figsize", "figure.constrained_layout.use", "savefig.dpi"}
    own |= {"svg.hashsalt", "axes.spines.top", "axes.spines.right", "axes.titlelocation"}
    with plt.style.context("default"):
        sns.set_theme(context="paper", style="ticks", palette="colorblind")
        theirs = dict(plt.rcParams)
    for name in STYLE.keys() - own - {"axes.prop_cycle", "patch.edgecolor"}:
        assert STYLE[name] == theirs[name], name
    assert to_rgb(STYLE["patch.edgecolor"]) == to_rgb(theirs["patch.edgecolor"])
    assert [to_rgb(colour) for colour in COLOURS] == [
        to_rgb(colour) for colour in theirs["axes.prop_cycle"].by_key()["color"]
    ]
