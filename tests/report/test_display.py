"""Tables as they are read: each cell as a person would write it."""

import numpy as np
import pandas as pd
import pytest

from muse_lib.report.display import Table, wide


def column(values, name="value", **options):
    """The cells of a table of one column."""
    table = Table(pd.DataFrame({name: values}), **options)
    return [text for text, _ in table._columns[0]]


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([100.0, 3.0, np.nan], ["100", "3", "n/a"]),
        ([1234567], ["1,234,567"]),
        ([0.5, 0.12345], ["0.500", "0.123"]),
        ([0.5, 1e-4, -2e-5], ["0.500", "1e-4", "-2e-5"]),
        ([0.5, -0.0], ["0.500", "0"]),
        ([55.123, 7.5], ["55.12", "7.50"]),
        ([99.5, 100.0], ["99.5", "100"]),
        ([1234.56, 0.01], ["1,234.6", "0.01"]),
        ([0.5, np.inf], ["0.500", "inf"]),
        ([True, False], ["yes", "no"]),
        (["a\nb", "x" * 70], ["a b", "x" * 59 + "…"]),
    ],
)
def test_numbers_are_written_as_people_write_them(values, written):
    assert column(values) == written


def test_a_text_is_cut_where_asked():
    assert "x" * 70 in repr(Table(pd.DataFrame({"words": ["x" * 70]}), longest=70))


def test_asked_for_decimals_are_given():
    assert column([65.3, 100.0], digits=2) == ["65.30", "100"]


@pytest.mark.parametrize("name", ["p", "p_holm", "p_adjusted", "p (Holm)"])
def test_a_small_p_value_is_bounded(name):
    assert column([0.0004, 0.04, np.nan], name) == ["< 0.001", "0.040", "n/a"]


MEASURED = pd.DataFrame(
    {"model": ["a", "b"], "value": [0.5, 0.6], "low": [0.4, np.nan], "high": [0.55, np.nan]}
)


def test_an_interval_stands_in_the_cell_of_its_value():
    table = Table(MEASURED)
    assert table._heads == [("model", ""), ("value", "(95 % interval)")]
    assert table._columns[1] == [("0.500", "(0.400 to 0.550)"), ("0.600", "")]
    assert "<td>0.500 <small>(0.400 to 0.550)</small></td>" in table._repr_html_()


def test_low_and_high_that_follow_a_text_are_no_interval():
    heads = [text for text, _ in Table(MEASURED.drop(columns="value"))._heads]
    assert heads == ["model", "low", "high"]


def long(n_metrics):
    return pd.concat(MEASURED.assign(metric=f"m{k}") for k in range(n_metrics))


@pytest.mark.parametrize(("n_metrics", "between"), [(2, " "), (3, "<br>")])
def test_many_intervals_side_by_side_stand_below_their_values(n_metrics, between):
    html = Table(wide(long(n_metrics), "metric"))._repr_html_()
    assert html.count(f"0.500{between}<small>(0.400 to 0.550)</small>") == n_metrics


def test_a_row_a_model_and_a_column_a_metric_what_was_not_measured_missing():
    table = Table(wide(long(2).iloc[:3], "metric"))
    assert [text for text, _ in table._heads] == ["model", "m0", "m1"]
    assert table._columns[2] == [("0.500", "(0.400 to 0.550)"), ("n/a", "")]


def test_a_wide_table_of_plain_values_has_plain_values():
    cells = wide(long(2)[["model", "metric", "value"]], "metric")
    assert cells["m1"].to_list() == [0.5, 0.6]


def test_names_stay_text_in_cells_and_headings():
    html = Table(pd.DataFrame({"<b>": ["<script>", "$$ mood $$"]}))._repr_html_()
    assert "<b>" not in html
    assert "<script>" not in html
    assert "tex2jax_ignore" in html


def test_a_table_without_rows_has_its_headings():
    assert "<th>" in Table(pd.DataFrame({"n": np.array([], float)}))._repr_html_()
