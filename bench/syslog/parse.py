"""What reading a message costs, and whether it is read as others read it.

`python -m bench.syslog.parse` prints µs a message for framing, parsing and recognising events.
`python -m bench.syslog.parse FILE…` compares with recorded cases, a JSON object a line, in the form of the tests of
go-syslog (`raw_b64`, `valid`, `expect`) or of Telegraf (`files`, with its configuration, its input and what comes out).
"""

import base64
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from exporters.syslog.events import Patterns
from exporters.syslog.framing import Framer
from exporters.syslog.intake import TOGETHER
from exporters.syslog.message import Message
from exporters.syslog.parse import parse, parse_all
from exporters.syslog.stamp import Zone

MUST_US = {"parse: the mix": 2.5, "events: nothing matches": 0.5}
MUST_EQUAL = 0.99
_FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp"),
    *("audit", "alert", "clock", *(f"local{number}" for number in range(8))),
)
_SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
_FIELD = re.compile(r'([\w]+)=("(?:[^"\\]|\\.)*"|[^, ]*)')


def main() -> int:
    """Returns 0 where all is as it must be, else 1."""
    if len(sys.argv) > 1:
        return _compare([Path(name) for name in sys.argv[1:]])
    return _measure()


def _compare(paths: list[Path]) -> int:
    equal: Counter[str] = Counter()
    total: Counter[str] = Counter()
    differing = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            pairs = _telegraf(case) if "files" in case else _go_syslog(case)
            for field, ours, theirs in pairs:
                total[field] += 1
                if ours == theirs:
                    equal[field] += 1
                else:
                    differing.append(f"  {case['case']} {field}: read {ours!r}, the file says {theirs!r}")
    for field in sorted(total):
        print(f"{field:12} {equal[field]:5} of {total[field]:5}")
    share = sum(equal.values()) / max(1, sum(total.values()))
    print(f"{'all':12} {sum(equal.values()):5} of {sum(total.values()):5}   {share:.2%}")
    print("\n".join(differing))
    print(json.dumps({"equal": sum(equal.values()), "fields": sum(total.values()), "share": round(share, 4)}))
    return 0 if share > MUST_EQUAL else 1


def _go_syslog(case: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    message = parse(base64.b64decode(case["raw_b64"]), time.time_ns())
    yield "valid", not message.parse_error, case["valid"]
    ours = {
        "pri": message.facility * 8 + message.severity,
        "facility": message.facility,
        "severity": message.severity,
        "hostname": message.host,
        "appname": message.app,
        "procid": message.procid,
        "msgid": message.msgid,
        "message": message.text,
    }
    for field, theirs in case["expect"].items():
        yield field, ours.get(field), theirs


def _telegraf(case: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    files = case["files"]
    raw = base64.b64decode(files["input.txt"])
    expected = [_line_protocol(line) for line in _lines(files.get("expected.out", ""))]
    if "udp://" in files["telegraf.conf"]:
        frames = [raw]
    else:
        framer = Framer()
        frames = framer.feed(raw) + framer.close()
    if expected:
        # What is left over after a message that was counted too short is a message of ours; theirs end there.
        kept = frames[: len(expected)] if "expected.err" in files else frames
        yield "frames", len(kept), len(expected)
    best_effort = "best_effort = true" in files["telegraf.conf"]
    if "expected.err" in files or not best_effort:
        yield (
            "valid",
            not any(parse(frame, time.time_ns()).parse_error for frame in frames),
            "expected.err" not in files,
        )
    for frame, theirs in zip(frames, expected, strict=False):
        stamp = theirs.pop("timestamp", None)
        message = parse(frame, int(stamp) if stamp else time.time_ns())
        ours = _as_telegraf(message)
        if stamp:
            yield "timestamp", message.stamp_ns, int(stamp)
        for field, value in theirs.items():
            yield field if field in ours and "_" not in field else "structured", ours.get(field), value


def _lines(text: str) -> list[str]:
    """Line protocol's lines: a newline within quotes is none."""
    joined = re.sub(r'"(?:[^"\\]|\\.)*"', lambda found: found[0].replace("\n", "\0"), text)
    return [line.replace("\0", "\n") for line in joined.split("\n") if line.strip()]


def _line_protocol(line: str) -> dict[str, str]:
    found = {}
    for key, value in _FIELD.findall(line):
        if key not in {"source", "version", "facility_code", "severity_code"}:  # not a message's, or said twice
            text = re.sub(r"\\(.)", _unescaped, value[1:-1]) if value[:1] == '"' else value
            found[key] = text.rstrip("i") if key == "timestamp" else text
    return found


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


def _as_telegraf(message: Message) -> dict[str, str]:
    structured = {key.replace(".", "_"): value or "true" for key, value in message.structured}
    return structured | {
        "facility": _FACILITIES[message.facility],
        "severity": _SEVERITIES[message.severity],
        "hostname": message.host,
        "appname": message.app,
        "procid": message.procid,
        "msgid": message.msgid,
        "message": message.text,
    }


def mix(count: int, now_ns: int) -> list[bytes]:
    """Returns messages of three dialects, a few hundred a second of the devices' clocks."""
    found = []
    for number in range(count):
        at = time.gmtime(now_ns // 10**9 - 1 + number // 300 % 3)
        bsd, ms = time.strftime("%b %e %H:%M:%S", at), number * 37 % 1000
        iso = time.strftime("%Y-%m-%dT%H:%M:%S", at)
        texts = (
            f"<189>{number}: *{bsd}.{ms:03}: %LINEPROTO-5-UPDOWN: Line protocol on Interface Gi1/0/{number % 48}",
            f"<38>{bsd} server{number % 50} sshd[{1000 + number % 9000}]: Connection closed by 192.0.2.{number % 250}",
            f"<165>1 {iso}.{ms:03}Z router{number % 50} mgd {number % 9000} UI_CHILD_EXITED - Child exited: {number}",
        )
        rests = (", changed state to up", f" port {20000 + number} [preauth]", ", status 0, command '/bin/mustd'")
        found.append((texts[number % 3] + rests[number % 3]).encode())
    return found


def _measure() -> int:
    now = time.time_ns()
    messages = mix(6_000, now)
    counted = b"".join(b"%d %s" % (len(each), each) for each in messages)
    lines = b"\n".join(messages) + b"\n"
    zone = Zone("Europe/Warsaw")
    patterns = Patterns.load()
    parsed = [parse(each, now, zone) for each in messages]
    for each in parsed[::3]:
        each.mnemonic = "SYS-6-LOGOUT"
    quiet = [(("cisco-iosxe", "linux", "juniper-junos")[index % 3], each) for index, each in enumerate(parsed)]
    parts = {"the mix": messages, "IOS": messages[::3], "RFC 3164": messages[1::3], "RFC 5424": messages[2::3]}
    result = {
        "framing: newlines, 64 KiB reads": _best_us(len(messages), lambda: _framed(lines)),
        "framing: counted, 64 KiB reads": _best_us(len(messages), lambda: _framed(counted)),
        **{f"parse: {name}": _best_us(len(part), lambda: _parsed(part, now, zone)) for name, part in parts.items()},  # noqa: B023
        "events: nothing matches": _best_us(len(quiet), lambda: _matched(patterns, quiet)),
    }
    for name, cost in result.items():
        limit = MUST_US.get(name)
        print(f"{name:34} {cost:6.2f} µs a message" + (f"   (at most {limit})" if limit else ""))
    print(json.dumps({name: round(cost, 3) for name, cost in result.items()}))
    return int(any(result[name] > limit for name, limit in MUST_US.items()))


def _parsed(messages: list[bytes], now: int, zone: Zone) -> None:
    """As the intake does: as many together, and no more."""
    for at in range(0, len(messages), TOGETHER):
        parse_all(messages[at : at + TOGETHER], now, zone)


def _matched(patterns: Patterns, messages: list[tuple[str, Message]]) -> None:
    for platform, message in messages:
        if patterns.match(platform, message):
            raise AssertionError(message.line)


def _framed(stream: bytes) -> int:
    framer = Framer()
    reads = (stream[at : at + 65536] for at in range(0, len(stream), 65536))
    return sum(len(framer.feed(read)) for read in reads) + len(framer.close())


def _best_us(count: int, run: Callable[[], object], rounds: int = 40) -> float:
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return best / count * 1e6


if __name__ == "__main__":
    sys.exit(main())
