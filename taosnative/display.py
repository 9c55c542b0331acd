"""How notebooks show results, batches and connections: small tables in HTML, in which every text is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any, Final

from .types import Field, Kind

#: Rows of a batch, and characters of a value, that are shown.
ROWS: Final = 10
CHARACTERS: Final = 100


def type_text(field: Field) -> str:
    """A column's type as SQL writes it, but for the length that a driver may tell in bytes."""
    return f"DECIMAL({field.precision}, {field.scale})" if field.info.kind is Kind.DECIMAL else field.type


def page(caption: str, fields: Sequence[Field], rows: Iterable[Sequence[Any]] = ()) -> str:
    """A table with the columns' names and types, and rows below."""
    head = "".join(f"<th>{_escape(field.name)}<br><small>{_escape(type_text(field))}</small></th>" for field in fields)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in rows)
    parts = f"<thead><tr>{head}</tr></thead>" if fields else ""
    return f"<table><caption>{_escape(caption)}</caption>{parts}<tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    return "<i>NULL</i>" if value is None else _escape(value if isinstance(value, str) else str(value))


def _escape(text: str) -> str:
    return html.escape(text if len(text) <= CHARACTERS else f"{text[: CHARACTERS - 1]}…")
