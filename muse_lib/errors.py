"""The one exception for what a user can mend: a file, a parameter, a machine too small."""


def plain(text: str) -> str:
    """Return ``text`` on one line and without control characters, safe to show in a terminal."""
    return "".join(c if c.isprintable() else " " for c in text).strip()


class InputError(Exception):
    """One clear sentence: what is wrong, with the value, and what to do about it.

    The runner prints it without a traceback and exits with a status that is not zero, and a
    notebook shows it in red without one. What it quotes of a file or of another program's words
    cannot break the line or act on the terminal.

    Examples
    --------
    >>> from muse_lib import InputError, MuSE
    >>> try:
    ...     MuSE(dim=-1)
    ... except InputError as error:
    ...     print(str(error).partition(":")[0])
    dim=-1 cannot be used
    """

    def __init__(self, message: str) -> None:
        super().__init__(plain(message))

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in place of a traceback: the sentence, in red.

        IPython asks any exception for this method, so nothing of it is imported here.
        """
        return [f"\x1b[31m{self}\x1b[0m"]
