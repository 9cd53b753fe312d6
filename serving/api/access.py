"""Who asks, what they may, and how often: JSON Web Tokens, scopes, and a limit per client."""

import datetime as dt
import math
import secrets
import time
from dataclasses import dataclass

import jwt
from fastapi import Request
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from serving.api.problems import Problem
from serving.api.settings import Settings
from serving.users import SCOPES

ISSUER, AUDIENCE, ALGORITHM = "armazem", "armazem-api", "HS256"


@dataclass(frozen=True)
class Client:
    """Who asks: a user, or somebody at an address."""

    address: str
    user_id: int | None = None
    scopes: frozenset[str] = frozenset()


class Tokens:
    """Issues and reads tokens that only this key signs."""

    def __init__(self, settings: Settings):
        self._key = settings.secret_key or secrets.token_urlsafe(32)
        self.seconds = settings.token_minutes * 60

    def issue(self, user_id: int, scopes: frozenset[str]) -> str:
        """A token of the user, for these scopes, for a while."""
        now = dt.datetime.now(dt.UTC)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "scope": " ".join(sorted(scopes)),
            "iat": now,
            "exp": now + dt.timedelta(seconds=self.seconds),
        }
        return jwt.encode(claims, self._key, ALGORITHM)

    def read(self, token: str) -> tuple[int, frozenset[str]]:
        """User and scopes. Raises jwt.InvalidTokenError, or ValueError."""
        claims = jwt.decode(
            token,
            self._key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub", "scope"]},
        )
        return int(claims["sub"]), frozenset(claims["scope"].split())


class Throttle:
    """Counts the requests of each client in this process."""

    def __init__(self, rate: str):
        self._limit = parse(rate)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def admit(self, client: str) -> None:
        """Raises Problem 429 when the client has asked too often."""
        if not await self._limiter.hit(self._limit, client):
            window = await self._limiter.get_window_stats(self._limit, client)
            wait = str(max(1, math.ceil(window.reset_time - time.time())))
            raise Problem(429, f"more than {self._limit}: wait", headers={"Retry-After": wait})


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else "unknown"


class Access(OAuth2PasswordBearer):
    """Who asks, if they may do what the route needs; to OpenAPI, the scheme that it documents.

    Raises Problem 401 for a token that is missing or none, 403 for lacking scopes, 429.
    """

    async def __call__(self, request: Request, needed: SecurityScopes) -> Client:
        state = request.app.state
        token, asking = await super().__call__(request), Client(address_of(request))
        if token is not None:
            try:
                user_id, scopes = state.tokens.read(token)
            except (jwt.InvalidTokenError, ValueError):
                await state.throttle.admit(asking.address)
                raise _unauthorised("the token is not valid, or no longer", needed) from None
            asking = Client(asking.address, user_id, scopes)
        await state.throttle.admit(f"user {asking.user_id}" if asking.user_id else asking.address)
        lacking = set(needed.scopes) - asking.scopes
        if state.settings.open_reads:
            lacking.discard("read")
        if lacking and asking.user_id is None:
            raise _unauthorised("a token is needed: POST /token gives one", needed)
        if lacking:
            raise Problem(403, f"the token lacks the scope {min(lacking)}")
        if {"write", "operate"} & set(needed.scopes):
            await _require_user(request, asking, needed)
        return asking


client = Access(tokenUrl="token", scopes=SCOPES, auto_error=False)


async def _require_user(request: Request, asking: Client, needed: SecurityScopes) -> None:
    """A token outlives its user; what only users may do asks for them."""
    query = "select scopes from api_user where user_id = %(user_id)s"
    async with request.app.state.database.writing() as connection:
        row = await (await connection.execute(query, {"user_id": asking.user_id})).fetchone()
    if row is None:
        raise _unauthorised("the user is no more", needed)
    if lacking := set(needed.scopes) - set(row[0]):
        raise Problem(403, f"the user lacks the scope {min(lacking)}")


def _unauthorised(detail: str, needed: SecurityScopes) -> Problem:
    scope = f' scope="{needed.scope_str}"' if needed.scopes else ""
    return Problem(401, detail, headers={"WWW-Authenticate": f"Bearer{scope}"})
