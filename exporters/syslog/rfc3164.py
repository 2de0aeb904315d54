"""RFC 3164: `Jan  2 03:04:05 host app[pid]: text`, from the stamp on. Pure."""

import re

from exporters.syslog import dialects, headers, mnemonics
from exporters.syslog.message import Message
from exporters.syslog.stamp import AHEAD_NS, PAST_NS, Zone

_INNER = frozenset("0123456789*.:")  # what another header within this one may begin with
_NO_APP = frozenset("%[({\"'<=|")
_NO_TAG = frozenset("/:0123456789")
# UniFi's name or model, MAC and version in the place of a host.
_UNIFI = re.compile(r'\(?"?(?:([\w.-]+),)?([0-9a-f]{12}),v?\d[\w.+-]*"?\)?:?', re.ASCII)
# What BusyBox and its kin write before the host: the PRI in words.
_PRIORITIES = frozenset(
    f"{facility}.{level}"
    for facility in (
        *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
        *(f"local{number}" for number in range(8)),
    )
    for level in ("emerg", "alert", "crit", "err", "error", "warn", "warning", "notice", "info", "debug")
)
_KNOWN: dict[tuple[str, str], bool] = {}  # `_are_names`
_KEPT = 8192


def read(line: str, received_ns: int, zone: Zone, facility: int, severity: int) -> Message | None:
    """Reads a message from what follows its PRI; None: it isn't quite that."""
    stamp_ns = zone.bsd(line[:15], received_ns)
    words = line[15:].split(" ", 3)  # nothing, the host, the tag, the text
    if stamp_ns is None or len(words) < 2 or words[0]:
        return None
    device_time = ""
    if not AHEAD_NS <= received_ns - stamp_ns <= PAST_NS:
        stamp_ns, device_time = None, line[:15]
    if len(words) == 4:
        _, host, app, text = words
        app, bracket, procid = app.partition("[")
        if bracket:
            procid, ended = procid[:-2], procid.endswith("]:")
        else:
            app, ended = app[:-1], app.endswith(":")
        if ended and (_KNOWN.get((host, app)) or _are_names(host, app)):
            message = Message(facility, severity, stamp_ns, host, app, procid, "", "", (), text, line, device_time, "")
            if text[:2] in dialects.READERS:
                dialects.refine(message)
            return message
    message = Message(facility, severity, stamp_ns, "", "", "", "", "", (), "", line, device_time, "")
    return _uncommon(message, received_ns, zone)


def tag(rest: str) -> tuple[str, str, str]:
    """Splits `app[pid]: text`, `app[pid] text` and `app:text` into app, pid and text; "", "", all: there is no tag."""
    colon = rest.find(":", 0, 80)
    space = rest.find(" ", 0, 80)
    if colon > 0 and not -1 < space < colon and rest[colon + 1 : colon + 2] not in _NO_TAG:
        word, end = rest[:colon], colon + 1
    elif space > 0 and rest[space - 1] == "]":
        word, end = rest[:space], space
    else:
        return "", "", rest
    parts = _app_and_procid(word)
    return (*parts, rest[end + 1 if rest[end : end + 1] == " " else end :]) if parts else ("", "", rest)


def after_stamp(message: Message, rest: str) -> None:
    """Fills a message with what follows its stamp: a host and a tag, one of them, or none."""
    host, _, after = rest.partition(" ")
    if host in _PRIORITIES:
        rest = after
        host, _, after = rest.partition(" ")
    if "," in host and (unifi := _UNIFI.fullmatch(host)):
        message.host, rest = unifi[1] or unifi[2], after
    elif host and host[-1] != ":" and _may_be_name(host):
        message.host, rest = host, after
    fill(message, rest)


def fill(message: Message, rest: str) -> None:
    """Fills a message with the tag and the text that follow its host."""
    text = rest.lstrip(" ")
    message.app, message.procid, message.text = tag(text)
    if not message.app and text.find("]:", 0, 80) > 0:
        level, _, after = text.partition(" ")
        if level in dialects.LEVELS:
            message.app, message.procid, message.text = tag(after)  # BIG-IP: notice mcpd[42]: text
    known = dialects.refine(message)
    if text is not rest and not (message.app or known):
        message.text = rest  # before what nobody knows spaces may mean something, as in a trace of calls


def _uncommon(message: Message, received_ns: int, zone: Zone) -> Message | None:
    """Reads what follows the stamp where it isn't a host and a tag: one of them, none, or another header."""
    host, _, rest = message.line[16:].partition(" ")
    if host == "last" and rest.startswith("message repeated "):
        host, rest = "", message.line[16:]
    elif not _plain_host(host):
        name = host[:-1]
        if host == ":" or (host[-1:] != ":" and "[" not in host) or ("," in host and _UNIFI.fullmatch(host)):
            return None
        if rest[:1] == "%" and "[" not in host:
            if not _plain_host(name):  # a zone
                return None
            host = name
        else:
            host, rest = "", message.line[16:]  # no host: that is the tag
    elif host in _PRIORITIES:
        return None
    mnemonic = mnemonics.find(rest) if rest and rest[0] in _INNER else None
    inner = headers.before_mnemonic(rest, mnemonic, received_ns, zone) if mnemonic else None
    if mnemonic and inner:
        if not inner.stamped:
            inner.stamp_ns, inner.device_time = message.stamp_ns, message.device_time
        inner.host = inner.host or host
        headers.fill(message, inner, mnemonic, rest)
        return message
    message.host = host
    fill(message, rest)
    return message


def _app_and_procid(word: str) -> tuple[str, str] | None:
    """`sshd[123]` or `sshd` as app and process id; None for what is no tag."""
    if not word or " " in word or word[0] in _NO_APP:
        return None
    app, bracket, procid = word.partition("[")
    if not bracket:
        return word, ""
    return (app, procid[:-1]) if procid[-1:] == "]" else None


def _are_names(host: str, app: str) -> bool:
    """Whether the two words before a colon are a host's name and an app's, and nothing of another header; kept."""
    if len(_KNOWN) >= _KEPT:
        _KNOWN.clear()
    found = _KNOWN[host, app] = _plain_host(host) and app[:1] not in _INNER and _app_and_procid(app) is not None
    return found


def _plain_host(word: str) -> bool:
    """Whether a word after a stamp can only be a name: no tag, no year, no offset, nothing like a zone's name."""
    if not word or word[0] in "+-:" or word[-1] == ":" or not _may_be_name(word):
        return False
    return len(word) > 5 or not (word.isdigit() or (word.isalpha() and word.isupper()))


def _may_be_name(word: str) -> bool:
    return not ("[" in word or "=" in word or '"' in word or "," in word or "(" in word)
