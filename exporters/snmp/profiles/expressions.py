"""The arithmetic of profiles: `jnxOperatingCPU / 100`, `hrStorageUsed * hrStorageAllocationUnits`. Pure.

It is Python's grammar, read by `ast` and held to numbers, objects, + - * / **, `Table[object]` (a table of `enums`) and
the functions below; nothing is ever evaluated but closures made here. What the device didn't give makes the whole
expression None, except within `first`, `max` and `sum`.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from functools import partial

from exporters.snmp.oid import Oid
from exporters.snmp.profiles.values import Columns, Index, Number, number_of, text_of

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_NO_LIGHT_DBM = -60
_CHOICES = re.compile(r"\b(first|max|sum)\(")  # functions that do without what is missing
_LEAST_BIAS_MICROAMPERES = 500  # less no laser takes, and none as many milliamperes
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
        if isinstance(node, ast.Name) and node.id not in _FUNCTIONS and node.id not in scope.enums
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
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            count, make = _FUNCTIONS[name]
            if count and len(args) != count:
                raise ExpressionError(f"{name}() takes {count} argument{'s' if count > 1 else ''}")
            return make([_number(argument, scope) for argument in args])
    known = ", ".join(f"{name}()" for name in _FUNCTIONS)
    raise ExpressionError(f"`{ast.unparse(node)}` isn't known here: there are objects, numbers, + - * / **, {known}")


def _object(name: str, scope: Scope) -> Number:
    slot = scope.slot(name)
    scalar = scope.is_scalar(name)

    def read(columns: Columns, index: Index) -> float | None:
        value = columns[slot].get(() if scalar else index)
        return value if isinstance(value, int) else number_of(value)

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


def _first(arguments: list[Number]) -> Number:
    def run(columns: Columns, index: Index) -> float | None:
        for argument in arguments:
            value = argument(columns, index)
            if value is not None:
                return value
        return None

    return run


def _max(arguments: list[Number]) -> Number:
    def run(columns: Columns, index: Index) -> float | None:
        found = [value for argument in arguments if (value := argument(columns, index)) is not None]
        return max(found, default=None)

    return run


def _sum(arguments: list[Number]) -> Number:
    """All that the device has, added; None where it has none."""

    def run(columns: Columns, index: Index) -> float | None:
        found = [value for argument in arguments if (value := argument(columns, index)) is not None]
        return sum(found) if found else None

    return run


def _mapped(act: Callable[[float], float | None], arguments: list[Number]) -> Number:
    (argument,) = arguments

    def run(columns: Columns, index: Index) -> float | None:
        value = argument(columns, index)
        return None if value is None else act(value)

    return run


def _positive(value: float) -> float | None:
    """Nothing where it is 0 or less: what agents say where they don't know."""
    return value if value > 0 else None


def _unsigned(value: float) -> float:
    """What a signed number of 32 bits would be without its sign: 2 GiB and more, in a MIB that forgot of them."""
    return value + 2**32 if value < 0 else value


def _amperes(value: float) -> float:
    """A laser's bias current, told in milliamperes or microamperes, by model: no laser takes what both could mean."""
    return value / (1e6 if value >= _LEAST_BIAS_MICROAMPERES else 1e3)


def _less(arguments: list[Number]) -> Number:
    """What is left of the first without the second; the first alone where the second isn't part of it."""
    return _binary(lambda whole, part: whole - part if part <= whole else whole, *arguments)


def _dbm(arguments: list[Number]) -> Number:
    """The dBm of milliwatts; no light at all, which has no logarithm, is less than any receiver can tell."""

    def run(columns: Columns, index: Index) -> float | None:
        milliwatts = arguments[0](columns, index)
        if milliwatts is None or milliwatts < 0:
            return None
        return round(10 * math.log10(milliwatts), 3) if milliwatts else _NO_LIGHT_DBM

    return run


# name: how many arguments (0: any number), and what makes the closure
_FUNCTIONS: dict[str, tuple[int, Callable[[list[Number]], Number]]] = {
    "first": (0, _first),
    "max": (0, _max),
    "sum": (0, _sum),
    "positive": (1, partial(_mapped, _positive)),
    "unsigned": (1, partial(_mapped, _unsigned)),
    "amperes": (1, partial(_mapped, _amperes)),
    "less": (2, _less),
    "dbm": (1, _dbm),
}
