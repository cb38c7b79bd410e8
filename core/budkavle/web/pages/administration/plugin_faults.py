"""Administration: the enabled plugins, and their faults of the last day."""

from collections import Counter
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from budkavle.accounts.permissions import require_platform
from budkavle.model.times import when
from budkavle.storage.plugin_faults import ReportedFault, list_faults
from budkavle.web.auth import Visitor
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.tags import plugin_label

HERE = "/administration/plugins"
PAUSED = (N_("Pausat"), "bad", "warn")
FAILING = (N_("Har fel"), "wait", "warn")
WORKS_AGAIN = (N_("Fungerar igen"), "ok", "check")


@get(HERE, sync_to_thread=True)
def show_plugins(visitor: NamedDependency[Visitor]) -> Response[str]:
    """List the faults of the last day, ongoing ones first, and every enabled plugin."""
    require_platform(visitor.actor)
    plugins, faults = visitor.platform.plugins, list_faults(visitor.platform.database)
    failing = Counter(fault.called.plugin for fault in faults if fault.faults)
    context = {
        "faults": [_fault(visitor, fault) for fault in faults],
        "plugins": [_plugin(visitor, name, failing[name]) for name in plugins.names],
        "paused": len({fault.called for fault in faults if fault.faults and fault.is_paused}),
    }
    return page(visitor, "pages/administration_plugins.html", context, folder="administration")


def _plugin(visitor: Visitor, name: str, faults: int) -> dict[str, Any]:
    plugin = visitor.platform.plugins.plugin(name)
    return {
        "name": name,
        "label": plugin_label(visitor, name),
        "distribution": plugin.distribution,
        "version": plugin.version,
        "bad": faults,
    }


def _fault(visitor: Visitor, fault: ReportedFault) -> dict[str, Any]:
    word, look, icon = PAUSED if fault.faults and fault.is_paused else FAILING if fault.faults else WORKS_AGAIN
    return {
        "plugin": fault.called.plugin,
        "label": plugin_label(visitor, fault.called.plugin),
        "hook": fault.called.hook,
        "part": fault.called.part,
        "state": visitor.say(word),
        "look": look,
        "icon": icon,
        "since": when(fault.since, visitor.language),
        "since_iso": fault.since.isoformat(),
        "count": fault.faults,
        "error": fault.error,
        "at": fault.at,
        "process": fault.process,
    }


HANDLERS = [show_plugins]
