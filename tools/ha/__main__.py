"""Budkavle on a PostgreSQL with a standby, while hosts are killed, frozen and cut off: `make ha N=3`.

Patroni, etcd and HAProxy, with the settings of `deploy/postgresql`, on hosts that are network namespaces of this
machine (root; Debian: patroni etcd-server haproxy pgbouncer postgresql iproute2). Web, two workers and people who write
are on a host of their own. One fault after the other befalls the database, N rounds of all. A JSON line for each, a
table at the end; exit code 1 where a promise was broken.
"""

import argparse
import contextlib
import json
import signal
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path

from bench_stage import stage
from chaos_crew import crew

from ha.cluster import POOLER_PORT, Cluster
from ha.faults import FAULTS, prepare
from ha.hosts import Hosts, missing
from ha.trial import Outcome, Trial
from ha.visits import People

DATABASE = """
[database]
url = "{url}"
owner_url = "{owner}"
"""
POOLED = """listen_url = "{listen}"
"""


def main() -> int:
    """Read the options and do it."""
    parser = argparse.ArgumentParser(
        prog="ha", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=1, help="how many (default 1)")
    parser.add_argument("--faults", type=_names, default=list(FAULTS), help="which, by commas (default: all)")
    parser.add_argument("--hosts-url", action="store_true", help="a URL that names both members, without HAProxy")
    parser.add_argument("--pooler", action="store_true", help="PgBouncer before HAProxy, in transaction mode")
    parser.add_argument("--short", action="store_true", help="a fault ends when messages are sent again")
    parser.add_argument("--keep", type=Path, help="use this empty folder, which others may enter, and leave it")
    options = parser.parse_args()
    if lacking := missing():
        print(lacking, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything is ended
    outcomes: list[Outcome] = []
    try:
        with _folder(options.keep) as folder, contextlib.closing(_outcomes(folder, options)) as ended:
            for outcome in ended:
                outcomes.append(outcome)
                print(outcome.line(), flush=True)
    finally:  # also of a run that is ended early
        print(Outcome.table(outcomes), flush=True)
    return 1 if any(outcome.broken for outcome in outcomes) else 0


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := next((name for name in names if name not in FAULTS), ""):
        raise argparse.ArgumentTypeError(f"no such fault: {unknown}; there are {', '.join(FAULTS)}")
    return names


def _outcomes(folder: Path, options: argparse.Namespace) -> Generator[Outcome, None, None]:
    """Make hosts, cluster and installation, and let the faults befall them one after the other."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        hosts = stack.enter_context(Hosts(_made(folder / "cluster")))
        cluster = Cluster(hosts).start()
        prepare(cluster)
        say("cluster", seconds=since(began))
        settings = _settings(cluster, several=options.hosts_url, pooler=options.pooler)
        made = stack.enter_context(stage(_made(folder / "product"), settings))
        people = People(made)
        stack.enter_context(crew(made.file, made.installation.settings.data, folder / "logs", workers=2))
        cluster.wait(people.is_served, "the web")
        say("installation", seconds=since(began))
        trial = Trial(cluster, made, people, folder / "logs", short=options.short)
        yield from map(trial.run, options.faults * options.rounds)


def _settings(cluster: Cluster, *, several: bool, pooler: bool) -> str:
    """Return how the product reaches its database."""
    url, owner = (cluster.url(role, several=several) for role in ("budkavle_app", "budkavle_owner"))
    if not pooler:
        return DATABASE.format(url=url, owner=owner)
    cluster.start_pooler()
    pooled = cluster.url("budkavle_app", port=POOLER_PORT)
    return DATABASE.format(url=pooled, owner=owner) + POOLED.format(listen=url)


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        keep.chmod(0o755)
        yield keep.resolve()
        return
    # `postgres` has to enter it, and the path of a socket is short: neither need hold of TMPDIR.
    with tempfile.TemporaryDirectory(prefix="budkavle-ha-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def since(began: float) -> float:
    """Seconds, with one decimal."""
    return round(time.monotonic() - began, 1)


def say(name: str, **facts: object) -> None:
    """Print one line."""
    print(json.dumps({"name": f"ha.{name}", **facts}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
