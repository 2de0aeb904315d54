"""`sotpctl lab`: a simulated network to try everything on."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from lab import launch
from lab.client import STATE_DIRECTORY, LabError, Running, find
from lab.inbox import read as read_inbox
from sotpctl.cli import common
from sotpctl.inventory import durations

_WIDTH = 80
_F = TypeVar("_F", bound=Callable[..., Any])


class _Duration(click.ParamType[float]):
    """A duration such as 80ms, in seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return durations.seconds(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Share(click.ParamType[float]):
    """A share such as 20%, as 0 to 1."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value)
        try:
            share = float(text.removesuffix("%")) / 100
        except ValueError:
            share = -1.0
        if not text.endswith("%") or not 0 <= share <= 1:
            self.fail(f'"{text}" is no share: write it like 20%, from 0% to 100%', param, ctx)
        return share


def _lab_options(command: _F) -> _F:
    """`-i` and `--lab-dir`, which say which lab is meant."""
    command = click.option(
        "--lab-dir",
        type=common.PATH,
        default=None,
        help=f"The lab's state: log, inbox, control socket.  [default: {STATE_DIRECTORY} beside the inventory]",
    )(command)
    return common.inventory_option(command)


@click.group()
def lab() -> None:
    """A simulated network to try everything on: break it, heal it.

    Every enabled device of the inventory answers pings in a network namespace of the lab's own, each with its own
    delay, and SNMP as its platform does, and logs by syslog and traps what happens to it; nothing of it is seen
    outside. A sink takes the mails, Slack messages and webhooks that alerts would send.

    \b
    A round:
      sotpctl lab up                      start it
      sotpctl lab status                  who is there, who lives
      sotpctl lab break waw-acc-1          kill a switch, and with it what hangs on it alone
      sotpctl lab break waw-core-1 --fan   break a part of a device, as SNMP shows it
      sotpctl lab flood waw-acc-1 --rate 5000 --for 30s   let a device log without end
      sotpctl lab inbox                   what the team would have got
      sotpctl lab heal                    mend everything
      sotpctl lab down                    stop it

    Runs as root, or without where unprivileged user namespaces and /dev/net/tun are open to all. Needs iproute2.
    """  # noqa: D301 - click's mark for lines to keep


@lab.command()
@_lab_options
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
    directory = _directory(inventory_path, lab_dir)
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
@_lab_options
def down(inventory_path: Path, lab_dir: Path | None) -> None:
    """Stop the lab; its namespace goes with it. The inbox and the log stay."""
    directory = _directory(inventory_path, lab_dir)
    running = find(directory)
    if running is None:
        common.message(f"no lab runs in {directory}: nothing to do")
        return
    launch.stop(running)
    common.message("lab is down")


@lab.command()
@_lab_options
@common.output_option
def status(inventory_path: Path, lab_dir: Path | None, output: str) -> None:
    """Show every device: its delay and loss, whether it lives, what cuts it off, which of its parts are broken."""
    running = _running(inventory_path, lab_dir)
    answer = _call(running, {"op": "status"})
    if output == "json":
        common.print_json({key: value for key, value in answer.items() if key != "ok"})
        return
    click.echo(f"{running.inventory}: {_summary(answer['devices'])}")
    click.echo(f"inbox: http://{running.http}/\n")
    click.echo("\n".join(_table(answer["devices"])))


@lab.command("break")
@_lab_options
@click.argument("devices", metavar="DEVICE...", nargs=-1, required=True)
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
        _break_part(_running(inventory_path, lab_dir), devices, parts)
        return
    answer = _call(_running(inventory_path, lab_dir), {"op": "break", "devices": list(devices)})
    behind = answer["behind"]
    taken = f"; it takes {common.count(len(behind), 'other')} with it: {_list(behind)}" if behind else ""
    if len(answer["broken"]) > 1:
        taken = taken.replace("it takes", "they take").replace("with it", "with them")
    rest = taken or "; nothing else loses its last way"
    common.message(f"broken: {', '.join(answer['broken'])}{rest}")


def _break_part(running: Running, devices: Sequence[str], parts: Mapping[str, str | bool | None]) -> None:
    """`break` with an option."""
    if len(devices) > 1:
        common.fail("a part is broken at one device at a time: name one, or leave the options out to kill them all")
    answer = _call(running, {"op": "fail", "device": devices[0], **parts})
    down = (
        [f"{' and '.join(answer['down'])} {'are' if len(answer['down']) > 1 else 'is'} down"] if answer["down"] else []
    )
    told = {"fan": "a fan stands still", "agent": "its agent hangs", "community": "its agent takes other credentials"}
    told["reboot"] = "it has rebooted, its interfaces have other numbers"
    told["config"] = "someone changed its configuration"
    common.message(f"{devices[0]}: {', '.join([*down, *(told[part] for part in answer['failed'])])}")


@lab.command()
@_lab_options
@click.argument("devices", metavar="[DEVICE...]", nargs=-1)
def heal(inventory_path: Path, lab_dir: Path | None, devices: tuple[str, ...]) -> None:
    """Mend devices, broken or degraded; all of them when none is named."""
    healed = _call(_running(inventory_path, lab_dir), {"op": "heal", "devices": list(devices)})["healed"]
    common.message(f"healed: {', '.join(healed)}" if healed else "nothing was broken or degraded")


@lab.command()
@_lab_options
@click.argument("device")
@click.option("--loss", type=_Share(), help="Share of requests without an answer, like 20%.")
@click.option("--delay", type=_Duration(), help="Time until it answers, like 80ms.")
@click.option("--jitter", type=_Duration(), help="Up to this much later, at random, like 10ms.")
@click.option("--cpu", type=_Share(), help="Its processors are this busy, like 97%.")
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
    answer = _call(_running(inventory_path, lab_dir), {"op": "degrade", "device": device, **changes})
    if cpu is not None:
        common.message(f"{device}: its processors are {cpu:.0%} busy")
    if errors is not None:
        common.message(f"{device}: packets come in broken at {errors}")
    if loss is delay is jitter is None:
        return
    jitter_text = f" + up to {_milliseconds(answer['jitter_seconds'])}" if answer["jitter_seconds"] else ""
    common.message(
        f"{device} answers after {_milliseconds(answer['delay_seconds'])}{jitter_text}, loss {answer['loss_ratio']:.0%}"
    )


@lab.command()
@_lab_options
@click.argument("device")
@click.option("--rate", type=click.FloatRange(0, min_open=True), required=True, help="Messages a second.")
@click.option("--for", "seconds", type=_Duration(), help="For so long, like 30s.  [default: until it is healed]")
def flood(inventory_path: Path, lab_dir: Path | None, device: str, rate: float, seconds: float | None) -> None:
    """Let a device log without end: syslog by UDP from its own address.

    \b
    Like this:
      sotpctl lab flood waw-acc-1 --rate 5000 --for 30s
    What `stack up --lab` runs hears it. `heal` ends it.
    """  # noqa: D301 - click's mark
    op = {"op": "flood", "device": device, "rate": rate, "seconds": seconds}
    _call(_running(inventory_path, lab_dir), op)
    span = "until it is healed" if seconds is None else f"for {seconds:g} s"
    common.message(f"{device} logs {rate:g} messages/s, {span}")


@lab.command("exec", context_settings={"ignore_unknown_options": True})
@_lab_options
@click.argument("command", metavar="-- CMD...", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(inventory_path: Path, lab_dir: Path | None, command: tuple[str, ...]) -> None:
    """Run a command inside the lab's network, where the devices are.

    \b
    Like this:
      sotpctl lab exec -- ping -c3 192.0.2.1
      sotpctl lab exec -- ip route
    """  # noqa: D301 - click's mark
    running = _running(inventory_path, lab_dir)
    if shutil.which(command[0]) is None:
        common.fail(f"{command[0]}: no such command on PATH")
    if shutil.which("nsenter") is None:
        common.fail("nsenter is not on PATH, so the lab's network can't be entered; install util-linux")
    words = [*running.enter(), *command]
    os.execvp(words[0], words)  # noqa: S606 - the user's own command, with no shell between


@lab.command()
@_lab_options
@common.output_option
def inbox(inventory_path: Path, lab_dir: Path | None, output: str) -> None:
    """Print what the team would have got, oldest first: mails, Slack messages, webhooks.

    The same is on the sink's page, which `lab status` names. It works with the lab down, too.
    """
    messages = read_inbox(_directory(inventory_path, lab_dir) / "inbox.jsonl")
    if output == "json":
        common.print_json(messages)
        return
    if not messages:
        common.message("no message yet")
    for message in messages:
        to = ", ".join(map(str, message.get("to", ())))
        head = f"{message['time']}  {message['channel']}{f' to {to}' if to else ''}"
        body = "\n".join(f"  {line}".rstrip() for line in str(message["text"]).strip().splitlines())
        click.echo(_printable("\n".join(part for part in (head, f"  {message['subject']}", body, "") if part)) + "\n")


def _again(running: Running, inventory_path: Path) -> None:
    """`up` on a lab that runs."""
    if running.inventory != inventory_path.absolute():
        common.fail(
            f"the lab that runs here simulates {running.inventory}, not {inventory_path.absolute()}:"
            f" stop it first (sotpctl lab down -i {running.inventory}), or give this one a folder with --lab-dir"
        )
    answer = running.call({"op": "reload"})
    changes = [f"{sign}{name}" for sign, key in (("+", "added"), ("-", "removed")) for name in answer[key]]
    changed = f"; inventory read again: {_list(changes)}" if changes else ""
    common.message(f"lab is already up ({common.count(answer['devices'], 'device')}, pid {running.pid}){changed}")


def _directory(inventory_path: Path, lab_dir: Path | None) -> Path:
    if lab_dir is not None:
        return lab_dir.absolute()
    root = inventory_path if inventory_path.is_dir() else inventory_path.parent
    return root.absolute() / STATE_DIRECTORY


def _running(inventory_path: Path, lab_dir: Path | None) -> Running:
    directory = _directory(inventory_path, lab_dir)
    running = find(directory)
    if running is None:
        common.fail(f"no lab runs in {directory}; start it: sotpctl lab up")
    return running


def _call(running: Running, op: dict[str, Any]) -> dict[str, Any]:
    try:
        return running.call(op)
    except LabError as error:
        common.fail(str(error))


def _summary(devices: Sequence[dict[str, Any]]) -> str:
    states = Counter(device["state"] for device in devices)
    parts = [f"{states[state]} {state}" for state in ("alive", "dead", "unreachable") if states[state]]
    return ", ".join([common.count(len(devices), "device"), *(parts if len(parts) > 1 else [])])


def _table(devices: Sequence[dict[str, Any]]) -> list[str]:
    """The devices as aligned lines; what is free-form stands last and is cut to the width."""
    rows = [("DEVICE", "SITE", "ADDRESS", "DELAY", "LOSS", "STATE")]
    for device in devices:
        delay, loss = _milliseconds(device["delay_seconds"]), f"{device['loss_ratio']:.0%}"
        rows.append((device["device"], device["site"], device["address"], delay, loss, _state(device)))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return [_cut("  ".join([*(map(_pad, row, widths, "lllrr")), row[5]]).rstrip()) for row in rows]


def _state(device: dict[str, Any]) -> str:
    if device["unsimulated"]:
        return f"{device['state']}, silent: {device['unsimulated']}"
    because = [*device["because"], *device["faults"]]
    return f"{device['state']}: {', '.join(because)}" if because else str(device["state"])


def _pad(text: str, width: int, side: str) -> str:
    return text.rjust(width) if side == "r" else text.ljust(width)


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _list(names: Sequence[str], shown: int = 10) -> str:
    rest = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + rest


def _printable(text: str) -> str:
    """The text without what would steer the terminal: a message is a stranger's."""
    return "".join(character for character in text if character == "\n" or character.isprintable())
