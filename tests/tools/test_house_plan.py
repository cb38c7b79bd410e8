"""What `make check` holds about the plan of the packages: full folders, circles of imports, `plugin.py` as a leaf."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def plan(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "tools"))
    return import_module("house_plan")


def package(folder: Path, modules: Mapping[str, str]) -> Path:
    """Write a package `pigeon` whose modules, named by their paths, have these sources."""
    root = folder / "pigeon"
    for name, source in {"__init__": "", **modules}.items():
        path = root / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, "utf-8")
    return root


def test_the_house_has_its_plan(plan: ModuleType) -> None:
    """No folder of the core, the plugins and the address book is too full, and nothing imports in a circle."""
    packages = import_module("house").packages()
    assert {"budkavle", "budkavle_addressbook", "budkavle_fax"} <= {path.name for path in packages}
    assert plan.plan(packages) == []


def test_a_fault_of_any_kind_is_told(plan: ModuleType, tmp_path: Path) -> None:
    """What the house is asked covers each of the rules below."""
    sources = {"plugin": "from pigeon.post import line\n", "post/line": "from pigeon.plugin import parts\n"}
    many = {f"loft/bird{number}": "" for number in range(17)}
    full, circle, leaf = plan.plan([package(tmp_path, sources | many)])
    assert full.startswith("pigeon/loft has 17 modules")
    assert circle.endswith("pigeon.plugin, pigeon.post.line")
    assert leaf.startswith("pigeon.post.line imports pigeon.plugin")


def test_rooms_import_in_no_circle_either(plan: ModuleType, tmp_path: Path) -> None:
    """Two folders that import each other are one, even where their modules are four."""
    sources = {
        "loft/bird": "from pigeon.post import line\n",
        "loft/seed": "",
        "post/line": "",
        "post/stamp": "from pigeon.loft import seed\n",
    }
    assert plan.plan([package(tmp_path, sources)]) == ["these import each other in a circle: pigeon.loft, pigeon.post"]


def test_a_folder_has_sixteen_modules_at_most(plan: ModuleType, tmp_path: Path) -> None:
    """Also one further down; `__init__` is not counted, and migrations may be as many as they are."""
    sixteen = {f"post/loft{number}": "" for number in range(16)}
    migrations = {f"migrations/step{number}": "" for number in range(17)}
    assert list(plan.full_folders(package(tmp_path, sixteen | migrations))) == []
    assert list(plan.full_folders(package(tmp_path, {"post/one_more": ""}))) == [
        "pigeon/post has 17 modules, more than 16: make folders of it"
    ]


@pytest.mark.parametrize(
    "source",
    [
        "from pigeon import loft\n",
        "import pigeon.loft\n",
        "from pigeon.loft import Loft\n",
        "from . import loft\n",
        "def late():\n    from pigeon.loft import Loft\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pigeon.loft import Loft\n",
    ],
)
def test_an_import_counts_wherever_it_stands(plan: ModuleType, tmp_path: Path, source: str) -> None:
    """At the top, inside a function, for types alone, relative: two modules that import each other are a circle."""
    imports = plan.imports_of(package(tmp_path, {"bird": source, "loft": "from pigeon.bird import Bird\n", "seed": ""}))
    assert imports["pigeon.bird"] == {"pigeon.loft"}
    assert imports["pigeon.seed"] == set()
    assert list(plan.circles(imports)) == ["these import each other in a circle: pigeon.bird, pigeon.loft"]


def test_a_long_circle_is_told_once_and_a_chain_is_none(plan: ModuleType) -> None:
    """Who only leads into a circle, or is led to from it, is not part of it."""
    chain = {"a": {"b"}, "b": {"c", "d"}, "c": set(), "d": {"c"}}
    assert list(plan.circles(chain)) == []
    circle = {"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": {"b", "e"}, "e": set()}
    assert list(plan.circles(circle)) == ["these import each other in a circle: b, c, d"]


def test_a_folder_stands_for_its_init(plan: ModuleType, tmp_path: Path) -> None:
    """A name of a folder's `__init__` is an import of that `__init__`; other packages are not looked at."""
    sources = {"post/__init__": "", "post/line": "", "bird": "from pigeon.post import Post, line\nimport budkavle\n"}
    imports = plan.imports_of(package(tmp_path, sources))
    assert imports["pigeon.bird"] == {"pigeon.post", "pigeon.post.line"}


def test_nothing_imports_what_only_registers(plan: ModuleType, tmp_path: Path) -> None:
    """`plugin.py` of the package itself; another module of that name further down is another module."""
    sources = {
        "plugin": "from pigeon import bird\n",
        "bird": "",
        "nest": "def late():\n    from pigeon.plugin import parts\n",
        "post/plugin": "",
        "post/line": "from pigeon.post.plugin import line\n",
    }
    assert list(plan.imports_of_plugin("pigeon", plan.imports_of(package(tmp_path, sources)))) == [
        "pigeon.nest imports pigeon.plugin; what they share belongs in a module of its own, such as `parts`"
    ]
