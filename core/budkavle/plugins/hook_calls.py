"""pluggy's own calls, with the implementations of one plugin at a time.

`firstresult`, `tryfirst` and `trylast`, and pluggy's tracing work here as its documentation says. Each plugin is called
separately, so that errors can be attributed to a plugin, and one plugin's failure does not affect another.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from types import ModuleType
from typing import Any, cast

import pluggy
import structlog

from budkavle.logs import describe
from budkavle.model.messages import Address
from budkavle.plugins.breakers import Called
from budkavle.plugins.calls import contained
from budkavle.plugins.hookspecs import hookimpl
from budkavle.plugins.protocols.transport import Transport
from budkavle.plugins.walls import Walls

PREFIX = "budkavle_"
CHOOSING = 5.0
"""Timeout of a plugin's choice of transport, in seconds."""
log = structlog.get_logger("budkavle.plugins.registry")


class AddressedTransport:
    """The core's own implementation of `choose_transport`, which comes last: the transport that the address names."""

    @staticmethod
    @hookimpl(trylast=True)
    def budkavle_choose_transport(recipient: Address, offers: Sequence[Transport]) -> Transport | None:
        """Return that transport; None if it is not active."""
        return next((offer for offer in offers if offer.name == recipient.transport), None)


def call_plugin(manager: pluggy.PluginManager, plugin: object, hook: str, **values: object) -> Any:
    """Call a hook with one plugin's implementations only.

    Args:
        manager: The manager with the registered plugin.
        plugin: Its module.
        hook: The hook's full name.
        values: The hook's arguments; an implementation takes those that it wants.

    Returns:
        What pluggy returns: a list of the answers that are not None; for a `firstresult` hook, the first of them or
        None.

    Raises:
        Exception: Whatever the implementation raises; SystemExit and the like come as `calls.Exited`.
    """
    others = [other for other in manager.get_plugins() if other is not plugin]
    with contained():
        return manager.subset_hook_caller(hook, others)(**values)


def choose_transport(
    manager: pluggy.PluginManager, walls: Walls, recipient: Address, offers: Sequence[Transport]
) -> Transport | None:
    """Return the choice of the first plugin that answers; see `Plugins.choose_transport`."""
    hook = f"{PREFIX}choose_transport"
    for module in calling_order(manager, hook):
        name = manager.get_name(module) or ""
        called = Called(name, "choose_transport")
        choose = partial(call_plugin, manager, module, hook, recipient=recipient, offers=offers)
        try:
            # The core's own answer needs no wall.
            chosen = choose() if isinstance(module, AddressedTransport) else walls.ask(called, CHOOSING, choose)
        except Exception as error:  # noqa: BLE001 (logged and skipped: a plugin's failure affects no other)
            log.error("plugin.failed", plugin=name, hook="choose_transport", **describe(error))  # noqa: TRY400
            continue
        if any(chosen is offer for offer in offers):
            return cast("Transport", chosen)
        if chosen is not None:
            walls.judge(called, TypeError("it chose what was not offered"), choose)
            log.error("plugin.chose_unknown_transport", plugin=name, hook="choose_transport")
    return None


def answers(manager: pluggy.PluginManager, plugin: object, hook: str, **values: object) -> list[Any]:
    """Call as `call_plugin` does; return the answers as a list, with at most one for a `firstresult` hook.

    Generators are consumed here, so that they fail inside the call.
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
