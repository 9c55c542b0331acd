"""Geometry as text: DuckDB's well-known text with six digits behind every point, as TDengine writes it."""

from __future__ import annotations

_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"


def astext(blob: str) -> str:
    """A WKB blob as well-known text."""
    text = f"ST_AsText(ST_GeomFromWKB({blob}))"
    between = f"string_split_regex({text}, '{_NUMBER}')"
    numbers = f"list_transform(regexp_extract_all({text}, '{_NUMBER}'), lambda x: printf('%.6f', x::DOUBLE))"
    pieces = f"list_transform(list_zip({between}, {numbers}), lambda p: p[1] || coalesce(p[2], ''))"
    return f"(CASE WHEN {blob} IS NOT NULL THEN array_to_string({pieces}, '') END)"
