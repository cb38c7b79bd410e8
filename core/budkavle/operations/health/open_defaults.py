"""Defaults that suit a demo but harm people: an installation that others reach starts only if they are accepted."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from budkavle.cases.owned import screening
from budkavle.model.errors import Misconfigured
from budkavle.model.sentences import Sentence
from budkavle.networks import is_own_machine
from budkavle.operations.health import ask_plugin
from budkavle.plugins.protocols.health import Health
from budkavle.settings import Settings
from budkavle.storage.database.verified import unverified_host
from budkavle.storage.keys import FILE, is_read_by_others
from budkavle.storage.platform import Platform

HTTPS, SCANNER, KEY_FILE, DATABASE = "https", "scanner", "key-file", "database"
PAGES, METRICS = "pages", "metrics"


def refuse_open_defaults(platform: Platform, host: str = "") -> None:
    """Refuse to start an installation that others can reach and that leaves something open.

    Args:
        platform: The installation.
        host: The address at which pages are to be served; empty if none are.

    Raises:
        Misconfigured: Something is open and not accepted; the sentence says what, what to do, and how to accept it.
    """
    if is_local(platform.settings):
        return
    found = [*open_defaults(platform), *((PAGES, health) for health in _clear_pages(platform.settings, host))]
    refused = {name: health for name, health in found if name not in platform.settings.accepted}
    if refused:
        raise Misconfigured(
            "Installationen når andra än den egna datorn. Den startar inte så länge det här är öppet. Det som ska vara "
            "så står med sitt namn i accepted i inställningarna.",
            fields={name: Sentence.joined((str(health), health.remedy)) for name, health in refused.items()},
        )


def is_local(settings: Settings) -> bool:
    """Tell whether browsers can reach it only from its own machine, as in a demo."""
    host = urlsplit(settings.base_url).hostname
    return host is not None and is_own_machine(host)


def open_defaults(platform: Platform) -> Iterator[tuple[str, Health]]:
    """Yield what is open now, with the name that accepts it."""
    yield from ((health.default, health) for health in _of_core(platform))
    for name, check in platform.plugins.health_checks.items():
        if check.at_start:
            plugin = name.partition(".")[0]
            for health in ask_plugin(platform, name, check, None):
                if health.default:
                    yield f"{plugin}.{health.default}", health


def _of_core(platform: Platform) -> Iterator[Health]:
    settings = platform.settings
    if not settings.base_url.startswith("https://"):
        sentence = "Allt som skickas mellan webbläsare och servern kan läsas på vägen."
        yield Health("base_url", False, sentence, "Ange en adress med https:// i base_url.", default=HTTPS)
    if not list(platform.plugins.registered(screening.KIND)):
        sentence = "Filer kontrolleras inte mot skadlig kod."
        yield Health("Virusskydd", False, sentence, "Slå på tillägget clamav.", default=SCANNER)
    if settings.key_provider == FILE and _read_by_others(settings):
        sentence = "Andra konton på datorn kan läsa nyckelfilen {path}."
        facts = {"path": str(settings.key_file)}
        yield Health("Nyckelfilen", False, sentence, "Kör chmod 600 på den.", facts, default=KEY_FILE)
    yield from _clear_metrics(settings)
    for setting, url in _databases(settings):
        if host := unverified_host(url):
            sentence = "Databasen på {host} ({setting}) nås utan att dess certifikat prövas."
            remedy = "Lägg till sslmode=verify-full i adressen, och sslrootcert med er utfärdares certifikat."
            facts = {"host": host, "setting": setting}
            yield Health("Databasen", False, sentence, remedy, facts, default=DATABASE)


def _clear_metrics(settings: Settings) -> Iterator[Health]:
    """Report metrics that are sent unencrypted, so that the network sees them and their token."""
    if settings.metrics.listen and not settings.tls.certificate and not is_own_machine(settings.metrics.address[0]):
        sentence = "Mätvärdena, och koden som de hämtas med, går okrypterade över nätet ({address})."
        remedy = "Ange certificate och key under [tls], eller låt metrics.listen vara på 127.0.0.1."
        yield Health("Mätvärden", False, sentence, remedy, {"address": settings.metrics.listen}, default=METRICS)


def _clear_pages(settings: Settings, host: str) -> Iterator[Health]:
    """Report pages that are sent to the proxy unencrypted over a network."""
    if not settings.tls.certificate and not is_own_machine(host):
        sentence = "Webben lyssnar på {host} utan TLS: sidorna kan läsas på vägen till proxyservern."
        remedy = "Ange certificate och key under [tls], eller låt webben lyssna på 127.0.0.1 (--host)."
        yield Health("Sidorna", False, sentence, remedy, {"host": host}, default=PAGES)


def _databases(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the addresses of databases other than the embedded one, with the names of their settings."""
    chosen = settings.database
    yield from (
        (setting, url)
        for setting, url in (
            ("database.url", chosen.url),
            ("database.owner_url", chosen.owner_url),
            ("database.listen_url", chosen.listen_url),
            ("key_store.url", settings.key_store.url),
        )
        if url
    )


def _read_by_others(settings: Settings) -> bool:
    try:
        return is_read_by_others(settings.key_file)
    except FileNotFoundError:
        return False
