"""Basic auth: who gets in, and how many bcrypts that costs."""

import asyncio
import base64
import contextlib
import threading

import bcrypt
import pytest

from exporters.kit import web_auth
from exporters.kit.web_auth import Users

PASSWORD = "pässword: with a colon"


def _hash(password: str) -> str:
    return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()


def _header(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The hashes that bcrypt was asked about; the real bcrypt answers."""
    asked: list[bytes] = []
    real = web_auth._matches

    def spy(password: bytes, hashed: bytes) -> bool:
        asked.append(hashed)
        return real(password, hashed)

    monkeypatch.setattr(web_auth, "_matches", spy)
    return asked


async def test_who_was_right_once_costs_no_bcrypt_again(costs: list[bytes]) -> None:
    """A scrape every 5 s costs one bcrypt in all; a changed hash counts at once."""
    users, known = Users(), {"a": _hash(PASSWORD)}
    for _ in range(5):
        assert await users.allow(known, _header("a", PASSWORD))
    assert len(costs) == 1
    assert not await users.allow({"a": _hash("another")}, _header("a", PASSWORD))
    assert not await users.allow({"b": known["a"]}, _header("a", PASSWORD))


async def test_an_unknown_user_costs_what_a_wrong_password_costs(costs: list[bytes]) -> None:
    """One bcrypt of the dearest cost each, every time: answers don't tell which users there are."""
    dear = bcrypt.hashpw(b"x", bcrypt.gensalt(5)).decode()
    users, known = Users(), {"a": _hash(PASSWORD), "dear": dear}
    for name in ("dear", "nobody", "dear", "nobody"):
        assert not await users.allow(known, _header(name, "wrong"))
    assert [hashed[:6] for hashed in costs] == [b"$2b$05"] * 4
    assert not await users.allow(known, _header("nobody", "x"))  # the right password of the hash that stood in


async def test_bcrypts_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many knock, one thread computes."""
    two_at_once, met = threading.Barrier(2), False

    def slow(_: bytes, __: bytes) -> bool:
        nonlocal met
        with contextlib.suppress(threading.BrokenBarrierError):
            two_at_once.wait(0.05)  # over at once when a second one comes
            met = True
        two_at_once.reset()
        return False

    monkeypatch.setattr(web_auth, "_matches", slow)
    users = Users()
    await asyncio.gather(*(users.allow({"a": _hash("x")}, _header("a", str(n))) for n in range(4)))
    assert not met


@pytest.mark.parametrize(
    "header", [None, "", "Basic", "Basic !", "Bearer x", "Basic YQ==", "Basic /zpi", "Basic YTpi\n"]
)
async def test_other_headers_are_no_user(header: str | None) -> None:
    """No header, another scheme, no base64, no colon, no UTF-8, a wrong password."""
    assert not await Users().allow({"a": _hash(PASSWORD)}, header)


async def test_what_bcrypt_takes() -> None:
    """As in Go: 72 bytes count, the scheme's case doesn't, $2y$ of htpasswd is read, a NUL isn't a crash."""
    long = "x" * 80
    users = Users()
    assert await users.allow({"a": _hash(long)}, _header("a", long).replace("Basic", "bAsIc"))
    assert await users.allow({"a": _hash("p").replace("$2b$", "$2y$")}, _header("a", "p"))
    assert not await users.allow({"a": _hash("p")}, _header("a", "\0"))


async def test_the_cache_is_bounded() -> None:
    """A hundred passwords at most are remembered, and none in clear."""
    users, known = Users(), {f"u{n}": _hash("p") for n in range(110)}
    for name in known:
        assert await users.allow(known, _header(name, "p"))
    assert len(users._known) == 100
    assert all(len(key) == 32 for key in users._known)
