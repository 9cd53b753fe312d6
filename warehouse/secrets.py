"""Encryption of what is stored and must not be read, and names that do not tell whose they are.

``ARMAZEM_SECRET_KEY`` holds Fernet keys separated by commas: the first encrypts, all of them
decrypt, the **last** makes the pseudonyms. To rotate, put a new key in front. Keys between the
first and the last may go once nothing is encrypted with them; without the last one every pseudonym
would change, and the same person would be two.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from warehouse.errors import UserError

VARIABLE = "ARMAZEM_SECRET_KEY"
HINT = "make one with: armazem auth new-key"
PSEUDONYM_LENGTH = 32  # hexadecimal digits: 128 bits


class Vault:
    """Encrypts, decrypts and pseudonymises with the keys it is given, newest first."""

    def __init__(self, keys: Sequence[str]):
        """Raises UserError, which shows no key, when one is not a Fernet key."""
        secrets = [_decoded(key, number) for number, key in enumerate(keys, start=1)]
        if not secrets:
            raise UserError(f"{VARIABLE} is missing: {HINT}")
        self._fernets = MultiFernet([Fernet(base64.urlsafe_b64encode(s)) for s in secrets])
        # A key of its own, so that nothing a pseudonym gives away helps against the encryption.
        self._pseudonym_key = hmac.digest(secrets[-1], b"armazem pseudonym", "sha256")
        self._count = len(secrets)

    def __repr__(self) -> str:
        return f"Vault({self._count} keys)"

    def encrypt(self, text: str) -> str:
        """``text`` as a Fernet token of the first key: ASCII, different every time."""
        return self._fernets.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """What :meth:`encrypt` was given. Raises UserError when no key opens it."""
        try:
            return self._fernets.decrypt(token.encode()).decode()
        except InvalidToken:
            raise UserError(
                f"{VARIABLE} does not open what is stored, which was encrypted with another key:"
                " put that key behind the others, after a comma"
            ) from None

    def pseudonym(self, value: object) -> str:
        """A name for ``value``: 32 hexadecimal digits, the same for 5 and "5" and for ever.

        Raises ValueError for None, which is nobody and must not become somebody.
        """
        if value is None:
            raise ValueError("nothing has no pseudonym")
        digest = hmac.new(self._pseudonym_key, str(value).encode(), hashlib.sha256)
        return digest.hexdigest()[:PSEUDONYM_LENGTH]


def vault() -> Vault:
    """The vault of ``ARMAZEM_SECRET_KEY``. Raises UserError when it is missing or malformed."""
    keys = os.environ.get(VARIABLE, "").split(",")
    return Vault([key.strip() for key in keys if key.strip()])


def new_key() -> str:
    """A fresh random key for ``ARMAZEM_SECRET_KEY``."""
    return Fernet.generate_key().decode()


def _decoded(key: str, number: int) -> bytes:
    try:
        secret = base64.urlsafe_b64decode(key)
    except ValueError:
        secret = b""
    # base64 skips what it does not know: a key with a slip in it must not pass for another one
    if len(secret) != 32 or base64.urlsafe_b64encode(secret).decode() != key:
        raise UserError(f"{VARIABLE}: key {number} is not a Fernet key: {HINT}")
    return secret
