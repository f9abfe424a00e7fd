"""The two loops of MuSE that NumPy cannot express efficiently, compiled by numba (extra ``fast``).

`count_block` counts co-occurrences, and `seen_pairs` evaluates J and its gradient on the seen
pairs. Both release the GIL, so that threads can share the work, and neither sums in an order that
depends on the threads. Without numba, `cooccurrence` and `objective` do the same in NumPy; the
tests compare the two.

BLAS is called through the pointers that SciPy exports, because its Python wrappers hold the GIL.
The pointers are arguments of the compiled functions, so that numba can cache these on disk. BLAS
is column-major: what is X here is X' there.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np
import scipy.linalg.cython_blas  # noqa: F401 - loaded here, its threads are limited with the others
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import get_cython_function_address, intrinsic

IN_SIDE_LIST = 255
"""The code of a cell whose actual code is in the side list."""

SIDE = 256
"""Rows and columns of a block of S: 256 kB in float32, which fits into a core's cache."""

SHORT = 32
"""Up to this many songs, a full product is faster than a symmetric one, which must be packed."""

# Sums may be reordered, so that they vectorise. Without "nnan" and "ninf", which would assume
# finite numbers: a diverging run must not go unnoticed.
FASTMATH = {"reassoc", "contract", "nsz", "arcp"}


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile on the first call, and cache the result on disk if there is a writable folder."""
    options: dict[str, Any] = {"nogil": True, "fastmath": FASTMATH, "boundscheck": False}
    try:
        return numba.njit(cache=True, **options)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # no writable folder
        return numba.njit(**options)(function)  # type: ignore[no-any-return]


# Counting


@jit
def transposed(songs: np.ndarray, start: np.ndarray, n_songs: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the cliques of each song: those of song i are cliques[first[i] : first[i + 1]]."""
    first = np.zeros(n_songs + 1, np.int64)
    for song in songs:
        first[song + 1] += 1
    for song in range(n_songs):
        first[song + 1] += first[song]
    cliques = np.empty(songs.size, np.int32)
    free = first[:-1].copy()
    for clique in range(start.size - 1):
        for song in songs[start[clique] : start[clique + 1]]:
            cliques[free[song]] = clique
            free[song] += 1
    return first, cliques


@jit
def pairs_by_song(songs: np.ndarray, start: np.ndarray, n_songs: int) -> np.ndarray:
    """Return for each song i the number of pairs (i, j), i < j, in its cliques, (n_songs,)."""
    n_pairs = np.zeros(n_songs, np.int64)
    for clique in range(start.size - 1):
        for place in range(start[clique], start[clique + 1]):
            n_pairs[songs[place]] += start[clique + 1] - 1 - place
    return n_pairs


@jit
def count_block(
    songs: np.ndarray,
    start: np.ndarray,
    cell: np.ndarray,
    first: np.ndarray,
    cliques: np.ndarray,
    block: tuple[int, int],
    together: np.ndarray,
    beyond: np.ndarray,
    codes: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Write the counts of the pairs i < j for the songs i of a block, and return the side list.

    Row i of C is summed over the cliques of i and then distributed: the first clique that contains
    j gets the count, which is reset, so later ones get 0. ``together``, (n_songs,) uint8, counts
    to `IN_SIDE_LIST`, so that it fits into a cache; ``beyond``, (n_songs,) int32, goes on from
    there. Both are 0 before and after.
    """
    side_cells, side_counts, n_side = np.empty(16, np.int64), np.empty(16, np.int64), 0
    place = np.empty(start.size - 1, np.int32)  # of song i in each of its cliques
    for i in range(block[0], block[1]):
        of_song = cliques[first[i] : first[i + 1]]
        for number, clique in enumerate(of_song):
            begin, end = start[clique], start[clique + 1]
            place[number] = np.searchsorted(songs[begin:end], i)
            for k in range(begin + place[number] + 1, end):
                j = np.uint32(songs[k])  # an unsigned index is not checked for being below 0
                count = together[j]
                if count < IN_SIDE_LIST:
                    together[j] = count + np.uint8(1)
                else:
                    beyond[j] += 1
        for number, clique in enumerate(of_song):
            row, length = place[number], start[clique + 1] - start[clique]
            in_row = cell[clique] + row * (2 * length - row - 1) // 2
            later = songs[start[clique] + row + 1 : start[clique + 1]]
            counts = codes[in_row : in_row + later.size]
            any_beyond = False
            for k in range(later.size):
                j = np.uint32(later[k])
                counts[k] = together[j]
                together[j] = 0
                any_beyond |= counts[k] == IN_SIDE_LIST
            if any_beyond:
                for at in np.flatnonzero(counts == IN_SIDE_LIST):
                    if n_side == side_cells.size:
                        side_cells = np.append(side_cells, np.empty_like(side_cells))
                        side_counts = np.append(side_counts, np.empty_like(side_counts))
                    side_cells[n_side] = in_row + at
                    side_counts[n_side] = IN_SIDE_LIST + beyond[later[at]]
                    beyond[later[at]] = 0
                    n_side += 1
    return side_cells[:n_side].copy(), side_counts[:n_side].copy()


# BLAS


def _calling(_context: Any, address: Any, arguments: Any) -> Any:
    """Call the function at an address with pointers, given as integers."""

    def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        void = cgutils.voidptr_t
        n = len(arguments)
        pointers = [builder.inttoptr(builder.extract_value(values[1], k), void) for k in range(n)]
        function = ir.FunctionType(ir.VoidType(), [void] * n).as_pointer()
        builder.call(builder.inttoptr(values[0], function), pointers)
        return context.get_dummy_value()

    return types.void(address, arguments), generate


_call: Any = intrinsic(_calling)


class Blas(NamedTuple):
    """The addresses of three BLAS routines."""

    gemm: int
    syrk: int
    symm: int


def blas_of(dtype: np.dtype) -> Blas:
    """Return the routines for float32 or float64."""
    letter = {"float32": "s", "float64": "d"}[np.dtype(dtype).name]
    names = (f"{letter}{name}" for name in Blas._fields)
    return Blas(*(get_cython_function_address("scipy.linalg.cython_blas", name) for name in names))


class Words(NamedTuple):
    """The arguments BLAS reads through pointers: letters, sizes, 0 and 1 in the precision of W."""

    letters: np.ndarray
    sizes: np.ndarray
    scalars: np.ndarray


@jit
def _words(W: np.ndarray) -> Words:
    letters = np.array([ord("N"), ord("T"), ord("L"), ord("R")], np.uint8)
    return Words(letters, np.empty(3, np.int32), np.arange(2).astype(W.dtype))


@jit
def _pointers(words: Words, sizes: tuple[int, int, int]) -> Any:
    """Return the addresses of 'N', 'T', 'L' and 'R', of three sizes, and of 0 and 1."""
    for k in range(3):
        words.sizes[k] = sizes[k]
    letter, size = np.intp(words.letters.ctypes.data), np.intp(words.sizes.ctypes.data)
    scalar = np.intp(words.scalars.ctypes.data)
    return (
        (letter, letter + 1, letter + 2, letter + 3),
        (size, size + 4, size + 8),
        (scalar, scalar + words.scalars.itemsize),
    )


@jit
def product(blas: Blas, words: Words, X: np.ndarray, Y: np.ndarray, S: np.ndarray) -> None:
    """S = X Y'."""
    (no, yes, _, _), (n, m, dim), (zero, one) = _pointers(words, (*S.shape, X.shape[1]))
    x, y, s = X.ctypes.data, Y.ctypes.data, S.ctypes.data
    _call(blas.gemm, (yes, no, m, n, dim, one, y, dim, x, dim, zero, s, m))


@jit
def times(blas: Blas, words: Words, R: np.ndarray, Y: np.ndarray, G: np.ndarray, add: int) -> None:
    """G = R Y, or G += R Y with ``add`` = 1."""
    (no, _, _, _), (n, m, dim), scalar = _pointers(words, (*R.shape, Y.shape[1]))
    r, y, g = R.ctypes.data, Y.ctypes.data, G.ctypes.data
    _call(blas.gemm, (no, no, dim, n, m, scalar[1], y, dim, r, m, scalar[add], g, dim))


@jit
def transposed_times(blas: Blas, words: Words, R: np.ndarray, X: np.ndarray, G: np.ndarray) -> None:
    """G = R' X."""
    (no, yes, _, _), (n, m, dim), (zero, one) = _pointers(words, (*R.shape, X.shape[1]))
    r, x, g = R.ctypes.data, X.ctypes.data, G.ctypes.data
    _call(blas.gemm, (no, yes, dim, m, n, one, x, dim, r, m, zero, g, dim))


@jit
def gram(blas: Blas, words: Words, X: np.ndarray, S: np.ndarray) -> None:
    """S = X X', only the diagonal and above: half the work."""
    (_, yes, lower, _), (n, dim, _), (zero, one) = _pointers(words, (*X.shape, 0))
    x, s = X.ctypes.data, S.ctypes.data
    _call(blas.syrk, (lower, yes, n, dim, one, x, dim, zero, s, n))


@jit
def symmetric_times(blas: Blas, words: Words, R: np.ndarray, X: np.ndarray, G: np.ndarray) -> None:
    """G = R X for a symmetric R, reading only the diagonal and above."""
    (_, _, lower, right), (n, dim, _), (zero, one) = _pointers(words, (*X.shape, 0))
    r, x, g = R.ctypes.data, X.ctypes.data, G.ctypes.data
    _call(blas.symm, (right, lower, dim, n, one, r, n, x, dim, zero, g, dim))


# J and its gradient


class Cliques(NamedTuple):
    """A `Cooccurrence` in the form that the loops read."""

    songs: np.ndarray
    start: np.ndarray
    cell: np.ndarray
    codes: np.ndarray
    side_cells: np.ndarray
    side_codes: np.ndarray


class Tables(NamedTuple):
    """4 (f - f0) and 4 (f t - f0 t0) by code, 0 at code 0.

    Codes in the triangles index A and B; at `IN_SIDE_LIST` these are 1 and 0, which leaves s
    unchanged. A_all and B_all also cover the codes of the side list.
    """

    A: np.ndarray
    B: np.ndarray
    A_all: np.ndarray
    B_all: np.ndarray


class Space(NamedTuple):
    """The workspace of a thread: vectors of a clique, a block of S, and a batch's part of dJ."""

    X: np.ndarray
    S: np.ndarray
    dW: np.ndarray  # noqa: N815
    db: np.ndarray


@jit
def residuals(
    S: np.ndarray,
    above: bool,
    cell: int,
    n_later: int,
    cliques: Cliques,
    tables: Tables,
    b_rows: np.ndarray,
    b_columns: np.ndarray,
    db_rows: np.ndarray,
    db_columns: np.ndarray,
) -> float:
    """Turn S = X Y' into R = A (S + b + b') - B, add its sums to db; return sum (R - B) S.

    Parameters
    ----------
    S : ndarray
        Rows of a clique by some of its columns.
    above : bool
        Whether the block is on the diagonal, so that only the cells above it are computed.
    cell, n_later : int
        Where the code of row 0, column 0 would be, and the number of songs of the clique after
        row 0: in a triangle, each row is one shorter than the one before.
    """
    A, B = tables.A, tables.B
    loss = 0.0
    for i in range(S.shape[0]):
        begin = i + 1 if above else 0
        first = cell + begin
        s_row, b_row, db_row = S[i, begin:], b_columns[begin:], db_columns[begin:]
        code = cliques.codes[first : first + s_row.size]
        row_sum = row_loss = A[0]  # 0 in the precision of W
        for j in range(s_row.size):
            s = s_row[j] + b_rows[i] + b_row[j]
            r = A[code[j]] * s - B[code[j]]
            s_row[j] = r
            db_row[j] += r
            row_sum += r
            row_loss += s * (r - B[code[j]])
        if cliques.side_cells.size:
            for k in range(
                np.searchsorted(cliques.side_cells, first),
                np.searchsorted(cliques.side_cells, first + s_row.size),
            ):
                j, of_side = cliques.side_cells[k] - first, cliques.side_codes[k]
                s = s_row[j]  # r so far, as A = 1 and B = 0
                r = tables.A_all[of_side] * s - tables.B_all[of_side]
                s_row[j] = r
                db_row[j] += r - s
                row_sum += r - s
                row_loss += s * (r - tables.B_all[of_side]) - s * s
        db_rows[i] += row_sum
        loss += row_loss
        cell += n_later - 1
        n_later -= 1
    return loss


@jit
def seen_pairs(
    blas: Blas,
    W: np.ndarray,
    b: np.ndarray,
    cliques: Cliques,
    tables: Tables,
    stripes: tuple[np.ndarray, np.ndarray],
    space: Space,
) -> float:
    """Write a batch of stripes' part of dW and db, and return 4 sum_{i < j} A s^2 - 2 B s.

    A stripe is some rows of a clique by all columns from the diagonal on. In each of its blocks,
    S = X Y' + b + b' and R = 4 (A S - B); R Y is added to its rows, R' X to its columns. On the
    diagonal, where X is Y, half of S suffices, and one product serves both.

    Parameters
    ----------
    stripes : tuple of ndarray
        Clique and first row of each.
    space : Space
        Overwritten; dW and db contain the rows of the stripes one after the other.
    """
    words = _words(W)
    loss, n_done = 0.0, 0
    for clique, top in zip(stripes[0], stripes[1]):  # noqa: B905 - numba has no strict
        first, end = cliques.start[clique] + top, cliques.start[clique + 1]
        songs = cliques.songs[first:end]
        n, n_rows = songs.size, min(SIDE, songs.size)
        X, b_p = space.X[:n], np.empty(n, W.dtype)
        for k, song in enumerate(songs):
            X[k] = W[song]
            b_p[k] = b[song]
        dW, db = space.dW[n_done : n_done + n], space.db[n_done : n_done + n]
        db[:] = 0
        n_done += n
        rows = slice(0, n_rows)
        cell = cliques.cell[clique] + top * (2 * n + top - 1) // 2 - 1

        S = space.S[: n_rows * n_rows].reshape(n_rows, n_rows)
        if n_rows > SHORT:
            gram(blas, words, X[rows], S)
        else:
            product(blas, words, X[rows], X[rows], S)
        loss += residuals(
            S, True, cell, n - 1, cliques, tables, b_p[rows], b_p[rows], db[rows], db[rows]
        )
        for i in range(n_rows):
            S[i, i] = 0
        if n_rows > SHORT:
            symmetric_times(blas, words, S, X[rows], dW[rows])
        else:
            for i in range(n_rows):
                for j in range(i):
                    S[i, j] = S[j, i]
            times(blas, words, S, X[rows], dW[rows], 0)

        for left in range(n_rows, n, SIDE):
            columns = slice(left, min(left + SIDE, n))
            Y = X[columns]
            S = space.S[: n_rows * len(Y)].reshape(n_rows, len(Y))
            product(blas, words, X[rows], Y, S)
            loss += residuals(
                *(S, False, cell + left, n - 1, cliques, tables),
                *(b_p[rows], b_p[columns], db[rows], db[columns]),
            )
            times(blas, words, S, Y, dW[rows], 1)
            transposed_times(blas, words, S, X[rows], dW[columns])
    return loss


@jit
def add_rows(
    dW: np.ndarray,
    db: np.ndarray,
    cliques: Cliques,
    stripes: tuple[np.ndarray, np.ndarray],
    space: Space,
) -> None:
    """Add the output of `seen_pairs` to the rows of its songs, in order."""
    n_done = 0
    for clique, top in zip(stripes[0], stripes[1]):  # noqa: B905 - numba has no strict
        for song in cliques.songs[cliques.start[clique] + top : cliques.start[clique + 1]]:
            row, part = dW[song], space.dW[n_done]
            for k in range(row.size):  # in place, where row += part would copy
                row[k] += part[k]
            db[song] += space.db[n_done]
            n_done += 1
