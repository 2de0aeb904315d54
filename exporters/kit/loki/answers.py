"""What Loki's answer to a push means. Pure.

204 is the only acknowledgement. A 400 is final: for a label that can't be read nothing of the push was stored, for a
line that is too old, too new or too long all others were.
"""

import email.utils
import enum
import re
import time
from dataclasses import dataclass

_LINES = re.compile(r"entry|timestamp|line|ignored", re.IGNORECASE)
_IGNORED = re.compile(r"total ignored: (\d+) out of \d+")
_MOST_WAIT_S = 3600.0


class Kind(enum.Enum):
    """What is to be done."""

    STORED = "stored"
    RETRY = "retry"  # Loki can't just now
    BLOCKED = "blocked"  # until somebody changes something: credentials, address, a block on ingestion
    REFUSED = "refused"  # something in it is wrong, nothing of it was stored
    PARTIAL = "partial"  # something in it is wrong, the rest was stored, perhaps
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer.

    Attributes:
        kind: What it means.
        text: Loki's words, a line at most.
        wait_s: How long it asks to wait; 0 where it doesn't.
        ignored: How many entries it says it didn't store; None where it doesn't say.
    """

    kind: Kind
    text: str
    wait_s: float = 0.0
    ignored: int | None = None


def read(status: int, body: str, retry_after: str = "") -> Answer:
    """Reads an answer.

    Args:
        status: HTTP's; 260 is how Loki says that an operator blocked the tenant (`block_ingestion_status_code`).
        body: Its text.
        retry_after: The header: seconds, or a date.
    """
    text = f"{status} {body.strip().splitlines()[0][:300] if body.strip() else ''}".strip()
    if status == 204:
        return Answer(Kind.STORED, text)
    if status == 413:
        return Answer(Kind.TOO_LARGE, text)
    if status in {400, 422}:
        ignored = _IGNORED.search(body)
        partial = ignored or (_LINES.search(body) and "label" not in body.partition("{")[0].lower())
        kind = Kind.PARTIAL if partial and status == 400 else Kind.REFUSED
        return Answer(kind, text, ignored=int(ignored[1]) if ignored else None)
    if status in {408, 425, 429} or status >= 500:
        return Answer(Kind.RETRY, text, _wait(retry_after))
    return Answer(Kind.BLOCKED, text)


def _wait(text: str) -> float:
    if text.strip().isdigit():
        return min(float(text), _MOST_WAIT_S)
    try:
        return min(max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time()), _MOST_WAIT_S)
    except (ValueError, TypeError):
        return 0.0
