"""What is advised about a failure."""

from dataclasses import replace

from exporters.snmp.errors import Failure
from exporters.snmp.usm import User
from sotpctl.snmp.access import Access
from sotpctl.snmp.advice import advice

USER = User("u", "SHA1", "authentication")
ACCESS = Access("sw1", "192.0.2.1", 0, 161, "v3", USER, {"auth_password": "$PASSWORD"})
SILENT = Failure("auth", "the device answers the discovery and nothing else")


def test_a_context_is_named_where_there_is_one():
    """Agents that ignore a wrong context look as if the key were wrong."""
    given = replace(ACCESS, credentials=replace(USER, context="vrf-a"))
    assert any("the context vrf-a, in auths.v3" in line for line in advice(SILENT, given))
    assert not any("context" in line for line in advice(SILENT, ACCESS))
