"""The ciphers of SNMPv3's privacy. Pure; the block ciphers are `cryptography`'s.

DES (RFC 3414 §8), 3DES (draft-reeder-snmpv3-usm-3desede-00 §5), AES (RFC 3826, draft-blumenthal-aes-usm-04).
`cryptography` keeps DES, 3DES and CFB in `decrepit`: no longer advised for new designs, but what SNMP is made of.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from exporters.snmp.errors import MalformedError

SALT_SIZE = 8
_BLOCK = 8


@dataclass(frozen=True, slots=True)
class Privacy:
    """One privacy protocol.

    Attributes:
        name: As `NAMES` has it.
        key_size: Bytes of localized key that it takes.
        extension: How a shorter localized key is made longer: Blumenthal's draft or Reeder's (Cisco uses it for AES).
        aes: Whether it is AES in CFB, else DES or 3DES in CBC.
    """

    name: str
    key_size: int
    extension: Literal["blumenthal", "reeder"]
    aes: bool


PROTOCOLS = {
    "DES": Privacy("DES", 16, "blumenthal", aes=False),
    "3DES": Privacy("3DES", 32, "reeder", aes=False),
    "AES128": Privacy("AES128", 16, "blumenthal", aes=True),
    "AES192": Privacy("AES192", 24, "blumenthal", aes=True),
    "AES256": Privacy("AES256", 32, "blumenthal", aes=True),
    "AES192C": Privacy("AES192C", 24, "reeder", aes=True),
    "AES256C": Privacy("AES256C", 32, "reeder", aes=True),
}

Keyed = Callable[[bytes, int, int], Cipher[CBC | CFB]]


def keyed(privacy: Privacy, key: bytes) -> Keyed:
    """Returns what makes a message's cipher from its salt, boots and time.

    Args:
        privacy: The protocol.
        key: `key_size` bytes: DES's and 3DES's last 8 are the pre-IV.
    """
    if privacy.aes:
        aes = AES(key)
        return lambda salt, boots, time: Cipher(aes, CFB(boots.to_bytes(4, "big") + time.to_bytes(4, "big") + salt))
    secret, pre_iv = key[:-_BLOCK], int.from_bytes(key[-_BLOCK:], "big")
    # One DES is three with the same key: the first two cancel out.
    des: BlockCipherAlgorithm = TripleDES(secret * 3 if len(secret) == _BLOCK else secret)
    return lambda salt, _boots, _time: Cipher(des, CBC((pre_iv ^ int.from_bytes(salt, "big")).to_bytes(_BLOCK, "big")))


def make_salt(privacy: Privacy, boots: int, counter: int) -> bytes:
    """Returns a message's privacy parameters.

    Args:
        privacy: The protocol.
        boots: The authoritative engine's; DES's salt begins with it.
        counter: Another one for each message.
    """
    if privacy.aes:
        return (counter & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(SALT_SIZE, "big")
    return boots.to_bytes(4, "big") + (counter & 0xFFFF_FFFF).to_bytes(4, "big")


def encrypt(privacy: Privacy, cipher: Cipher[CBC | CFB], plain: bytes) -> bytes:
    """Returns the encrypted bytes; DES's and 3DES's are padded to whole blocks."""
    if not privacy.aes:
        plain += bytes(-len(plain) % _BLOCK)
    encryptor = cipher.encryptor()
    return bytes(encryptor.update(plain) + encryptor.finalize())


def decrypt(privacy: Privacy, cipher: Cipher[CBC | CFB], encrypted: bytes) -> bytes:
    """Returns the plain bytes, with the padding.

    Raises:
        MalformedError: No whole number of blocks.
    """
    if not privacy.aes and len(encrypted) % _BLOCK:
        raise MalformedError(f"{len(encrypted)} encrypted bytes, which are no whole blocks")
    decryptor = cipher.decryptor()
    return bytes(decryptor.update(encrypted) + decryptor.finalize())
