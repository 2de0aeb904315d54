"""SNMPv3's user-based security model (RFC 3414, 3826, 7860): keys from passwords, messages signed and encrypted. Pure.

A key is made in two steps: the password's (1 MB of hashing, 1.4 ms) and the engine's. Both are cached, so that a fleet
with one password costs one of the first, and a device one of the second.
"""

import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import new as new_hash
from typing import Final

from exporters.snmp import ber, ciphers, message
from exporters.snmp.ciphers import Privacy
from exporters.snmp.errors import MalformedError
from exporters.snmp.message import AUTH, PRIV, Scoped, Secured

LEAST_PASSWORD = 8  # RFC 3414 §11.2

_EXPANDED = 1048576
_INNER = bytes([byte ^ 0x36 for byte in range(256)])
_OUTER = bytes([byte ^ 0x5C for byte in range(256)])
_MAX_INTEGER: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Authentication:
    """One authentication protocol.

    Attributes:
        name: As `AUTHENTICATIONS` has it.
        hash: hashlib's name.
        digest_size: Bytes of the HMAC that a message carries.
    """

    name: str
    hash: str
    digest_size: int


AUTHENTICATIONS = {
    "MD5": Authentication("MD5", "md5", 12),
    "SHA1": Authentication("SHA1", "sha1", 12),
    "SHA224": Authentication("SHA224", "sha224", 16),
    "SHA256": Authentication("SHA256", "sha256", 24),
    "SHA384": Authentication("SHA384", "sha384", 32),
    "SHA512": Authentication("SHA512", "sha512", 48),
}
PRIVACIES = ciphers.PROTOCOLS


class DigestError(Exception):
    """A message's digest isn't what the key gives: another key, or not from whom it says."""


@dataclass(frozen=True, slots=True)
class User:
    """An SNMPv3 user.

    Attributes:
        name: The security name.
        auth: A name of `AUTHENTICATIONS`, "" for none.
        auth_password: At least 8 characters.
        priv: A name of `PRIVACIES`, "" for none.
        priv_password: Likewise.
        context: The context's name.

    Raises:
        ValueError: Parts that don't go together; the text holds no secret.
    """

    name: str
    auth: str = ""
    auth_password: str = field(default="", repr=False)
    priv: str = ""
    priv_password: str = field(default="", repr=False)
    context: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.encode()) <= 32:
            raise ValueError("an SNMPv3 user's name takes 1 to 32 bytes")
        if self.priv and not self.auth:
            raise ValueError(f"user {self.name}: privacy needs authentication, too")
        for what, name, password, known in (
            ("authentication", self.auth, self.auth_password, AUTHENTICATIONS),
            ("privacy", self.priv, self.priv_password, PRIVACIES),
        ):
            if name and name not in known:
                raise ValueError(
                    f'user {self.name}: no {what} protocol is called "{name}"; there are {", ".join(known)}'
                )
            if name and len(password.encode()) < LEAST_PASSWORD:
                raise ValueError(f"user {self.name}: the {what} password has less than {LEAST_PASSWORD} characters")

    @property
    def flags(self) -> int:
        """The security level as message flags."""
        return (AUTH if self.auth else 0) | (PRIV if self.priv else 0)


class Keys:
    """A user's keys on one engine.

    Attributes:
        authentication, privacy: The protocols; None for none.
    """

    __slots__ = ("_auth_key", "_cipher", "_inner", "_outer", "authentication", "privacy")

    def __init__(
        self, authentication: Authentication | None, auth_key: bytes, privacy: Privacy | None, priv_key: bytes
    ) -> None:
        self.authentication = authentication
        self.privacy = privacy
        self._auth_key = auth_key
        self._cipher = ciphers.keyed(privacy, priv_key) if privacy else None
        if (
            authentication
        ):  # HMAC's two halves with the key in them (RFC 2104): to copy them costs half of `hmac.digest`
            self._inner = new_hash(authentication.hash, usedforsecurity=False)
            padded = auth_key.ljust(self._inner.block_size, b"\0")
            self._inner.update(padded.translate(_INNER))
            self._outer = new_hash(authentication.hash, padded.translate(_OUTER), usedforsecurity=False)

    def digest(self, whole: bytes) -> bytes:
        """Returns the digest of a message whose digest is zeros."""
        protocol = self.authentication
        if protocol is None:
            return b""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(whole)
        outer.update(inner.digest())
        return outer.digest()[: protocol.digest_size]

    def encrypt(self, plain: bytes, boots: int, time: int, counter: int) -> tuple[bytes, bytes]:
        """Returns the encrypted bytes and the salt; without privacy the plain ones and none."""
        if self.privacy is None or self._cipher is None:
            return plain, b""
        salt = ciphers.make_salt(self.privacy, boots, counter)
        return ciphers.encrypt(self.privacy, self._cipher(salt, boots, time), plain), salt

    def decrypt(self, encrypted: bytes, boots: int, time: int, salt: bytes) -> bytes:
        """Returns the plain bytes, padding included.

        Raises:
            MalformedError: They can't have been encrypted with these keys.
        """
        if self.privacy is None or self._cipher is None:
            raise MalformedError("an encrypted message for a user without privacy")
        if len(salt) != ciphers.SALT_SIZE or not 0 <= boots <= _MAX_INTEGER or not 0 <= time <= _MAX_INTEGER:
            raise MalformedError(f"privacy parameters of {len(salt)} bytes, boots {boots}, time {time}")
        return ciphers.decrypt(self.privacy, self._cipher(salt, boots, time), encrypted)


NO_KEYS = Keys(None, b"", None, b"")


# --- keys


@lru_cache(maxsize=1024)
def password_key(hash_name: str, password: bytes) -> bytes:
    """Returns a password's key, not yet an engine's (RFC 3414 §A.2)."""
    times = _EXPANDED // len(password) + 1
    return new_hash(hash_name, (password * times)[:_EXPANDED], usedforsecurity=False).digest()


def localize(hash_name: str, key: bytes, engine_id: bytes) -> bytes:
    """Returns a key for one engine (RFC 3414 §2.6)."""
    return new_hash(hash_name, key + engine_id + key, usedforsecurity=False).digest()


def privacy_key(hash_name: str, password: bytes, engine_id: bytes, privacy: Privacy) -> bytes:
    """Returns the localized privacy key, made as long as the cipher needs it."""
    last = key = localize(hash_name, password_key(hash_name, password), engine_id)
    while len(key) < privacy.key_size:
        if privacy.extension == "reeder":
            last = localize(hash_name, password_key.__wrapped__(hash_name, last), engine_id)
        else:
            last = new_hash(hash_name, key, usedforsecurity=False).digest()
        key += last
    return key[: privacy.key_size]


@lru_cache(maxsize=16384)
def keys_for(user: User, engine_id: bytes) -> Keys:
    """Returns a user's keys on an engine. Two devices with one engine ID share them: they are the same."""
    if not user.auth:
        return NO_KEYS
    authentication = AUTHENTICATIONS[user.auth]
    name = authentication.hash
    auth_key = localize(name, password_key(name, user.auth_password.encode()), engine_id)
    if not user.priv:
        return Keys(authentication, auth_key, None, b"")
    privacy = PRIVACIES[user.priv]
    return Keys(authentication, auth_key, privacy, privacy_key(name, user.priv_password.encode(), engine_id, privacy))


# --- messages


def seal(
    keys: Keys,
    message_id: int,
    scoped: bytes,
    *,
    engine_id: bytes,
    boots: int,
    time: int,
    user: bytes,
    counter: int,
    flags: int = 0,
) -> bytes:
    """Returns a v3 message, encrypted and signed as the keys are for.

    Args:
        keys: The user's on that engine.
        message_id: msgID.
        scoped: The scoped PDU.
        engine_id: The authoritative engine's, as boots and time.
        boots: snmpEngineBoots.
        time: snmpEngineTime, seconds.
        user: The user's name.
        counter: Another number for each message: what the salt is made of.
        flags: REPORTABLE, or 0; the level's are added.
    """
    size = 0
    if keys.authentication:
        flags |= AUTH
        size = keys.authentication.digest_size
    salt = b""
    if keys.privacy:
        flags |= PRIV
        encrypted, salt = keys.encrypt(scoped, boots, time, counter)
        scoped = ber.octets(encrypted)
    whole, at = message.encode_secured(
        message_id,
        flags,
        engine_id=engine_id,
        boots=boots,
        time=time,
        user=user,
        digest=bytes(size),
        salt=salt,
        data=scoped,
    )
    return whole[:at] + keys.digest(whole) + whole[at + size :] if size else whole


def verify(keys: Keys, data: bytes, head: Secured) -> None:
    """Checks a message's digest.

    Raises:
        DigestError: It is wrong, or there is none to check it with.
    """
    if keys.authentication is None or len(head.digest) != keys.authentication.digest_size:
        raise DigestError
    at, size = head.digest_at, len(head.digest)
    if not hmac.compare_digest(keys.digest(data[:at] + bytes(size) + data[at + size :]), head.digest):
        raise DigestError


def unseal(keys: Keys, data: bytes, head: Secured) -> tuple[bytes, Scoped]:
    """Checks and decrypts a message, as far as its flags say it is signed and encrypted.

    Returns:
        The bytes that the scoped PDU's offsets are meant for, and the scoped PDU.

    Raises:
        DigestError: The digest is wrong.
        MalformedError: The scoped PDU is none: broken, or encrypted with another key.
    """
    if head.flags & AUTH:
        verify(keys, data, head)
    if not head.flags & PRIV:
        return data, message.read_scoped(data, head.at, head.end)
    if not head.flags & AUTH:
        raise MalformedError("an encrypted message without a digest")
    at, end = ber.expect(data, head.at, head.end, ber.OCTET_STRING)
    plain = keys.decrypt(data[at:end], head.boots, head.time, head.salt)
    return plain, message.read_scoped(plain, 0, len(plain))
