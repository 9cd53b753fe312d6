"""The one exception whose message is meant for the person at the keyboard."""


class UserError(Exception):
    """Something the user can mend; the command line prints it as one line and exits with 1."""
