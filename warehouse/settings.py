"""Settings, out of variables or dlt's TOML files; what is wrong is said in one line."""

import math
from typing import TypeVar
from urllib.parse import urlsplit

from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigurationException,
    ConfigValueCannotBeCoercedException,
)
from dlt.common.configuration.specs import BaseConfiguration

from warehouse import UserError

KINDS = {int: "a whole number", float: "a number", bool: "true or false"}
Spec = TypeVar("Spec", bound=BaseConfiguration)


def resolve(spec: Spec) -> Spec:
    """The settings, complete and checked. Raises UserError that names the variable to set.

    A variable ``SECTION__NAME`` goes before ``.dlt/secrets.toml``, that before
    ``.dlt/config.toml``.
    """
    section = spec.__section__
    try:
        return resolve_configuration(spec)
    except ConfigFieldMissingException as error:
        raise missing(section, error.fields) from None
    except ConfigValueCannotBeCoercedException as error:  # whose value may be a secret
        kind = KINDS.get(error.hint, "text")
        raise wrong(section, error.field_name, f"must be {kind}") from None
    except ConfigurationException as error:
        raise UserError(f"{section}: {' '.join(str(error).split())}") from None


def strip(spec: BaseConfiguration) -> None:
    """Take the blanks around every text away."""
    for name in spec:
        if isinstance(spec[name], str):
            spec[name] = spec[name].strip()


def is_number(value: object) -> bool:
    """Whether it is an int or a float, which True and False are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_positive(value: float) -> bool:
    """Whether it is more than 0, and finite."""
    return math.isfinite(value) and value > 0


def is_url(text: str, *schemes: str) -> bool:
    """Whether it is a whole address under one of the schemes."""
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != 0 and len(text.split()) == 1
        return parts.scheme in schemes and is_whole
    except ValueError:  # a bad port
        return False


def require_urls(spec: BaseConfiguration, *names: str) -> None:
    """Raise UserError unless these settings are whole addresses over HTTP."""
    for name in names:
        if not is_url(spec[name], "http", "https"):
            raise wrong(spec.__section__, name, "must be an http:// or https:// address")


def require_positive_numbers(spec: BaseConfiguration) -> None:
    """Raise UserError unless every number is more than 0."""
    for name in spec:
        if is_number(spec[name]) and not is_positive(spec[name]):
            raise wrong(spec.__section__, name, "must be more than 0")


def missing(section: str, names: list[str]) -> UserError:
    """The error of settings that are not there."""
    are = "is" if len(names) == 1 else "are"
    variables = " and ".join(_variable(section, name) for name in names)
    return UserError(
        f"{section}: {' and '.join(names)} {are} missing: set {variables} (see .env.example)"
    )


def wrong(section: str, name: str, problem: str) -> UserError:
    """The error of a setting that cannot be."""
    return UserError(f"{section}: {name} {problem}: check {_variable(section, name)}")


def _variable(section: str, name: str) -> str:
    return f"{section}__{name}".upper()
