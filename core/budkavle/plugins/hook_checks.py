"""What is refused in a plugin's hook implementations, and in the hooks that it offers to other plugins.

pluggy would accept some of it and then do something unintended; for the rest its errors are hard to understand.
"""

import inspect
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from types import FunctionType, ModuleType
from typing import Any

import pluggy

from budkavle.model.errors import Misconfigured
from budkavle.plugins import hookspecs
from budkavle.plugins.hook_calls import PREFIX


def implementation_faults(manager: pluggy.PluginManager, module: ModuleType) -> Iterator[Misconfigured]:
    """Return what is wrong with a module's implementations of the core's hooks."""
    for name, function in _functions(module):
        options = manager.parse_hookimpl_opts(module, name)
        if options is None:
            if name.startswith(PREFIX):
                yield Misconfigured("{hook} saknar @hookimpl", hook=name)
            continue
        hook = options.get("specname") or name
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            yield Misconfigured("{hook} är async; en krok registrerar bara och ska vara en vanlig def", hook=hook)
        elif options["wrapper"] or options["hookwrapper"]:
            yield Misconfigured("{hook} är en wrapper; en krok ska vara en vanlig funktion", hook=hook)
        elif hasattr(hookspecs, hook):
            yield from argument_faults(hook, function, getattr(hookspecs, hook))
        elif hook.startswith(PREFIX):
            names = [name for name in vars(hookspecs) if name.startswith(PREFIX)]
            yield Misconfigured("kroken {hook} finns inte. Menades {near}?", hook=hook, near=_near(hook, names))


def argument_faults(hook: str, function: Any, specification: Any) -> Iterator[Misconfigured]:
    """Return the arguments of an implementation that the hook does not have."""
    has = list(inspect.signature(specification).parameters)
    unknown = [name for name in inspect.signature(function).parameters if name not in has]
    if unknown:
        yield Misconfigured(
            "{hook} kan inte ta {strange}; argumenten är: {has}",
            hook=hook,
            strange=", ".join(unknown),
            has=", ".join(has) or "–",
        )


def offer_faults(manager: pluggy.PluginManager, plugin: str, namespace: object) -> Iterator[Misconfigured]:
    """Return what is wrong with the hooks that a plugin offers: a module of functions marked @hookspec."""
    names = offered(manager, namespace)
    if not names:
        yield Misconfigured("budkavle_hookspecs ska ge en modul med minst en funktion med @hookspec")
    for name in names:
        if not name.startswith(f"{plugin}_"):
            yield Misconfigured(
                "kroken {hook} ska heta {prefix}_..., som tillägget som erbjuder den", hook=name, prefix=plugin
            )


def offered(manager: pluggy.PluginManager, namespace: object) -> list[str]:
    """Return the names of the hooks that a module specifies."""
    if not inspect.ismodule(namespace):
        return []
    return [name for name in vars(namespace) if manager.parse_hookspec_opts(namespace, name) is not None]


def missing_hooks(
    manager: pluggy.PluginManager, module: ModuleType, hook_names: Sequence[str]
) -> Iterator[Misconfigured]:
    """Return the hooks that a plugin implements but no plugin offers; one marked `optionalhook` may be missing."""
    for caller in manager.get_hookcallers(module) or []:
        if caller.has_spec():
            continue
        if any(
            implementation.plugin is module and not implementation.optionalhook
            for implementation in caller.get_hookimpls()
        ):
            yield Misconfigured(
                "kroken {hook} finns inte. Menades {near}? Hör den till ett tillägg som kan vara av: "
                "@hookimpl(optionalhook=True)",
                hook=caller.name,
                near=_near(caller.name, hook_names),
            )


def _functions(module: ModuleType) -> list[tuple[str, Any]]:
    return [(name, function) for name, function in vars(module).items() if isinstance(function, FunctionType)]


def _near(hook: str, hook_names: Sequence[str]) -> str:
    return ", ".join(get_close_matches(hook, hook_names, 1) or sorted(hook_names)) or "–"
