"""Administration: the pages for administrators of the whole installation."""

from budkavle.web.pages.administration import (
    administrators,
    exports,
    licences,
    new_organisation,
    nodes,
    organisations,
    plugin_faults,
)

HANDLERS = [
    *organisations.HANDLERS,
    *new_organisation.HANDLERS,
    *licences.HANDLERS,
    *exports.HANDLERS,
    *nodes.HANDLERS,
    *plugin_faults.HANDLERS,
    *administrators.HANDLERS,
]
