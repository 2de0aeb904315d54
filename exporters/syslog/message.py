"""What a syslog message says, whatever its dialect."""

from dataclasses import dataclass


@dataclass(slots=True)
class Message:
    """A syslog message that was read.

    Attributes:
        facility: 0 to 23 (RFC 5424 §6.2.1); 1, user, where the message has none (RFC 3164 §4.3.3).
        severity: 0, emergency, to 7, debug; what the dialect says where there is no PRI, else 5, notice.
        stamp_ns: The device's clock, UTC nanoseconds; None where it has none or an insane one (`stamp.sane`).
        host: What the device calls itself; "" where it doesn't.
        app: The program or process; a Cisco or Palo Alto facility, a RouterOS topic.
        procid: The process id.
        msgid: RFC 5424's MSGID, a sequence number of Cisco's, an event id.
        mnemonic: What names the kind of message, as the device writes it, without its %: "OSPF-5-ADJCHG",
            "IFNET/4/LINK_STATE", "UI_COMMIT", "0100032003".
        structured: Structured data, flattened to ("id.name", value), in its order.
        text: What people read: no header.
        line: What is stored: the whole message without its PRI, decoded, with the device's own header. Nothing of it
            is lost: the PRI is `facility` and `severity`, and bytes that aren't text are escaped (`text.decode`).
        device_time: The device's stamp as it wrote it, where `stamp_ns` is None.
        parse_error: Why the message, or a part of it, wasn't understood; "" where all was.
    """

    facility: int
    severity: int
    stamp_ns: int | None
    host: str
    app: str
    procid: str
    msgid: str
    mnemonic: str
    structured: tuple[tuple[str, str], ...]
    text: str
    line: str
    device_time: str
    parse_error: str
