"""A message's sender, as shown to its reader: what is verified, what the sender claims, and warnings."""

from budkavle.accounts.organisations import organisation
from budkavle.accounts.profile import InformationSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.colours import read_colour
from budkavle.messaging.guest_access import logo_url
from budkavle.model.messages import Direction, Message, SenderCheck
from budkavle.organisation import logos
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor
from budkavle.web.views.delivery_status import N_

SENDER_DOUBTS: dict[SenderCheck, str] = {
    SenderCheck.UNKNOWN_FUNCTION: N_(
        "{name} har skickat meddelandet, men adressen som det kommer från fanns inte i adressboken när det kom."
        " Kontrollera med organisationen innan du svarar."
    ),
    SenderCheck.OTHERS_FUNCTION: N_(
        "{name} har skickat meddelandet, men uppger en adress som hör till en annan organisation i adressboken."
        " Svara inte förrän du har kontrollerat vem som har skickat det."
    ),
    SenderCheck.UNKNOWN_ORGANISATION: N_(
        "Avsändaren {name} fanns inte i adressboken när meddelandet kom, så vi vet inte vad organisationen heter."
        " Kontrollera vem det är innan du svarar."
    ),
    SenderCheck.UNCHECKED: N_(
        "Avsändarens namn kunde inte kontrolleras mot adressboken. Budkavle försöker igen av sig självt."
    ),
}
"""Warnings to the reader, by the result of checking the sender against the address books."""
RENAMED = N_("Avsändaren kallar sig ”{claimed}”. I adressboken heter den {name}, och det är det namnet som gäller.")
CALLS_ITSELF = N_("Avsändaren kallar sig ”{claimed}”. Det är avsändarens egna ord.")


def organisation_as_sender(work: Work) -> dict[str, str]:
    """Return what `layout.html` shows instead of our own name to people without an account: name, logo and colour."""
    sender, logo = organisation(work), logos.find_logo(work)
    return {
        "name": sender.name,
        "detail": "",
        "slug": sender.slug,
        "logo_url": logo_url(sender.id, logo.version if logo else ""),
        "colour": read_colour(read_settings(work, InformationSettings).colour),
    }


def claims(visitor: Visitor, message: Message) -> list[tuple[str, str]]:
    """Return the verified sender, and the name that the sender uses if it is a different one."""
    verified = message.sender.organisation_value
    if message.direction is not Direction.IN or not verified:
        return []
    lines = [(visitor.say("Avsändarens id"), f"{verified}, {message.sender.value}")]
    if message.calls_itself:
        lines.append((visitor.say("Kallar sig"), visitor.say("”{name}”", name=message.calls_itself)))
    return lines


def doubts(visitor: Visitor, message: Message) -> list[str]:
    """Return the warnings to a reader about the sender of a message."""
    sentence = SENDER_DOUBTS.get(message.sender_check) if message.sender_check else None
    if sentence is None and message.calls_itself:
        sentence = RENAMED
    if sentence is None:
        return []
    values = {"name": str(message.sender), "claimed": message.calls_itself}
    sentences = [visitor.say(sentence, **values)]
    if message.calls_itself and sentence is not RENAMED:
        sentences.append(visitor.say(CALLS_ITSELF, **values))
    return sentences
