"""`make bench`: every figure that docs/figures.md promises, as JSON lines; `make bench ARGS="roundtrip wire"` for some.

Each line has name, value, unit, limit and ratio (value/limit). Run it on a machine that does nothing else.
"""

import json
import sys
from collections.abc import Callable, Iterator

import bench_beside
import bench_bulk
import bench_catalogues
import bench_commits
import bench_disposal
import bench_drain
import bench_events
import bench_fax
import bench_files
import bench_inbox
import bench_lanes
import bench_link
import bench_live
import bench_mailboxes
import bench_meetings
import bench_move
import bench_organisations
import bench_partitions
import bench_plans
import bench_plugins
import bench_records
import bench_retention
import bench_roundtrip
import bench_scim
import bench_sealing
import bench_search
import bench_soap
import bench_stalled
import bench_statistics
import bench_users
import bench_wire
from bench_sealing import Figure

PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "sealing": bench_sealing.measure,
    "roundtrip": bench_roundtrip.measure,
    "beside": bench_beside.measure,
    "commits": bench_commits.measure,
    "inbox": bench_inbox.measure,
    "bulk": bench_bulk.measure,
    "search": bench_search.measure,
    "events": bench_events.measure,
    "users": bench_users.measure,
    "organisations": bench_organisations.measure,
    "scim": bench_scim.measure,
    "mailboxes": bench_mailboxes.measure,
    "wire": bench_wire.measure,
    "lanes": bench_lanes.measure,
    "link": bench_link.measure,
    "live": bench_live.measure,
    "meetings": bench_meetings.measure,
    "move": bench_move.measure,
    "fax": bench_fax.measure,
    "files": bench_files.measure,
    "drain": bench_drain.measure,
    "soap": bench_soap.measure,
    "statistics": bench_statistics.measure,
    "retention": bench_retention.measure,
    "plugins": bench_plugins.measure,
    "plans": bench_plans.measure,
    "partitions": bench_partitions.measure,
    "records": bench_records.measure,
    "disposal": bench_disposal.measure,
    "catalogues": bench_catalogues.measure,
    "stalled": bench_stalled.measure,
}


def main(names: list[str]) -> None:
    """Measure the named parts, or all."""
    unknown = set(names) - PARTS.keys()
    if unknown:
        raise SystemExit(f"No such part: {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}.")
    for name in names or PARTS:
        for figure in PARTS[name]():
            print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
