"""Users of the API. They are made on the command line; the API itself can only read them."""

import datetime as dt

import sqlalchemy as sa
from pwdlib import PasswordHash
from sqlalchemy.dialects.postgresql import insert

from warehouse import UserError, Warehouse
from warehouse.tables import api_user

SCOPES = {
    "read": "read the marts, where that is not open to all",
    "write": "keep price watches",
    "operate": "see loads and their failures",
}
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 1_024
hasher = PasswordHash.recommended()  # argon2


def add(warehouse: Warehouse, name: str, password: str, scopes: list[str]) -> None:
    """Add a user. Raises UserError when the name is taken, or something cannot be."""
    row = {"name": _checked_name(name), "password_hash": hashed(password)}
    statement = insert(api_user).values(**row, scopes=_checked_scopes(scopes))
    with warehouse.begin() as connection:
        added = statement.on_conflict_do_nothing(index_elements=["name"])
        if connection.scalar(added.returning(api_user.c.user_id)) is None:
            raise UserError(f"there is a user {name} already")


def change(warehouse: Warehouse, name: str, password: str | None, scopes: list[str] | None) -> None:
    """Give a user another password, or other scopes. Raises UserError when there is none."""
    values = {} if password is None else {"password_hash": hashed(password)}
    if scopes:
        values["scopes"] = _checked_scopes(scopes)
    _require(warehouse, sa.update(api_user).where(api_user.c.name == name).values(**values), name)


def remove(warehouse: Warehouse, name: str) -> None:
    """Remove a user and all they watch. Raises UserError when there is none."""
    _require(warehouse, sa.delete(api_user).where(api_user.c.name == name), name)


def users(warehouse: Warehouse) -> list[tuple[str, str, dt.datetime]]:
    """Name, scopes and when they were added, by name."""
    scopes = sa.func.array_to_string(api_user.c.scopes, " ")
    query = sa.select(api_user.c.name, scopes, api_user.c.created_at).order_by(api_user.c.name)
    with warehouse.begin() as connection:
        return [tuple(row) for row in connection.execute(query)]


def hashed(password: str) -> str:
    """What is stored of a password. Raises UserError when it is too short, or endless."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UserError(f"a password has {SHORTEST_PASSWORD} characters or more")
    return hasher.hash(password)


def _require(warehouse: Warehouse, statement: sa.Update | sa.Delete, name: str) -> None:
    with warehouse.begin() as connection:
        if not connection.execute(statement).rowcount:
            raise UserError(f"there is no user {name}")


def _checked_name(name: str) -> str:
    if not (name.isprintable() and 0 < len(name) <= 100 and name.strip() == name):
        raise UserError("a name has 1 to 100 characters, and no blanks around them")
    return name


def _checked_scopes(scopes: list[str]) -> list[str]:
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise UserError(f"{unknown[0]!r} is no scope: {', '.join(SCOPES)}")
    return sorted(set(scopes))
