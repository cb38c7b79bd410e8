"""`budkavle keys`: the provider of the master key, and the key store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import say

if TYPE_CHECKING:
    from collections.abc import Generator

    from budkavle.operations.key_moves.moving import Left
    from budkavle.storage.key_slots.store import KeyStore


@click.group(help="Byt vem som håller nycklarna, eller sköt nyckellagret.")
def keys() -> None:
    """Group."""


@keys.command(help="Flytta nycklarna till nyckelleverantören NAME, medan allt är igång. Kan avbrytas och fortsättas.")
@click.argument("name")
@click.pass_obj
def rewrap(installation: Installation, name: str) -> None:
    """Wrap every key with the provider of this name, and say what is left; what is sealed stays as it is."""
    from budkavle.operations.key_moves.moving import move_keys
    from budkavle.storage.key_wrapping.ring import find_provider
    from budkavle.storage.keys import FILE, FileKeys, Keys

    settings, platform = installation.settings, installation.platform
    provider: Keys = FileKeys.make(settings.key_file) if name == FILE else find_provider(name, platform.plugins)
    count = _followed(move_keys(platform, provider, installation.actor()))
    say("Klart: {count} nycklar är flyttade till {name}.", count=count, name=name)
    say('Sätt key_provider = "{name}" i inställningarna, innan någon process startas om.', name=name)


def _followed(move: "Generator[Left, None, int]") -> int:
    """Print the progress of a move; returns how many keys were wrapped."""
    steps = 0
    waiting: tuple[str, ...] = ()
    while True:
        try:
            left = next(move)
        except StopIteration as ended:
            return int(ended.value)
        if left.processes != waiting and left.processes:
            say("Väntar på: {processes}.", processes=", ".join(left.processes))
        if not left.processes:
            if steps % 100 == 0:
                say("Kvar: {count}.", count=left.organisations)
            steps += 1
        waiting = left.processes


@keys.command(help="Ge varje organisation en ny nyckel, medan allt är igång. Kan avbrytas och fortsättas.")
@click.option(
    "--days",
    type=click.IntRange(0, 3_650),
    default=1,
    show_default=True,
    help="Lämna dem i fred vars nyckel är nyare än så många dagar.",
)
@click.pass_obj
def renew(installation: Installation, days: int) -> None:
    """Renew the keys of organisations, and say how many are left."""
    from budkavle.storage.key_wrapping.renewing import renew as renew_keys

    count = 0
    before = datetime.now(UTC) - timedelta(days=days)
    for left in renew_keys(installation.platform, before, installation.actor()):
        if count % 100 == 0:
            say("Kvar: {count}.", count=left)
        count += 1
    say("Klart: {count} nycklar är förnyade. Det som fanns öppnas som förut.", count=count)
    say("Kör budkavle keys reseal för att försegla även det med de nya nycklarna.")


@keys.command(help="Försegla det som fanns före en förnyelse med den nya nyckeln. Kan avbrytas och fortsättas.")
@click.pass_obj
def reseal(installation: Installation) -> None:
    """Seal anew what lies under earlier versions of organisations' keys, and say how it goes."""
    from budkavle.operations.key_moves.resealing import reseal as reseal_all

    count, last_told = 0, 0
    for done in reseal_all(installation.platform, installation.actor()):
        count += done
        if count - last_told >= 10_000:
            last_told = count
            say("Förseglat på nytt: {count}.", count=count)
    say("Klart: {count} saker är förseglade med organisationernas nyaste nycklar.", count=count)


@keys.command(
    "make-recovery", help="Gör en återställningsnyckel: PRIVATE till kassaskåpet, PUBLIC till inställningarna."
)
@click.argument("private", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("public", type=click.Path(dir_okay=False, path_type=Path))
def make_recovery(private: Path, public: Path) -> None:
    """Make a pair and write each half into a new file."""
    from budkavle.model.errors import Conflict, Invalid
    from budkavle.storage.key_wrapping.hybrid import PrivateKey

    if private.resolve() == public.resolve():
        raise Invalid("Ange två olika filer: den privata delen ska inte ligga vid inställningarna.")
    for path in (private, public):  # before the first is written
        if path.exists():
            raise Conflict("Filen {path} finns redan.", path=str(path))
    pair = PrivateKey.make()
    pair.write(private)
    pair.public.write(public)
    say("Klart. Flytta {path} till ett säkert ställe utanför installationen.", path=str(private))
    say('Sätt recovery_key = "{path}" i inställningarna, starta om, och kör budkavle keys renew.', path=str(public))


@keys.command(help="Återskapa nycklarna med PRIVATE när huvudnyckeln är förlorad. Stoppa allt först.")
@click.argument("private", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def recover(installation: Installation, private: Path) -> None:
    """Let the provider of the settings wrap all keys, as the copies have them."""
    from budkavle.host import recover_keys
    from budkavle.storage.key_wrapping.hybrid import PrivateKey
    from budkavle.storage.key_wrapping.renewing import note

    done, left = recover_keys(installation.settings, PrivateKey.read(private))
    note(installation.platform, installation.actor(), "keys.recovered", count=done, left=left)
    say("Klart: {count} nycklar är återskapade. Utan kopia, så de inte kan öppnas: {left}.", count=done, left=left)
    if left:
        say("Har du en tidigare återställningsnyckel? Kör samma kommando en gång till med den.")


@keys.command(help="Kopiera nyckellagret till mappen FOLDER, och ta bort kopior där som är äldre än DAYS dagar.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--days", type=click.IntRange(1, 365), help="Dagar som kopior sparas; annars key_store.backup_days.")
@click.pass_obj
def backup(installation: Installation, folder: Path, days: int | None) -> None:
    """Copy the key store, and say by when the copy must be gone."""
    from budkavle.storage.key_slots.backups import back_up

    platform = installation.platform
    kept = days or installation.settings.key_store.backup_days
    path = back_up(_store(installation), platform.database, folder, kept)
    gone = (datetime.now(UTC) + timedelta(days=kept + 1)).date()
    say("Klart: {path}. Kopian ska vara borta senast {date}.", path=str(path), date=gone.isoformat())


@keys.command(help="Lägg tillbaka en kopia av nyckellagret. Stoppa webben och arbetarna först.")
@click.argument("copy", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def restore(installation: Installation, copy: Path) -> None:
    """Put a copy in the place of the key store, and destroy again what was destroyed since."""
    from budkavle.storage.key_slots.backups import restore as restore_copy
    from budkavle.storage.key_slots.doomed import destroy_doomed

    platform, store = installation.platform, _store(installation)
    restore_copy(store, copy)
    count, days = 0, installation.settings.key_store.backup_days
    while done := destroy_doomed(store, platform.database, days):
        count += done
    say("Klart. Nycklar som har förstörts på nytt: {count}. Kör nu budkavle keys check.", count=count)


@keys.command(help="Ge en egen plats i nyckellagret åt det som sparades innan det fanns. Kan avbrytas och fortsättas.")
@click.pass_obj
def slots(installation: Installation) -> None:
    """Give slots to what has none."""
    from budkavle.storage.key_slots.moving import give_slots

    _store(installation)
    say("Klart: {count} är flyttade.", count=sum(give_slots(installation.platform)))


@keys.command("renew-slots", help="Ge varje block i nyckellagret en ny nyckel, medan allt är igång.")
@click.pass_obj
def renew_slots(installation: Installation) -> None:
    """Write the key store anew, and say how many blocks are left."""
    from budkavle.storage.key_wrapping.renewing import note

    for left in _store(installation).renew():
        say("Kvar: {count}.", count=left)
    note(installation.platform, installation.actor(), "keys.slots-renewed")
    say("Klart. Äldre kopior av nyckellagrets rot öppnar inget av det som ligger där nu.")


@keys.command(help="Jämför nyckellagret med databasen; utgångskod 1 om något saknas.")
@click.option("--accept", is_flag=True, help="Godta lagret som det är. Det som saknar nyckel kan aldrig mer läsas.")
@click.pass_obj
def check(installation: Installation, *, accept: bool) -> None:
    """Say which keys the store has not, and take it as it is where that is wanted."""
    from budkavle.storage.key_slots import watch
    from budkavle.storage.key_slots.checking import check_store
    from budkavle.storage.keys import KeysUnavailable

    platform, store = installation.platform, _store(installation)
    if accept:
        watch.accept(store, platform.database)
    result = check_store(platform)
    counts = {"slotted": result.slotted, "lost": result.lost, "unslotted": result.unslotted}
    say("Egen nyckel: {slotted}. Utan plats i lagret, så de inte kan läsas: {lost}. Äldre: {unslotted}.", **counts)
    with platform.database.transaction(None) as connection:
        note = watch.load_note(connection)
    try:
        watch.judge(store, note)
    except KeysUnavailable as error:
        say(error.message, **error.facts)
        raise SystemExit(1) from error
    if result.lost or (note is not None and note.fell_to is not None):
        raise SystemExit(1)


def _store(installation: Installation) -> "KeyStore":
    store = installation.platform.vault.slots.store
    if store is None:
        raise AssertionError
    return store
