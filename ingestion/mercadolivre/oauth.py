"""Signing accounts in, and the broker that hands out their access tokens.

A refresh token works once and only the newest of an account is valid. Whoever refreshes therefore
holds the account's row, and a POST to the token endpoint is never sent twice: its answer may be
lost after it was obeyed. Tokens are in no log, message or repr.
"""

import base64
import datetime as dt
import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
import sqlalchemy as sa
import tenacity
from pydantic import BaseModel, Field, SecretStr, ValidationError
from sqlalchemy.dialects.postgresql import insert
from urllib3.exceptions import MaxRetryError

from ingestion.mercadolivre.settings import Settings
from warehouse import UserError, Warehouse
from warehouse.ledger import now
from warehouse.secrets import Vault
from warehouse.tables import oauth_token

PROVIDER = "mercadolivre"
SIGN_IN = "sign in with: armazem auth mercadolivre"
MARGIN = dt.timedelta(seconds=120)  # before its end a token is renewed, or a tenth of its life
PAUSE = dt.timedelta(seconds=60)  # a token this young is not renewed, nor such a failure repeated
ATTEMPTS = 5  # of a request answered 429, which was not obeyed
SECRETS = {"code", "code_verifier", "refresh_token"}  # of the fields that are sent
APP = 0  # in place of a user: the app itself


class AccountError(UserError):
    """The account must be authorised anew; nothing else mends it."""


class UnansweredError(UserError):
    """No answer came, or not whole: the refresh token may be used up, or not."""


class RefusedError(UserError):
    """The token endpoint said no, with the error code ``code``."""

    def __init__(self, message: str, code: str):
        super().__init__(message)
        self.code = code


class Grant(BaseModel, hide_input_in_errors=True):
    """An answer of the token endpoint. ``user_id`` and ``refresh_token`` are None for the app."""

    access_token: SecretStr = Field(min_length=1)
    expires_in: int = Field(gt=0, lt=10**9)  # seconds
    scope: object = None  # told, not used: no shape of it may cost the account
    user_id: int | None = None
    refresh_token: SecretStr | None = None


@dataclass(frozen=True)
class Account:
    """An account that signed in. ``status`` is authorised or reauthorise."""

    user_id: int
    nickname: str | None
    status: str
    expires_at: dt.datetime  # of its access token, UTC


@dataclass(frozen=True)
class Held:
    """An access token in memory, and when it was obtained and ends (UTC)."""

    access_token: str = field(repr=False)
    obtained_at: dt.datetime
    expires_at: dt.datetime

    def is_good(self, at: dt.datetime, stale: str | None = None) -> bool:
        """Whether to use it: it has not (nearly) ended, and is not one the API just refused.

        A token that is refused although it is new stays: the refusal means something else.
        """
        margin = min(MARGIN, (self.expires_at - self.obtained_at) / 10)
        is_refused = self.access_token == stale and at - self.obtained_at >= PAUSE
        return at < self.expires_at - margin and not is_refused


def new_secret() -> str:
    """64 random characters: a PKCE verifier, or a ``state``."""
    return secrets.token_urlsafe(48)


def challenge_of(verifier: str) -> str:
    """The PKCE challenge (S256) of a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorisation_url(settings: Settings, state: str, challenge: str) -> str:
    """Where the account's administrator consents. Raises UserError without a redirect_uri."""
    query = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": settings.needed_redirect_uri(),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{settings.auth_url}/authorization?{urlencode(query)}"


def pasted_code(text: str, state: str) -> str:
    """The code in what the user pasted: the code alone, or the address the browser ended up at.

    Raises UserError when there is none, or the address belongs to another attempt.
    """
    text = text.strip()
    if "?" not in text and "=" not in text:
        if not text or "/" in text:
            raise UserError("no code was given: paste it, or the whole address it stands in")
        return text
    query = parse_qs(urlsplit(text).query if "?" in text else text)
    if query.get("state", [state])[0] != state:
        raise UserError(f"the address belongs to another attempt (state differs): {SIGN_IN}")
    if "code" not in query:
        reason = query.get("error", ["there is no code in the address"])[0]
        raise UserError(f"consent was not given: {' '.join(reason.split())}; {SIGN_IN}")
    return query["code"][0]


def exchange_code(
    settings: Settings, code: str, verifier: str, sleep: Callable[[float], None] = time.sleep
) -> Grant:
    """The tokens for a code. Raises UserError."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": settings.needed_redirect_uri(),
        "code_verifier": verifier,
    }
    try:
        grant = _ask(settings, form, sleep)
    except RefusedError as refused:
        if refused.code != "invalid_grant":
            raise
        raise UserError(
            "the code was refused: it works once, for 10 minutes, and for the redirect_uri that"
            f" the app has; {SIGN_IN}"
        ) from None
    if grant.refresh_token is None or grant.user_id is None:
        raise UserError(f"no refresh token came: allow the app offline access, then {SIGN_IN}")
    return grant


class Accounts:
    """The accounts of one app: stored in PostgreSQL, their access tokens handed out. Thread-safe.

    Methods raise AccountError when an account must sign in again, else UserError. ``clock`` gives
    UTC without zone; ``sleep`` waits seconds.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        settings: Settings,
        vault: Vault,
        clock: Callable[[], dt.datetime] = now,
        sleep: Callable[[float], None] = time.sleep,
    ):
        if not warehouse.is_postgres:
            raise ValueError("tokens have one home: PostgreSQL")
        self._warehouse = warehouse
        self._settings = settings
        self._vault = vault
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()  # one refresh at a time: each takes a second every six hours
        self._held: dict[int, Held] = {}
        self._unanswered: dict[int, tuple[dt.datetime, UnansweredError]] = {}

    def add(self, code: str, verifier: str) -> Account:
        """Exchange a code and store the account it belongs to, new or known."""
        asked_at = self._clock()
        grant = exchange_code(self._settings, code, verifier, self._sleep)
        held = self._hold(grant, asked_at)
        row = self._stored(grant, held) | {"status": "authorised", "status_reason": None}
        key = {
            "provider": PROVIDER,
            "client_id": self._settings.client_id,
            "user_id": grant.user_id,
        }
        upsert = insert(oauth_token).values(key | row)
        upsert = upsert.on_conflict_do_update(index_elements=list(key), set_=row)
        with self._warehouse.begin() as connection:
            connection.execute(upsert)
        with self._lock:
            self._held[grant.user_id] = held
            self._unanswered.pop(grant.user_id, None)
        nickname = self._nickname(held)  # only now: the tokens are safe
        if nickname:
            with self._warehouse.begin() as connection:
                connection.execute(self._update(grant.user_id).values(nickname=nickname))
        return next(account for account in self.list() if account.user_id == grant.user_id)

    def list(self) -> list[Account]:
        """The accounts that ever signed in to this app, by user_id."""
        table = oauth_token.c
        query = (
            sa.select(table.user_id, table.nickname, table.status, table.expires_at)
            .where(table.provider == PROVIDER, table.client_id == self._settings.client_id)
            .order_by(table.user_id)
        )
        with self._warehouse.begin() as connection:
            return [Account(*row) for row in connection.execute(query)]

    def token(self, user_id: int) -> str:
        """A valid access token of the account; from memory, but for the first and the last."""
        return self._token(user_id, None)

    def renew(self, user_id: int, stale: str) -> str:
        """The access token to use after a 401 for ``stale``.

        ``stale`` itself, when it is less than a minute old: then the 401 has another cause.
        """
        return self._token(user_id, stale)

    def app_token(self) -> str:
        """A valid access token of the app itself, which sees public data only."""
        return self._token(APP, None)

    def _token(self, user_id: int, stale: str | None) -> str:
        held = self._held.get(user_id)
        if held and held.is_good(self._clock(), stale) and held.access_token != stale:
            return held.access_token
        with self._lock:
            held = self._held.get(user_id)  # another thread may have been here
            if not (held and held.is_good(self._clock(), stale)):
                held = self._take(user_id, stale) if user_id != APP else self._app_token()
                self._held[user_id] = held
            return held.access_token

    def _app_token(self) -> Held:
        asked_at = self._clock()
        form = {"grant_type": "client_credentials"}
        return self._hold(_ask(self._settings, form, self._sleep), asked_at)

    def _take(self, user_id: int, stale: str | None) -> Held:
        """The stored token, refreshed first if need be, under the lock of the account's row."""
        failure = None
        with self._warehouse.begin() as connection:
            # An administrator's limit must not end the transaction while the answer is on its way.
            connection.execute(sa.text("set local idle_in_transaction_session_timeout = 0"))
            locked = sa.select(oauth_token).where(*self._is(user_id)).with_for_update()
            row = connection.execute(locked).one_or_none()
            if row is None:
                raise AccountError(f"account {user_id} never signed in: {SIGN_IN}")
            if row.status != "authorised":
                raise AccountError(_reauthorise(user_id, row.nickname, row.status_reason))
            held = Held(self._vault.decrypt(row.access_token), row.obtained_at, row.expires_at)
            if held.is_good(self._clock(), stale):
                return held
            try:
                grant, asked_at = self._refresh(user_id, self._vault.decrypt(row.refresh_token))
            except RefusedError as refused:
                if refused.code != "invalid_grant":
                    raise
                failure = "the refresh token is used, revoked or expired (invalid_grant)"
                changes = {"status": "reauthorise", "status_reason": failure}
            else:
                held = self._hold(grant, asked_at)
                changes = self._stored(grant, held)
            connection.execute(self._update(user_id).values(changes))
        if failure:  # raised after the commit, which it would undo
            raise AccountError(_reauthorise(user_id, row.nickname, failure))
        return held

    def _refresh(self, user_id: int, refresh_token: str) -> tuple[Grant, dt.datetime]:
        """The new tokens and when they were asked for. Unanswered: not again at once."""
        asked_at = self._clock()
        if user_id in self._unanswered:
            last_at, error = self._unanswered[user_id]
            if asked_at - last_at < PAUSE:
                raise error
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        try:
            return _ask(self._settings, form, self._sleep), asked_at
        except UnansweredError as error:
            self._unanswered[user_id] = asked_at, error
            raise

    def _hold(self, grant: Grant, asked_at: dt.datetime) -> Held:
        expires_at = asked_at + dt.timedelta(seconds=grant.expires_in)
        return Held(grant.access_token.get_secret_value(), asked_at, expires_at)

    def _stored(self, grant: Grant, held: Held) -> dict[str, object]:
        """The columns of a grant; where no new refresh token came, the stored one stays."""
        columns = {
            "access_token": self._vault.encrypt(held.access_token),
            "expires_at": held.expires_at,
            "obtained_at": held.obtained_at,
            "scope": grant.scope if isinstance(grant.scope, str) else None,
        }
        if grant.refresh_token:
            refresh_token = grant.refresh_token.get_secret_value()
            columns["refresh_token"] = self._vault.encrypt(refresh_token)
        return columns

    def _nickname(self, held: Held) -> str | None:
        """The account's nickname; None when it cannot be had, which is no reason to fail."""
        try:
            response = requests.get(
                f"{self._settings.api_url}/users/me",
                headers={"Authorization": f"Bearer {held.access_token}"},
                timeout=self._settings.timeout_seconds,
            )
            nickname = response.json().get("nickname") if response.ok else None
        except (requests.RequestException, AttributeError):
            return None
        return nickname if isinstance(nickname, str) else None

    def _is(self, user_id: int) -> tuple[sa.ColumnElement[bool], ...]:
        key = oauth_token.c
        client_id = self._settings.client_id
        return key.provider == PROVIDER, key.client_id == client_id, key.user_id == user_id

    def _update(self, user_id: int) -> sa.Update:
        return oauth_token.update().where(*self._is(user_id))


class _BusyError(Exception):
    """429: refused and not obeyed."""


def _ask(settings: Settings, form: dict[str, str], sleep: Callable[[float], None]) -> Grant:
    """POST for tokens, once unless it says 429. Raises RefusedError or UnansweredError."""
    host = urlsplit(settings.api_url).netloc
    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_BusyError),
        wait=tenacity.wait_random_exponential(multiplier=1, max=30),  # full jitter
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        sleep=sleep,
        reraise=True,
    )
    try:
        response = attempts(_post, settings, form)
        body = response.json()
        if response.ok:
            return Grant.model_validate(body)
    except _BusyError:
        raise UnansweredError(f"{host} has had too many requests (429): try later") from None
    except (requests.RequestException, ValidationError) as error:
        if _is_unsent(error):
            message = f"cannot reach {host}: check the network and MERCADOLIVRE__API_URL"
            raise UnansweredError(message) from None
        raise _lost(host, type(error).__name__) from None
    if response.status_code >= 500 or not isinstance(body, dict):
        raise _lost(host, f"HTTP {response.status_code}")
    code = str(body.get("error") or body.get("code") or response.status_code)
    if code == "invalid_client":
        raise RefusedError(
            "wrong client id or secret: check MERCADOLIVRE__CLIENT_ID and"
            " MERCADOLIVRE__CLIENT_SECRET",
            code,
        )
    said = str(body.get("error_description") or body.get("message") or "")
    for secret in (settings.client_secret, *(form[name] for name in SECRETS & form.keys())):
        said = said.replace(secret, "…")
    said = " ".join(f"{code}: {said}".split())[:300]
    raise RefusedError(f"{host} gives no token: {said}", code)


def _post(settings: Settings, form: dict[str, str]) -> requests.Response:
    app = {"client_id": settings.client_id, "client_secret": settings.client_secret}
    response = requests.post(  # whose session does not retry; a redirect would carry the secret off
        f"{settings.api_url}/oauth/token",
        data=app | form,
        headers={"Accept": "application/json"},
        timeout=settings.timeout_seconds,
        allow_redirects=False,
    )
    if response.status_code == 429:
        raise _BusyError
    return response


def _is_unsent(error: Exception) -> bool:
    is_unconnected = bool(error.args) and isinstance(error.args[0], MaxRetryError)
    return is_unconnected or isinstance(error, requests.exceptions.InvalidURL)


def _lost(host: str, what: str) -> UnansweredError:
    message = f"the answer of {host} about tokens was lost ({what}): try again in a minute"
    return UnansweredError(message)


def _reauthorise(user_id: int, nickname: str | None, reason: str | None) -> str:
    name = f"{user_id} ({nickname})" if nickname else str(user_id)
    return f"account {name} must be authorised again, {reason}: {SIGN_IN}"
