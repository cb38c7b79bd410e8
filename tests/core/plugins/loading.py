"""Loads made-up plugins as an installation does."""

from types import ModuleType
from typing import Any

import msgspec

from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.testing.plugins import offer, plugin_module


class Loft(msgspec.Struct, forbid_unknown_fields=True):
    birds: int = 2


Sections = dict[str, dict[str, Any]]


def load(*names: str, **modules: ModuleType) -> Plugins:
    return load_with({}, *names, **modules)


def load_with(sections: Sections, *names: str, **modules: ModuleType) -> Plugins:
    chosen = Settings(enabled=names or tuple(modules), plugins=sections)
    plugins = Plugins.load(chosen, offer(**modules))
    plugins.start(lambda plugin: f"host of {plugin.name}")
    return plugins


def with_transports(name: str, *transports: object) -> ModuleType:
    return plugin_module(name, transports=lambda host: transports)


def leave() -> Any:
    raise SystemExit(3)


def leave_host(host: object) -> Any:
    raise SystemExit(3)
