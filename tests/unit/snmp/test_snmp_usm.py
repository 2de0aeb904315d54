"""SNMPv3's keys and messages, against the RFCs' own numbers."""

import pytest

from exporters.snmp import message, pdu, usm
from exporters.snmp.usm import User

ENGINE = bytes.fromhex("000000000000000000000002")
PASSWORD = b"maplesyrup"
SCOPED = message.encode_scoped(ENGINE, b"ctx", pdu.encode_request(pdu.GET, 7, 0, 0, [b"\x2b\x06\x01"]))
LEVELS = [("", "")] + [(auth, priv) for auth in usm.AUTHENTICATIONS for priv in ("", *usm.PRIVACIES)]


def user_of(auth: str, priv: str, password: str = "privacy-password") -> User:
    """Returns a user of that level."""
    return User("u", auth, "authentication" if auth else "", priv, password if priv else "")


def seal(keys: usm.Keys, boots: int = 3, time: int = 77) -> bytes:
    """Returns a sealed message."""
    return usm.seal(keys, 77, SCOPED, engine_id=ENGINE, boots=boots, time=time, user=b"u", counter=99)


@pytest.mark.parametrize(
    ("name", "password_key", "localized"),
    [
        ("md5", "9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"),
        ("sha1", "9fb5cc0381497b3793528939ff788d5d79145211", "6695febc9288e36282235fc7151f128497b38f3f"),
    ],
)
def test_keys_are_those_of_rfc_3414(name, password_key, localized):
    """RFC 3414 §A.3.1 and §A.3.2: the password "maplesyrup" on engine 00…02."""
    key = usm.password_key(name, PASSWORD)
    assert key.hex() == password_key
    assert usm.localize(name, key, ENGINE).hex() == localized


def test_a_short_key_is_extended_as_each_draft_says():
    """The 3DES draft's example (§2.1: SHA-1, "maplesyrup", engine 00…02) is Reeder's chain; Blumenthal hashes on."""
    reeder = usm.privacy_key("sha1", PASSWORD, ENGINE, usm.PRIVACIES["3DES"])
    assert reeder.hex().startswith("6695febc9288e36282235fc7151f128497b38f3f9b8b6d78936ba6e7d19dfd9c")
    blumenthal = usm.privacy_key("sha1", PASSWORD, ENGINE, usm.PRIVACIES["AES256"])
    assert blumenthal[:20] == reeder[:20]
    assert blumenthal[20:] != reeder[20:]


@pytest.mark.parametrize(
    ("auth", "size"), [("MD5", 12), ("SHA1", 12), ("SHA224", 16), ("SHA256", 24), ("SHA384", 32), ("SHA512", 48)]
)
def test_digests_have_the_rfcs_length(auth, size):
    """RFC 3414 §6 and §7, RFC 7860 §4.1: bytes of HMAC in a message."""
    head = message.read_secured(seal(usm.keys_for(user_of(auth, ""), ENGINE)))
    assert len(head.digest) == size


@pytest.mark.parametrize(("auth", "priv"), LEVELS)
def test_a_sealed_message_opens_with_the_same_keys_only(auth, priv):
    """What is sealed comes back; with one bit changed or another password it does not."""
    keys = usm.keys_for(user_of(auth, priv), ENGINE)
    data = seal(keys)
    head = message.read_secured(data)
    plain, scoped = usm.unseal(keys, data, head)
    assert (scoped.engine_id, scoped.context) == (ENGINE, b"ctx")
    assert plain[scoped.at : scoped.end] == SCOPED[-(scoped.end - scoped.at) :]
    if not auth:
        return
    assert SCOPED not in data if priv else SCOPED in data
    changed = data[:-1] + bytes((data[-1] ^ 1,))
    with pytest.raises(usm.DigestError):
        usm.unseal(keys, changed, message.read_secured(changed))
    if priv:
        other = usm.keys_for(user_of(auth, priv, "another-password"), ENGINE)
        assert SCOPED not in other.decrypt(data[head.at + 2 : head.end], head.boots, head.time, head.salt)


def test_the_same_message_is_encrypted_differently_each_time():
    """The salt changes with the counter, so equal requests don't look equal."""
    keys = usm.keys_for(user_of("SHA1", "AES128"), ENGINE)
    assert keys.encrypt(SCOPED, 1, 1, 1) != keys.encrypt(SCOPED, 1, 1, 2)


def test_keys_are_made_once():
    """A password's megabyte of hashing is done once, not once a device or poll."""
    usm.password_key.cache_clear()
    for number in range(5):
        usm.keys_for(user_of("SHA1", "AES128"), b"\x80engine" + bytes((number,)))
    assert usm.password_key.cache_info().misses == 2  # one for each of the two passwords


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("",), "1 to 32 bytes"),
        (("u", "", "", "DES", "privacy-password"), "needs authentication"),
        (("u", "SHA3", "authentication"), 'no authentication protocol is called "SHA3"; there are MD5, SHA1'),
        (("u", "MD5", "short"), "less than 8 characters"),
    ],
)
def test_a_user_that_makes_no_sense_is_refused_without_its_secret(arguments, text):
    """The message says what would be right, and never a password."""
    with pytest.raises(ValueError, match=text) as error:
        User(*arguments)
    assert "short" not in str(error.value).replace("shorter", "")


def test_a_user_prints_no_secret():
    """A user in a log line or a traceback shows no password."""
    assert "authentication" not in repr(user_of("SHA1", "AES128")).replace("auth=", "")
