"""The one exception whose message is meant for the person at the keyboard, and why it came."""


class UserError(Exception):
    """Something the user can mend; the command line prints it as one line and exits with 1."""


def root_cause(error: BaseException) -> BaseException:
    """The error that the others were raised from, or while it was handled."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return error


def first_line(error: BaseException) -> str:
    """What an error says, in one line; of one that SQLAlchemy wrapped, what the database says."""
    error = getattr(error, "orig", error)
    return (str(error).strip() or type(error).__name__).splitlines()[0]
