"""The table of functions that make one value, or pick one row, of many."""

from __future__ import annotations

from collections.abc import Callable

from .casts import wrap
from .catalog import SuperTable
from .functions import Call, Function, Kind, register
from .protocol import EngineError
from .time_functions import unit_ticks
from .typed import (
    BIGINT,
    BOOL,
    DOUBLE,
    NULL,
    NUMBERS,
    REALS,
    TEXTS,
    TIMESTAMP,
    UBIGINT,
    UNSIGNED,
    VARCHAR,
    Typed,
    fixed,
    number,
)

_ANY = frozenset(range(1, 22))
#: With more vgroups than these, floats are added up all in one.
_MOST_VGROUPS_TOLD_APART = 8
_HISTOGRAM_BINS = 500
_SINGLE_TABLE = 0x8000265F
_SPREAD = NUMBERS | {TIMESTAMP}


def _time(call: Call) -> str:
    """What rows are in the order of."""
    time = call.over.scope.first.time if call.over.scope.sources else None
    if time is None:
        raise EngineError(0x80002627, f"{call.function.name} needs the primary timestamp of its source")
    return time.sql


def _count(call: Call) -> Typed:
    value = call.arguments[0] if call.arguments else None
    return fixed("count(*)" if value is None else f"count({value.output})", BIGINT)


def _sum(call: Call) -> Typed:
    value = call.take(0, NUMBERS | {BOOL})
    code = DOUBLE if value.type in REALS else UBIGINT if value.type in UNSIGNED else BIGINT
    inner = f"({value.output})::TINYINT" if value.type == BOOL else value.sql
    if value.type == NULL:
        return fixed("NULL", code)
    return fixed(_sum_of_reals(call, inner) if code == DOUBLE else wrap(f"sum({inner})", code), code)


def _sum_of_reals(call: Call, sql: str) -> str:
    """The sum of the vgroups' sums, as TDengine adds floats up: which may differ much from the sum of all."""
    sources = call.over.scope.sources
    table = sources[0].table if len(sources) == 1 else None
    n_vgroups = table.database.vgroups if isinstance(table, SuperTable) else 1
    if n_vgroups == 1 or n_vgroups > _MOST_VGROUPS_TOLD_APART:
        return f"sum({sql})"
    parts = [f"sum({sql}) filter (where {sources[0].ref}.tid % {n_vgroups} = {group})" for group in range(n_vgroups)]
    return f"list_sum([{', '.join(parts)}])"


def _avg(call: Call) -> Typed:
    value = call.take(0, NUMBERS)
    if value.type in REALS:
        return fixed(f"{_sum_of_reals(call, f'({value.sql})::DOUBLE')} / count({value.sql})", DOUBLE)
    return fixed(f"avg(({value.sql})::DOUBLE)", DOUBLE)


def _double(template: str, types: frozenset[int] = NUMBERS) -> Callable[[Call], Typed]:
    def translate(call: Call) -> Typed:
        value = call.take(0, types)
        return fixed(template.format(f"({value.sql})::DOUBLE"), DOUBLE)

    return translate


def _extreme(name: str) -> Callable[[Call], Typed]:
    def translate(call: Call) -> Typed:
        value = call.take(0, NUMBERS | TEXTS)
        return Typed(f"{name}({value.sql})", value.type, value.length, exact=value.exact)

    return translate


def _picked(template: str) -> Callable[[Call], Typed]:
    def translate(call: Call) -> Typed:
        value = call.arguments[0]
        return Typed(template.format(value.output, _time(call)), value.type, value.length)

    return translate


def _by_time(name: str, nulls: bool) -> Callable[[Call], tuple[str, str]]:
    """How the row is found whose other columns go with a `first` or `last`."""

    def order(call: Call) -> tuple[str, str]:
        time = _time(call)
        return name, time if nulls else f"CASE WHEN {call.arguments[0].sql} IS NOT NULL THEN {time} END"

    return order


def _by_value(name: str) -> Callable[[Call], tuple[str, str]]:
    return lambda call: (name, call.arguments[0].sql)


def _count_distinct(call: Call) -> Typed:
    return fixed(f"count(DISTINCT {call.arguments[0].output})", BIGINT)


def _mode(call: Call) -> Typed:
    value = call.take(0, _ANY)
    return Typed(f"mode({value.output})", value.type, value.length)


def _percentile(call: Call) -> Typed:
    value = call.take(0, NUMBERS)
    shares = [float(call.constant(position, (int, float))) for position in range(1, len(call.arguments))]
    if any(not 0 <= share <= 100 for share in shares):
        raise call.wrong_range()
    if call.over.scope.first.is_super:
        raise EngineError(_SINGLE_TABLE, "percentile is only supported in single table query")
    found = [f"quantile_cont({number(value)}, {share / 100})" for share in shares]
    if len(found) == 1:
        return fixed(found[0], DOUBLE)
    numbers = " || ', ' || ".join(f"printf('%.6f', {share})" for share in found)
    return Typed(f"('[' || {numbers} || ']')", VARCHAR, 3198)


def _approximate_percentile(call: Call) -> Typed:
    value, share = call.take(0, NUMBERS), float(call.constant(1, (int, float)))
    if not 0 <= share <= 100:
        raise call.wrong_range()
    if len(call.arguments) > 2 and str(call.constant(2, str)).lower() not in ("default", "t-digest"):
        raise call.wrong_range()
    return fixed(_from_bins(number(value), share / 100), DOUBLE)


def _from_bins(value: str, share: float) -> str:
    """A percentile as TDengine reads it out of a histogram: between two values, along the slope of their counts.

    Its histogram has 500 bins, so that up to as many different values it is exact; beyond, ours is not the same.
    """
    bins = f"histogram({value})"
    values, counts = f"map_keys({bins})", f"map_values({bins})"
    wanted = f"(count({value}) * {share})"
    totals = f"list_transform(range(1, len({values}) + 1), lambda i: list_sum({counts}[1:i]))"
    place = f"len(list_filter({totals}, lambda t: t <= {wanted}))"
    beyond = f"({wanted} - {totals}[{place}])"
    count, following = f"{counts}[{place}]::DOUBLE", f"{counts}[{place} + 1]::DOUBLE"
    rise = f"({following} - {count})"
    slope = f"(sqrt({count} * {count} + 2 * {rise} * {beyond}) - {count}) / {rise}"
    share_of_gap = f"(CASE WHEN {rise} = 0 THEN {beyond} / {following} ELSE {slope} END)"
    between = f"{values}[{place}] + ({values}[{place} + 1] - {values}[{place}]) * {share_of_gap}"
    edges = f"WHEN {wanted} <= {counts}[1] THEN min({value}) WHEN {wanted} >= count({value}) THEN max({value})"
    exact = f"WHEN len({values}) > {_HISTOGRAM_BINS} THEN quantile_cont({value}, {share})"
    return f"(CASE {edges} {exact} ELSE {between} END)"


def _elapsed(call: Call) -> Typed:
    value = call.take(0, frozenset((TIMESTAMP,)))
    unit = unit_ticks(call, 1) or 1
    return fixed(f"(max({value.sql}) - min({value.sql}))::DOUBLE / {unit}", DOUBLE)


def _lists(call: Call, value: Typed) -> tuple[str, str]:
    """Times and values of the rows that have one, in the order of time."""
    time, given = _time(call), f"FILTER ({value.sql} IS NOT NULL)"
    return f"list({time} ORDER BY {time}) {given}", f"list({number(value)} ORDER BY {time}) {given}"


def _twa(call: Call) -> Typed:
    """The average of a value that is weighted by time, in straight lines between rows."""
    times, values = _lists(call, call.take(0, NUMBERS))
    area = (
        f"list_sum(list_transform(range(1, len({times})), lambda i: "
        f"(({values})[i] + ({values})[i + 1]) / 2 * (({times})[i + 1] - ({times})[i])))"
    )
    span = f"nullif(({times})[-1] - ({times})[1], 0)"
    return fixed(f"coalesce({area} / {span}, ({values})[1])", DOUBLE)


def _irate(call: Call) -> Typed:
    """The rate of the last two rows, in a second; a counter that fell began anew."""
    times, values = _lists(call, call.take(0, NUMBERS))
    last, before = f"({values})[-1]", f"({values})[-2]"
    second = (1_000, 1_000_000, 1_000_000_000)[call.over.precision]
    rise = f"CASE WHEN {last} >= {before} THEN {last} - {before} ELSE {last} END"
    return fixed(f"({rise}) / ((({times})[-1] - ({times})[-2])::DOUBLE / {second})", DOUBLE)


def _leastsquares(call: Call) -> Typed:
    start, step = float(call.constant(1, (int, float))), float(call.constant(2, (int, float)))
    _, values = _lists(call, call.take(0, NUMBERS))
    count = f"len({values})"
    places = f"list_transform(range(0, {count}), lambda i: {start} + i * {step})"
    x, y = f"list_sum({places})", f"list_sum({values})"
    xx = f"list_sum(list_transform({places}, lambda p: p * p))"
    xy = f"list_sum(list_transform(list_zip({places}, {values}), lambda p: p[1] * p[2]))"
    slope = f"(({count} * {xy} - {x} * {y}) / nullif({count} * {xx} - {x} * {x}, 0))"
    intercept = f"(({y} - {slope} * {x}) / {count})"
    sql = f"'{{slop:' || printf('%.6f', {slope}) || ', intercept:' || printf('%.6f', {intercept}) || '}}'"
    return Typed(f"({sql})", VARCHAR, 126)


def _aggregate(name: str, least: int, most: int, translate: Callable[[Call], Typed], counts: bool = False) -> Function:
    return Function(name, Kind.AGGREGATE, least, most, translate, counts)


def _pick(name: str, translate: Callable[[Call], Typed], order: Callable[[Call], tuple[str, str]]) -> Function:
    return Function(name, Kind.PICK, 1, 1, translate, order=order)


register(
    _aggregate("count", 1, 1, _count, counts=True),
    _aggregate("sum", 1, 1, _sum),
    _aggregate("avg", 1, 1, _avg),
    _aggregate("stddev", 1, 1, _double("stddev_pop({})")),
    _aggregate("stddev_pop", 1, 1, _double("stddev_pop({})")),
    _aggregate("var_pop", 1, 1, _double("var_pop({})")),
    _aggregate("spread", 1, 1, _double("(max({0}) - min({0}))", _SPREAD)),
    _aggregate("hyperloglog", 1, 1, _count_distinct, counts=True),
    _aggregate("percentile", 2, 11, _percentile),
    _aggregate("apercentile", 2, 3, _approximate_percentile),
    _aggregate("elapsed", 1, 2, _elapsed),
    _aggregate("twa", 1, 1, _twa),
    _aggregate("irate", 1, 1, _irate),
    _aggregate("leastsquares", 3, 3, _leastsquares),
    _aggregate("mode", 1, 1, _mode),
    _pick("min", _extreme("min"), _by_value("arg_min_null")),
    _pick("max", _extreme("max"), _by_value("arg_max_null")),
    _pick("first", _picked("arg_min({}, {})"), _by_time("arg_min_null", nulls=False)),
    _pick("last", _picked("arg_max({}, {})"), _by_time("arg_max_null", nulls=False)),
    _pick("last_row", _picked("arg_max_null({}, {})"), _by_time("arg_max_null", nulls=True)),
)
