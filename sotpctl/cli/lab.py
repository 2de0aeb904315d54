"""`sotpctl lab`: a simulated network to try everything on."""

import os
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from lab import launch
from lab.client import LabError, Running, find
from lab.inbox import read as read_inbox
from sotpctl.cli import common
from sotpctl.cli.lab_common import call, lab_options, list_names, milliseconds, printable, running_lab, state_directory
from sotpctl.cli.lab_faults import break_, degrade, heal
from sotpctl.cli.lab_say import flood, say, trap
from sotpctl.cli.terminal import columns, fit


@click.group(cls=common.Group)
def lab() -> None:
    """A simulated network to try everything on: break it, heal it.

    Every enabled device of the inventory answers pings in a network namespace of the lab's own, each with its own
    delay, and SNMP as its platform does, and logs by syslog and traps what happens to it; nothing of it is seen
    outside. A sink takes the mails, Slack messages and webhooks that alerts would send.

    \b
    A round:
      sotpctl lab up                      start it
      sotpctl lab status                  who is there, who lives
      sotpctl lab break waw-acc-1         kill a switch, and with it what hangs on it alone
      sotpctl lab break waw-core-1 --fan  break a part of a device, as SNMP shows it
      sotpctl lab say waw-core-1 TEXT     let a device log something
      sotpctl lab flood waw-acc-1 --rate 5000 --for 30s
                                          let a device log without end
      sotpctl lab inbox                   what the team would have got
      sotpctl lab heal                    mend everything
      sotpctl lab down                    stop it

    Runs as root, or without where unprivileged user namespaces and /dev/net/tun are open to all. Needs iproute2.
    """  # noqa: D301 - click's mark for lines to keep


for command in (break_, heal, degrade, say, trap, flood):
    lab.add_command(command)


@lab.command()
@lab_options
@click.option("--sink-smtp", metavar="HOST:PORT", help="Where the sink takes mail.  [default: the email receiver's]")
@click.option("--sink-http", metavar="HOST:PORT", help="Where it takes webhooks, and its page.  [default: port 10180]")
def up(inventory_path: Path, lab_dir: Path | None, sink_smtp: str | None, sink_http: str | None) -> None:
    """Start the lab in the background; when it runs, let it read the inventory again.

    Devices are simulated by their addresses in the inventory; one whose address is a name is not, and `status` says so.
    The sink's page shows every message that came; .lab/slack-url holds the address of its Slack receiver, for a
    receiver with `slack: {url: {file: .lab/slack-url}}`. SNMP secrets that the inventory expects in .lab and nobody
    wrote are the lab's own; those that it expects in the environment and nobody set stand in .lab/environment. A fault
    survives a second `up`, not a `down`.
    """
    directory = state_directory(inventory_path, lab_dir)
    common.load_or_exit(inventory_path)
    running = find(directory)
    try:
        if running is not None:
            _again(running, inventory_path)
            return
        running = launch.start(inventory_path, directory, smtp=sink_smtp, http=sink_http)
        devices = running.call({"op": "status"})["devices"]
    except LabError as error:
        common.fail(f"no lab: {error}")
    common.message(f"lab is up: {_summary(devices)}")
    for device in devices:
        if device["unsimulated"]:
            common.message(f"warning: {device['device']} ({device['address']}) is silent: {device['unsimulated']}")
    common.message(f"mail, Slack and webhooks: http://{running.http}/ (SMTP on {running.smtp})")
    common.message("try: sotpctl lab status, sotpctl lab break DEVICE")


@lab.command()
@lab_options
def down(inventory_path: Path, lab_dir: Path | None) -> None:
    """Stop the lab; its namespace goes with it. The inbox and the log stay."""
    directory = state_directory(inventory_path, lab_dir)
    running = find(directory)
    if running is None:
        common.message(f"no lab runs in {directory}: nothing to do")
        return
    launch.stop(running)
    common.message("lab is down")


@lab.command()
@lab_options
@common.output_option
def status(inventory_path: Path, lab_dir: Path | None, output: str) -> None:
    """Show every device: its delay and loss, whether it lives, what cuts it off, which of its parts are broken."""
    running = running_lab(inventory_path, lab_dir)
    answer = call(running, {"op": "status"})
    if output == "json":
        common.print_json({key: value for key, value in answer.items() if key != "ok"})
        return
    click.echo(f"{running.inventory}: {_summary(answer['devices'])}")
    click.echo(f"inbox: http://{running.http}/\n")
    click.echo("\n".join(_table(answer["devices"])))


@lab.command("exec", context_settings={"ignore_unknown_options": True})
@lab_options
@click.argument("command", metavar="-- CMD...", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(inventory_path: Path, lab_dir: Path | None, command: tuple[str, ...]) -> None:
    """Run a command inside the lab's network, where the devices are.

    \b
    Like this:
      sotpctl lab exec -- ping -c3 192.0.2.1
      sotpctl lab exec -- ip route
    """  # noqa: D301 - click's mark
    running = running_lab(inventory_path, lab_dir)
    if shutil.which(command[0]) is None:
        common.fail(f"{command[0]}: no such command on PATH")
    if shutil.which("nsenter") is None:
        common.fail("nsenter is not on PATH, so the lab's network can't be entered; install util-linux")
    words = [*running.enter(), *command]
    os.execvp(words[0], words)  # noqa: S606 - the user's own command, with no shell between


@lab.command()
@lab_options
@common.output_option
def inbox(inventory_path: Path, lab_dir: Path | None, output: str) -> None:
    """Print what the team would have got, oldest first: mails, Slack messages, webhooks.

    The same is on the sink's page, which `lab status` names. It works with the lab down, too.
    """
    messages = read_inbox(state_directory(inventory_path, lab_dir) / "inbox.jsonl")
    if output == "json":
        common.print_json(messages)
        return
    if not messages:
        common.message("no message yet")
    for message in messages:
        to = ", ".join(map(str, message.get("to", ())))
        head = f"{message['time']}  {message['channel']}{f' to {to}' if to else ''}"
        body = "\n".join(f"  {line}".rstrip() for line in str(message["text"]).strip().splitlines())
        click.echo(printable("\n".join(part for part in (head, f"  {message['subject']}", body, "") if part)) + "\n")


def _again(running: Running, inventory_path: Path) -> None:
    """`up` on a lab that runs."""
    if running.inventory != inventory_path.absolute():
        common.fail(
            f"the lab that runs here simulates {running.inventory}, not {inventory_path.absolute()}:"
            f" stop it first (sotpctl lab down -i {running.inventory}), or give this one a folder with --lab-dir"
        )
    answer = running.call({"op": "reload"})
    changes = [f"{sign}{name}" for sign, key in (("+", "added"), ("-", "removed")) for name in answer[key]]
    changed = f"; inventory read again: {list_names(changes)}" if changes else ""
    common.message(f"lab is already up ({common.count(answer['devices'], 'device')}, pid {running.pid}){changed}")


def _summary(devices: Sequence[dict[str, Any]]) -> str:
    states = Counter(device["state"] for device in devices)
    parts = [f"{states[state]} {state}" for state in ("alive", "dead", "unreachable") if states[state]]
    return ", ".join([common.count(len(devices), "device"), *(parts if len(parts) > 1 else [])])


def _table(devices: Sequence[dict[str, Any]]) -> list[str]:
    """The devices as aligned lines; what is free-form stands last and is cut to the terminal."""
    rows = [("DEVICE", "SITE", "ADDRESS", "DELAY", "LOSS", "STATE")]
    for device in devices:
        delay, loss = milliseconds(device["delay_seconds"]), f"{device['loss_ratio']:.0%}"
        rows.append((device["device"], device["site"], device["address"], delay, loss, _state(device)))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    most = columns()
    return [fit("  ".join([*(map(_pad, row, widths, "lllrr")), row[5]]).rstrip(), most) for row in rows]


def _state(device: dict[str, Any]) -> str:
    if device["unsimulated"]:
        return f"{device['state']}, silent: {device['unsimulated']}"
    because = [*device["because"], *device["faults"]]
    return f"{device['state']}: {', '.join(because)}" if because else str(device["state"])


def _pad(text: str, width: int, side: str) -> str:
    return text.rjust(width) if side == "r" else text.ljust(width)
