"""Tables to read in a notebook: numbers as people write them, and names that stay text."""

import math
from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import NamedTuple

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

LONGEST_CELL = 60
SIGNIFICANT = 3
"""Decimals of numbers below 10; larger ones have fewer."""

SMALLEST = 0.001
"""A p value below it is not written out, and another number is written as ``1e-4``."""

STACKED_FROM = 3
"""So many columns with intervals, and an interval stands below its value and not behind it."""


MISSING = "n/a"

Cell = tuple[str, str]
"""A text, and what stands small beside it."""


class Interval(NamedTuple):
    """A value and its 95 % interval, which `Table` shows in one cell."""

    value: float
    low: float
    high: float


class Table:
    """A table as a notebook shows it: escaped, without row numbers, long texts cut.

    Titles are data, never markup: ``<script>`` is shown as it was written, and ``$$ mood $$``
    is not set as mathematics. Columns ``low`` and ``high`` that follow a number become its
    interval, in one cell. A column of whole numbers has no decimals; a number too small for
    the decimals of its column is written as ``1e-4``, a p value (``p``, ``p_...`` or ``p (...)``)
    as ``< 0.001``.

    Parameters
    ----------
    frame : DataFrame
        What to show.
    digits : int, optional
        Decimals of numbers that are not whole; by default three, fewer where the largest number
        of a column is 10 or more.
    longest : int
        Maximum characters of a text; longer ones are cut.
    """

    def __init__(
        self, frame: pd.DataFrame, digits: int | None = None, longest: int = LONGEST_CELL
    ) -> None:
        joined = _joined(frame)
        columns = [joined.iloc[:, k] for k in range(joined.shape[1])]
        self._numeric = [_holds_numbers(column) for column in columns]
        self._stacked = sum(map(_holds_intervals, columns)) >= STACKED_FROM
        self._columns = [[*_written(column, digits, longest)] for column in columns]
        self._heads = [_heading(column) for column in columns]

    def _repr_html_(self) -> str:
        # JupyterLab and nbconvert leave elements of these classes to themselves
        classes = "dataframe tex2jax_ignore mathjax_ignore"
        rows = list(zip(*self._columns, strict=True))
        body = "\n".join(self._row("td", row) for row in rows)
        return (
            f'<table class="{classes}">\n<thead>\n{self._row("th", self._heads)}\n</thead>\n'
            f"<tbody>\n{body}\n</tbody>\n</table>"
        )

    def _row(self, tag: str, cells: Iterable[Cell]) -> str:
        """Return a row, texts to the left; JupyterLab has everything to the right."""
        left = ["" if numeric else ' style="text-align: left"' for numeric in self._numeric]
        between = "<br>" if self._stacked else " "
        made = (
            f"<{tag}{side}>{escape(text)}{f'{between}<small>{escape(aside)}</small>' * bool(aside)}"
            f"</{tag}>"
            for side, (text, aside) in zip(left, cells, strict=True)
        )
        return f"<tr>{''.join(made)}</tr>"

    def __repr__(self) -> str:
        heads = [" ".join(filter(None, head)) for head in self._heads]
        cells = [[" ".join(filter(None, cell)) for cell in column] for column in self._columns]
        shown = pd.DataFrame(dict(enumerate(cells))).set_axis(heads, axis=1)
        return shown.to_string(index=False)


def wide(table: pd.DataFrame, columns: str, index: str = "model") -> pd.DataFrame:
    """Return one row per model and one column per metric (or other kind), in their order.

    Values come with their intervals where the table has ``low`` and ``high``.
    """
    rows, kinds = table[index].unique(), table[columns].unique()
    cells = _joined(table[[index, columns, *_measured(table)]]).set_index([index, columns])
    unstacked = cells["value"].unstack(columns)  # noqa: PD010
    return unstacked.loc[rows, kinds].rename_axis(columns=None).reset_index()


def _measured(table: pd.DataFrame) -> list[str]:
    """Return ``value`` and, where the table has them, the ends of its interval."""
    return [name for name in Interval._fields if name in table]


def _joined(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose ``low`` and ``high`` are part of the number that they follow."""
    names = frame.columns.to_list()
    if names.count("low") != 1 or names.count("high") != 1:
        return frame
    place = names.index("low")
    if not place or names[place + 1 : place + 2] != ["high"]:
        return frame
    if not _holds_numbers(frame.iloc[:, place - 1]):
        return frame
    numbers = frame.iloc[:, place - 1 : place + 2].to_numpy(dtype=float)
    intervals = pd.Series([Interval(*row) for row in numbers.tolist()], frame.index, object)
    rest = frame.drop(columns=["low", "high", names[place - 1]])
    rest.insert(place - 1, names[place - 1], intervals)
    return rest


def _holds_numbers(column: pd.Series) -> bool:
    numeric = is_numeric_dtype(column) and not is_bool_dtype(column)
    return numeric or _holds_intervals(column)


def _holds_intervals(column: pd.Series) -> bool:
    return any(isinstance(cell, Interval) for cell in column)


def _heading(column: pd.Series) -> Cell:
    """Return a column's name as words; a heading that quotes a title stays as it is."""
    name = str(column.name)
    words = name.replace("_", " ") if name.isidentifier() else _cut(name)
    return words, "(95 % interval)" if _holds_intervals(column) else ""


def _written(column: pd.Series, digits: int | None, longest: int) -> Iterator[Cell]:
    """Yield the cells of one column as they are read."""
    name = str(column.name)
    is_p = name == "p" or name.startswith(("p_", "p ("))
    write = p_value if is_p else _decimals(column, digits)
    for cell in column:
        if isinstance(cell, Interval):
            value, low, high = map(write, cell)
            yield value, f"({low} to {high})" if low != MISSING else ""
        elif isinstance(cell, float):
            yield write(cell), ""
        elif is_bool_dtype(column):
            yield "yes" if cell else "no", ""
        elif isinstance(cell, int) and not isinstance(cell, bool):
            yield f"{cell:,}", ""
        else:
            yield _cut(str(cell), longest), ""


def p_value(value: float) -> str:
    """Return a p value as people write it."""
    if value != value:
        return MISSING
    return f"< {SMALLEST}" if value < SMALLEST else f"{value:.3f}"


def _decimals(column: pd.Series, digits: int | None) -> Callable[[float], str]:
    """Return what writes the numbers of a column, all with as many decimals."""
    cells = [cell for cell in column if isinstance(cell, float | Interval)]
    numbers = [n for cell in cells for n in (cell if isinstance(cell, Interval) else [cell])]
    finite = [abs(number) for number in numbers if math.isfinite(number)]
    if all(number.is_integer() for number in finite):
        decimals = 0
    elif digits is not None:
        decimals = digits
    else:
        above_ten = math.floor(math.log10(max(finite))) if max(finite) >= 1 else 0
        decimals = max(1, SIGNIFICANT - above_ten)
    return lambda value: _number(value, decimals)


def _number(value: float, decimals: int) -> str:
    if value != value:
        return MISSING
    if value == 0:
        return "0"
    if abs(value) >= 100 and value.is_integer():
        return f"{value:,.0f}"
    text = f"{value:,.{decimals}f}"
    if any(digit in text for digit in "123456789i"):  # or infinite
        return text
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}" if abs(value) < SMALLEST else f"{value:.1g}"


def _cut(text: str, longest: int = LONGEST_CELL) -> str:
    visible = "".join(sign if sign.isprintable() else " " for sign in text)
    return visible if len(visible) <= longest else visible[: longest - 1] + "…"
