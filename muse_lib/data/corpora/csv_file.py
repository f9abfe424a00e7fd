"""The `csv` corpus: the user's own playlists, one row per song, columns named by parameters."""

from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path

from muse_lib.config import DataConfig
from muse_lib.data.corpora.credits import primary
from muse_lib.data.corpora.delimited import blocks, header_of
from muse_lib.data.corpora.opening import Table, own_path, tables
from muse_lib.data.corpora.records import Dialect
from muse_lib.data.corpora.rows import Rows
from muse_lib.data.corpus import Corpus
from muse_lib.errors import InputError
from muse_lib.names import folded
from muse_lib.paths import shown

REMEDY = (
    "set playlist_column=NAME, title_column=NAME (which may be the playlist column), "
    "track_column=NAME, artist_column=NAME and delimiter=CHARACTER with --set to match the file"
)

TITLE = "title"
"""The default column of titles, used if it exists."""

OWNERS = {"user", "user_id", "userid", "username", "user_name", "owner", "owner_id", "account"}
"""Names of columns that identify a playlist's owner."""


def locate(config: DataConfig) -> Path:
    """Return the path of the user's file, folder or archive."""
    if not config.data_file:
        raise InputError("the corpus csv needs your file: name it with --set data_file=FILE.")
    return own_path(config.data_file)


def read(config: DataConfig) -> Corpus:
    """Read one or several tables; a playlist's title is that of its first row.

    In a folder or an archive, a table without a playlist column is a playlist of its own, named
    after the file, unless the user names a playlist column.

    Raises
    ------
    InputError
        If a file is missing, empty, damaged or in another encoding, if it lacks a column, or if
        one column has two roles (only playlist and title may share one).
    """
    path = locate(config)
    rows = Rows()
    several = path.is_dir() or len(tables(path)) > 1
    owners = Owners()
    for table in tables(path):
        _add(table, rows, config, several, owners)
    return rows.corpus(config.corpus, shown(path)).with_notes(owners.notes(config.playlist_column))


@dataclass
class Owners:
    """The owners of each playlist, if the table names them but they are not part of the key."""

    column: str = ""
    of_playlist: dict[str, set[str]] = field(default_factory=dict)

    def add(self, column: str, playlists: list[str], owners: list[str]) -> None:
        """Record the owner of each row."""
        self.column = column
        for playlist, owner in zip(playlists, owners, strict=True):
            self.of_playlist.setdefault(playlist, set()).add(owner)

    def notes(self, playlist_column: str) -> list[str]:
        """Return a note if playlists of several users share one name."""
        n_shared = sum(len(owners) > 1 for owners in self.of_playlist.values())
        if not n_shared:
            return []
        return [
            f"{n_shared:,} of {len(self.of_playlist):,} playlists combine same-named lists "
            f"of several users: separate them with "
            f"--set playlist_column='{self.column},{playlist_column}'."
        ]


def _add(table: Table, rows: Rows, config: DataConfig, several: bool, owners: Owners) -> None:
    """Add the rows of one table."""
    dialect = Dialect(
        config.delimiter,
        config.quoting == "standard",
        config.encoding,
        config.bad_utf8,
        config.max_unpacked,
    )
    named = [config.track_column, config.artist_column]
    header = header_of(table, dialect, named)
    key = _key(header, config.playlist_column)
    default = DataConfig.model_fields["playlist_column"].default
    a_list_itself = several and config.playlist_column == default and default not in header
    title = config.title_column or (TITLE if TITLE in header and TITLE not in named else key[-1])
    roles = {"track": config.track_column, "artist": config.artist_column}
    if not a_list_itself:
        roles |= {f"playlist {k}": name for k, name in enumerate(key)} | {"title": title}
    _refuse_double_roles(roles, key)
    owner = next((name for name in header if folded(name) in OWNERS and name not in key), None)
    watched = [owner] if owner and not a_list_itself else []
    wanted = list(dict.fromkeys([*roles.values(), *watched]))
    may_span = [title] if [*roles.values()].count(title) == 1 else []
    for lines, found in blocks(table, wanted, rows, dialect, REMEDY, may_span=may_span):
        if a_list_itself:
            playlists = titles = [table.stem] * len(lines)
            keys = [f"{table.member or table.path}"] * len(lines)
            kept = [True] * len(lines)
        else:
            keys = _joined([found[name] for name in key])
            titles = found[title]
            playlists = found[key[-1]]
            kept = [bool(name.strip()) for name in playlists]
        for row in (row for row, has_name in enumerate(kept) if not has_name):
            rows.drop("row without a playlist", f"{table.name}, line {lines[row]}")
        for name in watched:
            owners.add(name, keys, found[name])
        texts = {
            "playlist": keys,
            "title": titles,
            "track": found[config.track_column],
            "artist": primary(found[config.artist_column], config.artist_separator),
        }
        rows.add(
            f"{table.name}, line",
            list(compress(lines, kept)),
            **{column: list(compress(values, kept)) for column, values in texts.items()},
        )


def _key(header: list[str], named: str) -> list[str]:
    """Return the columns that identify a playlist: one, or several separated by commas."""
    if named in header or "," not in named:
        return [named]
    return [name.strip() for name in named.split(",") if name.strip()]


def _joined(columns: list[list[str]]) -> list[str]:
    """Return one text per row, equal if and only if all cells are equal."""
    return (
        columns[0] if len(columns) == 1 else [repr(cells) for cells in zip(*columns, strict=True)]
    )


def _refuse_double_roles(roles: dict[str, str], key: list[str]) -> None:
    """Raise `InputError` if one column has two roles other than playlist and title."""
    taken: dict[str, str] = {}
    for role, name in roles.items():
        if name in taken and not (role == "title" and name in key):
            one, other = (r.split()[0] for r in (taken[name], role))
            raise InputError(
                f"the column {name!r} cannot be both {one}_column and {other}_column: only "
                f"playlist and title may share a column; name another column."
            )
        taken.setdefault(name, role)
