"""The nodes that a tree of TDengine's SQL has beyond sqlglot's own."""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp


class Duration(exp.Expression):
    """A length of time: `this` units (an int) of `unit`."""

    arg_types: ClassVar = {"this": True, "unit": True}


class Pseudo(exp.Expression):
    """A pseudo column: `tbname`, `_wstart`, … (`this`), perhaps of a table."""

    arg_types: ClassVar = {"this": True, "table": False}


class Contains(exp.Expression, exp.Binary):
    """`json contains 'key'`."""


class Negated(exp.Expression):
    """`not like`, `not in`, `not between`, `nmatch`: not true of NULL either."""


class TypeName(exp.Expression):
    """The type of a cast: a code of `taosnative.types` (`this`) and a length."""

    arg_types: ClassVar = {"this": True, "length": False}


class Window(exp.Expression):
    """A window clause: its kind (`this`) and arguments."""

    arg_types: ClassVar = {"this": True, "expressions": False, "sliding": False, "start": False, "end": False}


class Fill(exp.Expression):
    """A fill clause: its mode (`this`) and values."""

    arg_types: ClassVar = {"this": True, "expressions": False}


class Select(exp.Select):
    """A SELECT with TDengine's clauses."""

    arg_types: ClassVar = {
        **exp.Select.arg_types,
        "tags": False,
        "partition": False,
        "range": False,
        "every": False,
        "window_clause": False,
        "fill": False,
        "slimit": False,
    }
