import errno
import pickle

import pytest
import recordings

from taosnative import errors
from taosnative.errors import BY_CODE, CODES, error_from_code


@pytest.mark.parametrize(
    ("code", "kind", "name", "retryable"),
    [
        (0x80002600, errors.ProgrammingError, "PAR_SYNTAX_ERROR", False),
        (0x80002603, errors.ProgrammingError, "PAR_TABLE_NOT_EXIST", False),
        (0x80000357, errors.OperationalError, "MND_AUTH_FAILURE", False),
        (0x8000000B, errors.OperationalError, "RPC_NETWORK_UNAVAIL", True),
        (0x80002653, errors.DataError, "PAR_VALUE_TOO_LONG", False),
        (0x8000060B, errors.DataError, "TDB_TIMESTAMP_OUT_OF_RANGE", False),
        (0x8000267B, errors.IntegrityError, "PAR_PRIMARY_KEY_IS_NULL", False),
        (0x80000100, errors.NotSupportedError, "OPS_NOT_SUPPORT", False),
        (0x800002FF, errors.InternalError, "TSC_INTERNAL_ERROR", False),
    ],
)
def test_a_known_code_has_its_class_name_and_advice(code, kind, name, retryable):
    error = error_from_code(code, "the text")
    assert (type(error), error.code, error.name, error.retryable) == (kind, code, name, retryable)


def test_a_signed_code_is_the_same_as_an_unsigned_one():
    assert error_from_code(0x80002603 - (1 << 32), "").code == 0x80002603


def test_the_message_shows_the_code_and_the_text_whole():
    assert str(error_from_code(0x80002603, "Table does not exist")) == "[0x80002603] Table does not exist"


def test_a_code_without_a_text_is_told_by_its_name():
    assert str(error_from_code(0x80002603, "")) == "[0x80002603] PAR_TABLE_NOT_EXIST"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (0x800026AA, errors.ProgrammingError),
        (0x800003AA, errors.ProgrammingError),
        (0x800027AA, errors.ProgrammingError),
        (0x800028AA, errors.ProgrammingError),
        (0x800030AA, errors.DataError),
        (0x800005AA, errors.OperationalError),
        (0x8000FFAA, errors.OperationalError),
        (0xFFFFFFFF, errors.OperationalError),
        (0x00000007, errors.OperationalError),
    ],
)
def test_an_unknown_code_has_the_class_of_its_block(code, kind):
    error = error_from_code(code, "")
    assert (type(error), error.code, error.name, error.retryable) == (kind, code, None, False)
    assert str(error) == f"[0x{code:08X}] the driver gives no reason"


def test_an_error_of_the_operating_system_is_named():
    error = error_from_code(0x80FF0000 | errno.EINVAL)
    assert error.name == "EINVAL"
    assert "Invalid argument" in str(error)


def test_a_write_whose_answer_may_be_lost_is_in_doubt():
    assert error_from_code(0x80000018, "Conn is broken", writes=True).in_doubt
    assert not error_from_code(0x80000018, "Conn is broken").in_doubt
    assert not error_from_code(0x80002653, "Value too long", writes=True).in_doubt


def test_every_code_stands_once_in_the_table():
    assert len(BY_CODE) == len(CODES)
    assert [info.code for info in CODES] == sorted(info.code for info in CODES)


def test_every_code_that_a_real_server_answered_is_in_the_table():
    def codes(entry):
        if isinstance(entry, dict):
            numbers = (entry[key] for key in ("code", "answer") if isinstance(entry.get(key), int))
            yield from (number & 0xFFFFFFFF for number in numbers if number >> 31)
            for value in entry.values():
                yield from codes(value)
        elif isinstance(entry, list):
            for value in entry:
                yield from codes(value)

    small = [name for name in recordings.names() if not name.startswith(("rows_", "queries", "long"))]
    met = {code for name in small for entry in recordings.load(name) for code in codes(entry)}
    assert len(met) > 40
    assert [hex(code) for code in sorted(met - BY_CODE.keys())] == []


def test_the_classes_form_the_hierarchy_of_pep_249():
    assert issubclass(errors.Error, Exception)
    assert issubclass(errors.Warning, Exception)
    assert issubclass(errors.InterfaceError, errors.Error)
    assert issubclass(errors.DatabaseError, errors.Error)
    for name in ("Data", "Operational", "Integrity", "Internal", "Programming", "NotSupported"):
        assert issubclass(getattr(errors, f"{name}Error"), errors.DatabaseError)
    assert issubclass(errors.DriverNotFoundError, errors.InterfaceError)


def test_an_error_survives_pickling():
    error = pickle.loads(pickle.dumps(error_from_code(0x80000018, "Conn is broken", writes=True)))
    assert (str(error), error.code, error.in_doubt) == ("[0x80000018] Conn is broken", 0x80000018, True)
