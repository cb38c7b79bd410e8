"""The server's time for an action on 312 cases of a mailbox, and for undoing it: from the form to the updated list."""

import json
import logging
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from uuid import UUID

from bench_inbox import fill
from bench_sealing import Figure
from bench_stage import SENDER, Stage, stage
from sqlalchemy import select, text

from budkavle.accounts import mailboxes
from budkavle.cases.teamwork.tags import add_tag
from budkavle.model.people import Actor
from budkavle.storage.tables import cases
from budkavle.testing.browsing import Browser, browsing

MANY, TICKED, ROUNDS, LIMIT_MS = 20_000, 312, 10, 1_000
_HIDDEN = re.compile(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"')
_UNDO = re.compile(r'<form[^>]* action="([^"]*/many[^"]*)"[^>]*>(?:(?!</form>).)*</form>', re.DOTALL)


def measure(many: int = MANY) -> Iterator[Figure]:
    """Yield the figures of each action and of undoing it. If one does not change all cases, the benchmark ends."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        actor, box = made.member(*SENDER), made.box(*SENDER).id
        fill(made, actor, box, many)
        tag, elsewhere = _prepared(made, actor, box)
        with made.platform.database.owner() as engine, engine.begin() as connection:
            connection.execute(text("ANALYZE"))
        logging.getLogger("httpx").setLevel(logging.WARNING)
        acts = {
            "take": ("", {"act": "take"}),
            "close": ("", {"act": "close"}),
            "tag": ("/tag", {"value": str(tag)}),
            "move": ("/move", {"value": str(elsewhere), "confirmed": "1"}),
        }
        with browsing(made.platform) as browse:
            browser = browse(actor)
            ids = _ticked(made, actor, box)
            for name, (path, fields) in acts.items():
                done, undone = list[float](), list[float]()
                for _ in range(ROUNDS):
                    took, page = _send(browser, f"/m/{box}/many{path}", {**fields, "case": ",".join(map(str, ids))})
                    done.append(took)
                    undone.append(_send(browser, *_undo(page))[0])
                yield _figure(f"{name}, {TICKED} of {many} cases", done)
                yield _figure(f"{name}, {TICKED} of {many} cases, undone", undone)


def _prepared(made: Stage, actor: Actor, box: UUID) -> tuple[UUID, UUID]:
    """Create a tag of the mailbox, and another mailbox that cases can be moved to."""
    with made.platform.work(made.installation.actor(actor.organisation_id)) as work:
        elsewhere = mailboxes.create_mailbox(work, "Enhet 2").id
        mailboxes.add_members(work, elsewhere, [user for user in [actor.user_id] if user])
    with made.platform.work(actor) as work:
        return add_tag(work, box, "Brådskar", "blue").id, elsewhere


def _ticked(made: Stage, actor: Actor, box: UUID) -> list[UUID]:
    """Return open cases of the mailbox that nobody has taken."""
    with made.platform.work(actor) as work:
        free = (cases.c.mailbox_id == box, cases.c.state == "open", cases.c.holder_id.is_(None))
        query = select(cases.c.id).where(cases.c.organisation_id == work.organisation_id, *free)
        return list(work.connection.execute(query.order_by(cases.c.active_at.desc()).limit(TICKED)).scalars())


def _send(browser: Browser, path: str, fields: Mapping[str, str]) -> tuple[float, str]:
    """Send a form. Return the milliseconds until the list has arrived, and the list."""
    begun = time.perf_counter()
    answer = browser.post(path, **fields)
    took = (time.perf_counter() - begun) * 1000
    page = str(answer.text)
    if answer.status_code != 200 or f"{TICKED} ärenden" not in page.replace("Du har tagit", ""):
        raise SystemExit(f"{path} answered {answer.status_code}, and not that {TICKED} cases were changed.")
    return took, page


def _undo(page: str) -> tuple[str, dict[str, str]]:
    """Return the address and the fields of the page's only button to undo."""
    form = next(form for form in _UNDO.finditer(page) if "Ångra" in form.group())
    fields = {name: unescape(value) for name, value in _HIDDEN.findall(form.group()) if name != "csrf"}
    return unescape(form.group(1)), fields


def _figure(name: str, taken: list[float]) -> Figure:
    worst = max(taken)
    return {
        "name": f"bulk: {name}, worst of {len(taken)}",
        "value": round(worst, 1),
        "unit": "ms",
        "limit": LIMIT_MS,
        "ratio": round(worst / LIMIT_MS, 2),
        "note": f"middle {statistics.median(taken):.1f}, least {min(taken):.1f}",
    }


if __name__ == "__main__":
    for figure in measure(*map(int, sys.argv[1:])):
        print(json.dumps(figure), flush=True)
