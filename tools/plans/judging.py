"""Which tables a plan reads from end to end."""

import re
from collections.abc import Collection, Iterator
from typing import Any

Node = dict[str, Any]
"""A node of a plan, as `EXPLAIN (FORMAT JSON)` writes it."""

DEAR = 10_000
"""What reading a table from end to end costs at least, in the planner's units; a row or two of an index cost ten."""
_BY_INDEX = {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
_READS_ALL = {"Sort", "Aggregate", "Hash", "Materialize"}
_OTHER = re.compile(r"(?<!organisation_id) (?:=|<>|<|>|<=|>=|IS|IN|~~|&&|@>) ")
"""A comparison of anything but the organisation."""


def whole_tables(node: Node, partial: Collection[str], limited: bool = False) -> Iterator[str]:
    """The tables that a plan reads from end to end: in sequence, or by an index that finds the organisation alone.

    What stops after some rows that an index gives in order is no such reading, unless they are sifted; nor is an
    index of few rows read whole, or a look whether there is any row at all.

    Args:
        node: The plan.
        partial: Names of indexes that hold few of their table's rows.
        limited: Whether what is above wants some rows only.
    """
    if node["Total Cost"] >= DEAR and not (limited and "Filter" not in node):
        if node["Node Type"] == "Seq Scan" and not _is_any(node):
            yield node["Relation Name"]
        if node["Node Type"] in _BY_INDEX and node["Index Name"] not in partial and not _narrows(node):
            yield node.get("Relation Name", node["Index Name"])
    limited = node["Node Type"] == "Limit" or (limited and node["Node Type"] not in _READS_ALL)
    for child in node.get("Plans", ()):
        yield from whole_tables(child, partial, limited)


def _narrows(node: Node) -> bool:
    """Whether an index is asked for more than the organisation."""
    return bool(_OTHER.search(node.get("Index Cond", "")))


def _is_any(node: Node) -> bool:
    """Whether this is `EXISTS` of any row of the organisation, which ends at the first."""
    return "InitPlan" in node.get("Subplan Name", "") and not _OTHER.search(node.get("Filter", ""))
