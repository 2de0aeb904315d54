"""The arithmetic of profiles: `jnxOperatingCPU / 100`, `hrStorageUsed * hrStorageAllocationUnits`. Pure.

It is Python's grammar, read by `ast` and held to numbers, objects, + - * / **, `Table[object]` (a table of `enums`),
`bits(object)` and the functions of `functions.py`; nothing is ever evaluated but closures made here. What the device
didn't give makes the whole expression None, except within `first`, `max` and `sum`.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping

from exporters.snmp.oid import Oid
from exporters.snmp.profiles.functions import FUNCTIONS
from exporters.snmp.profiles.values import Columns, Index, Number, number_of, text_of

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_MOST_OCTETS = 6  # a float is exact up to 53 bits
_CHOICES = re.compile(r"\b(first|max|sum)\(")  # functions that do without what is missing
Enum = Mapping[str, float | str]


class ExpressionError(ValueError):
    """An expression that can't be; the text says why."""


class Scope:
    """What names stand for while one profile is compiled.

    Attributes:
        enums: Tables of numbers or words by value.
        slots: Each object's place in `Columns`, in the order of first use.
        derived: What `derived:` defines: slots too, filled before any rule runs. Sums have one instance, parts many.
        naming: Whether what is compiled now only names things.
        dynamic: Objects that do more.
    """

    def __init__(self, objects: Mapping[str, Oid], enums: Mapping[str, Enum]) -> None:
        self._objects = objects
        self.enums = enums
        self.slots: dict[str, int] = {}
        self.derived: dict[str, bool] = {}
        self.naming = False
        self.dynamic: set[str] = set()

    def slot(self, name: str) -> int:
        """Returns an object's place.

        Raises:
            ExpressionError: No object is called so.
        """
        self.is_scalar(name)
        if not self.naming:
            self.dynamic.add(name)
        return self.slots.setdefault(name, len(self.slots))

    def is_scalar(self, name: str) -> bool:
        """Tells whether an object has one instance: its OID ends in 0, or it is derived from all rows."""
        if name in self.derived:
            return self.derived[name]
        if name not in self._objects:
            raise ExpressionError(f'no object is called "{name}"; add it under `objects:` with its OID')
        return self._objects[name][-1] == 0


def compile_number(text: str, scope: Scope) -> Number:
    """Returns the closure of an expression.

    Raises:
        ExpressionError: It isn't one.
    """
    return _number(_parse(text), scope)


def primary(text: str, scope: Scope) -> list[str]:
    """Returns the objects whose rows an expression has: its first column; with `first`, `max` or `sum` any column."""
    names = [
        node.id
        for node in ast.walk(_parse(text))
        if isinstance(node, ast.Name) and node.id not in (*FUNCTIONS, "bits") and node.id not in scope.enums
    ]
    columns = [name for name in names if not scope.is_scalar(name)]
    return (columns or names)[: None if _CHOICES.search(text) else 1]


def lookup(text: str, scope: Scope) -> tuple[Enum, Callable[[Columns, Index], str]] | None:
    """Returns the table and the key's closure of `Table[object]`, None where the text is something else."""
    tree = _parse(text)
    if not isinstance(tree, ast.Subscript):
        return None
    return _lookup(tree, scope)


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        raise ExpressionError(f'"{text}" is no expression, as `object * 1024`') from None


def _number(node: ast.expr, scope: Scope) -> Number:  # noqa: PLR0911  # a case a line
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return lambda *_: value
        case ast.Call(func=ast.Name(id="bits"), args=[ast.Name(id=name)], keywords=[]):
            return _bits(name, scope)
        case ast.Name(id=name):
            return _object(name, scope)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _binary(operator.sub, lambda *_: 0, _number(operand, scope))
        case ast.BinOp(left=left, op=op, right=ast.Constant(value=int() | float() as value)) if type(op) in _OPERATORS:
            return _with_constant(_OPERATORS[type(op)], _number(left, scope), value)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _binary(_OPERATORS[type(op)], _number(left, scope), _number(right, scope))
        case ast.Subscript():
            return _looked_up(node, scope)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            count, make = FUNCTIONS[name]
            if count and len(args) != count:
                raise ExpressionError(f"{name}() takes {count} argument{'s' if count > 1 else ''}")
            return make([_number(argument, scope) for argument in args])
    known = ", ".join(f"{name}()" for name in (*FUNCTIONS, "bits"))
    raise ExpressionError(f"`{ast.unparse(node)}` isn't known here: there are objects, numbers, + - * / **, {known}")


def _object(name: str, scope: Scope) -> Number:
    slot = scope.slot(name)
    scalar = scope.is_scalar(name)

    def read(columns: Columns, index: Index) -> float | None:
        value = columns[slot].get(() if scalar else index)
        return value if isinstance(value, int) else number_of(value)

    return read


def _bits(name: str, scope: Scope) -> Number:
    """An octet string's bits as one number, the first octet's highest bit the most significant."""
    slot, scalar = scope.slot(name), scope.is_scalar(name)

    def read(columns: Columns, index: Index) -> float | None:
        value = columns[slot].get(() if scalar else index)
        return int.from_bytes(value, "big") if isinstance(value, bytes) and len(value) <= _MOST_OCTETS else None

    return read


def _binary(act: Callable[[float, float], float], left: Number, right: Number) -> Number:
    def run(columns: Columns, index: Index) -> float | None:
        one = left(columns, index)
        two = right(columns, index)
        if one is None or two is None:
            return None
        try:
            return act(one, two)
        except (ZeroDivisionError, OverflowError):
            return None

    return run


def _with_constant(act: Callable[[float, float], float], left: Number, value: float) -> Number:
    def run(columns: Columns, index: Index) -> float | None:
        one = left(columns, index)
        return None if one is None else act(one, value)

    if act is operator.truediv and not value:
        raise ExpressionError("a division by 0")
    return _binary(act, left, lambda *_: value) if act is operator.pow else run


def _looked_up(node: ast.Subscript, scope: Scope) -> Number:
    table, key = _lookup(node, scope)
    numbers = {name: value for name, value in table.items() if not isinstance(value, str)}

    def run(columns: Columns, index: Index) -> float | None:
        return numbers.get(key(columns, index))

    return run


def _lookup(node: ast.Subscript, scope: Scope) -> tuple[Enum, Callable[[Columns, Index], str]]:
    match node:
        case ast.Subscript(value=ast.Name(id=table), slice=ast.Name(id=name)):
            if table not in scope.enums:
                raise ExpressionError(f'no table is called "{table}"; add it under `enums:`')
            slot, scalar = scope.slot(name), scope.is_scalar(name)
            return scope.enums[table], lambda columns, index: text_of(columns[slot].get(() if scalar else index))
    raise ExpressionError(f"`{ast.unparse(node)}`: it is written Table[object]")
