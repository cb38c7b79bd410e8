"""The state of the installation: the core's and the plugins' checks, each answered in a sentence with a remedy."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Table, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from budkavle.accounts.core_settings import knows_addresses
from budkavle.accounts.permissions import require_admin
from budkavle.cases.owned import screening
from budkavle.logs import describe
from budkavle.model.errors import BudkavleError, Unresponsive
from budkavle.model.people import Actor, ActorScope
from budkavle.model.sentences import Sentence
from budkavle.model.states import WAITING
from budkavle.operations.batches.fault_texts import FAULTS, READING
from budkavle.operations.health.assigned import judge_domains
from budkavle.operations.health.clocks import judge_clocks
from budkavle.operations.health.outboxes import LATE, judge_outboxes
from budkavle.operations.health.restored import judge_quarantine
from budkavle.operations.health.stored import judge_store
from budkavle.operations.jobs import core_jobs
from budkavle.operations.key_moves.judging import judge_copies, judge_keepers, judge_older
from budkavle.operations.moves.judging import judge_moves
from budkavle.operations.retention import ALIVE
from budkavle.operations.server_certificate import judge_end
from budkavle.plugins import closed_child
from budkavle.plugins.breakers import Called
from budkavle.plugins.calls import call
from budkavle.plugins.protocols.health import Health, HealthCheck
from budkavle.plugins.protocols.malware_scanner import MalwareScanner
from budkavle.storage import plugin_faults, worker_faults
from budkavle.storage.database.health import judge_news, judge_old_rows, judge_tables
from budkavle.storage.events.chaining import longest_wait
from budkavle.storage.key_slots import doomed, watch
from budkavle.storage.platform import Platform
from budkavle.storage.tables import cases, deliveries, schedule

OLDEST_SERVER = 150_000
SILENT = timedelta(minutes=2)
"""How long a worker may be silent."""
ASKED = 10.0
"""Timeout of a plugin's check, in seconds."""
LEAST_FREE = 1_000_000_000
_BACKUP_AGE = timedelta(days=2)
"""How old the latest copy of the key store may be."""
_STORE_LAGS = "Nyckellagret i {place} är äldre än databasen, så meddelanden sedan dess kan inte läsas."
_STORE_REMEDY = "Återställ den senaste kopian av nyckellagret, eller kör budkavle keys check."
Question = Callable[[Platform, UUID | None], Iterable[Health]]
log = structlog.get_logger("budkavle.operations.health")


def health(platform: Platform, actor: Actor) -> list[Health]:
    """Return the state of the installation and of the actor's organisation, for its administrators.

    Answers that both give are listed once.

    Raises:
        Forbidden: The actor does not administer the organisation.
    """
    require_admin(actor)
    whole = check_all(platform, None) if actor.may(ActorScope.INSTALLATION) else []
    own = [answer for answer in check_all(platform, actor.organisation_id) if answer not in whole]
    return [*whole, *own]


def ready(platform: Platform) -> bool:
    """Tell whether the installation can serve: the database answers, and its tables are those of this version."""
    answers = list(_database(platform))
    if all(answer.ok for answer in answers):
        answers += _asked("migrations", partial(_migrations, platform, None))
    return all(answer.ok for answer in answers)


def check_all(platform: Platform, organisation_id: UUID | None) -> list[Health]:
    """Run all checks for one organisation, or (None) for the installation with all its organisations."""
    answers = list(_database(platform))
    if not all(answer.ok for answer in answers):
        return answers
    for name, question in OWN.items():
        answers += _asked(name, partial(question, platform, organisation_id))
    for name, check in platform.plugins.health_checks.items():
        answers += _asked(name, partial(ask_plugin, platform, name, check, organisation_id))
    return answers


def _asked(name: str, question: Callable[[], Iterable[Health]]) -> list[Health]:
    try:
        return list(question())
    except Exception as error:  # noqa: BLE001 - a failing check is itself an answer, and the other checks go on
        return [_failed(name, error)]


def _failed(name: str, error: Exception) -> Health:
    log.warning("health.failed", check=name, **describe(error))
    return Health(name, False, "Kontrollen gick inte att göra.", "Se programmets logg för orsaken.")


def ask_plugin(platform: Platform, name: str, check: HealthCheck, organisation_id: UUID | None) -> Iterable[Health]:
    """Run a plugin's check; one that fails, hangs or answers in a wrong form is reported as not well."""

    def ask() -> list[object]:
        answers: Iterable[object] = call(check.check, organisation_id)
        return list(answers)

    remedy = "Se programmets logg för orsaken."
    plugin, _, part = name.partition(".")
    called, walls = Called(plugin, "health_checks", part), platform.plugins.walls
    try:
        answers = walls.ask(called, ASKED, ask)
    except Unresponsive as error:
        log.warning("health.failed", check=name, **describe(error))
        return [Health(name, False, "Kontrollen svarar inte.", remedy)]
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; its failure affects no other
        return [_failed(name, error)]
    sound = [answer for answer in answers if isinstance(answer, Health) and _can_be_said(answer)]
    if len(sound) < len(answers):
        log.warning("health.nonsense", check=name)
        walls.judge(called, TypeError("check gives Health"), check.check)
        sound.append(Health(name, False, "Kontrollen lämnade något som inte är ett svar.", remedy))
    return sound


def _can_be_said(answer: Health) -> bool:
    try:
        return all(isinstance(part, str) for part in (answer.name, answer.remedy, str(answer)))
    except (AttributeError, LookupError, TypeError, ValueError):  # the sentence does not match its facts
        return False


def _database(platform: Platform) -> Iterator[Health]:
    try:
        with platform.database.transaction(None) as connection:
            version = connection.execute(text("SELECT current_setting('server_version_num')::int")).scalar_one()
    except (BudkavleError, SQLAlchemyError):
        remedy = "Kontrollera att databasen är igång och att database.url stämmer."
        yield Health("Databasen", False, "Databasen svarar inte.", remedy)
        return
    if version < OLDEST_SERVER:
        yield Health("Databasen", False, "Databasen är äldre än PostgreSQL 15.", "Uppgradera databasservern.")
    else:
        yield Health("Databasen", True, "Databasen svarar.")


def _migrations(platform: Platform, _organisation_id: UUID | None) -> Iterator[Health]:
    yield judge_tables(platform.database, platform.plugins.migrations())


def _news(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    if organisation_id is None:
        yield judge_news(platform.database)


def _old_rows(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    if organisation_id is None:
        yield judge_old_rows(platform.database)


def _keys(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    try:
        platform.ask_key_provider()
    except BudkavleError as error:
        remedy = "Kontrollera att den som håller nycklarna är igång och nås härifrån."
        yield Health("Nycklarna", False, error.message, remedy, error.facts)
        return
    for checked_id in _organisations(platform, organisation_id):
        with platform.database.transaction(checked_id) as connection:
            sealed = platform.vault.seal_small(checked_id, "health", b"health", connection)
            platform.vault.open_small(checked_id, "health", sealed, connection)
    yield Health("Nycklarna", True, "Nycklarna går att använda.")


def _key_store(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    store = platform.vault.slots.store
    if organisation_id is not None or store is None:
        return
    with platform.database.transaction(None) as connection:
        note, backup = watch.load_note(connection), watch.last_backup(connection)
        late = doomed.waiting(connection, LATE)
    try:
        root = watch.judge(store, note)
    except BudkavleError as error:
        yield Health("Nyckellagret", False, error.message, _STORE_REMEDY, error.facts)
        return
    if note is not None and (note.fell_to is not None or root.generation < note.generation):
        yield Health("Nyckellagret", False, _STORE_LAGS, _STORE_REMEDY, {"place": store.place})
    elif late:
        remedy = "Kontrollera att bakgrundstjänsten är igång och når nyckellagret."
        yield Health("Nyckellagret", False, "Nycklar som väntar på att förstöras: {count}.", remedy, {"count": late})
    elif backup is None:
        yield Health("Nyckellagret", True, "Nyckellagret stämmer med databasen. Det har aldrig kopierats.")
    elif backup.at < datetime.now(UTC) - _BACKUP_AGE:
        remedy = "Kör budkavle keys backup varje dygn. Går lagret förlorat kan inga meddelanden läsas."
        yield Health("Nyckellagret", False, "Nyckellagret kopierades senast {at}.", remedy, {"at": backup.at})
    else:
        yield Health("Nyckellagret", True, "Nyckellagret stämmer med databasen.")


def _disk(platform: Platform, _organisation_id: UUID | None) -> Iterator[Health]:
    usage = shutil.disk_usage(platform.settings.data)
    details = {"free": f"{usage.free / 1e9:.0f}" if usage.free > 1e10 else f"{usage.free / 1e9:.1f}"}
    if usage.free < LEAST_FREE or usage.free < usage.total * 0.02:
        remedy = "Frigör utrymme eller flytta datamappen till en större disk."
        yield Health("Disken", False, "Bara {free} GB är ledigt.", remedy, details)
    else:
        yield Health("Disken", True, "{free} GB är ledigt.", facts=details)


def _worker(platform: Platform, _organisation_id: UUID | None) -> Iterator[Health]:
    query = select(schedule.c.due_at, func.now().label("now")).where(schedule.c.name == f"core.{ALIVE}")
    with platform.database.transaction(None) as connection:
        row = connection.execute(query).one_or_none()
    if row is None or row.now - row.due_at > SILENT:
        sentence = (
            "Bakgrundstjänsten har inte varit igång." if row is None else "Bakgrundstjänsten har varit tyst sedan {at}."
        )
        details = {} if row is None else {"at": row.due_at}
        yield Health("Bakgrundstjänsten", False, sentence, "Starta den: budkavle worker", details)
    else:
        yield Health("Bakgrundstjänsten", True, "Bakgrundstjänsten är igång.")


def _queue(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    waiting = deliveries.c.state.in_([state.value for state in WAITING])
    late = _count(platform, organisation_id, deliveries, waiting, deliveries.c.due_at < func.now() - LATE)
    if late:
        sentence = "Leveranser som har väntat i mer än fem minuter på att skickas: {count}."
        yield Health(
            "Utgående kö",
            False,
            sentence,
            "Kontrollera att bakgrundstjänsten är igång och hinner med.",
            {"count": late},
        )
    else:
        yield Health("Utgående kö", True, "Inget väntar för länge.")


def _parked(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    count = _count(platform, organisation_id, cases, cases.c.trouble)
    if count:
        sentence = "Ärenden med meddelanden som inte har kommit fram: {count}."
        remedy = "De står under Behöver åtgärd i sina brevlådor, med orsaken."
        yield Health("Leveranserna", False, sentence, remedy, {"count": count})
    else:
        yield Health("Leveranserna", True, "Inget behöver åtgärdas.")


def _proxies(platform: Platform, _organisation_id: UUID | None) -> Iterator[Health]:
    """Report whether browsers' own addresses are known (see `knows_addresses`)."""
    settings = platform.settings
    if not settings.base_url.startswith("https://"):
        return
    if knows_addresses(settings):
        yield Health("Webbläsarnas adresser", True, "Adresserna kommer från de proxyservrar som är betrodda.")
    else:
        sentence = (
            "Alla ser ut att komma från samma adress, så den som gissar lösenord kan hindra andra att logga in, och "
            "administrationens nätverk begränsar ingen."
        )
        yield Health("Webbläsarnas adresser", False, sentence, "Ange er proxyserver i trusted_proxies.")


def _scanners(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Report whether files are scanned for malware; in production an installation without a scanner is not well."""
    scanners = list(platform.plugins.registered(screening.KIND))
    for of in scanners:
        check = HealthCheck("scanner", partial(_of_scanner, of.thing))
        yield from ask_plugin(platform, f"{of.plugin}.scanner", check, organisation_id)
    if not scanners:
        sentence = "Filer kontrolleras inte mot skadlig kod: inget virusskydd är inställt."
        remedy = 'Slå på tillägget clamav. Granskas filerna redan på vägen hit, skriv address = "elsewhere" där.'
        in_production = platform.settings.base_url.startswith("https://")
        yield Health("Virusskydd", not in_production, sentence, remedy, notable=True)


def _locks(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Report whether the kernel confines the child processes that open untrusted documents; limits hold without it."""
    if organisation_id is not None:
        return
    missing = closed_child.missing_locks()
    if not missing:
        yield Health("Främmande filer", True, "Främmande filer öppnas i en process som inte når något annat.")
        return
    in_production = platform.settings.base_url.startswith("https://")
    sentence = "Främmande filer öppnas i en process som är mindre skyddad: kärnan saknar {locks}."
    remedy = "Uppgradera till Linux 5.13 eller senare med Landlock och seccomp, och kontrollera containerns profil."
    is_well = not in_production or len(missing) < len(closed_child.LOCKS)
    yield Health("Främmande filer", is_well, sentence, remedy, {"locks": ", ".join(missing)}, notable=True)


def _of_scanner(scanner: MalwareScanner, _organisation_id: UUID | None) -> Iterable[Health]:
    return scanner.health()


def _faults(platform: Platform, _organisation_id: UUID | None) -> Iterator[Health]:
    for fault in worker_faults.present(platform):
        name, _, destination = fault.subject.partition(" ")
        sentence, remedy = FAULTS["peer" if fault.kind == "destination" and not destination else fault.kind]
        transport = platform.plugins.transports.get(name)
        label = transport.label if transport else name
        details: dict[str, object] = {"label": Sentence(label), "destination": destination}
        details |= {"at": fault.since, "count": fault.count, "worker": fault.worker}
        yield Health("Bakgrundstjänsten", False, sentence, remedy or READING[fault.subject], details)


def _jobs(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    if organisation_id is not None:
        return
    all_jobs = {**core_jobs(platform), **platform.plugins.jobs}
    query = select(schedule.c.name, func.now() - schedule.c.due_at).where(schedule.c.name.in_(all_jobs))
    with platform.database.transaction(None) as connection:
        rows = connection.execute(query).all()
    stuck = sorted(name for name, late in rows if late > all_jobs[name].deadline + LATE)
    if stuck:
        sentence = "Jobb som inte har blivit klara i tid: {jobs}."
        remedy = "Se programmets logg för orsaken, och starta om bakgrundstjänsten."
        yield Health("Jobben", False, sentence, remedy, {"jobs": ", ".join(stuck)})
    else:
        yield Health("Jobben", True, "Jobben blir klara i tid.")


def _plugins(platform: Platform, organisation_id: UUID | None) -> Iterable[Health]:
    return plugin_faults.health(platform.database, platform.plugins.label) if organisation_id is None else ()


def _event_logs(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Report whether new event log entries get their number soon: until then the chain does not protect them."""
    if organisation_id is not None:
        return
    seconds = longest_wait(platform.database)
    if seconds > SILENT.total_seconds():
        sentence = "Händelser har väntat i {minutes} minuter på att numreras och länkas."
        remedy = "Kontrollera att bakgrundstjänsten är igång. Är den det står orsaken i dess logg."
        yield Health("Händelseloggarna", False, sentence, remedy, {"minutes": int(seconds / 60)})
    else:
        yield Health("Händelseloggarna", True, "Händelser numreras och länkas strax efter att de har skrivits.")


OWN: dict[str, Question] = {
    "quarantine": judge_quarantine,
    "migrations": _migrations,
    "keys": _keys,
    "key-move": judge_keepers,
    "key-copies": judge_copies,
    "older-keys": judge_older,
    "moves": judge_moves,
    "key-store": _key_store,
    "disk": _disk,
    "store": judge_store,
    "clock": judge_clocks,
    "mail-domains": judge_domains,
    "worker": _worker,
    "faults": _faults,
    "jobs": _jobs,
    "outboxes": judge_outboxes,
    "plugins": _plugins,
    "event-logs": _event_logs,
    "news": _news,
    "old-rows": _old_rows,
    "queue": _queue,
    "parked": _parked,
    "proxies": _proxies,
    "certificate": judge_end,
    "scanners": _scanners,
    "locks": _locks,
}


def _organisations(platform: Platform, organisation_id: UUID | None) -> list[UUID]:
    return (
        [organisation.id for organisation in platform.organisations()] if organisation_id is None else [organisation_id]
    )


def _count(platform: Platform, organisation_id: UUID | None, table: Table, *what: ColumnElement[bool]) -> int:
    count = 0
    for checked_id in _organisations(platform, organisation_id):
        query = select(func.count()).where(table.c.organisation_id == checked_id, *what)
        with platform.database.transaction(checked_id) as connection:
            count += connection.execute(query).scalar_one()
    return count
