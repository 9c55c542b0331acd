import os
from pathlib import Path

import pytest

from taosnative.dsn import OPTIONS, parse
from taosnative.errors import InterfaceError


def test_every_part_of_a_dsn_is_read():
    settings = parse("taos://root:taosdata@example.org:6030/power?timezone=Asia/Shanghai&nulls=masked")
    assert (settings.scheme, settings.user, settings.password) == ("taos", "root", "taosdata")
    assert (settings.host, settings.port, settings.database) == ("example.org", 6030, "power")
    assert (settings.timezone, settings.nulls, settings.address) == ("Asia/Shanghai", "masked", "example.org")


@pytest.mark.parametrize("dsn", ["taos://", "taos:///", "taos://?"])
def test_what_a_dsn_leaves_out_is_left_to_the_driver(dsn):
    settings = parse(dsn)
    assert (settings.host, settings.port, settings.user, settings.password, settings.database) == (None,) * 5
    assert settings.address is None


def test_an_empty_password_is_a_password():
    assert parse("taos://root:@host").password == ""
    assert parse("taos://root@host").password is None


def test_reserved_characters_are_percent_decoded():
    settings = parse("taos://us%40er:p%3A%2F%3F%23%40%25w@host/d%C3%A4b?timezone=Etc%2FGMT%2B1")
    assert (settings.user, settings.password) == ("us@er", "p:/?#@%w")
    assert (settings.database, settings.timezone) == ("däb", "Etc/GMT+1")


def test_a_plus_is_a_plus():
    assert parse("taos://root:a+b@host?timezone=Etc/GMT+1").password == "a+b"
    assert parse("taos://host?timezone=Etc/GMT+1").timezone == "Etc/GMT+1"


def test_an_ipv6_address_stands_in_brackets():
    settings = parse("taos://[fe80::1]:6031/db")
    assert (settings.host, settings.port) == ("fe80::1", 6031)


def test_a_query_string_takes_every_keyword_of_connect():
    values = {
        "port": "1",
        "timeout": "2.5",
        "connect_timeout": "inf",
        "charset": "utf8",
        "nulls": "raise",
        "strings": "bytes",
        "errors": "replace",
        "times": "numpy",
    }
    settings = parse("taos://?" + "&".join(f"{name}={values.get(name, 'x')}" for name in OPTIONS))
    assert (settings.host, settings.port, settings.charset, settings.user_app) == ("x", 1, "UTF-8", "x")
    assert (settings.driver, settings.config, settings.errors) == ("x", "x", "replace")
    assert (settings.timeout, settings.connect_timeout) == (2.5, float("inf"))


@pytest.mark.parametrize("value", [0, -1, "secret", True, float("nan"), "nan", [1]])
def test_a_time_limit_is_a_number_above_zero(value):
    for name in ("timeout", "connect_timeout"):
        with pytest.raises(InterfaceError, match=f"^{name} is a number of seconds above 0") as caught:
            parse(**{name: value})
        assert "secret" not in str(caught.value)


def test_a_keyword_wins_over_the_dsn():
    settings = parse("taos://root:secret@host:1/db", host="other", port=2, database="power")
    assert (settings.host, settings.port, settings.database, settings.user) == ("other", 2, "power", "root")
    assert settings.address == "other"


def test_a_path_can_be_a_path():
    assert parse(driver=Path("/opt/libtaos.so"), config=Path("/etc/taos")).driver == os.fspath(Path("/opt/libtaos.so"))


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("localhost", "begins with taos:// or embedded:"),
        ("mysql://host/db", "begins with taos:// or embedded:"),
        ("taos:host", "begins with taos://"),
        ("taos://host:0/db", "1 to 65535"),
        ("taos://host:65536/db", "1 to 65535"),
        ("taos://host:+1/db", "1 to 65535"),
        ("taos://host:١/db", "1 to 65535"),
        ("taos://one:6030,two:6030/db", "one host"),
        ("taos://host/db/more", "one database"),
        ("taos://host/db?tz=UTC", "unknown option: 'tz'. There are charset, config"),
        ("taos://host/db?timezone", "'timezone' of a DSN has no value"),
        ("taos://host/db?timezone=UTC&timezone=UTC", "twice"),
        ("taos://host/db#x", "'#'"),
        ("taos://host/%zz", "%25"),
        ("taos://host/%ff", "UTF-8"),
        ("taos://host/%00", "NUL"),
        ("taos://host?charset=GBK", "UTF-8 alone"),
        ("taos://host?nulls=none", "numpy, masked, raise"),
        (f"taos://host?user_app={'x' * 24}", "23 bytes"),
        ("taos://host?clock=2026-01-01T00:00:00Z", "unknown option: 'clock'"),
    ],
)
def test_a_dsn_that_cannot_be_read_is_refused(dsn, said):
    with pytest.raises(InterfaceError) as caught:
        parse(dsn)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "dsn",
    [
        "taos://root:se/cret@host/db",
        "taos://root:1/cret@host/db",
        "taos://root:se?cret@host/db",
        "taos://root:se#cret@host/db",
        "taos://root:se%cret@host/db",
        "taos://root:cret@host:x/db",
        "taos://root:cret@host/db?nope=1",
        "root:cret@host",
    ],
)
def test_no_error_shows_a_piece_of_a_password(dsn):
    with pytest.raises(InterfaceError) as caught:
        parse(dsn)
    assert "cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_no_repr_shows_the_password():
    assert "secret" not in repr(parse("taos://root:secret@host"))
    assert "secret" not in repr(parse(password="secret"))


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"port": True}, "port is an int, not bool"),
        ({"port": 1.5}, "port is an int, not float"),
        ({"port": -1}, "1 to 65535"),
        ({"host": b"host"}, "host is a str, not bytes"),
        ({"user": "a\0b"}, "NUL"),
        ({"colour": "red"}, "unknown option: 'colour'"),
    ],
)
def test_a_keyword_that_makes_no_sense_is_refused(keywords, said):
    with pytest.raises(InterfaceError) as caught:
        parse(**keywords)
    assert said in str(caught.value)


def test_a_dsn_is_a_str():
    with pytest.raises(InterfaceError, match="a str, not bytes"):
        parse(b"taos://host")  # type: ignore[arg-type]


class TestEmbedded:
    def test_each_private_server_has_an_address_of_its_own(self):
        first, second = parse("embedded:").address, parse("embedded:").address
        assert first != second
        assert first is not None
        assert first.startswith("embedded:#")

    def test_the_driver_alone_is_a_private_server(self):
        settings = parse(driver="embedded")
        assert settings.scheme == "embedded"
        assert settings.address is not None
        assert settings.address.startswith("embedded:#")

    def test_a_name_in_memory_is_the_same_for_all(self):
        assert parse("embedded:///:memory:plant").address == "embedded:///:memory:plant"
        assert parse("embedded:///:memory:a%20b").address == "embedded:///:memory:a%20b"

    def test_a_file_has_its_whole_path(self):
        folder = Path.cwd().as_posix()
        assert parse("embedded:///data/plant%20one.db").address == "embedded:///data/plant%20one.db"
        assert parse("embedded:plant.db").address == f"embedded://{folder}/plant.db"
        assert parse("embedded:///data/x/../plant.db").address == "embedded:///data/plant.db"

    def test_the_engines_own_options_stay_in_the_address(self):
        address = parse("embedded:///a.db?clock=2026-11-24T12:00:00Z&timezone=UTC").address
        assert address == "embedded:///a.db?clock=2026-11-24T12%3A00%3A00Z"
        private = parse("embedded:?clock=2026-11-24T12:00:00Z").address
        assert private is not None
        assert private.startswith("embedded:?clock=2026-11-24T12%3A00%3A00Z#")

    def test_options_of_the_binding_are_read_from_it(self):
        settings = parse("embedded:?timezone=Asia/Shanghai&database=power&nulls=raise")
        assert (settings.timezone, settings.database, settings.nulls) == ("Asia/Shanghai", "power", "raise")

    @pytest.mark.parametrize(
        ("dsn", "said"),
        [
            ("embedded://host/file.db", "no host"),
            ("embedded:?host=x", "no host"),
            ("embedded:?port=1", "no port"),
            ("embedded:///:memory:", "needs a name"),
            ("embedded:///folder/", "names a file"),
            ("embedded:?speed=1", "unknown option: 'speed'. There are charset, clock"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, dsn, said):
        with pytest.raises(InterfaceError) as caught:
            parse(dsn)
        assert said in str(caught.value)
