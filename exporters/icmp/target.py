"""What is known of one device: the state that the pinger keeps, and the exposition reads. No I/O."""

from collections.abc import Callable

from exporters.icmp.targets import Spec

BUCKETS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class Target:
    """One device's state. It outlives reloads, by the device's name.

    Attributes:
        spec: What the file says.
        index: Its number in the payload.
        destination: Where to send to; None while its name has never been resolved.
        ancestors: The targets above it.
        up: 1, 0, or None while unknown.
        row: Requests in a row that went unanswered.
        due: When it is asked next, monotonic nanoseconds; -1 when it isn't scheduled.
        requests, replies, duplicates, unreachable: Counters since start; `unreachable` by code.
        rtt_buckets: Answers by bucket, not cumulative; one more than `BUCKETS_S`.
        rtt_sum_ns, rtt_last_ns: Round-trip times; the last is -1 before the first answer.
        jitter_ns: RFC 3550 §6.4.1 over round-trip times; -1 before the second answer.
        on_answer: For a one-off probe: called with the first answer's round-trip time.
    """

    __slots__ = (
        "ancestors",
        "answered_ns",
        "confirming",
        "destination",
        "due",
        "duplicates",
        "extra",
        "index",
        "jitter_ns",
        "last_sent_ns",
        "on_answer",
        "replies",
        "requests",
        "row",
        "rtt_buckets",
        "rtt_last_ns",
        "rtt_sum_ns",
        "spec",
        "tries",
        "unreachable",
        "up",
        "waiting",
    )

    def __init__(self, spec: Spec, index: int, on_answer: Callable[[int], None] | None = None) -> None:
        self.spec = spec
        self.index = index
        self.destination = spec.destination
        self.ancestors: tuple[Target, ...] = ()
        self.up: int | None = None
        self.row = 0
        self.due = -1
        self.requests = self.replies = self.duplicates = 0
        self.unreachable: dict[str, int] = {}
        self.rtt_buckets = [0] * (len(BUCKETS_S) + 1)
        self.rtt_sum_ns = 0
        self.rtt_last_ns = -1
        self.jitter_ns = -1.0
        self.on_answer = on_answer
        self.confirming = False  # between the first unanswered request and knowing
        self.extra = 0  # requests of the confirmation still to be sent
        self.waiting = 0  # requests under way
        self.last_sent_ns = -1
        self.answered_ns = -1  # when the newest answered request was sent
        self.tries = 0  # sends in a row that our own buffers refused
