"""Prometheus's remote write 1.0, as much as a benchmark needs: protobuf by hand, snappy, in the order of time.

Source: https://prometheus.io/docs/specs/prw/remote_write_spec/.
"""

import struct
import urllib.request
from collections.abc import Iterable, Mapping, Sequence

import cramjam

from exporters.kit.loki.protocol import varint

_REQUEST_BYTES = 8_000_000


def labels(name: str, values: Mapping[str, str]) -> bytes:
    """Encode a series's labels, sorted as the specification wants them."""
    pairs = sorted({"__name__": name, **values}.items())
    return b"".join([_field(1, _field(1, key.encode()) + _field(2, value.encode())) for key, value in pairs])


def samples(stamps_ms: Sequence[int], numbers: Sequence[float]) -> bytes:
    """Encode the samples of one series."""
    return b"".join(
        [
            _field(2, b"\x09" + struct.pack("<d", number) + b"\x10" + varint(stamp))
            for stamp, number in zip(stamps_ms, numbers, strict=True)
        ]
    )


def series(encoded_labels: bytes, encoded_samples: bytes) -> bytes:
    """Encode one series of a write request."""
    return _field(1, encoded_labels + encoded_samples)


def push(address: str, rows: Iterable[bytes]) -> None:
    """Send series, in requests of a few megabytes."""
    batch: list[bytes] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row)
        if size > _REQUEST_BYTES:
            _send(address, batch)
            batch, size = [], 0
    _send(address, batch)


def _send(address: str, batch: Sequence[bytes]) -> None:
    request = urllib.request.Request(
        f"http://{address}/api/v1/write",
        data=bytes(cramjam.snappy.compress_raw(b"".join(batch))),
        headers={"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"},
    )
    with urllib.request.urlopen(request, timeout=120):
        pass


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + varint(len(content)) + content
