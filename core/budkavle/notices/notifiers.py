"""The notifiers of an installation, by the kind that they send."""

from budkavle.model.notices import NoticeKind
from budkavle.plugins.loader import Of
from budkavle.plugins.protocols.notifier import Notifier
from budkavle.plugins.registry import Plugins


def notifiers(plugins: Plugins) -> dict[NoticeKind, Of[Notifier]]:
    """Return the notifier of each available kind: if several send a kind, the first in the plugins' order.

    Args:
        plugins: The plugins that are on, started.
    """
    return {of.thing.kind: of for of in reversed(list(plugins.registered("notifiers")))}
