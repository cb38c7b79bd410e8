"""Plugins for tests that need no installation: a module, or a few functions, offered under a name."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from budkavle.plugins.hookspecs import hookimpl
from budkavle.plugins.loader import Installed


def offer(**modules: ModuleType) -> dict[str, list[Installed]]:
    """Return modules as if they were installed, by name, for `Plugins.load(settings, offers)`."""
    return {name: [_installed(name, module)] for name, module in modules.items()}


def plugin_module(name: str, **hooks: Callable[..., Any]) -> ModuleType:
    """Return a module with these hookimpls, by their names without the prefix `budkavle_`.

    Args:
        name: The plugin's name.
        **hooks: Its hook implementations, by name without `budkavle_`.
    """
    module = ModuleType(f"budkavle_test_{name}")
    for hook, function in hooks.items():
        setattr(module, f"budkavle_{hook}", hookimpl(function))
    return module


def _installed(name: str, module: ModuleType) -> Installed:
    return Installed(name, module.__name__, f"test-{name}", "0", lambda: module)
