"""One look-up of a name, in a thread of its own: a resolver that hangs holds up neither the loop nor the end."""

import asyncio
import socket
import threading
from collections.abc import Callable

Lookup = Callable[[str, int], list[str]]


def system_lookup(name: str, family: int) -> list[str]:
    """Asks the system's resolver; blocks.

    Args:
        name: A host name.
        family: AF_INET, AF_INET6 or 0 for any.

    Returns:
        Addresses, the preferred first.

    Raises:
        OSError: There is none, or the resolver failed.
    """
    found = socket.getaddrinfo(name, None, socket.AddressFamily(family), socket.SOCK_DGRAM)
    return list(dict.fromkeys([str(address[0]) for *_, address in found]))


async def in_thread(lookup: Lookup, name: str, family: int, done: Callable[[], None] = lambda: None) -> list[str]:
    """Runs a look-up in a daemon thread: a pool's threads would be waited for at exit.

    Args:
        lookup: What is run.
        name: A host name.
        family: AF_INET, AF_INET6 or 0 for any.
        done: Called in the loop when the thread ended, also when nobody waits for it any more.

    Returns:
        Addresses of the family, the preferred first; one at least.

    Raises:
        OSError: There is none, or the resolver failed.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[str]] = loop.create_future()

    def settle(result: list[str], error: OSError | None) -> None:
        done()
        if future.done():
            return
        if error:
            future.set_exception(error)
        else:
            future.set_result(result)

    def run() -> None:
        result: list[str] = []
        failure: OSError | None = None
        try:
            result = lookup(name, family)
        except OSError as error:
            failure = error
        except UnicodeError as error:  # a name that IDNA can't encode
            failure = OSError(str(error))
        try:
            loop.call_soon_threadsafe(settle, result, failure)
        except RuntimeError:
            return  # the loop ended meanwhile

    threading.Thread(target=run, name=f"look-up of {name}", daemon=True).start()
    found = [address for address in await future if family in {0, _family(address)}]
    if not found:
        raise OSError("no address")
    return found


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET
