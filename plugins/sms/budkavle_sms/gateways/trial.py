"""A test of the gateway while a person waits: does it answer, and does it take a message?"""

from collections.abc import Iterator

from budkavle import Permanent, Sentence, call
from budkavle_sms.gateways.base import Gateway, Sms

TEXT = "Det här är ett prov från Budkavle. SMS fungerar."
NOT_SENDING = "Installationen skickar inga SMS. Er IT-avdelning väljer en SMS-tjänst med gateway i [plugins.sms]."
ONLY_BY_SMS = "Tjänsten kan bara prövas med ett SMS. Skriv ett mobilnummer, och prova igen."
ANSWERS = "SMS-tjänsten ({gateway}) svarar."
LOGIN_LATER = "Inloggningen prövas först när ett SMS skickas. Skriv ett mobilnummer för att pröva den."
TAKEN = "SMS-tjänsten tog emot provet. Se om det kommer fram till telefonen."


def steps(gateway: Gateway, sms: Sms | None) -> Iterator[Sentence]:
    """Check the service, and send a test message if there is one; yield a sentence for each successful step.

    Raises:
        Temporary: The service does not answer, or does not accept our account.
        Permanent: It will never take the message, or there is nothing to check.
    """
    if gateway.name == "log":
        raise Permanent(NOT_SENDING)
    if gateway.name == "http" and sms is None:
        raise Permanent(ONLY_BY_SMS)
    if gateway.name != "http":  # there is no request that all of them answer
        call(gateway.probe)
        yield Sentence(ANSWERS, gateway=gateway.name)
    if sms is not None:
        call(send_once, gateway, sms)
        yield Sentence(TAKEN)
    elif gateway.name == "smpp":  # its logins are limited
        yield Sentence(LOGIN_LATER)


async def send_once(gateway: Gateway, sms: Sms) -> str:
    """Hand over a message, close the connection, and return the gateway's identifier."""
    try:
        return await gateway.send(sms)
    finally:
        await gateway.close()
