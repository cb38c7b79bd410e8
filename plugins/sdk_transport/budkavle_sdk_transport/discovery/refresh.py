"""Maintains certificates in the background: renews those that soon expire, activates new keys, reports problems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from budkavle import Health, Host
from budkavle_sdk_transport.discovery.cache import CachedAnswer
from budkavle_sdk_transport.discovery.certpub import CertPub
from budkavle_sdk_transport.discovery.expiry import CertificateDate, own_dates, published_dates
from budkavle_sdk_transport.keys.certificates import (
    CertificateRefused,
    CertificateSource,
    CertificatesUnavailable,
    UnknownParticipant,
)
from budkavle_sdk_transport.keys.memberships import Membership, Memberships

IN_USE: Final = timedelta(hours=24)
"""Certificates used within this time are fetched again before they expire."""
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
class CertificateRefresh:
    """What the job and the health check do.

    Attributes:
        certpub: None in the simulated federation, where nothing is kept.
    """

    host: Host
    memberships: Memberships
    certificates: CertificateSource
    certpub: CertPub | None

    def refresh(self) -> int:
        """Do it all once; see the job `certificates`. Returns 0: what is left has time until the next turn."""
        for membership in self.memberships.all(fresh=True):
            self._let_new_key_sign(membership)
        if self.certpub is not None and self.certpub.cache is not None:
            now = datetime.now(UTC)
            for cached in self._running_out(self.certpub, now):
                self._fetch_anew(self.certpub, cached)
            self.certpub.cache.sweep(now)
        return 0

    def dates(self) -> list[CertificateDate]:
        """Return when our own certificates and those of participants that we know run out, the first to do so first."""
        ours = own_dates(self.memberships.all())
        if self.certpub is None or self.certpub.cache is None:
            return ours
        answers = self.certpub.cache.answers()
        return sorted(
            [*ours, *published_dates(answers, self.certpub.trust, datetime.now(UTC))], key=lambda date: date.ends_at
        )

    def lookups(self, organisation_id: UUID | None) -> list[Health]:
        """Return how old what is kept is, and who cannot be looked up; about the installation only."""
        if organisation_id is not None or self.certpub is None or self.certpub.cache is None:
            return []
        return list(self._lookups(self.certpub.cache.answers()))

    def ending(self, organisation_id: UUID | None) -> list[Health]:
        """Which certificates run out: an organisation's own, and (None) those of participants that we write to."""
        if organisation_id is None:
            return [*self._unreadable(), *self._peers()]
        if organisation_id in self.memberships.unreadable:
            return [Health(OWN, ok=False, sentence=UNREADABLE, remedy=UNREADABLE_REMEDY)]
        membership = next(
            (member for member in self.memberships.all() if member.organisation_id == organisation_id), None
        )
        return list(self._own(membership)) if membership else []

    def _unreadable(self) -> Iterator[Health]:
        if count := len(self.memberships.unreadable):
            parameters = {"count": count}
            yield Health(OWN, ok=False, sentence=MANY_UNREADABLE, remedy=UNREADABLE_REMEDY, facts=parameters)

    def _let_new_key_sign(self, membership: Membership) -> None:
        """The pair whose certificate is published signs, as soon as that is seen (feature SD18)."""
        waiting = [key for key in membership.own if key.signs_from is None]
        if not waiting:
            return
        self.certificates.forget(membership.participant)
        try:
            published = self.certificates.signing_certificate(membership.participant)
        except (UnknownParticipant, CertificatesUnavailable, CertificateRefused) as error:
            self.host.log.warning("sdk.own_certificate_unknown", error=type(error).__name__)
            return
        for key in waiting:
            if key.pair.certificate == published:
                self.memberships.sign_with(membership.organisation_id, key.id)
                self.host.log.info("sdk.new_key_signs", pair=str(key.id))

    def _running_out(self, certpub: CertPub, now: datetime) -> list[CachedAnswer]:
        soon = now - certpub.cache_times.fresh * 3 / 4
        answers = certpub.cache.answers() if certpub.cache else []
        due = [
            cached
            for cached in answers
            if cached.used_at > now - IN_USE and (cached.fetched_at or cached.tried_at) < soon
        ]
        return sorted(due, key=lambda cached: cached.tried_at)[:MOST_AT_ONCE]

    def _fetch_anew(self, certpub: CertPub, cached: CachedAnswer) -> None:
        try:
            metadata = certpub.metadata(cached.participant, cached.document, anew=True)
        except (UnknownParticipant, CertificatesUnavailable):
            return  # the shelf has noted why
        if certpub.revocation is not None:
            for certificate in metadata.certificates.values():
                certpub.revocation.refresh(certificate)

    def _lookups(self, answers: list[CachedAnswer]) -> Iterator[Health]:
        now = datetime.now(UTC)
        ages = [now - cached.fetched_at for cached in answers if cached.fetched_at and cached.used_at > now - IN_USE]
        failing = sorted({cached.participant for cached in answers if cached.failure and cached.used_at > now - IN_USE})
        if failing:
            parameters: dict[str, object] = {"count": len(failing), "who": _named(failing)}
            yield Health(LOOKUPS, ok=False, sentence=FAILING, remedy=FAILING_REMEDY, facts=parameters)
        elif not ages:
            yield Health(LOOKUPS, ok=True, sentence=NOTHING_KNOWN)
        else:
            parameters = {"count": len(ages), "minutes": int(max(ages).total_seconds() // 60)}
            yield Health(LOOKUPS, ok=True, sentence=KNOWN, facts=parameters)

    def _own(self, membership: Membership) -> Iterator[Health]:
        date = own_dates([membership])[0]
        parameters = {"participant": membership.participant, "day": f"{date.ends_at:%Y-%m-%d}"}
        if date.ends_within(self._warning()):
            yield Health(OWN, ok=False, sentence=OWN_ENDING, remedy=OWN_REMEDY, facts=parameters)
        elif any(key.signs_from is None for key in membership.own):
            yield Health(OWN, ok=True, sentence=WAITING, facts=parameters)
        else:
            yield Health(OWN, ok=True, sentence=OWN_WELL, facts=parameters)

    def _peers(self) -> Iterator[Health]:
        ours = {membership.participant for membership in self.memberships.all()}
        ending = [date for date in self.dates() if date.ends_within(self._warning()) and date.participant not in ours]
        if ending:
            who = _named(sorted({f"{date.participant} ({date.ends_at:%Y-%m-%d})" for date in ending}))
            parameters = {"count": len({date.participant for date in ending}), "days": self._warning().days, "who": who}
            yield Health(PEERS, ok=False, sentence=PEERS_ENDING, remedy=PEERS_REMEDY, facts=parameters)

    def _warning(self) -> timedelta:
        return timedelta(days=self.host.settings.discovery.warn_days)


def _named(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
