"""Geometries, looked at before they are sent."""

import struct

import pytest

from taosnative.columns.wkb import fault


def point(order="<", code=1, coordinates=(1.0, 2.0), srid=b""):
    return (
        bytes([order == "<"])
        + struct.pack(order + "I", code)
        + srid
        + struct.pack(f"{order}{len(coordinates)}d", *coordinates)
    )


def line(points, code=2, order="<"):
    return (
        bytes([order == "<"])
        + struct.pack(order + "II", code, len(points))
        + b"".join(struct.pack(order + "2d", *p) for p in points)
    )


def polygon(*rings):
    return struct.pack("<BII", 1, 3, len(rings)) + b"".join(line(ring)[5:] for ring in rings)


def collection(code, *parts):
    return struct.pack("<BII", 1, code, len(parts)) + b"".join(parts)


RING = [(0, 0), (1, 0), (1, 1), (0, 0)]
WHOLE = {
    "point": point(),
    "big endian": point(">"),
    "point z": point(code=1001, coordinates=(1, 2, 3)),
    "point zm": point(code=3001, coordinates=(1, 2, 3, 4)),
    "extended z": point(code=0x80000001, coordinates=(1, 2, 3)),
    "extended srid": point(code=0x20000001, srid=struct.pack("<I", 4326)),
    "line": line([(0, 0), (1, 1)]),
    "empty line": line([]),
    "polygon": polygon(RING, RING),
    "multipoint": collection(4, point(), point(">")),
    "multiline": collection(5, line([(0, 0), (1, 1)])),
    "multipolygon": collection(6, polygon(RING)),
    "collection": collection(7, point(), collection(7, polygon(RING))),
}


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_whole_geometries_have_no_fault(data):
    assert fault(data) is None


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_a_geometry_cut_anywhere_has_one(data):
    assert all(fault(data[:n]) for n in range(len(data)))


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_bytes_behind_a_geometry_are_a_fault(data):
    assert fault(data + b"\0") == "has 1 bytes behind its geometry"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\2" + point()[1:], "byte order is 2"),
        (point(code=9), "its type is 9"),
        (line([(0, 0)]), "a line of one point"),
        (polygon([(0, 0), (1, 0), (1, 1), (0, 1)]), "does not end where it begins"),
        (collection(4, line([])), "a part of type 2"),
        (b"POINT(0 0)", "byte order is 80"),
        (struct.pack("<BII", 1, 2, 2**32 - 1), "ends after"),
    ],
)
def test_a_fault_is_named(data, reason):
    assert reason in fault(data)


def test_collections_do_not_nest_without_end():
    data = point()
    for _ in range(100):
        data = collection(7, data)
    assert "deep" in fault(data)
