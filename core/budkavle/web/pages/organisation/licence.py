"""Licens: the organisation's agreed limits, how much of them is used, and each month's peak."""

from datetime import datetime

from litestar import Response, get
from litestar.di import NamedDependency

from budkavle.accounts.permissions import require_admin
from budkavle.model.times import ZONE
from budkavle.organisation import licence_warnings, licences, usage
from budkavle.web.auth import Visitor
from budkavle.web.pages.organisation.licence_words import ends, shown_measure, shown_months
from budkavle.web.views.layout import page
from budkavle.web.views.tags import channel_texts


@get("/organisation/licence", sync_to_thread=True)
def show(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show the licence to the organisation's administrators (feature O16)."""
    require_admin(visitor.actor)
    this_month = datetime.now(ZONE).date().replace(day=1)
    since = this_month.replace(year=this_month.year - 1)
    with visitor.work() as work:
        licence = licences.read_licence(work)
        months = usage.usage_months(work, since, this_month.replace(year=this_month.year + 1))
    channels = channel_texts(visitor, licence.channels)
    context = {
        "licence": licence,
        "measures": [shown_measure(visitor, measure) for measure in licence.measures],
        "end": ends(visitor, licence),
        "channels": ", ".join(channels.values()) or visitor.say("Alla kanaler"),
        "warnings": [visitor.say(warned.sentence) for warned in licence_warnings.warnings_of(licence)],
        "months": shown_months(visitor, months),
    }
    return page(visitor, "pages/organisation_licence.html", context, folder="organisation")


HANDLERS = [show]
