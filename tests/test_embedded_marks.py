"""Queries with `?`: the values that are bound are typed literals, and columns keep the names of the text."""

import pytest
from recordings import load

from taosnative.embedded import server
from taosnative.embedded.marks import bound_value
from taosnative.types import BY_CODE, BY_NAME


class Bound:
    """A bound column of one value."""

    def __init__(self, column):
        self.type = BY_NAME[column["type"]].code
        self.n_rows = len(column["values"])
        (self.value,) = column["values"]

    def values(self):
        return [self.value.encode() if isinstance(self.value, str) else self.value]


def queries():
    for case in load("stmt2"):
        binds = [step["bind"]["cols"] for step in case["steps"] if step.get("bind") and step["execute"]]
        results = [call for call in case["calls"] if call["call"] == "result"]
        if case["sql"].startswith("select") and binds and results:
            yield pytest.param(case, binds, results, id=case["name"])


@pytest.mark.parametrize(("case", "binds", "results"), list(queries()))
def test_a_bound_query_answers_as_recorded(case, binds, results):
    session = server.connect("embedded:?clock=2026-11-24T13:00:00Z#marks", None, None, None)
    for statement in case["setup"]:
        session.execute(statement)
    for (columns,), result in zip(binds, results, strict=True):
        plan = session.compile(case["sql"], [bound_value(Bound(column)) for column in columns])
        found = session.server.connection.cursor().execute(plan.sql).fetchall()
        assert [list(row) for row in found] == result["rows"]
        fields = [{"name": name, "type": BY_CODE[code].name, "bytes": length} for name, code, length in plan.columns]
        assert fields == result["fields"]
    session.close()
