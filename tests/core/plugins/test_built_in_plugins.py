"""Every built-in plugin can be off, and the rest works; all of them together have no fault."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from shutil import copytree
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from budkavle.accounts.organisations import create_organisation
from budkavle.host import build
from budkavle.operations.health import check_all
from budkavle.operations.jobs import core_jobs
from budkavle.plugins.loader import installed
from budkavle.plugins.protocols.health import Health
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.working import deliver_due, do_job

BUILT_IN = sorted(name for name, offers in installed().items() if offers[0].distribution == "budkavle")
SOME = [
    (),
    *((name,) for name in BUILT_IN),
    *(tuple(other for other in BUILT_IN if other != name) for name in BUILT_IN),
    tuple(BUILT_IN),
]
"""None, each alone, all but one, and all."""


@pytest.fixture(autouse=True)
def ready_keys(budkavle_settings: Settings, federation_keys: Path) -> None:
    """Let the simulated federation find its keys: making them takes longer than all the rest."""
    copytree(federation_keys, budkavle_settings.data / "plugins/sdk/federation/keys")


@pytest.fixture
def open_some(
    budkavle_settings: Settings, budkavle_databases: Databases
) -> Iterator[Callable[[tuple[str, ...]], Platform]]:
    """Open an installation with these plugins.

    Where it has several, the tables of all are there: migrating each set anew took a minute, and no plugin reaches
    another's tables, which PostgreSQL sees to.
    """
    name = urlsplit(budkavle_settings.database.url or "").path.lstrip("/")
    with ExitStack() as opened:

        def open_one(enabled: tuple[str, ...]) -> Platform:
            settings = replace(budkavle_settings, enabled=enabled, disabled=tuple(set(BUILT_IN) - set(enabled)))
            platform = opened.enter_context(closing(build(settings, installed())))
            histories = dict(platform.plugins.migrations())
            if len(enabled) > 1:
                every = replace(settings, enabled=tuple(BUILT_IN), disabled=())
                histories = dict(Plugins.load(every, installed()).migrations())
            budkavle_databases.furnish(name, tuple(sorted(histories.items())))
            return platform

        yield open_one


@pytest.mark.feature("PL1")
@pytest.mark.parametrize("enabled", SOME, ids=lambda names: "+".join(names) or "none")
def test_the_rest_works_without_it(open_some: Callable[[tuple[str, ...]], Platform], enabled: tuple[str, ...]) -> None:
    """Whatever is on starts, has its tables, carries nothing where there is nothing, and answers about its health."""
    platform = open_some(enabled)
    assert platform.plugins.names == list(enabled)
    assert deliver_due(platform) == 0
    assert all(isinstance(health, Health) for health in check_all(platform, None))


def test_their_tables_go_and_come_back(budkavle_open: Callable[..., Platform]) -> None:
    """Every plugin's history runs down and up again beside the core's rows, which it leaves alone."""
    platform = budkavle_open(enabled=tuple(BUILT_IN))
    town = create_organisation(platform, system_actor(), "Habo")
    for name, folder in platform.plugins.migrations():
        platform.database.downgrade_plugin(name, folder)
    platform.database.migrate(platform.plugins.migrations())
    assert [one.id for one in platform.organisations()] == [town.id]


def test_their_jobs_come_to_rest(budkavle_open: Callable[..., Platform]) -> None:
    """A job that tells each time that it found something would be done again and again, without a pause."""
    platform = budkavle_open(enabled=tuple(BUILT_IN))
    create_organisation(platform, system_actor(), "Habo")
    jobs = sorted({**core_jobs(platform), **platform.plugins.jobs})
    restless = [name for name in jobs if all(do_job(platform, name) for _ in range(4))]
    assert restless == []


@pytest.mark.feature("PL4")
def test_all_of_them_are_without_fault(budkavle_open: Callable[..., Platform]) -> None:
    """What `budkavle plugin check` says of the installation that everybody starts with."""
    reports = budkavle_open(enabled=tuple(BUILT_IN)).plugins.report()
    assert {report.name: report.faults for report in reports} == {name: [] for name in BUILT_IN}


@pytest.mark.feature("Z11")
def test_each_of_them_says_which_personal_data_it_handles(budkavle_open: Callable[..., Platform]) -> None:
    """Also one that handles none; what is said is whole, and each setting that it names exists."""
    plugins = budkavle_open(enabled=tuple(BUILT_IN)).plugins
    assert [name for name in BUILT_IN if "budkavle_personal_data" not in plugins.hooks(name)] == []
    rows = [of.thing for of in plugins.registered("personal_data")]
    assert ("links", "link_days") in {(row.name, field) for row in rows for _, field in row.kept_by}
    assert [row.name for row in rows for kind, field in row.kept_by if field not in kind.__struct_fields__] == []
