"""Names in SQL and in statements."""

import pytest

from taosnative.errors import ProgrammingError
from taosnative.names import bound_name, name_fault, quote_name, split_name


def test_a_name_is_quoted_with_backquotes():
    assert quote_name("Odd Name") == "`Odd Name`"
    for name in ("", "a`b", "a\0", "a\nb"):
        with pytest.raises(ProgrammingError):
            quote_name(name)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Meters", (None, "meters")),
        ("`Meters`", (None, "Meters")),
        ("Power.Meters", ("power", "meters")),
        ("`Po.wer`.`Odd Name`", ("Po.wer", "Odd Name")),
    ],
)
def test_names_without_backquotes_are_in_lower_case(text, parts):
    assert split_name(text) == parts


@pytest.mark.parametrize("text", ["", "a b", "a.b.c", "`a", "a.", ".a", "a`b`", "``"])
def test_what_names_no_table_is_refused(text):
    with pytest.raises(ProgrammingError, match="names no table"):
        split_name(text)


def test_a_table_may_not_have_every_name():
    assert name_fault("d1001") is None
    assert name_fault("x" * 192) is None
    assert name_fault("") == "is empty"
    assert "193 bytes" in name_fault("x" * 193)
    assert "195 bytes" in name_fault("汉" * 65)
    for name in ("a.b", "a`b", "a\0b", "a\nb", "\ud800"):
        assert "in it" in name_fault(name)


def test_a_statement_takes_plain_names_as_they_stand_and_others_in_backquotes():
    assert bound_name("d1001") == b"d1001"
    assert bound_name("UPPER") == b"UPPER"
    assert bound_name("1001") == b"`1001`"
    assert bound_name("汉") == "`汉`".encode()
    assert bound_name("d1001", "power") == b"`power`.`d1001`"
