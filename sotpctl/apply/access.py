"""How sotpctl's own requests reach exporters that serve TLS or ask for a password: the manifest's `web`."""

import base64
import ssl
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class AccessError(Exception):
    """A file that a request needs can't be used; the text says which, and what would be right."""


class Access(BaseModel):
    """What a client needs; files are read at every request, so that a rotated one counts at once."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    scheme: Literal["https", "http"] = "http"
    ca_file: Path | None = None
    server_name: str | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    username: str | None = None
    password_file: Path | None = None

    def options(self) -> dict[str, Any]:
        """Return aiohttp's arguments of a request.

        Raises:
            AccessError: A file is missing or holds something else.
        """
        options: dict[str, Any] = {}
        if self.scheme == "https":
            options |= {"ssl": self._context(), "server_hostname": self.server_name}
        if self.username is not None and self.password_file is not None:
            options["headers"] = {"Authorization": self._basic(self.username, self.password_file)}
        return options

    def _context(self) -> ssl.SSLContext:
        path = self.ca_file
        try:
            context = ssl.create_default_context(cafile=path)
            path = self.cert_file
            if path is not None:
                context.load_cert_chain(path, self.key_file, password=lambda: b"")  # never ask on the terminal
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            why = getattr(error, "reason", None) or error.strerror if isinstance(error, OSError) else error
            raise AccessError(f"{path} (settings.web) can't be used: {why}") from None
        return context

    @staticmethod
    def _basic(username: str, path: Path) -> str:
        try:
            password = path.read_bytes().strip()  # as Prometheus does
        except OSError as error:
            raise AccessError(f"{path} (settings.web.basic_auth.password): {error.strerror}") from None
        return "Basic " + base64.b64encode(username.encode() + b":" + password).decode()


PLAIN = Access()
