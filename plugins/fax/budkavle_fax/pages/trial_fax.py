"""An administrator's test fax: one page directly to the carrier, tracked like other faxes."""

from datetime import datetime

from budkavle import Actor, Host, Invalid, record
from budkavle.accounts import find_organisation, require_admin
from budkavle_fax import organisation_settings
from budkavle_fax.carriers.base import Fax
from budkavle_fax.documents import rendering
from budkavle_fax.documents.cover import Cover
from budkavle_fax.language import speaks
from budkavle_fax.numbers.formats import e164
from budkavle_fax.numbers.mailbox_numbers import listed
from budkavle_fax.parts import Parts
from budkavle_fax.transport import hand_over

SUBJECT = "Prov"
BODY = "Det här är ett provfax. Går det att läsa så fungerar faxen.\n\nÅÄÖ åäö 0123456789"


def send_test(host: Host, parts: Parts, actor: Actor, typed: str) -> None:
    """Send a test fax, from the organisation's first number.

    Raises:
        Invalid: The typed text is not a number.
        Temporary: The carrier does not take it now; Permanent if it never will.
    """
    require_admin(actor)
    try:
        to = e164(typed)
    except Invalid as error:
        raise Invalid(str(error), fields={"test": str(error)}) from error
    with host.work(actor) as work:
        organisation = find_organisation(work).name
    numbers = listed(host, actor)
    sender = numbers[0].number if numbers else ""
    on, say = datetime.now(organisation_settings.ZONE).date(), speaks(host, actor.language)
    whose = numbers[0].mailbox if numbers else organisation
    cover = Cover(organisation, whose, sender, "", to, on, say(SUBJECT), say(BODY), "", actor.language)
    tiff = rendering.prepare(cover, (), 1, say)
    row = parts.submissions.begin(actor.organisation_id, None, rendering.count(tiff))
    hand_over(parts.submissions, parts.carrier, row, Fax(row.tag, to, sender, tiff))
    with host.work(actor) as work:
        record(work, "fax.test-sent", row.id)
