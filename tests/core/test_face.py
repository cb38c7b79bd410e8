"""The face holds still: what a plugin may import is written down beside this, and changes only on purpose."""

import ast
import inspect
import subprocess
import sys
import textwrap
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import budkavle
from budkavle.host import Host
from budkavle.model.lazy_names import homes

FOLDERS = (
    "web",
    "web.webhooks",
    "accounts",
    "approvals",
    "identification",
    "cases",
    "deliveries",
    "messaging",
    "notices",
    "operations",
    "organisation",
    "storage",
    "testing",
)
FACES = (budkavle, *(import_module(f"budkavle.{folder}") for folder in FOLDERS))
NAMES = [(face, name) for face in FACES for name in homes(face.__name__)]


@pytest.mark.feature("PL2")
@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
def test_the_face_has_the_names_of_the_last_release(face: ModuleType) -> None:
    """A name that leaves the face breaks somebody's plugin; a new one is a promise. Both are written down here."""
    promised = (Path(__file__).parent / "face" / f"{face.__name__}.txt").read_text("utf-8").split()
    assert sorted(face.__all__) == sorted(promised)


@pytest.mark.parametrize(("face", "name"), NAMES, ids=lambda value: getattr(value, "__name__", value))
def test_each_name_is_its_modules_own(face: ModuleType, name: str) -> None:
    """The face hands out the thing itself and no copy."""
    home = homes(face.__name__)[name]
    assert getattr(face, name) is getattr(import_module(home.module), home.name)


@pytest.mark.parametrize(("face", "name"), NAMES, ids=lambda value: getattr(value, "__name__", value))
def test_pydoc_shows_what_is_documented(face: ModuleType, name: str) -> None:
    """A string below an attribute is read in the source alone; the class says it under `Attributes`."""
    if not inspect.isclass(kind := getattr(face, name)) or not kind.__module__.startswith("budkavle"):
        return
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(node, ast.ClassDef)
    values = [line.value for line in node.body[1:] if isinstance(line, ast.Expr)]
    assert [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)] == []


def test_a_name_is_in_one_face_alone() -> None:
    """Nobody has to ask from where."""
    names = [name for _, name in NAMES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
def test_all_names_can_be_asked_for(face: ModuleType) -> None:
    """`dir` and the star know what can be imported, as of any module."""
    assert set(homes(face.__name__)) <= set(dir(face))
    everything: dict[str, object] = {}
    exec(f"from {face.__name__} import *", everything)  # noqa: S102 (an import statement is what is tested)
    assert set(homes(face.__name__)) <= set(everything)


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
def test_a_strange_name_is_told_as_python_does(face: ModuleType) -> None:
    """A misspelt name is an ImportError with the name in it."""
    with pytest.raises(ImportError, match="hookimp"):
        exec(f"from {face.__name__} import hookimp")  # noqa: S102 (an import statement is what is tested)


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
def test_importing_the_face_brings_nothing_along(face: ModuleType) -> None:
    """The command line starts quickly: no database, web or crypto is imported before it is asked for."""
    heavy = "('sqlalchemy', 'litestar', 'msgspec')"
    code = f"import sys, {face.__name__}; print([m for m in sys.modules if m.split('.')[0] in {heavy}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["budkavle.web.app", "budkavle.operations.worker"])
def test_a_process_starts_without_what_only_migrations_and_searches_need(module: str) -> None:
    """Each is a tenth of a start's work."""
    code = f"import sys, {module}; print({{'alembic', 'mako', 'snowballstemmer'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.slow
def test_a_type_checker_sees_the_names(root: Path, tmp_path: Path) -> None:
    """What is misspelt is an error of mypy, in strict mode, and what is renamed in the face has its signature.

    By our own settings, so that mypy reads what `make check` has found out of the core.
    """
    pytest.importorskip("mypy")
    file = tmp_path / "plugin.py"
    file.write_text(
        "from budkavle import hookimp\nfrom budkavle.accounts import find_mailbox\n"
        "from budkavle.web import plugin_page\n"
        "reveal_type(find_mailbox)\nreveal_type(plugin_page)\n"
    )
    done = subprocess.run([sys.executable, "-m", "mypy", file], cwd=root, capture_output=True, text=True, check=False)
    told = [line for line in done.stdout.splitlines() if line.startswith(str(file))]
    assert '"hookimp"; maybe "hookimpl"?' in told[0]
    assert "mailbox_id: uuid.UUID" in told[1]
    assert "template: str" in told[2]
    assert len(told) == 3


def test_the_host_stays_small() -> None:
    """A dozen public members at most, so that it never becomes a second platform."""
    public = {name for name in {*vars(Host), *Host.__annotations__, "settings", "log"} if not name.startswith("_")}
    assert public == {
        "settings", "data", "log", "platform", "vault", "system", "work", "tables", "transaction",
        "accept", "refuse", "receipt",
    }  # fmt: skip
    assert len(public) <= 12
