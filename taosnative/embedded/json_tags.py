"""JSON tags as TDengine keeps them: one flat object, keys sorted, numbers as doubles, no spaces."""

from __future__ import annotations

import json
from typing import Any

_MAX_KEY_BYTES = 256


def normalise(text: str) -> str | None:
    """The tag that a JSON text makes, None for an empty object; ValueError in TDengine's words where it makes none."""
    try:
        document = json.loads(text, object_pairs_hook=_first_of_each, parse_constant=_refuse, parse_int=float)
    except (ValueError, RecursionError):
        raise ValueError("json parse error") from None
    if not isinstance(document, dict):
        raise ValueError("json error invalide value")
    parts = []
    for key in sorted(document, key=str.encode):
        if len(key.encode()) > _MAX_KEY_BYTES:
            raise ValueError("json key too long error")
        parts.append(f"{_text(key)}:{_member(document[key])}")
    return "{" + ",".join(parts) + "}" if parts else None


def _first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value for key, value in reversed(pairs) if key}


def _refuse(word: str) -> None:
    raise ValueError(word)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _member(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float):
        return _number(value)
    raise ValueError("invalidate json value")


def _number(value: float) -> str:
    short = f"{value:.15g}"
    return short if float(short) == value else f"{value:.17g}"
