"""Tables to read in a notebook: what people wrote into titles and names stays text."""

import pandas as pd

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

    def _repr_html_(self) -> str:
        # JupyterLab and nbconvert leave elements of these classes to themselves
        classes = ["dataframe", "tex2jax_ignore", "mathjax_ignore"]
        return self._shown.to_html(index=False, escape=True, border=0, classes=classes)

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
