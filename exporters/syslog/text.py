r"""Bytes of a message as text that people can read, and that nothing of is lost. Pure.

UTF-8 where it is UTF-8. A byte that isn't is read as Latin-1, as devices of before UTF-8 meant it; what Latin-1 has no
character for (0x80 to 0x9F), and control characters other than tab and newline, are written as \xNN: a terminal that
shows a log must not obey it.
"""

import codecs
import re
from collections.abc import Sequence

# bytes.translate gives back the very same object where a table changes nothing: the quickest look at every byte.
_PLAIN = bytes(code if code == 9 or 32 <= code != 127 else 32 for code in range(256))
_PLAIN_LINES = bytes(10 if code == 10 else _PLAIN[code] for code in range(256))
_NO_CONTROLS = bytes(code if code in b"\t\n" or 32 <= code != 127 else 32 for code in range(256))
_OBEYED = [
    *range(9),
    *range(11, 32),
    *range(0x7F, 0xA0),
    0x2028,
    0x2029,
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
]
_ESCAPES = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _OBEYED}
_HIGH = re.compile("[\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LONG = 4096  # bytes: what is longer and has any that isn't UTF-8 is Latin-1 as a whole; a byte at a time is slow
_TRAILERS = b"\r\n\0"


def decode(raw: bytes) -> str:
    """Returns a message as text, without the line ends and NULs after it."""
    if raw.isascii() and raw.translate(_PLAIN) is raw:
        return raw.decode()
    if raw and raw[-1] < 14:
        raw = raw.rstrip(_TRAILERS)
    clean = raw.translate(_NO_CONTROLS) is raw
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode(errors=_HANDLER) if len(raw) < _LONG else raw.decode("latin-1")
    if clean and (text.isascii() or not _HIGH.search(text)):
        return text
    return text.translate(_ESCAPES)


def decode_all(raws: Sequence[bytes]) -> list[str]:
    """Returns messages as texts: where all are plain, as most are, one look at all their bytes does."""
    joined = b"\n".join(raws)
    if joined.isascii() and joined.translate(_PLAIN_LINES) is joined:
        texts = joined.decode().split("\n")
        if len(texts) == len(raws):  # no message has a newline of its own
            return texts
    return [decode(raw) for raw in raws]


def _latin1(error: UnicodeError) -> tuple[str, int]:
    """A codec's error handler: the byte that isn't UTF-8, as Latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


_HANDLER = "sotp-latin-1"
codecs.register_error(_HANDLER, _latin1)
