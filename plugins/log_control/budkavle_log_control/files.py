"""PDF and CSV files of a month and of an extract."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from importlib.resources import files

from babel.dates import format_date

from budkavle import Actor, Host, translations, write_csv
from budkavle.accounts import find_organisation
from budkavle.operations import typeset_pdf
from budkavle_log_control.access import N_, reader
from budkavle_log_control.accesses import ZONE
from budkavle_log_control.extracts import ExtractRow
from budkavle_log_control.reviews import VERDICTS
from budkavle_log_control.rules import REASONS
from budkavle_log_control.summaries import Line

Say = Callable[[str], str]
MONTH_TITLE = N_("Loggkontroll, {month}")
MONTH_TEXT = N_(
    "Hur många öppningar av ärenden som regler och stickprov har pekat på, hur många som har granskats, och med vilken "
    "bedömning. En öppning kan stå på flera rader. Ingen person nämns."
)
EXTRACT_TITLE = N_("Loggutdrag")
EXTRACT_TEXT = N_("Vilka som har öppnat ärendet eller gjort något med det, vid vilken enhet och när.")
EXTRACT_COLUMNS = (N_("När"), N_("Ärende"), N_("Enhet"), N_("Vem"), N_("Vad som gjordes"))


def say_in(host: Host, language: str) -> Say:
    """Return a function that translates the plugin's sentences into a language."""
    return translations(language, dict(host.platform.plugins.folders("locale"))).gettext


def month_columns() -> list[str]:
    """Return the column headers of a month."""
    return [N_("Skäl"), N_("Träffar"), N_("Utvalda"), *VERDICTS.values(), N_("Väntar")]


def month_cells(line: Line, say: Say) -> list[str]:
    """Return the cells of a line of a month."""
    numbers = [line.hits, line.chosen, *(line.verdicts[verdict] for verdict in VERDICTS), line.waits]
    return [say(REASONS[line.reason]), *(str(number) for number in numbers)]


def extract_cells(row: ExtractRow, say: Say) -> list[str]:
    """Return the cells of a row of an extract."""
    moment = row.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
    return [moment, row.number, say(row.unit), say(row.who), say(row.what)]


def month_csv(host: Host, lines: Sequence[Line], language: str) -> bytes:
    """Return a month as a CSV file."""
    say = say_in(host, language)
    return write_csv([[say(column) for column in month_columns()], *(month_cells(line, say) for line in lines)])


def month_pdf(host: Host, actor: Actor, month: date, lines: Sequence[Line], language: str) -> bytes:
    """Return a month as a PDF."""
    say = say_in(host, language)
    title = say(MONTH_TITLE).format(month=format_date(month, "LLLL y", locale=language))
    columns = [say(column) for column in month_columns()]
    return _pdf(host, actor, (title, say(MONTH_TEXT)), (columns, [month_cells(line, say) for line in lines]), language)


def extract_pdf(host: Host, actor: Actor, rows: Sequence[ExtractRow], language: str) -> bytes:
    """Return an extract as a PDF."""
    say = say_in(host, language)
    columns = [say(column) for column in EXTRACT_COLUMNS]
    cells = [extract_cells(row, say) for row in rows]
    return _pdf(host, actor, (say(EXTRACT_TITLE), say(EXTRACT_TEXT)), (columns, cells), language)


def _pdf(
    host: Host,
    actor: Actor,
    heads: tuple[str, str],
    table: tuple[Sequence[str], Sequence[Sequence[str]]],
    language: str,
) -> bytes:
    now = datetime.now(UTC)
    with host.work(reader(host, actor)) as work:
        organisation = find_organisation(work).name
    values = {
        "language": language,
        "title": heads[0],
        "text": heads[1],
        "organisation": organisation,
        "at": [now.year, now.month, now.day],
        "columns": table[0],
        "rows": table[1],
    }
    return typeset_pdf(files("budkavle_log_control").joinpath("table.typ").read_bytes(), values, now)
