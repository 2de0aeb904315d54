"""`sotpctl lab break`, `heal` and `degrade`: what happens to devices."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from lab.client import Running
from sotpctl.cli import common
from sotpctl.cli.completion import complete_device
from sotpctl.cli.lab_common import Duration, Share, call, lab_options, list_names, milliseconds, running_lab


@click.command("break")
@lab_options
@click.argument("devices", metavar="DEVICE...", nargs=-1, required=True, shell_complete=complete_device)
@click.option("--port", metavar="IFNAME", help="An interface goes down, and what is at its other end.")
@click.option("--fan", is_flag=True, help="A fan stands still; it gets warmer.")
@click.option("--agent", is_flag=True, help="The SNMP agent hangs: no answer, while pings go on.")
@click.option("--community", is_flag=True, help="The SNMP agent takes other credentials.")
@click.option("--reboot", is_flag=True, help="It starts anew at once: uptime, counters, other ifIndexes.")
@click.option("--config", is_flag=True, help="Someone changes its configuration, and it logs who.")
def break_(inventory_path: Path, lab_dir: Path | None, devices: tuple[str, ...], **parts: str | bool | None) -> None:
    """Kill devices, or break a part of one.

    \b
    Like this:
      sotpctl lab break waw-acc-1
      sotpctl lab break waw-core-1 --port Te1/0/24
      sotpctl lab break waw-core-1 --fan --reboot

    A killed device falls silent, and so does what loses its last way through it; one with a second living parent
    stays. Ports that lead to it go down. Now and then the router above it answers "host unreachable", as real ones do.

    A broken part leaves the device alive: SNMP shows it, and pings go on, behind a port that is down, too. `heal` mends
    everything but a reboot, which is over as soon as it is done.

    Devices log what happens to them in their platform's words: the link, the OSPF or BGP neighbor that is lost with it
    (at the other end of the inventory's links, too), the fan, the restart; SNMPv2c traps tell of links and restarts.
    """  # noqa: D301 - click's mark
    if any(parts.values()):
        _break_part(running_lab(inventory_path, lab_dir), devices, parts)
        return
    answer = call(running_lab(inventory_path, lab_dir), {"op": "break", "devices": list(devices)})
    behind = answer["behind"]
    taken = f"; it takes {common.count(len(behind), 'other')} with it: {list_names(behind)}" if behind else ""
    if len(answer["broken"]) > 1:
        taken = taken.replace("it takes", "they take").replace("with it", "with them")
    rest = taken or "; nothing else loses its last way"
    common.message(f"broken: {', '.join(answer['broken'])}{rest}")


def _break_part(running: Running, devices: Sequence[str], parts: Mapping[str, str | bool | None]) -> None:
    """`break` with an option."""
    if len(devices) > 1:
        common.fail("a part is broken at one device at a time: name one, or leave the options out to kill them all")
    answer = call(running, {"op": "fail", "device": devices[0], **parts})
    down = (
        [f"{' and '.join(answer['down'])} {'are' if len(answer['down']) > 1 else 'is'} down"] if answer["down"] else []
    )
    told = {"fan": "a fan stands still", "agent": "its agent hangs", "community": "its agent takes other credentials"}
    told["reboot"] = "it has rebooted, its interfaces have other numbers"
    told["config"] = "someone changed its configuration"
    common.message(f"{devices[0]}: {', '.join([*down, *(told[part] for part in answer['failed'])])}")


@click.command()
@lab_options
@click.argument("devices", metavar="[DEVICE...]", nargs=-1, shell_complete=complete_device)
def heal(inventory_path: Path, lab_dir: Path | None, devices: tuple[str, ...]) -> None:
    """Mend devices, broken or degraded; all of them when none is named."""
    healed = call(running_lab(inventory_path, lab_dir), {"op": "heal", "devices": list(devices)})["healed"]
    common.message(f"healed: {', '.join(healed)}" if healed else "nothing was broken or degraded")


@click.command()
@lab_options
@click.argument("device", shell_complete=complete_device)
@click.option("--loss", type=Share(), help="Share of requests without an answer, like 20%.")
@click.option("--delay", type=Duration(), help="Time until it answers, like 80ms.")
@click.option("--jitter", type=Duration(), help="Up to this much later, at random, like 10ms.")
@click.option("--cpu", type=Share(), help="Its processors are this busy, like 97%.")
@click.option("--errors", metavar="IFNAME", help="One packet of twenty comes in broken at this interface.")
def degrade(
    inventory_path: Path,
    lab_dir: Path | None,
    *,
    device: str,
    loss: float | None,
    delay: float | None,
    jitter: float | None,
    cpu: float | None,
    errors: str | None,
) -> None:
    """Make a device answer late or not always, or work badly; what you don't name stays as it was.

    \b
    Like this:
      sotpctl lab degrade waw-acc-1 --loss 20%
      sotpctl lab degrade waw-acc-1 --delay 80ms --jitter 10ms
      sotpctl lab degrade waw-core-1 --cpu 97% --errors Te1/0/1
    It is the device alone that gets worse, not what is behind it. `heal` gives it its own times back.
    """  # noqa: D301 - click's mark
    changes = {"loss": loss, "delay": delay, "jitter": jitter, "cpu": cpu, "errors": errors}
    if all(change is None for change in changes.values()):
        common.fail("say how it gets worse: --loss 20%, --delay 80ms, --jitter 10ms, --cpu 97%, --errors IFNAME")
    answer = call(running_lab(inventory_path, lab_dir), {"op": "degrade", "device": device, **changes})
    if cpu is not None:
        common.message(f"{device}: its processors are {cpu:.0%} busy")
    if errors is not None:
        common.message(f"{device}: packets come in broken at {errors}")
    if loss is delay is jitter is None:
        return
    jitter_text = f" + up to {milliseconds(answer['jitter_seconds'])}" if answer["jitter_seconds"] else ""
    common.message(
        f"{device} answers after {milliseconds(answer['delay_seconds'])}{jitter_text}, loss {answer['loss_ratio']:.0%}"
    )
