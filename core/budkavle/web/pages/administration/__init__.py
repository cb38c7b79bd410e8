"""Administration: the pages for administrators of the whole installation."""

from budkavle.web.pages.administration import administrators, licences, new_organisation, nodes, organisations

HANDLERS = [
    *organisations.HANDLERS,
    *new_organisation.HANDLERS,
    *licences.HANDLERS,
    *nodes.HANDLERS,
    *administrators.HANDLERS,
]
