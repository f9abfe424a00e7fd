"""The one exception for what the user can fix: a file, a parameter, too little memory or disk."""


def plain(text: str) -> str:
    """Return ``text`` on one line, without control characters: safe to print to a terminal."""
    return "".join(c if c.isprintable() else " " for c in text).strip()


class InputError(Exception):
    """One clear sentence: what is wrong, with the value, and what to do about it.

    The runner prints it and exits with a non-zero status; a notebook shows it in red. Neither
    shows a traceback. Text quoted from a file or another program cannot break the line or send
    control sequences to the terminal.

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

        IPython looks for this method on any exception, so nothing has to be imported from it.
        """
        return [f"\x1b[31m{self}\x1b[0m"]
