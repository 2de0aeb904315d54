"""`sotpctl lab say`, `trap` and `flood`: what devices say, though nothing happened to them."""

from pathlib import Path

import click

from sotpctl.cli import common
from sotpctl.cli.completion import complete_device
from sotpctl.cli.lab_common import Duration, call, lab_options, printable, running_lab


@click.command()
@lab_options
@click.argument("device", shell_complete=complete_device)
@click.option("--rate", type=common.FiniteRange(0, min_open=True), required=True, help="Messages a second.")
@click.option("--for", "seconds", type=Duration(), help="For so long, like 30s.  [default: until it is healed]")
def flood(inventory_path: Path, lab_dir: Path | None, device: str, rate: float, seconds: float | None) -> None:
    """Let a device log without end: syslog by UDP from its own address.

    \b
    Like this:
      sotpctl lab flood waw-acc-1 --rate 5000 --for 30s
    What `stack up --lab` runs hears it. `heal` ends it.
    """  # noqa: D301 - click's mark
    op = {"op": "flood", "device": device, "rate": rate, "seconds": seconds}
    call(running_lab(inventory_path, lab_dir), op)
    span = "until it is healed" if seconds is None else f"for {seconds:g} s"
    common.message(f"{device} logs {rate:g} messages/s, {span}")


@click.command()
@lab_options
@click.argument("device", shell_complete=complete_device)
@click.argument("text")
def say(inventory_path: Path, lab_dir: Path | None, device: str, text: str) -> None:
    """Let a device log a text of yours once.

    \b
    Like this:
      sotpctl lab say waw-core-1 "%SYS-5-CONFIG_I: Configured from console by carol"

    It is sent by UDP from the device's own address, of severity notice. TEXT is what comes after time and name,
    mnemonic and all: what stands before it is put there as the device's platform does. So you can try a pattern of your
    own (alerting.log_patterns).
    """  # noqa: D301 - click's mark
    answer = call(running_lab(inventory_path, lab_dir), {"op": "say", "device": device, "text": text})
    common.message(f"{device} logs: {printable(answer['message'])}")


@click.command()
@lab_options
@click.argument("device", shell_complete=complete_device)
@click.argument("name", metavar="linkDown|linkUp", type=click.Choice(["linkDown", "linkUp"]))
@click.argument("port", metavar="IFNAME")
def trap(inventory_path: Path, lab_dir: Path | None, device: str, name: str, port: str) -> None:
    """Let a device send a trap of an interface once.

    \b
    Like this:
      sotpctl lab trap waw-acc-1 linkDown Gi1/0/7

    It is sent by SNMPv2c from the device's own address, with the community that the device is polled with. The
    interface stays as it is, and polls say so: `break --port` takes it down.
    """  # noqa: D301 - click's mark
    op = {"op": "trap", "device": device, "trap": name, "port": port}
    answer = call(running_lab(inventory_path, lab_dir), op)
    common.message(f"{device} sends {name} of {answer['port']}")
