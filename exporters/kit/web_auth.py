"""Basic auth with bcrypt: slow for who guesses, free for who is known."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping

import bcrypt

_KNOWN_AT_MOST = 100
_BCRYPT_READS = 72  # bytes of a password; what follows never counted


class Users:
    """Checks users; who was right once costs no bcrypt again, until hash or password change.

    The cache holds keyed digests, no passwords. A wrong password always costs one bcrypt, and so does an unknown
    user: the time that an answer takes tells nobody which users there are. One bcrypt runs at a time, in a thread.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._known: dict[bytes, None] = {}
        self._one = asyncio.Lock()

    async def allow(self, users: Mapping[str, str], header: str | None) -> bool:
        """Tells whether an Authorization header is that of one of the users (name → bcrypt hash)."""
        given = _credentials(header)
        if given is None:
            return False
        name, password = given
        hashed = users.get(name) or max(users.values(), key=_cost)
        key = self._key(name.encode(), hashed.encode(), password)
        if name in users and key in self._known:
            return True
        async with self._one:
            right = await asyncio.to_thread(_matches, password, hashed.encode())
        if not right or name not in users:
            return False
        if len(self._known) >= _KNOWN_AT_MOST:
            del self._known[next(iter(self._known))]
        self._known[key] = None
        return True

    def _key(self, *parts: bytes) -> bytes:
        digest = hmac.new(self._secret, digestmod=hashlib.sha256)
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.digest()


def _credentials(header: str | None) -> tuple[str, bytes] | None:
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).partition(b":")
        return (name.decode(), password) if colon else None
    except (binascii.Error, ValueError):
        return None


def _matches(password: bytes, hashed: bytes) -> bool:
    try:
        return bcrypt.checkpw(password[:_BCRYPT_READS], hashed)
    except ValueError:  # a password that bcrypt doesn't take
        return False


def _cost(hashed: str) -> str:
    return hashed[4:6]
