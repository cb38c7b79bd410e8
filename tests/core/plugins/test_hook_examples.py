"""What the specifications and docs/hooks.md show runs, and both show the same (feature PL7)."""

import inspect
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from budkavle.host import host_of
from budkavle.model.messages import Address
from budkavle.plugins import hookspecs
from budkavle.plugins.registry import EVENTS, KINDS, Plugins
from budkavle.settings import Settings
from budkavle.testing.plugins import offer

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/hooks.md").read_text(encoding="utf-8")
SPECIFICATIONS: dict[str, Callable[..., Any]] = {
    name: getattr(hookspecs, name) for name in vars(hookspecs) if name.startswith("budkavle_")
}
NAMES = sorted(SPECIFICATIONS)
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def section(hook: str) -> str:
    """The part of the document about a hook."""
    parts = re.split(r"^#{2,3} ", DOCUMENT, flags=re.MULTILINE)
    return next(part for part in parts if part.startswith(f"`{hook}("))


def shown(hook: str) -> str:
    """The example of the document."""
    (example,) = FENCE.findall(section(hook))
    return str(example)


def imports() -> str:
    """The imports that all examples of the document share."""
    return next(block for block in FENCE.findall(DOCUMENT) if "budkavle_pigeon.loft" in block)


@pytest.mark.feature("PL7")
@pytest.mark.parametrize("hook", NAMES)
def test_specification_and_document_show_the_same_example(hook: str) -> None:
    """Whoever reads either copies what the other has."""
    docstring = inspect.getdoc(SPECIFICATIONS[hook]) or ""
    assert textwrap.dedent(docstring.partition("Example:\n")[2]).strip() == shown(hook).strip()


@pytest.mark.parametrize("hook", NAMES)
def test_a_specification_says_when_it_is_called_and_explains_its_arguments(hook: str) -> None:
    """When, each argument, and what is returned where something is."""
    docstring = inspect.getdoc(SPECIFICATIONS[hook]) or ""
    signature = inspect.signature(SPECIFICATIONS[hook])
    assert re.search(r"\bCalled\b", docstring)
    assert [name for name in signature.parameters if f"\n    {name}: " not in docstring] == []
    assert ("Returns:" in docstring) is (signature.return_annotation is not None)


def test_the_order_in_the_document_is_the_order_of_the_calls() -> None:
    """Each hook once, as the registry calls them."""
    diagram = DOCUMENT.partition("```text\n")[2].partition("```")[0]
    kinds = [f"budkavle_{kind}" for kind in KINDS]
    events = [f"budkavle_{event}" for event in EVENTS]
    asked = ["budkavle_commands", "budkavle_choose_transport", "budkavle_notice_due"]
    own = ["budkavle_hookspecs", "budkavle_settings", "budkavle_label", *kinds, *asked]
    assert re.findall(r"budkavle_\w+", diagram) == [*own, *events]
    assert sorted(own + events) == NAMES


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Plugins:
    """All examples of the document as one plugin, started."""
    monkeypatch.syspath_prepend(str(ROOT / "tests/third_party/budkavle_pigeon"))
    module = ModuleType("budkavle_examples")
    exec(imports() + "\n".join(shown(hook) for hook in NAMES), vars(module))  # noqa: S102 (the examples are tested)
    settings = Settings(data=tmp_path, enabled=("pigeon",))
    made = Plugins.load(settings, offer(pigeon=module))

    def no_platform() -> Any:
        pytest.fail("a hook that registers asked for the platform")

    made.start(lambda plugin: host_of(plugin, settings, no_platform))
    return made


def test_the_examples_run_as_one_plugin(plugins: Plugins) -> None:
    """Every hook is there and without fault; nothing touches a database at the start."""
    assert plugins.hooks("pigeon") == NAMES
    (report,) = plugins.report()
    assert report.faults == []
    assert {*KINDS, "settings", "offers", "commands", "events", "chooses"} <= set(report.registers)


def test_the_examples_answer(plugins: Plugins) -> None:
    """The choice is made, the offered hook can be called, and a check of health says that all is well."""
    assert plugins.choose_transport(Address("loft", "7")) is plugins.transports["pigeon"]
    assert plugins.call_hook("pigeon_weather", loft="north") == []
    assert [health.ok for health in plugins.health_checks["pigeon.birds"].check(None)] == [True]  # type: ignore[union-attr]
    ids = {"organisation_id": uuid4(), "message_id": uuid4(), "user_id": uuid4(), "kind": "method-added"}
    with capture_logs() as logs:
        plugins.emit("message_received", **ids)
        plugins.emit("account_changed", **ids)
    assert [entry["event"] for entry in logs] == ["pigeon.arrived", "pigeon.account"]
