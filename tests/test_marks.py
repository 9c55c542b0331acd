"""Question marks in a statement's text."""

import pytest

from taosnative.errors import ProgrammingError
from taosnative.marks import Marks, find_marks


@pytest.mark.parametrize(
    ("sql", "marks"),
    [
        ("insert into n values (?, ?, ?)", Marks(3, False, 0, 3)),
        ("INSERT INTO ? USING m TAGS (?, ?) VALUES (?, ?)", Marks(5, True, 2, 2)),
        ("insert into ? using m (s) tags(?) (ts, a) values(?,?)", Marks(4, True, 1, 2)),
        ("insert into power.? using power.m tags (?) values (?)", Marks(3, True, 1, 1)),
        ("insert into ? using `tags` (`values`) tags (?) (ts) values (?)", Marks(3, True, 1, 1)),
        ("insert into ? using tags tags (?) (ts) values (?)", Marks(3, True, 1, 1)),
        ("insert into m (tbname, k, ts) values (?, ?, ?)", Marks(3, False, 0, 3)),
        ("insert into n values (?, 5, '?')", Marks(1, False, 0, 1)),
        ("insert into n values (?, ?", Marks(2, False, 0, 2)),
        ("select a + ?, '?', \"?\", `?` from t where b = ? -- ?\n and c = /* ? */ ?", Marks(3, False, 0, 0)),
        ("select 'it''s ?', 'it\\'s ?' from t where a = ?", Marks(1, False, 0, 0)),
        ("select tags tbname from t", Marks(0, False, 0, 0)),
        ("", Marks(0, False, 0, 0)),
        ("select 'no end ?", Marks(1, False, 0, 0)),
    ],
)
def test_marks_are_counted_where_they_are_marks(sql, marks):
    assert find_marks(sql)[:4] == marks[:4]


@pytest.mark.parametrize("tags", ["8, 'lit'", "?, 'lit'", "8, ?", "-1", "null", "now()", "'?'", "?, (?)"])
def test_literal_tags_are_refused(tags):
    with pytest.raises(ProgrammingError, match="literals"):
        find_marks(f"insert into ? using m tags ({tags}) values (?, ?)")


def test_literals_beside_marks_and_the_first_word_are_told():
    assert find_marks("insert into n values (?, 5, '?')")[3:] == (1, 2, "insert")
    assert find_marks("(SELECT 1)").verb == "("
    assert find_marks("-- why\n DELETE from t where a = ?").verb == "delete"
