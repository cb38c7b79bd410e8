"""A plugin of the tests: two more ways to send, by post and to people without an account."""

POST = '''\
"""Two more ways to send, so that there is something to choose between: by post, and to people without account."""

from budkavle import Capabilities, DeliveryState, Loa, Outcome, ProviderTraits, hookimpl
from budkavle.deliveries import Fact, note_fact
from budkavle.notices import Pace
from budkavle.testing.fakes import FakeIdentityProvider, FakeTransport


class Link(FakeTransport):
    name, label, icon = "link", "Säkert meddelande", "link"

    def __init__(self, host):
        super().__init__()
        self.host = host
        self.name, self.label, self.icon = "link", "Säkert meddelande", "link"
        self.capabilities = Capabilities(
            receipts=True, recall=True, markdown=True, confidentiality=True, family="secure", guests=True
        )

    def send(self, outgoing):
        delivery = outgoing.delivery
        if not delivery.recipient.value.startswith("tyst"):
            with self.host.work(self.host.system(delivery.organisation_id)) as work:
                note_fact(work, delivery.id, Fact.NOTIFIED)
        return Outcome(DeliveryState.WAITING_FOR_RECEIPT)


class Way(FakeIdentityProvider):
    def __init__(self, name, label, loa, number=False):
        phone = name == "prov_sms"
        traits = ProviderTraits(
            loa, audiences=frozenset({"guest"}), asserts_personnummer=number, asserts_phone=phone
        )
        super().__init__(name=name, label=label, traits=traits)


class Bell:
    name, label, usual, tells_inbox_itself = "bell", "Klocka", Pace.AT_ONCE, False

    def lacks(self, work, user_id):
        return ""

    def tell(self, work, news):
        pass


@hookimpl
def budkavle_notice_ways(host):
    return [Bell()]


@hookimpl
def budkavle_transports(host):
    post = FakeTransport()
    post.name, post.label, post.icon = "post", "Brev", "letter"
    return [post, Link(host)]


@hookimpl
def budkavle_choose_transport(recipient, offers):
    return next((offer for offer in offers if isinstance(offer, Link) and recipient.transport == "secure"), None)


@hookimpl
def budkavle_identity_providers(host):
    return [
        Way("prov_epost", "Kod med e-post", Loa.ONE),
        Way("prov_sms", "Kod med SMS", Loa.TWO),
        Way("prov_bankid", "BankID", Loa.THREE, number=True),
        Way("prov_siths", "SITHS-kort", Loa.THREE),
    ]
'''
