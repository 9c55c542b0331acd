"""Which vgroup TDengine keeps a child table in: by MurmurHash3 of its full name, each vgroup having an equal share.

The engine keeps all in one place, and needs this for one thing: a sum of floats is one of the vgroups' sums, and so
depends on which tables are together. A child's tid leaves its vgroup when it is divided by the number of vgroups.
"""

from __future__ import annotations

from .catalog import Database, SuperTable

_SEED = 0x12345678
_MASK = 0xFFFFFFFF
_HASHES = 1 << 32


def murmur3(data: bytes) -> int:
    """MurmurHash3 of 32 bits, with TDengine's seed."""
    mixed = _SEED
    whole = len(data) & ~3
    for position in range(0, whole, 4):
        mixed ^= _scrambled(int.from_bytes(data[position : position + 4], "little"))
        mixed = (mixed << 13 | mixed >> 19) & _MASK
        mixed = (mixed * 5 + 0xE6546B64) & _MASK
    mixed ^= _scrambled(int.from_bytes(data[whole:], "little")) ^ len(data)
    mixed = ((mixed ^ mixed >> 16) * 0x85EBCA6B) & _MASK
    mixed = ((mixed ^ mixed >> 13) * 0xC2B2AE35) & _MASK
    return mixed ^ mixed >> 16


def _scrambled(word: int) -> int:
    word = (word * 0xCC9E2D51) & _MASK
    word = (word << 15 | word >> 17) & _MASK
    return (word * 0x1B873593) & _MASK


def vgroup_of(database: Database, table: str) -> int:
    """The vgroup, counted from 0, that a table of that name is in."""
    if database.vgroups == 1:
        return 0
    share = _HASHES // database.vgroups
    return min(murmur3(f"1.{database.name}.{table}".encode()) // share, database.vgroups - 1)


def take_tid(parent: SuperTable, name: str) -> int:
    """A tid that no child has, for a new one of that name."""
    counter = parent.next_tid
    parent.next_tid += 1
    return counter * parent.database.vgroups + vgroup_of(parent.database, name)
