"""What notebooks show."""

import re

import arrow_columns as known
import pytest
from block_encoder import Column, encode

import taosnative
from taosnative.batch import Batch
from taosnative.display import CHARACTERS
from taosnative.reading import ReadOptions
from taosnative.types import Field


def batch_of(*columns):
    fields = tuple(Field(f"c{i}", column.type, 8) for i, column in enumerate(columns))
    return Batch(fields, "ms", encode(list(columns)), ReadOptions())


def cells(page):
    return re.findall(r"<td>(.*?)</td>", page)


def test_a_result_is_shown_by_its_columns_and_stays_unread(fault, conn):
    fault.answer([("v", 4, 4), ("name", 8, 20)], [(encode([Column("INT", [7]), Column("VARCHAR", ["x"])]), 1)])
    result = conn.query("select * from t")
    page = result._repr_html_()
    assert re.findall(r"<th>(.*?)<br><small>(.*?)</small></th>", page) == [("v", "INT"), ("name", "VARCHAR")]
    assert "not read yet" in page
    assert fault.calls("taos_fetch_raw_block") == 0
    assert result.rows() == [(7, "x")]
    assert "read or closed" in result._repr_html_()


def test_a_result_without_columns_is_shown_by_what_it_wrote(fault, conn):
    fault.answer(affected=1234)
    assert "1,234 affected rows" in conn.query("insert into t values (now, 1)")._repr_html_()


def test_a_batch_is_shown_by_its_first_rows():
    page = batch_of(Column("INT", [*range(7), None, *range(92)]))._repr_html_()
    assert cells(page) == [*map(str, range(7)), "<i>NULL</i>", "0", "1"]
    assert "100 rows, the first 10 of them" in page


def test_text_is_escaped_and_cut_and_need_not_be_text():
    page = batch_of(Column("VARCHAR", ["<b>&", "y" * 500, b"\xff"]))._repr_html_()
    assert cells(page) == ["&lt;b&gt;&amp;", "y" * (CHARACTERS - 1) + "…", "\ufffd"]


@pytest.mark.parametrize("ticks", [0, -(2**63), 2**63 - 1])
def test_any_time_is_shown(ticks):
    (cell,) = cells(batch_of(Column("TIMESTAMP", [ticks]))._repr_html_())
    assert cell


def test_every_type_is_shown_with_its_values():
    block, n_rows = known.block([0, 1, None])
    page = Batch(tuple(known.fields()), "ms", block, ReadOptions())._repr_html_()
    assert len(cells(page)) == n_rows * len(known.VALUES)
    assert "DECIMAL(30, 3)" in page


def test_a_connection_is_shown_by_where_it_leads_and_without_its_password(fault):
    with taosnative.connect(f"taos://me:secret@h:6030/?driver={fault.path}") as conn:
        assert conn._repr_html_() == (
            "<table><caption>taosnative.Connection to h:6030</caption><tbody></tbody></table>"
        )
    assert "closed" in conn._repr_html_()
