"""Tables to read in a notebook: what people wrote into titles and names stays text."""

from collections.abc import Iterable
from html import escape

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

LONGEST_CELL = 60


class Table:
    """A table as a notebook shows it: escaped, without row numbers, long texts cut.

    Titles are data, never markup: ``<script>`` is shown as it was written, and ``$$ mood $$``
    is not set as mathematics.

    Parameters
    ----------
    frame : DataFrame
        What to show.
    digits : int
        Decimals of numbers that are not whole.
    """

    def __init__(self, frame: pd.DataFrame, digits: int = 3) -> None:
        self._shown = frame.map(lambda value: _cell(value, digits))
        self._shown.columns = [_heading(str(column)) for column in frame.columns]
        self._numeric = [
            is_numeric_dtype(kind) and not is_bool_dtype(kind) for kind in frame.dtypes
        ]

    def _repr_html_(self) -> str:
        # JupyterLab and nbconvert leave elements of these classes to themselves
        classes = "dataframe tex2jax_ignore mathjax_ignore"
        head, *rows = [self._shown.columns, *self._shown.itertuples(index=False)]
        body = "\n".join(self._row("td", row) for row in rows)
        return (
            f'<table class="{classes}">\n<thead>\n{self._row("th", head)}\n</thead>\n'
            f"<tbody>\n{body}\n</tbody>\n</table>"
        )

    def _row(self, tag: str, cells: Iterable[str]) -> str:
        """Return a row, texts to the left; JupyterLab has everything to the right."""
        left = ["" if numeric else ' style="text-align: left"' for numeric in self._numeric]
        made = (
            f"<{tag}{side}>{escape(cell)}</{tag}>" for side, cell in zip(left, cells, strict=True)
        )
        return f"<tr>{''.join(made)}</tr>"

    def __repr__(self) -> str:
        return self._shown.to_string(index=False)


def wide(table: pd.DataFrame, columns: str, index: str = "model") -> pd.DataFrame:
    """Return one row a model and one column a metric (or other kind), both in their order."""
    cells = table.set_index([index, columns])["value"].unstack(columns)  # noqa: PD010
    rows, kinds = table[index].unique(), table[columns].unique()
    return cells.loc[rows, kinds].rename_axis(columns=None).reset_index()


def _heading(name: str) -> str:
    """Return a column's name as words; a heading that quotes a title stays as it is."""
    return name.replace("_", " ") if name.isidentifier() else _cell(name, digits=0)


def _cell(value: object, digits: int) -> str:
    if isinstance(value, float):
        return f"{value:,.{digits}f}" if value == value else "n/a"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    visible = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return visible if len(visible) <= LONGEST_CELL else visible[: LONGEST_CELL - 1] + "…"
