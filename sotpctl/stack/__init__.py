"""Stack: the engines and exporters of the current release as processes of this machine, each started once.

No supervisor: what dies stays dead until the next `up`. Below `<apply.directory>`, state stands in `run`, output in
`logs`, and what the engines store in `data`.
"""

from sotpctl.stack.parts import Part, StackError, documentation_only, parts
from sotpctl.stack.stack import Stack, Status

__all__ = ["Part", "Stack", "StackError", "Status", "documentation_only", "parts"]
