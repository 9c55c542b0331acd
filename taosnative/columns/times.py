"""Times into ticks: datetime64 of any unit, datetime, date, text and integers, exactly or not at all.

Alone knows that a time without a zone is one of the connection's time zone, as rows that are read have it, while
numpy's datetime64 is UTC.
"""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ._pack import is_missing
from .refusal import refuse, refuse_column

NAT: Final = np.iinfo(np.int64).min
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
#: Seconds of each of numpy's units that has a length; years and months are calendars' affair.
_SECONDS: Final = {
    "W": Fraction(604800),
    "D": Fraction(86400),
    "h": Fraction(3600),
    "m": Fraction(60),
    "s": Fraction(1),
    **{unit: Fraction(1, 10**digits) for unit, digits in (("ms", 3), ("us", 6), ("ns", 9), ("ps", 12), ("fs", 15))},
    "as": Fraction(1, 10**18),
}
_ISO: Final = re.compile(
    r"(?P<whole>\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?)"
    r"(?:\.(?P<fraction>\d{1,9}))?(?P<zone>Z|z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
ACCEPTED: Final = (
    "a TIMESTAMP column takes datetime64, integers (ticks in the database's precision), datetime, date "
    "and ISO 8601 text"
)


def ticks_of_array(
    values: npt.NDArray[Any], unit: str, name: str, mask: npt.NDArray[np.bool_] | None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_] | None]:
    """Ticks of a datetime64 array in `unit` (ms, us or ns), exactly, and where NULL is (NaT, or masked).

    The array's own memory is used where its unit is the wanted one.
    """
    own, count = np.datetime_data(values.dtype)
    if own in ("Y", "M"):
        values, own, count = values.astype("M8[D]"), "D", 1
    numbers = values.view("i8")
    if len(numbers) and np.minimum.reduce(numbers) == NAT:  # NaT is the least of all: no temporary array is needed
        missing = numbers == NAT
        mask = missing if mask is None else mask | missing
    if own == "generic":
        if mask is not None and mask.all():
            return numbers, mask
        refuse_column(name, f"datetime64 without a unit; {ACCEPTED}")
    ratio = _SECONDS[own] * count / _SECONDS[unit]
    if ratio == 1:
        return numbers, mask
    return _scaled(numbers, ratio, unit, name, mask, values), mask


def _scaled(
    numbers: npt.NDArray[np.int64],
    ratio: Fraction,
    unit: str,
    name: str,
    mask: npt.NDArray[np.bool_] | None,
    values: npt.NDArray[Any],
) -> npt.NDArray[np.int64]:
    up, down = ratio.numerator, ratio.denominator
    least, most = -((2**63 - 1) // up), (2**63 - 1) // up
    whole = numbers // down if down != 1 else numbers
    _refuse_first((whole < least) | (whole > most), mask, values, name, f"is beyond what 64 bits of {unit} hold")
    if down != 1:
        _refuse_first(
            numbers != whole * down, mask, values, name, f"is no whole number of {unit}, the database's precision"
        )
    return whole * up if up != 1 else whole


def _refuse_first(
    bad: npt.NDArray[np.bool_], mask: npt.NDArray[np.bool_] | None, values: npt.NDArray[Any], name: str, reason: str
) -> None:
    if mask is not None:
        bad &= ~mask
    if bad.any():
        row = int(bad.argmax())
        refuse(name, row, str(values[row]), reason)


def ticks_of_objects(values: list[Any], unit: str, name: str, zone: dt.tzinfo) -> list[int | None]:
    """Ticks of Python objects in `unit`, exactly; None where NULL is.

    Parameters
    ----------
    values
        datetime (with a zone: that instant; without: in `zone`), date (its midnight in `zone`), ISO 8601 text, numpy's
        datetime64, integers (ticks).
    unit
        ms, us or ns.
    name
        The column's name, for messages.
    zone
        The connection's time zone.
    """
    per_second = _SECONDS[unit].denominator
    return [_tick(value, row, per_second, unit, name, zone) for row, value in enumerate(values)]


def _tick(value: Any, row: int, per_second: int, unit: str, name: str, zone: dt.tzinfo) -> int | None:
    if type(value) is int:
        return value
    if is_missing(value):
        return None
    if isinstance(value, np.datetime64):
        ticks, mask = ticks_of_array(np.array([value]), unit, name, None)
        return None if mask is not None and mask[0] else int(ticks[0])
    if isinstance(value, (bool, np.bool_)):
        refuse(name, row, value, f"is a bool; {ACCEPTED}")
    if hasattr(value, "__index__"):
        return int(value.__index__())
    nanoseconds = _nanoseconds(value, row, name, zone)
    ticks_of_value, rest = divmod(nanoseconds, 10**9 // per_second)
    if rest:
        refuse(name, row, value, f"is no whole number of {unit}, the database's precision")
    return ticks_of_value


def _nanoseconds(value: Any, row: int, name: str, zone: dt.tzinfo) -> int:
    """Nanoseconds since 1970 of a datetime, a date or a text."""
    extra = 0
    if isinstance(value, str):
        moment, extra = _parsed(value, row, name)
    elif hasattr(value, "to_pydatetime"):  # pandas' Timestamp holds what a datetime cannot
        moment, extra = value.to_pydatetime(warn=False), int(value.nanosecond)
    elif isinstance(value, dt.datetime):
        moment = value
    elif isinstance(value, dt.date):
        moment = dt.datetime(value.year, value.month, value.day)
    else:
        refuse(name, row, value, f"is a {type(value).__name__}; {ACCEPTED}")
    if moment.tzinfo is None:
        moment = placed(moment, row, name, zone)
    microseconds: int = (moment - _EPOCH) // _MICROSECOND
    return microseconds * 1000 + extra


def _parsed(text: str, row: int, name: str) -> tuple[dt.datetime, int]:
    """The datetime that a text holds to the second, and nanoseconds behind it."""
    match = _ISO.fullmatch(text)
    try:
        least = 19 if match and match["fraction"] else 16 if match and match["zone"] else 10
        if match is None or len(match["whole"]) < least:
            raise ValueError(text)
        moment = dt.datetime.fromisoformat(match["whole"] + (match["zone"] or "").upper())
    except ValueError:
        refuse(name, row, text, "is no time: text is read as YYYY-MM-DD[ HH:MM[:SS[.fraction]][Z|±HH:MM]]")
    return moment, int((match["fraction"] or "").ljust(9, "0"))


def placed(moment: dt.datetime, row: int, name: str, zone: dt.tzinfo) -> dt.datetime:
    """The instant of a time without a zone; one that a change to summer time skips is refused."""
    instant = moment.replace(tzinfo=zone).astimezone(dt.UTC)
    if instant.astimezone(zone).replace(tzinfo=None, fold=0) != moment.replace(tzinfo=None, fold=0):
        refuse(name, row, moment, "does not exist in the connection's time zone: clocks were put forward over it")
    return instant
