"""Looks after certificates in the background: fetches anew what soon runs out, lets new keys sign, tells of trouble."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from budkavle import Health, Host
from budkavle_sdk_transport.discovery.cache import Kept
from budkavle_sdk_transport.discovery.certpub import CertPub
from budkavle_sdk_transport.discovery.expiry import CertificateDate, own_dates, published_dates
from budkavle_sdk_transport.keys.certificates import (
    CertificateRefused,
    CertificateSource,
    CertificatesUnavailable,
    UnknownParticipant,
)
from budkavle_sdk_transport.keys.participants import Identities, Identity

IN_USE: Final = timedelta(hours=24)
"""What has been needed within this time is fetched anew before it runs out."""
MOST_AT_ONCE: Final = 50
NAMED: Final = 5

LOOKUPS, OWN, PEERS = "SDK: uppslag av deltagare", "SDK: våra certifikat", "SDK: certifikat för mottagare"
KNOWN = "{count} uppslag är sparade. Det äldsta hämtades för {minutes} minuter sedan."
NOTHING_KNOWN = "Inga uppslag är sparade än."
FAILING = "{count} deltagare går inte att slå upp just nu: {who}"
FAILING_REMEDY = "Kör budkavle sdk doctor, som prövar varje steg och säger vad som ska rättas."
OWN_WELL = "Certifikatet för {participant} gäller till {day}."
OWN_ENDING = "Certifikatet för {participant} går ut {day}."
OWN_REMEDY = "Beställ ett nytt certifikat, lägg in det med budkavle sdk keys add, och publicera det i SDK adressbok."
UNREADABLE = "Organisationens nycklar går inte att läsa. Inget skickas eller tas emot."
MANY_UNREADABLE = "Organisationer vars nycklar inte går att läsa, och som inget skickar eller tar emot: {count}."
UNREADABLE_REMEDY = "Se efter att den säkra enheten är igång och att [plugins.sdk.pkcs11] stämmer; loggen säger vems."
WAITING = "Ett nytt certifikat för {participant} väntar på att publiceras; det gamla skriver under så länge."
PEERS_ENDING = "{count} mottagares certifikat går ut inom {days} dagar: {who}"
PEERS_REMEDY = "Be dem förnya certifikaten. Annars går det inte att skicka till dem efter den dagen."


@dataclass(frozen=True, slots=True)
class Watch:
    """What the job and the health check do.

    Attributes:
        certpub: None in the simulated federation, where nothing is kept.
    """

    host: Host
    identities: Identities
    certificates: CertificateSource
    certpub: CertPub | None

    def refresh(self) -> int:
        """Do it all once; see the job `certificates`. Returns 0: what is left has time until the next turn."""
        for identity in self.identities.all(fresh=True):
            self._let_new_key_sign(identity)
        if self.certpub is not None and self.certpub.shelf is not None:
            now = datetime.now(UTC)
            for kept in self._running_out(self.certpub, now):
                self._fetch_anew(self.certpub, kept)
            self.certpub.shelf.sweep(now)
        return 0

    def dates(self) -> list[CertificateDate]:
        """When our own certificates and those of participants that we know run out, the first to do so first."""
        own = own_dates(self.identities.all())
        if self.certpub is None or self.certpub.shelf is None:
            return own
        kept = self.certpub.shelf.answers()
        return sorted(
            [*own, *published_dates(kept, self.certpub.trust, datetime.now(UTC))], key=lambda one: one.ends_at
        )

    def lookups(self, organisation_id: UUID | None) -> list[Health]:
        """How old what is kept is, and who cannot be looked up; about the installation only."""
        if organisation_id is not None or self.certpub is None or self.certpub.shelf is None:
            return []
        return list(self._lookups(self.certpub.shelf.answers()))

    def ending(self, organisation_id: UUID | None) -> list[Health]:
        """Which certificates run out: an organisation's own, and (None) those of participants that we write to."""
        if organisation_id is None:
            return [*self._unreadable(), *self._peers()]
        if organisation_id in self.identities.unreadable:
            return [Health(OWN, ok=False, sentence=UNREADABLE, remedy=UNREADABLE_REMEDY)]
        identity = next((one for one in self.identities.all() if one.organisation_id == organisation_id), None)
        return list(self._own(identity)) if identity else []

    def _unreadable(self) -> Iterator[Health]:
        if count := len(self.identities.unreadable):
            facts = {"count": count}
            yield Health(OWN, ok=False, sentence=MANY_UNREADABLE, remedy=UNREADABLE_REMEDY, facts=facts)

    def _let_new_key_sign(self, identity: Identity) -> None:
        """The pair whose certificate is published signs, as soon as that is seen (feature SD18)."""
        waiting = [one for one in identity.own if one.signs_from is None]
        if not waiting:
            return
        self.certificates.forget(identity.participant)
        try:
            published = self.certificates.signing_certificate(identity.participant)
        except (UnknownParticipant, CertificatesUnavailable, CertificateRefused) as error:
            self.host.log.warning("sdk.own_certificate_unknown", error=type(error).__name__)
            return
        for one in waiting:
            if one.pair.certificate == published:
                self.identities.sign_with(identity.organisation_id, one.id)
                self.host.log.info("sdk.new_key_signs", pair=str(one.id))

    def _running_out(self, certpub: CertPub, now: datetime) -> list[Kept]:
        soon = now - certpub.keeping.fresh * 3 / 4
        kept = certpub.shelf.answers() if certpub.shelf else []
        due = [one for one in kept if one.used_at > now - IN_USE and (one.fetched_at or one.tried_at) < soon]
        return sorted(due, key=lambda one: one.tried_at)[:MOST_AT_ONCE]

    def _fetch_anew(self, certpub: CertPub, kept: Kept) -> None:
        try:
            metadata = certpub.metadata(kept.participant, kept.document, anew=True)
        except (UnknownParticipant, CertificatesUnavailable):
            return  # the shelf has noted why
        if certpub.revocation is not None:
            for certificate in metadata.certificates.values():
                certpub.revocation.refresh(certificate)

    def _lookups(self, kept: list[Kept]) -> Iterator[Health]:
        now = datetime.now(UTC)
        ages = [now - one.fetched_at for one in kept if one.fetched_at and one.used_at > now - IN_USE]
        failing = sorted({one.participant for one in kept if one.failure and one.used_at > now - IN_USE})
        if failing:
            facts: dict[str, object] = {"count": len(failing), "who": _named(failing)}
            yield Health(LOOKUPS, ok=False, sentence=FAILING, remedy=FAILING_REMEDY, facts=facts)
        elif not ages:
            yield Health(LOOKUPS, ok=True, sentence=NOTHING_KNOWN)
        else:
            facts = {"count": len(ages), "minutes": int(max(ages).total_seconds() // 60)}
            yield Health(LOOKUPS, ok=True, sentence=KNOWN, facts=facts)

    def _own(self, identity: Identity) -> Iterator[Health]:
        date = own_dates([identity])[0]
        facts = {"participant": identity.participant, "day": f"{date.ends_at:%Y-%m-%d}"}
        if date.ends_within(self._warning()):
            yield Health(OWN, ok=False, sentence=OWN_ENDING, remedy=OWN_REMEDY, facts=facts)
        elif any(one.signs_from is None for one in identity.own):
            yield Health(OWN, ok=True, sentence=WAITING, facts=facts)
        else:
            yield Health(OWN, ok=True, sentence=OWN_WELL, facts=facts)

    def _peers(self) -> Iterator[Health]:
        ours = {one.participant for one in self.identities.all()}
        ending = [one for one in self.dates() if one.ends_within(self._warning()) and one.participant not in ours]
        if ending:
            who = _named(sorted({f"{one.participant} ({one.ends_at:%Y-%m-%d})" for one in ending}))
            facts = {"count": len({one.participant for one in ending}), "days": self._warning().days, "who": who}
            yield Health(PEERS, ok=False, sentence=PEERS_ENDING, remedy=PEERS_REMEDY, facts=facts)

    def _warning(self) -> timedelta:
        return timedelta(days=self.host.settings.discovery.warn_days)


def _named(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
