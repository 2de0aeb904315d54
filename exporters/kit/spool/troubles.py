"""What goes wrong with a spool's files: counted, and told when it begins and ends."""

import logging
from dataclasses import dataclass

from exporters.kit.log import fields

_LOG = logging.getLogger("spool")


@dataclass(slots=True)
class Troubles:
    """Counts, which only grow.

    Attributes:
        damaged_blocks: What couldn't be read.
        write_errors: Writes that the disk refused.
        error: Why the last write of blocks failed; "" where it worked.
    """

    damaged_blocks: int = 0
    write_errors: int = 0
    error: str = ""

    def wrote(self, error: str) -> None:
        """Blocks were written; `error` says why not, "" that all went well."""
        if error and error != self.error:
            _LOG.error("the spool can't be written, messages are held in memory", extra=fields(error=error))
        elif self.error and not error:
            _LOG.info("the spool can be written again")
        self.write_errors += bool(error)
        self.error = error

    def cursor(self, error: OSError) -> None:
        """The cursor couldn't be written."""
        self.write_errors += 1
        _LOG.error("the cursor can't be written", extra=fields(error=error))
