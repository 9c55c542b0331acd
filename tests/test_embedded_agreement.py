"""How many statements of the recordings the engine answers as the real server did: a number that only rises."""

import json
import re
from pathlib import Path

import pytest
from recordings import FOLDER

from taosnative.embedded.agreement import compare, replay_folder, report
from taosnative.embedded.replay import Answer

KEPT = Path(__file__).with_name("embedded_agreement.json")
#: What agrees in full, and has to.
WHOLE = {"inserts", "json_tags", "long_strings", "stmt2", "types_ms", "types_ns", "types_us", "wide"} | {
    f"rows_{n}" for n in (0, 1, 7, 8, 9, 100, 4095, 4096, 4097, 9000)
}


@pytest.fixture(scope="module")
def agreements():
    return {agreement.name: agreement for agreement in replay_folder(FOLDER)}


def test_agreement_is_the_one_that_is_kept(agreements):
    kept = json.loads(KEPT.read_text())
    now = {name: agreement.n_agreed for name, agreement in agreements.items()}
    fallen = {name: (kept[name], n) for name, n in now.items() if n < kept.get(name, 0)}
    assert not fallen, "\n".join(
        f"{difference.where} {difference.sql[:100]}: {difference.why}"
        for name in fallen
        for difference in agreements[name].differences
    )
    assert now == kept, f"it rose: put these numbers into {KEPT.name}: {json.dumps(now, indent=2)}"


def test_what_has_to_agree_agrees_in_full(agreements):
    assert {name for name, agreement in agreements.items() if not agreement.differences} >= WHOLE


def entry(**facts):
    return {"sql": "select a from t", "code": 0, "precision": 0, "rows": [], **facts}


FIELDS = [{"name": "a", "type": "DOUBLE", "bytes": 8}]
TOLD = (("a", "DOUBLE", 8),)


@pytest.mark.parametrize(
    ("recorded", "answer"),
    [
        (entry(affected=3), Answer(affected=3)),
        (entry(fields=FIELDS, rows=[[1.0], [2.0]]), Answer(fields=TOLD, rows=((2.0,), (1.0000001,)))),
        (entry(fields=FIELDS, rows=[[{"float": "nan"}], [None]]), Answer(fields=TOLD, rows=((None,), (float("nan"),)))),
        (entry(code=0x80002603, error="no"), Answer(code=0x80002603, error="no")),
    ],
)
def test_answers_that_agree(recorded, answer):
    assert compare(recorded, answer) is None


@pytest.mark.parametrize(
    ("recorded", "answer"),
    [
        (entry(affected=3), Answer(affected=2)),
        (entry(fields=FIELDS, rows=[[1.0]]), Answer(fields=TOLD, rows=((1.00001,),))),
        (entry(fields=FIELDS, rows=[[1.0]]), Answer(fields=TOLD, rows=((True,),))),
        (entry(fields=FIELDS, rows=[[1.0]]), Answer(fields=(("b", "DOUBLE", 8),), rows=((1.0,),))),
        (entry(fields=FIELDS, rows=[[1.0]]), Answer(fields=TOLD, precision=1, rows=((1.0,),))),
        (entry(fields=FIELDS, rows=[[1.0], [1.0]]), Answer(fields=TOLD, rows=((1.0,),))),
        (
            entry(sql="select a from t order by a", fields=FIELDS, rows=[[1.0], [2.0]]),
            Answer(fields=TOLD, rows=((2.0,), (1.0,))),
        ),
        (entry(code=0x80002603, error="no"), Answer(code=0x80002602, error="no")),
        (entry(code=0x80002603, error="no"), Answer(code=0x80002603, error="nay")),
    ],
)
def test_answers_that_differ(recorded, answer):
    assert compare(recorded, answer) is not None


def test_the_report_tells_file_by_file():
    lines = list(report(FOLDER, ["rows_0", "rows_1"]))
    assert lines == ["rows_0: 7 of 7", "rows_1: 9 of 9", "in all: 16 of 16"]


def test_the_documentation_tells_the_numbers_that_are_kept(agreements):
    page = (Path(__file__).parent.parent / "docs" / "embedded.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| .* \| (\d+ of \d+) \|$", page, re.MULTILINE))
    assert told == {name: f"{one.n_agreed} of {one.n_statements}" for name, one in agreements.items()}
