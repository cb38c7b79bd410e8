"""Administration: the pages for administrators of the whole installation."""

from budkavle.web.pages.administration import administrators, exports, licences, new_organisation, nodes, organisations

HANDLERS = [
    *organisations.HANDLERS,
    *new_organisation.HANDLERS,
    *licences.HANDLERS,
    *exports.HANDLERS,
    *nodes.HANDLERS,
    *administrators.HANDLERS,
]
