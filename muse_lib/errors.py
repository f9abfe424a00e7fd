"""The one exception for what a user can mend: a file, a parameter, a machine too small."""


class InputError(Exception):
    """One clear sentence: what is wrong, with the value, and what to do about it.

    The runner prints it without a traceback and exits with a status that is not zero.
    """
