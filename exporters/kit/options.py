"""The command line that all exporters share, named as the exporters of the field name theirs."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import NoReturn

from exporters.kit import log
from exporters.kit.ports import EXPORTERS


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    config: Path
    check: bool
    listen: tuple[str, int]
    systemd_socket: bool
    log_format: str
    log_level: str
    web_config: Path | None = None


def parse(name: str, argv: Sequence[str]) -> Options:
    """Reads the command line of an exporter; prints and exits (0 for help, 1 for a mistake) where that is all."""
    parser = Parser(prog=f"sotp-exporter {name}", allow_abbrev=False)
    parser.add_argument("--config", type=Path, metavar="FILE", required=True, help=f"build/exporters/{name}.json")
    parser.add_argument("--config.check", action="store_true", dest="check", help="check the file and exit")
    parser.add_argument(
        "--web.listen-address",
        type=_address,
        metavar="HOST:PORT",
        dest="listen",
        default=("127.0.0.1", EXPORTERS[name].port),
        help=f"where HTTP is served; [::1]:PORT, :PORT is every address (default 127.0.0.1:{EXPORTERS[name].port})",
    )
    parser.add_argument(
        "--web.systemd-socket",
        action="store_true",
        dest="systemd_socket",
        help="serve on the listening sockets that systemd hands over, not on --web.listen-address",
    )
    parser.add_argument(
        "--web.config.file",
        type=Path,
        metavar="FILE",
        dest="web_config",
        help="TLS and basic auth, in exporter-toolkit's format; read again when it changes",
    )
    parser.add_argument("--log.format", choices=log.FORMATS, default="logfmt", dest="log_format")
    parser.add_argument("--log.level", choices=tuple(log.LEVELS), default="info", dest="log_level")
    parser.add_argument("--version", action="version", version=f"sotp-exporter {version()}")
    return Options(**vars(parser.parse_args(list(argv))))


def version() -> str:
    """SOTP's version; "unknown" when it runs from a source tree that isn't installed."""
    try:
        return metadata.version("sotp")
    except metadata.PackageNotFoundError:
        return "unknown"


class Parser(argparse.ArgumentParser):
    """An argument parser whose mistakes exit with 1: 2 means "changes" to the users of sotpctl."""

    def error(self, message: str) -> NoReturn:
        """Prints the mistake and exits with 1."""
        sys.stderr.write(f"{self.prog}: {message}; see {self.prog} --help\n")
        raise SystemExit(1)


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535 or (":" in host and bare == host):
        raise argparse.ArgumentTypeError(f'"{text}" is no HOST:PORT, such as 127.0.0.1:10021, [::1]:10021 or :10021')
    return bare, int(port)
