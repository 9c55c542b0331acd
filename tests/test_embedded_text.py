import pytest

from taosnative.embedded.text import ESCAPE_LEAD, escape, unescape


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"plain",
        "汉😀".encode(),
        b"\xffA",
        b"\xf4\x8f\xbc",
        "\U0010ffff\xff".encode("utf-8") + b"\xff",
        bytes(range(256)),
    ],
)
def test_bytes_come_back_from_text(data):
    assert unescape(escape(data)) == data


def test_utf8_is_itself():
    assert escape("it's 汉".encode()) == "it's 汉"


def test_every_escaped_byte_begins_alike():
    assert escape(b"\x80\xff").encode().count(ESCAPE_LEAD) == 2
