"""The exporter over HTTP: what a scrape gives, what is refused, and how failures look."""

import time

import pytest

from exporters.kit.document import ConfigError
from exporters.snmp import pdu
from exporters.snmp.pdu import VarBind
from exporters.snmp.registry import Loader
from tests.integration.snmp.snmp_exporter import device, key, target

LATE_S = 1.0
TWO = """
modules:
  good:
    walk: [1.3.6.1.2.1.2.2.1.10]
    metrics: [{name: good, oid: 1.3.6.1.2.1.2.2.1.10, type: counter, indexes: [{labelname: i, type: gauge}]}]
  bad:
    walk: [1.3.6.1.4.1.9]
    metrics: [{name: bad, oid: 1.3.6.1.4.1.9.1, type: gauge}]
"""


async def test_a_scrape_gives_the_modules_samples_and_what_it_took(exporter, serve):
    """14 columns an interface with their labels under MIB names, and the poll's own metrics."""
    await exporter.load({"sw1": target(await serve(device()))})
    page = await exporter.scrape("target=sw1")
    labels = {"ifIndex": "2", "ifName": "Gi1/0/2", "ifDescr": "GigabitEthernet1/0/2"}
    labels["ifAlias"] = "uplink to the core"
    assert page.samples[key("ifHCInOctets", **labels)] == 2 * 1_000_000_007 * 6
    assert page.samples[key("sysUpTime")] == 4711
    assert page.headers["ifHCInOctets"] == ["Octets received (IF-MIB)", "counter"]
    assert sum(1 for name, _ in page.samples if name.startswith("if")) == 14 * 3
    assert page.samples[key("snmp_up")] == 1
    assert page.samples[key("snmp_module_success", module="if_mib")] == 1
    assert page.value("snmp_module_failure") == 0
    assert page.samples[key("snmp_scrape_pdus_returned", module="if_mib")] > 14 * 3
    assert page.samples[key("snmp_scrape_packets_sent", module="if_mib")] < 10
    assert page.samples[key("snmp_scrape_packets_retried", module="if_mib")] == 0
    assert 0 <= page.samples[key("snmp_poll_age_seconds")] < LATE_S


async def test_snmp_is_the_same_as_probe(exporter, serve):
    """snmp_exporter's path; a module may be given twice, or with commas, and counts once."""
    await exporter.load({"sw1": target(await serve(device()))}, TWO)
    page = await exporter.scrape("target=sw1&module=good,if_mib&module=good&auth=ro", path="/snmp")
    assert [line for line in page.text.splitlines() if line.startswith("snmp_module_success")] == [
        'snmp_module_success{module="good"} 1',
        'snmp_module_success{module="if_mib"} 1',
    ]


async def test_a_target_is_a_device_of_the_document(exporter, serve):
    """By name, address, address and port; everything else is a 403, and no packet leaves."""
    agent = device()
    sockaddr = await serve(agent)
    await exporter.load({"sw1": target(sockaddr)})
    for wanted in ("sw1", "127.0.0.1", f"127.0.0.1:{sockaddr[1]}", f"udp://127.0.0.1:{sockaddr[1]}"):
        assert (await exporter.scrape(f"target={wanted}")).samples[key("snmp_up")] == 1
    asked = agent.requests
    for wanted in ("127.0.0.2", "127.0.0.1:1", "sw2", "tcp://127.0.0.1"):
        page = await exporter.scrape(f"target={wanted}")
        assert page.status == 403
        assert wanted in page.text
    assert agent.requests == asked


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "target: is missing"),
        ("target=sw1&target=sw1", "target: is given more than once"),
        ("target=sw1&modul=a", "modul: is no parameter of this exporter; there are target, module, auth, snmp_context"),
        ("target=sw1&module=if_mip", 'module: no module is called "if_mip"; did you mean "if_mib"?'),
        ("target=sw1&module=", "module: names none"),
        ("target=sw1&auth=x", 'auth: no auth is called "x"; there are ro'),
        ("target=sw1&snmp_context=vrf", 'snmp_context: "ro" isn\'t SNMPv3'),
    ],
)
async def test_a_wrong_request_is_a_400_that_says_why(exporter, serve, query, said):
    """What, and what would be right."""
    await exporter.load({"sw1": target(await serve(device()))})
    page = await exporter.scrape(query)
    assert page.status == 400
    assert page.text.startswith(said)


async def test_a_device_without_modules_wants_one_named(exporter, serve):
    """It isn't said to be down when it wasn't asked anything."""
    await exporter.load({"sw1": target(await serve(device()), modules=[])})
    page = await exporter.scrape("target=sw1")
    assert (page.status, page.text) == (400, "module: is missing; sw1 has none of its own\n")
    assert (await exporter.scrape("target=sw1&module=if_mib")).samples[key("snmp_up")] == 1


async def test_a_request_with_all_the_time_in_the_world(exporter, serve):
    """It is answered, and so are those after it."""
    await exporter.load({"sw1": target(await serve(device()))})
    for within in (1e308, 5):
        assert (await exporter.scrape("target=sw1", within=within)).samples[key("snmp_up")] == 1


async def test_a_module_that_fails_takes_nothing_from_the_others(exporter, serve):
    """An agent that loops in one subtree: that module is named with its reason, the other's samples are there."""
    agent = device()

    def loops(data):
        """Below the enterprise it says the same again and again."""
        return None if b"\x2b\x06\x01\x04\x01\x09" in data and silent else agent(data)

    silent = False
    for row, said in ((101, 7), (102, 6), (103, 5)):
        agent.mib.oids.append((1, 3, 6, 1, 4, 1, 9, 1, row))
        agent.mib.encoded.append(pdu.encode_varbind(VarBind((1, 3, 6, 1, 4, 1, 9, 1, said), pdu.COUNTER32, 1)))
    await exporter.load({"sw1": target(await serve(loops), modules=["bad", "good"])}, TWO)
    page = await exporter.scrape("target=sw1")
    assert page.samples[key("snmp_up")] == 1
    assert page.samples[key("snmp_module_success", module="bad")] == 0
    assert page.samples[key("snmp_module_failure", module="bad", reason="loop")] == 1
    assert page.samples[key("snmp_module_success", module="good")] == 1
    assert page.samples[key("good", i="1")]
    silent = True
    await exporter.load({"sw1": target(await serve(loops), modules=["good", "bad"], interval=1)}, TWO)
    begun = time.monotonic()
    page = await exporter.scrape("target=sw1", within=1.5)
    assert time.monotonic() - begun < 1.5 + LATE_S
    assert page.samples[key("snmp_module_failure", module="bad", reason="timeout")] == 1
    assert page.samples[key("good", i="3")]


async def test_a_mistake_of_ours_in_a_module_takes_nothing_from_the_others(exporter, serve, caplog):
    """It is logged with its traceback, and named; status 200."""

    class Broken:
        name = "broken"

        async def poll(self, visit):
            """Fails."""
            raise ZeroDivisionError(visit.deadline)

    exporter.service._loader = Loader([Broken()])
    await exporter.load({"sw1": target(await serve(device()), modules=["broken", "if_mib"])})
    page = await exporter.scrape("target=sw1")
    assert page.samples[key("snmp_module_failure", module="broken", reason="malformed")] == 1
    assert page.samples[key("snmp_module_success", module="if_mib")] == 1
    assert "ZeroDivisionError" in caplog.text


async def test_a_module_of_which_the_device_has_nothing_says_so(exporter, serve):
    """no_such_object, and the device is up."""
    await exporter.load({"sw1": target(await serve(device()), modules=["bad"])}, TWO)
    page = await exporter.scrape("target=sw1")
    assert page.samples[key("snmp_module_failure", module="bad", reason="no_such_object")] == 1
    assert page.samples[key("snmp_up")] == 1


async def test_a_dead_device_is_a_result_in_time(exporter, serve):
    """200, snmp_up 0, every module named with "timeout", half a second before the scrape's time is over."""
    await exporter.load({"sw1": target(await serve(lambda _: None), modules=["if_mib", "good"])}, TWO)
    begun = time.monotonic()
    page = await exporter.scrape("target=sw1", within=1.5)
    assert 0.5 < time.monotonic() - begun < 1.0 + LATE_S
    assert page.samples[key("snmp_up")] == 0
    for module in ("if_mib", "good"):
        assert page.samples[key("snmp_module_failure", module=module, reason="timeout")] == 1
    assert "\n# module if_mib: no answer to " in page.text
    assert {name for name, _ in page.samples if not name.startswith("snmp_")} == set()


async def test_a_dead_device_is_asked_by_the_first_module_only(exporter, serve):
    """What it doesn't answer once, it isn't asked again in this scrape: four modules cost one request, not four."""
    quick = TWO.replace("    walk", "    retries: 0\n    timeout: 100ms\n    walk")
    asked: list[bytes] = []
    await exporter.load({"sw1": target(await serve(asked.append), modules=["good", "bad", "if_mib"])}, quick)
    page = await exporter.scrape("target=sw1")
    assert len(asked) == 1
    assert page.value("snmp_module_failure") == 3


@pytest.mark.parametrize(
    ("auth", "reason"),
    [
        ({"auth_password": {"file": "wrong"}}, "auth"),
        ({"username": "v"}, "unknown_user"),
        ({"priv_password": {"file": "wrong"}}, "auth"),
        ({}, ""),
    ],
)
async def test_wrong_credentials_are_told_from_silence(exporter, serve, tmp_path, auth, reason):
    """SNMPv3 says what is wrong, and so do we, long before a time-out."""
    for name, value in {"auth": "authentication\n", "priv": "privacy-password", "wrong": "something-else"}.items():
        (tmp_path / name).write_text(value)
    right = {
        "version": "3",
        "username": "u",
        "auth_protocol": "SHA256",
        "auth_password": {"file": "auth"},
        "priv_protocol": "AES128",
        "priv_password": {"file": "priv"},
    }
    v3 = right | auth
    for kind in ("auth_password", "priv_password"):
        v3[kind] = {"file": str(tmp_path / v3[kind]["file"])}
    await exporter.load({"sw1": target(await serve(device()), auth="v3")}, v3=v3)
    page = await exporter.scrape("target=sw1", within=3)
    assert page.samples[key("snmp_up")] == (0 if reason else 1)
    assert not reason or page.samples[key("snmp_module_failure", module="if_mib", reason=reason)] == 1


async def test_a_name_is_looked_up(exporter, serve):
    """A device may be a name; one that has no address is refused, with status 200."""
    _, port = await serve(device())
    await exporter.load({"a": target(("agent.test", port), family=4), "b": target(("other.test", port))})
    assert (await exporter.scrape("target=a")).samples[key("snmp_up")] == 1
    page = await exporter.scrape("target=b")
    assert page.samples[key("snmp_module_failure", module="if_mib", reason="refused")] == 1
    assert page.samples[key("snmp_up")] == 0


async def test_ipv6(exporter, serve):
    """A device on ::1."""
    sockaddr = await serve(device(), "::1")
    await exporter.load({"sw1": target(sockaddr[:2])})
    for wanted in ("sw1", "::1", "[::1]", f"[::1]:{sockaddr[1]}"):
        assert (await exporter.scrape(f"target={wanted}")).samples[key("snmp_up")] == 1


async def test_secrets_are_read_again_at_a_reload_and_shown_nowhere(exporter, serve, tmp_path, monkeypatch, caplog):
    """The community is a file's first; after a reload what the file says then. No page, log or error has it."""
    agent = device()
    sockaddr = await serve(agent)
    file = tmp_path / "community"
    file.write_text("hidden-word\n")
    document = {"sw1": target(sockaddr, interval=1)}
    ro = {"version": "2c", "community": {"file": str(file)}}
    await exporter.load(document, ro=ro)
    page = await exporter.scrape("target=sw1", within=1)
    assert page.samples[key("snmp_up")] == 0
    file.write_text("public\n")
    await exporter.load(document, ro=ro)
    again = await exporter.scrape("target=sw1")
    assert again.samples[key("snmp_up")] == 1
    async with exporter.client.get("/metrics") as answer:
        metrics = await answer.text()
    assert "sotp_snmp_polls_total" in metrics
    for text in (page.text, again.text, metrics, caplog.text):
        assert "hidden-word" not in text
    monkeypatch.delenv("SNMP_TEST_COMMUNITY")
    with pytest.raises(ConfigError, match=r"settings.auths.ro.community: the environment variable SNMP_TEST_COMM"):
        await exporter.load(document)
    assert (await exporter.scrape("target=sw1")).samples[key("snmp_up")] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"auth": "x"}, 'targets.sw1.auth: no auth is called "x"; there are ro'),
        ({"modules": ["x"]}, 'targets.sw1.modules: no module is called "x"; there are '),
        ({"port": 0}, "targets.sw1.port: is 0, must be 1 to 65535"),
        ({"interval": 0}, "targets.sw1.interval: is 0, must be 1 to 86400 (seconds)"),
        ({"color": 1}, 'targets.sw1: "color" is no key of this version'),
    ],
)
async def test_a_document_that_is_wrong_leaves_the_old_one_in_force(exporter, serve, change, said):
    """With the place, what is wrong and what would be right."""
    sockaddr = await serve(device())
    await exporter.load({"sw1": target(sockaddr)})
    with pytest.raises(ConfigError) as caught:
        await exporter.load({"sw1": target(sockaddr, **change)})
    assert said in str(caught.value)
    assert (await exporter.scrape("target=sw1")).samples[key("snmp_up")] == 1
