"""DuckDB's errors as TDengine's."""

import duckdb
import pytest

from taosnative.embedded.protocol import EngineError
from taosnative.embedded.refusals import translated


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (duckdb.InterruptException("Interrupted"), 0x8000022D),
        (duckdb.OutOfMemoryException("too much"), 0x80000102),
        (duckdb.ConversionException("no number"), 0x800026FF),
    ],
)
def test_an_error_has_a_code_of_tdengine(problem, code):
    with pytest.raises(EngineError) as refusal, translated():
        raise problem
    assert refusal.value.code == code


def test_a_query_that_duckdb_stopped_for_a_signal_is_a_keyboard_interrupt():
    with pytest.raises(KeyboardInterrupt), translated():
        raise RuntimeError("Query interrupted")


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match="no such thing"), translated():
        raise RuntimeError("no such thing")
