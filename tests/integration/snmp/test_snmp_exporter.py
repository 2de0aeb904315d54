"""The exporter over HTTP: what a scrape gives, what is refused, and how failures look."""

import asyncio
import time

import pytest

from bench.snmp.agent import Mib, Responder, interfaces
from exporters.kit.document import ConfigError
from exporters.snmp import pdu
from exporters.snmp.pdu import VarBind
from exporters.snmp.registry import Loader
from exporters.snmp.usm import User
from tests.integration.snmp.snmp_exporter import key, target

UP_TIME = VarBind((1, 3, 6, 1, 2, 1, 1, 3, 0), pdu.TIME_TICKS, 4711)
USER = User("u", "SHA256", "authentication", "AES128", "privacy-password")
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


def device(rows=3):
    """Returns an agent with some interfaces."""
    return Responder([UP_TIME, *interfaces(rows)], users=[USER])


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


async def test_filters_read_only_the_rows_that_they_let_through(exporter, serve):
    """A dynamic filter: the target's rows are asked for by name, the others not at all; two of them are an AND."""
    modules = """
modules:
  filtered:
    walk: [1.3.6.1.2.1.2.2.1.10, 1.3.6.1.2.1.2.2.1.8]
    filters:
      - {oid: 1.3.6.1.2.1.2.2.1.2, targets: [1.3.6.1.2.1.2.2.1.10], values: ["1/0/[12]$"]}
      - {oid: 1.3.6.1.2.1.2.2.1.2, targets: [1.3.6.1.2.1.2.2.1.10], values: ["1/0/[23]$"]}
      - {oid: 1.3.6.1.4.1.9.9, targets: [1.3.6.1.2.1.2.2.1.8], values: [".*"]}
    metrics:
      - {name: octets, oid: 1.3.6.1.2.1.2.2.1.10, type: counter, indexes: [{labelname: i, type: gauge}]}
      - {name: status, oid: 1.3.6.1.2.1.2.2.1.8, type: gauge, indexes: [{labelname: i, type: gauge}]}
"""
    await exporter.load({"sw1": target(await serve(device()), modules=["filtered"])}, modules)
    page = await exporter.scrape("target=sw1")
    assert [name for name in page.samples if not name[0].startswith("snmp_")] == [key("octets", i="2")]


async def test_an_instance_in_walk_is_read(exporter, serve):
    """Gosnmp asks for a subtree that is itself an instance by name, and so do we."""
    modules = """
modules:
  leaf:
    walk: [1.3.6.1.2.1.1.3.0]
    metrics: [{name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge}]
"""
    await exporter.load({"sw1": target(await serve(device()), modules=["leaf"])}, modules)
    assert (await exporter.scrape("target=sw1")).samples[key("sysUpTime")] == 4711


async def test_the_profile_gives_one_name_for_every_vendor(exporter, serve):
    """The module `profile` recognizes the device by its system group; names are read again only when rows changed."""
    sensor = (1, 3, 6, 1, 2, 1, 99, 1, 1, 1)
    name = (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 7)

    def probe(row):
        """A temperature, its parts, and the name of what it is in."""
        parts = {1: 8, 2: 9, 3: 0, 4: 30 + row, 5: 1}
        return [
            *[VarBind((*sensor, column, row), 2, value) for column, value in parts.items()],
            VarBind((*name, row), 4, b"Probe %d" % row),
        ]

    agent = Responder(
        [
            VarBind((1, 3, 6, 1, 2, 1, 1, 1, 0), 4, b"Some agent"),
            VarBind((1, 3, 6, 1, 2, 1, 1, 2, 0), 6, (1, 3, 6, 1, 4, 1, 99999)),
            UP_TIME,
            VarBind((1, 3, 6, 1, 2, 1, 25, 3, 3, 1, 2, 1), 2, 37),
            *probe(1),
        ]
    )
    asked_for_names = []

    def answers(data):
        """Notes who asks for names."""
        if bytes((43, *name[2:])) in data:
            asked_for_names.append(data)
        return agent(data)

    await exporter.load({"sw1": target(await serve(answers), modules=["profile"], interval=1)})
    page = await exporter.scrape("target=sw1")
    assert page.value("device_cpu_utilization_ratio") == pytest.approx(0.37)
    assert page.samples[key("device_temperature_celsius", sensor="Probe 1")] == 31
    assert page.samples[key("snmp_module_success", module="profile")] == 1
    asked = len(asked_for_names)
    assert asked
    await asyncio.sleep(0.5)  # half an interval
    page = await exporter.scrape("target=sw1")
    assert page.samples[key("device_temperature_celsius", sensor="Probe 1")] == 31
    assert len(asked_for_names) == asked
    agent.mib = Mib([*agent.mib.varbinds, *probe(2)])
    await asyncio.sleep(0.5)
    page = await exporter.scrape("target=sw1")
    assert page.samples[key("device_temperature_celsius", sensor="Probe 2")] == 32
    assert len(asked_for_names) > asked


async def test_names_from_before_a_restart_are_on_no_value_after_it(exporter, serve):
    """The device starts again with other numbers for its parts and is too slow for their names: no value is better."""
    sensor = (1, 3, 6, 1, 2, 1, 99, 1, 1, 1)
    name = (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 7)

    def booted(up_time, *probes):
        """A device with some probes: number, what it is called, degrees."""
        parts = [(1, 8), (2, 9), (3, 0), (5, 1)]
        rows = [VarBind((*sensor, column, row), 2, value) for row, _, _ in probes for column, value in parts]
        degrees = [VarBind((*sensor, 4, row), 2, value) for row, _, value in probes]
        names = [VarBind((*name, row), 4, text) for row, text, _ in probes]
        system = [VarBind((1, 3, 6, 1, 2, 1, 1, 2, 0), 6, (1, 3, 6, 1, 4, 1, 99999)), UP_TIME._replace(value=up_time)]
        return Mib([*system, *rows, *degrees, *names])

    agent = Responder([])
    agent.mib = booted(1000, (1, b"Inlet", 20), (2, b"CPU", 70))
    slow = False
    await exporter.load(
        {
            "sw1": target(
                await serve(lambda data: None if slow and bytes((43, *name[2:])) in data else agent(data)),
                modules=["profile"],
                interval=1,
            )
        }
    )
    page = await exporter.scrape("target=sw1")
    assert page.samples[key("device_temperature_celsius", sensor="CPU")] == 70
    agent.mib, slow = booted(10, (1, b"CPU", 71), (2, b"Inlet", 21)), True
    await asyncio.sleep(0.5)  # half an interval
    page = await exporter.scrape("target=sw1", within=1.5)
    assert page.samples[key("snmp_module_failure", module="profile", reason="timeout")] == 1
    assert key("device_temperature_celsius", sensor="CPU") not in page.samples
    slow = False
    await asyncio.sleep(0.5)
    page = await exporter.scrape("target=sw1")
    assert page.samples[key("device_temperature_celsius", sensor="CPU")] == 71


async def test_32_bits_stand_in_where_there_are_no_64(exporter, serve):
    """A device without ifXTable: if_mib gives the old counters; a device that has the new ones isn't asked."""
    old = [varbind for varbind in interfaces(2) if varbind.oid[:7] == (1, 3, 6, 1, 2, 1, 2)]
    await exporter.load({"sw1": target(await serve(Responder(old))), "sw2": target(await serve(device()))})
    page = await exporter.scrape("target=sw1")
    assert page.value("ifInOctets") == 3 * 1_000_003 * 10
    assert page.value("snmp_module_success") == 1
    page = await exporter.scrape("target=sw2")
    assert page.value("ifHCInOctets") > page.value("ifInOctets") == 0


async def test_interfaces_are_spelt_as_the_inventory_does_unless_a_module_is_named(exporter, serve):
    """Drop-in with `module=`, also while a poll without it could be shared; ifDescr is always the device's own."""
    await exporter.load({"sw1": target(await serve(device()))})
    ours, theirs, again = [await exporter.scrape(f"target=sw1{more}") for more in ("", "&module=if_mib", "")]
    for page, name in ((ours, "Gi1/0/2"), (theirs, "GigabitEthernet1/0/2"), (again, "Gi1/0/2")):
        assert f'ifHCInOctets{{ifIndex="2",ifName="{name}",ifDescr="GigabitEthernet1/0/2",' in page.text
        assert page.samples[key("snmp_module_success", module="if_mib")] == 1
