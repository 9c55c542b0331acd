"""`histogram(value, kind, bins, normalised)`: a row for each bin, with how many values it has."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from .functions import Call, Function, Kind, register
from .typed import NUMBERS, VARCHAR, Typed, number, quote

_BYTES = 510
_MOST_BINS = 1000


def _edges(call: Call) -> list[float]:
    """The ends of all bins, in order."""
    kind, text = call.constant(1, str), call.constant(2, str)
    try:
        wanted: Any = json.loads(text)
        edges = _KINDS[kind](wanted)
    except (KeyError, TypeError, ValueError):
        raise call.wrong_type() from None
    if not 2 <= len(edges) <= _MOST_BINS or any(left >= right for left, right in pairwise(edges)):
        raise call.wrong_type()
    return edges


def _given(wanted: Any) -> list[float]:
    return [float(edge) for edge in wanted]


def _linear(wanted: Any) -> list[float]:
    start, width, count = float(wanted["start"]), float(wanted["width"]), int(wanted["count"])
    return _opened([start + width * place for place in range(count + 1)], wanted)


def _logarithmic(wanted: Any) -> list[float]:
    start, factor, count = float(wanted["start"]), float(wanted["factor"]), int(wanted["count"])
    return _opened([start * factor**place for place in range(count + 1)], wanted)


def _opened(edges: list[float], wanted: Any) -> list[float]:
    return [float("-inf"), *edges, float("inf")] if wanted["infinity"] else edges


_KINDS = {"user_input": _given, "linear_bin": _linear, "log_bin": _logarithmic}


def _histogram(call: Call) -> Typed:
    value, normalised = number(call.take(0, NUMBERS)), call.constant(3)
    edges = _edges(call)
    inside = f"{value} > '{edges[0]}'::DOUBLE AND {value} <= '{edges[-1]}'::DOUBLE"
    rows = []
    for low, high in pairwise(edges):
        count = f"count(*) FILTER ({value} > '{low}'::DOUBLE AND {value} <= '{high}'::DOUBLE)"
        shown = f"({count})::VARCHAR"
        if normalised:
            shown = f"printf('%.6f', coalesce({count} / nullif(count(*) FILTER ({inside}), 0), 0))"
        head = quote(f'{{"lower_bin":{low:g}, "upper_bin":{high:g}, "count":')
        rows.append(f"{head} || {shown} || '}}'")
    return Typed(f"unnest([{', '.join(rows)}])", VARCHAR, _BYTES)


register(Function("histogram", Kind.AGGREGATE, 4, 4, _histogram))
