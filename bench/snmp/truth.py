"""Our metrics against what LibreNMS makes of the same recordings: `python -m bench.snmp.truth DIRECTORY`.

With `--agent HOST:PORT` an agent is polled that serves the recordings, each as the community of its name. snmpsim does
(`snmpsim-command-responder --data-dir=DIRECTORY --agent-udpv4-endpoint=HOST:PORT`).

A directory holds NAME.snmprec (snmpsim's format) beside NAME.expected.json (LibreNMS' discovery and poll of it:
device, ports, processors, mempools, sensors, links, bgpPeers). Each value that LibreNMS has is looked for among the
samples that the device's profile gives: sensors and processors by the object that they were read from, pools and
neighbours by what they say. What isn't there, or is another number, is listed with the reason.
"""

import sys
from collections import Counter
from pathlib import Path

import click

from bench.snmp import served
from bench.snmp.comparison import KINDS, Finding, compare

_GOOD = 0.99


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--device", "only", help="Only the recordings whose name contains this.")
@click.option(
    "--all", "everything", is_flag=True, help="List every difference, not the first ten of a device and kind."
)
@click.option("--agent", "address", help="Poll this agent, HOST:PORT, rather than read the files.")
def main(directory: Path, only: str | None, everything: bool, address: str | None) -> None:
    """Prints the table per device and kind, then what differs and why; fails below 99 %."""
    agent = served.agent(address) if address else None
    findings = [
        finding
        for path in sorted(directory.glob("*.snmprec"))
        if (expected := path.with_suffix("").with_suffix(".expected.json")).exists() and (only or "") in path.stem
        for finding in compare(path, expected, agent)
    ]
    _table(findings)
    _differences(findings, None if everything else 10)
    equal = sum(finding.equal for finding in findings if finding.kind in KINDS)
    count = sum(finding.kind in KINDS for finding in findings)
    sys.exit(0 if count and equal >= _GOOD * count else 1)


def _table(findings: list[Finding]) -> None:
    kinds = [*KINDS, "bgp"]
    count = Counter((finding.device, finding.kind) for finding in findings)
    equal = Counter((finding.device, finding.kind) for finding in findings if finding.equal)
    devices = list(dict.fromkeys(finding.device for finding in findings))
    profiles = {finding.device: finding.profile for finding in findings}
    click.echo(f"{'device':34}{'profile':22}" + "".join(f"{kind:>14}" for kind in kinds))
    for device in devices:
        cells = [f"{equal[device, kind]}/{count[device, kind]}" for kind in kinds]
        click.echo(f"{device:34}{profiles[device]:22}" + "".join(f"{cell:>14}" for cell in cells))
    whole = Counter(finding.kind for finding in findings)
    good = Counter(finding.kind for finding in findings if finding.equal)
    explained = Counter(finding.kind for finding in findings if finding.equal or finding.explained)
    for title, part in (("equal", good), ("equal, or explained", explained)):
        cells = [f"{100 * part[kind] / whole[kind]:.2f} %" if whole[kind] else "" for kind in kinds]
        click.echo(f"{title:56}" + "".join(f"{cell:>14}" for cell in cells))


def _differences(findings: list[Finding], most: int | None) -> None:
    shown: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        if finding.equal:
            continue
        key = (finding.device, finding.kind)
        shown[key] += 1
        if most is None or shown[key] <= most:
            mark = "explained: " if finding.explained else ""
            click.echo(f"{finding.device}: {finding.kind}: {mark}{finding.what}: {finding.why}")
    for (device, kind), count in shown.items():
        if most is not None and count > most:
            click.echo(f"{device}: {kind}: {count - most} more (--all)")


if __name__ == "__main__":
    main()
