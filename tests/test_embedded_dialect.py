"""TDengine's SQL as a dialect of sqlglot: trees, durations, names of columns, and where a syntax error is."""

import pytest
import sqlglot
from sqlglot import exp

from taosnative.embedded.dialect import TDengine, parse
from taosnative.embedded.nodes import Duration, Fill, Window
from taosnative.embedded.protocol import EngineError


def names(text):
    return [item.alias for item in parse(text).expressions]


def test_sqlglot_reads_the_dialect():
    tree = sqlglot.parse_one("select a from t interval(10m) fill(prev)", read=TDengine)
    assert isinstance(tree.args["window_clause"], Window)
    assert isinstance(tree.args["fill"], Fill)
    assert tree.find(exp.Table).name == "t"


@pytest.mark.parametrize(
    ("text", "count", "unit"), [("1s", 1, "s"), ("10M", 10, "m"), ("3n", 3, "n"), ("250a", 250, "a")]
)
def test_a_number_and_a_unit_are_a_duration(text, count, unit):
    duration = parse(f"select ts + {text} from t").find(Duration)
    assert (duration.this, duration.args["unit"]) == (count, unit)


def test_a_fraction_may_begin_with_its_point():
    assert names("select .5, 1.5e-3, x.y from t x") == [".5", "1.5e-3", "x.y"]


def test_columns_are_named_by_the_text_lower_cased_outside_quotes():
    text = """select  A+1 , COUNT( * ),Concat(v, 'It''s A'), `Mixed`, x AS `Two Words`, b Short from t"""
    assert names(text) == ["a+1", "count( * )", "concat(v, 'It''s A')", "`Mixed`", "Two Words", "short"]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("select a and b from t", "and b from t"),
        ("select a from t where a = 1 and b", None),
        ("select (a > 1) + 1 from t", "+ 1 from t"),
        ("select a from t where a = b = c", "= c"),
        ("select a from t limit -1", "-1"),
        ("select abs(a > 1) from t", "> 1) from t"),
        ("SELECT a FROM t WHERE NOT A", None),
        ("select a from t GROUP a", "a"),
        ("select a from t order by a FOO", "foo"),
        ("select count(*) from t interval(1x)", "x)"),
    ],
)
def test_a_syntax_error_quotes_the_text_from_the_first_wrong_token_on(text, near):
    with pytest.raises(EngineError) as refusal:
        parse(text)
    if near is None:
        assert (refusal.value.code, refusal.value.message) == (0x80002601, "Incomplete SQL statement")
    else:
        assert (refusal.value.code, refusal.value.message) == (0x80002600, f'syntax error near "{near}"')


@pytest.mark.parametrize("text", ["select 'open", 'select "open', "select `open"])
def test_an_open_quote_is_no_token(text):
    with pytest.raises(EngineError, match=r"unrecognized token: .*open") as refusal:
        parse(text)
    assert refusal.value.code == 0x80002600


def test_what_stands_behind_a_semicolon_is_left():
    assert names("select 1; nonsense (") == ["1"]


def test_operators_bind_as_in_tdengine():
    tree = parse("select a & 1 + 2 * 3 from t").expressions[0].this
    assert isinstance(tree, exp.BitwiseAnd)
    assert isinstance(tree.expression, exp.Add)
    assert isinstance(tree.expression.expression, exp.Mul)
