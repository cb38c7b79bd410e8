"""What the archive's pages show: rows, sizes, and the form for a receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from budkavle import Invalid
from budkavle.web import Form, Visitor
from budkavle_records.archive.package.xml_parts import LOCAL
from budkavle_records.archive.store import StoredPackage
from budkavle_records.archive.words import STATES
from budkavle_records.frame import PATH as RECORDS

PATH = f"{RECORDS}/archive"
TAB = "archive"
SHOWN = 50
AGAIN = "Visa vem du är igen, innan du lämnar ut ärenden till arkivet."


def megabytes(size: int) -> str:
    """Return a size in a readable form."""
    if size < 1_000_000:
        return f"{max(1, -(-size // 1000))} kB" if size else "0 kB"
    if size < 1_000_000_000:
        return f"{-(-size // 1_000_000)} MB"
    return f"{size / 1e9:.1f} GB".replace(".", ",")


def row_of(visitor: Visitor, package: StoredPackage) -> Mapping[str, Any]:
    """Return what a row of the list shows about a package."""
    text, kind, icon = STATES[package.state]
    return {
        "package": package,
        "url": f"{PATH}/packages/{package.id}",
        "file_url": f"{PATH}/packages/{package.id}/file" if package.file_id else "",
        "size": megabytes(package.size) if package.sha256 else "",
        "status": visitor.say(text),
        "status_kind": kind,
        "status_icon": icon,
        "failure": visitor.say(package.failure) if package.failure else "",
    }


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that was not accepted: the values entered, and what is wrong with them."""

    form: Form
    error: Invalid


def receipt_context(visitor: Visitor, posted: Posted | None) -> Mapping[str, Any]:
    """Return what the form for a receipt shows."""
    form, error = (posted.form, posted.error) if posted else (None, None)
    faults = visitor.say_all(error.fields if error else None)
    today = datetime.now(LOCAL).date().isoformat()
    return {
        "verdict": form.get("verdict") if form else "",
        "day": form.get("day") if form else today,
        "text": form.get("text") if form else "",
        "fault": faults,
        "faults": list(faults.items()),
    }


def paging(total: int, page: int, url: str) -> Mapping[str, Any]:
    """Return the values that the macro `pages` reads, for a list with numbered pages."""
    first = (page - 1) * SHOWN
    last = min(total, first + SHOWN)
    return {
        "first": first + 1 if last > first else 0,
        "last": last if last > first else 0,
        "total": total,
        "previous_url": f"{url}?page={page - 1}" if page > 1 else None,
        "next_url": f"{url}?page={page + 1}" if last < total else None,
    }
