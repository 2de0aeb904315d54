"""Secrets that an exporter's file names."""

import pytest

from exporters.kit.document import ConfigError
from exporters.kit.secret import secret


def test_a_secret_must_be_text(monkeypatch, tmp_path):
    """Bytes that are no UTF-8 are refused at load, from the environment as from a file, and not shown."""
    monkeypatch.setenv("SOTP_TEST_SECRET", b"caf\xe9".decode(errors="surrogateescape"))
    path = tmp_path / "secret"
    path.write_bytes(b"caf\xe9")
    for reference in ({"env": "SOTP_TEST_SECRET"}, {"file": str(path)}):
        with pytest.raises(ConfigError, match=r"^auth\.community: .* is no UTF-8 text$") as refused:
            secret({"community": reference}, "community", "auth")
        assert "caf" not in str(refused.value)
