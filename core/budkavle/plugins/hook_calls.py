"""pluggy's own calls, with the implementations of one plugin at a time.

`firstresult`, the order of `tryfirst` and `trylast`, and pluggy's tracing mean here what its documents say. A call is
made for each plugin by itself, so that what raises is known by name, and one plugin's failure is never another's.
"""

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import pluggy

from budkavle.model.messages import Address
from budkavle.plugins.calls import contained
from budkavle.plugins.hookspecs import hookimpl
from budkavle.plugins.protocols.transport import Transport

PREFIX = "budkavle_"


class AddressedTransport:
    """The core's own answer to `choose_transport`, which comes last: the transport that the address names."""

    @staticmethod
    @hookimpl(trylast=True)
    def budkavle_choose_transport(recipient: Address, offers: Sequence[Transport]) -> Transport | None:
        """Return it; None where it is not on."""
        return next((offer for offer in offers if offer.name == recipient.transport), None)


def call_plugin(manager: pluggy.PluginManager, plugin: object, hook: str, **values: object) -> Any:
    """Call a hook with one plugin's implementations alone.

    Args:
        manager: Where the plugin is registered.
        plugin: Its module.
        hook: The hook's full name.
        values: The hook's arguments; an implementation takes as many as it wants.

    Returns:
        What pluggy returns: a list of the answers that are not None, or, of a `firstresult` hook, the first of them
        or None.

    Raises:
        Exception: Whatever the implementation raises; SystemExit and the like come as `calls.Exited`.
    """
    others = [other for other in manager.get_plugins() if other is not plugin]
    with contained():
        return manager.subset_hook_caller(hook, others)(**values)


def answers(manager: pluggy.PluginManager, plugin: object, hook: str, **values: object) -> list[Any]:
    """Call as `call_plugin` does; return the answers as a list, of a `firstresult` hook at most one.

    What an implementation yields is taken here, so that it fails inside the call.
    """
    answer = call_plugin(manager, plugin, hook, **values)
    results = answer if not is_first_result(manager, hook) else [] if answer is None else [answer]
    with contained():
        return [list(result) if isinstance(result, Iterator) else result for result in results]


def is_first_result(manager: pluggy.PluginManager, hook: str) -> bool:
    """Tell whether a hook stops at the first answer that is not None."""
    spec = getattr(manager.hook, hook).spec
    return bool(spec and spec.opts.get("firstresult"))


def calling_order(manager: pluggy.PluginManager, hook: str) -> list[object]:
    """Return the plugins that implement a hook, in the order in which pluggy calls them."""
    implementations = getattr(manager.hook, hook).get_hookimpls()
    return list(dict.fromkeys(implementation.plugin for implementation in reversed(implementations)))


def implemented(manager: pluggy.PluginManager, module: ModuleType | None) -> list[str]:
    """Return the full names of the hooks that a plugin implements."""
    callers = manager.get_hookcallers(module) if manager.is_registered(module) else None
    return sorted(caller.name for caller in callers or [])
