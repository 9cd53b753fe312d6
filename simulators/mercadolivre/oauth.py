"""Tokens: authorization codes with PKCE, refresh tokens of a single use."""

import base64
import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulators.mercadolivre.errors import Refusal, invalid_grant, refusal
from simulators.mercadolivre.resources import Json
from simulators.mercadolivre.world import World

CODE_LIFE = 600  # seconds
REFRESH_LIFE = 182 * 86_400


@dataclass(frozen=True)
class Grant:
    """A code: what it was given for."""

    user_id: int
    redirect_uri: str
    challenge: str | None
    expires: float


@dataclass(frozen=True)
class Access:
    """An access token: whose, and until when. An app's own token has no user."""

    client: str
    user_id: int | None
    expires: float


class Tokens:
    """Gives and checks the tokens of one app."""

    def __init__(
        self,
        world: World,
        client_id: str,
        client_secret: str,
        expires_in: int,
        clock: Callable[[], float],
    ):
        self._world = world
        self._client_id = client_id
        self._client_secret = client_secret
        self._expires_in = expires_in
        self._clock = clock
        self._lock = threading.Lock()
        self._codes: dict[str, Grant] = {}
        self._accesses: dict[str, Access] = {}
        self._refreshes: dict[int, tuple[str, float]] = {}  # only the newest of each user
        self._issued = 0

    def authorize(self, user_id: int, redirect_uri: str, challenge: str | None) -> str:
        """The code that the user's browser would bring to ``redirect_uri``.

        Raises ValueError for a user that is no account of ours or an address without HTTPS.
        """
        if user_id not in self._world.accounts:
            raise ValueError(f"user {user_id} is not one of {self._world.accounts}")
        if not redirect_uri.startswith("https://"):
            raise ValueError(f"redirect_uri must be https, not {redirect_uri!r}")
        with self._lock:
            code = f"TG-{self._secret('code')}-{user_id}"
            expires = self._clock() + CODE_LIFE
            self._codes[code] = Grant(user_id, redirect_uri, challenge, expires)
        return code

    def revoke(self, user_id: int) -> None:
        """As when the user changes the password: all tokens of the user die."""
        with self._lock:
            self._refreshes.pop(user_id, None)
            self._accesses = {t: a for t, a in self._accesses.items() if a.user_id != user_id}

    def access(self, token: str) -> Access | None:
        """None when the token is unknown, expired or revoked."""
        with self._lock:
            found = self._accesses.get(token)
        return found if found and found.expires > self._clock() else None

    def exchange(self, form: Mapping[str, str]) -> Json:
        """The answer to POST /oauth/token. Raises Refusal."""
        grants = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "client_credentials": self._by_app,
        }
        kind = form.get("grant_type")
        if not kind:
            raise refusal(400, "invalid_request", "grant_type is a required parameter")
        if kind not in grants:
            raise refusal(400, "unsupported_grant_type", f"unsupported grant_type {kind}")
        if (form.get("client_id"), form.get("client_secret")) != (
            self._client_id,
            self._client_secret,
        ):
            raise refusal(400, "invalid_client", "invalid client_id or client_secret.")
        with self._lock:
            return grants[kind](form)

    def _by_code(self, form: Mapping[str, str]) -> Json:
        _require(form, "code", "redirect_uri")
        grant = self._codes.get(form["code"])
        if grant is None or grant.expires <= self._clock():
            raise invalid_grant()
        if grant.challenge is not None and not form.get("code_verifier"):
            raise _missing("code_verifier")
        del self._codes[form["code"]]
        if grant.redirect_uri != form["redirect_uri"]:
            raise invalid_grant()
        if grant.challenge is not None and grant.challenge != s256(form["code_verifier"]):
            raise invalid_grant()
        return self._pair(grant.user_id)

    def _by_refresh(self, form: Mapping[str, str]) -> Json:
        _require(form, "refresh_token")
        for user_id, (token, expires) in self._refreshes.items():
            if token == form["refresh_token"] and expires > self._clock():
                return self._pair(user_id)
        raise invalid_grant()

    def _by_app(self, form: Mapping[str, str]) -> Json:
        return self._grant(None)

    def _pair(self, user_id: int) -> Json:
        token = f"TG-{self._secret('refresh')}-{user_id}"
        self._refreshes[user_id] = token, self._clock() + REFRESH_LIFE
        return self._grant(user_id) | {"user_id": user_id, "refresh_token": token}

    def _grant(self, user_id: int | None) -> Json:
        now = self._clock()
        token = f"APP_USR-{self._client_id}-{int(now)}-{self._secret('access')}-{user_id or 0}"
        self._accesses[token] = Access(self._client_id, user_id, now + self._expires_in)
        return {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": self._expires_in,
            "scope": "offline_access read write" if user_id else "read",
        }

    def _secret(self, kind: str) -> str:
        self._issued += 1
        text = f"{self._world.seed}/{self._client_secret}/{kind}/{self._issued}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def s256(verifier: str) -> str:
    """The PKCE challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _require(form: Mapping[str, str], *names: str) -> None:
    for name in names:
        if not form.get(name):
            raise _missing(name)


def _missing(name: str) -> Refusal:
    return refusal(400, "invalid_request", f"{name} is a required parameter")
