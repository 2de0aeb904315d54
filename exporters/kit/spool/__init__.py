"""A queue of batches on disk, between what receives and what ships: `Spool`.

Segments are only appended to; a batch is one block with its length and checksums (`block`); the cursor moves only after
an acknowledgement (`cursor`); the counts hold to the message, over kills, damage and full disks (`ledger`).
"""

from exporters.kit.spool.block import Batch, Block
from exporters.kit.spool.ledger import Ledger
from exporters.kit.spool.spool import Policy, Spool

__all__ = ["Batch", "Block", "Ledger", "Policy", "Spool"]
