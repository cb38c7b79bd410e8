"""The keys move from the file into the token and back while messages are written and read; with SoftHSM."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from budkavle.host import build
from budkavle.messaging import read_case
from budkavle.operations import nodes
from budkavle.operations.health import check_all
from budkavle.operations.nodes import beating
from budkavle.settings import Settings, load_settings
from budkavle.testing import SampleOrganisation, in_work
from budkavle.testing.working import wait_until
from budkavle_hsm.settings import HsmSettings


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes here tell of themselves more often than others do."""
    monkeypatch.setattr(nodes, "BEAT", 0.1)


@pytest.fixture
def file(budkavle_settings: Settings, settings: HsmSettings, tmp_path: Path) -> Path:
    """The settings of an installation with the plugin, whose key still lies in a file."""
    pin, path, database = tmp_path / "pin", tmp_path / "budkavle.toml", budkavle_settings.database
    pin.write_text(settings.pin)
    path.write_text(
        f"enabled = ['hsm']\ndata = {json.dumps(str(budkavle_settings.data))}\n"
        f"[database]\nurl = {json.dumps(database.url)}\nowner_url = {json.dumps(database.owner_url)}\n"
        f"[plugins.hsm]\nmodule = {json.dumps(str(settings.module))}\n"
        f"label = 'master'\npin_file = {json.dumps(str(pin))}\n"
    )
    return path


class Traffic:
    """Messages that come one after another, and are read in a process that has forgotten every key."""

    def __init__(self, organisation: SampleOrganisation, file: Path) -> None:
        self.organisation = organisation
        self.reader = build(load_settings(file))
        self.count = 0
        self.faults: list[Exception] = []
        self._stop = threading.Event()
        self._came = threading.Condition()

    def once(self) -> None:
        """Let a message come, and read it elsewhere."""
        self.count += 1
        case_id = self.organisation.arrive(f"Fråga {self.count}")
        self.reader.vault.forget()
        case = in_work(self.reader, self.organisation.case_worker, read_case, case_id)
        assert f"Fråga {self.count}" in repr(case)
        with self._came:
            self._came.notify_all()

    def wait(self, count: int = 3) -> None:
        """Wait until so many more messages have been read."""
        until = self.count + count
        with self._came:
            assert self._came.wait_for(lambda: self.faults or self.count >= until, 60)

    @contextmanager
    def flowing(self) -> Iterator[None]:
        """Let messages come and be read while the block lasts, with two processes that tell of themselves."""

        def run() -> None:
            while not self._stop.wait(0.1) and not self.faults:
                try:
                    self.once()
                except Exception as error:  # noqa: BLE001 - the test names it
                    self.faults.append(error)

        thread = threading.Thread(target=run)
        with closing(self.reader), beating(self.organisation.platform), beating(self.reader):
            thread.start()
            try:
                yield
            finally:
                self._stop.set()
                thread.join(60)
        assert self.faults == []


@pytest.mark.feature("ZS8")
@pytest.mark.slow
@pytest.mark.peer("hsm", "SoftHSM")
def test_messages_are_written_and_read_while_the_keys_move_into_the_token_and_back(
    file: Path, settings: HsmSettings
) -> None:
    """Killed in the middle, gone on with by the command, and back: no message fails, and no process is restarted."""

    def command(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "budkavle", "--config", str(file), *words],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        return done.stdout

    with ExitStack() as opened:
        platform = opened.enter_context(closing(build(load_settings(file))))
        organisation = SampleOrganisation.create(platform, "Habo").staffed()
        others = [SampleOrganisation.create(platform, name).staffed() for name in ("Kisa", "Mullsjö", "Ydre")]
        traffic = Traffic(organisation, file)
        with traffic.flowing():
            traffic.wait()
            program = Path(__file__).with_name("moving_process.py")
            killed = subprocess.run([sys.executable, str(program), str(file), "hsm", "2"], check=False, timeout=120)
            assert killed.returncode == -signal.SIGKILL

            def is_told() -> bool:
                answers = [str(answer) for answer in check_all(platform, None) if answer.name == "Nycklarnas plats"]
                return any("har stannat. Organisationer som är kvar: 2" in answer for answer in answers)

            wait_until(is_told)  # the server sees a little later that the one who held the lock is gone
            traffic.wait()
            assert "nycklar är flyttade till hsm" in command("keys", "rewrap", "hsm")
            key = load_settings(file).key_file
            away = key.rename(key.with_suffix(".away"))
            traffic.wait()
            for other in others:
                other.arrive("Också")
            away.rename(key)
            assert "med en annan key_provider" in command("health")
            assert "nycklar är flyttade till file" in command("keys", "rewrap", "file")
            traffic.wait()
    file.write_text(file.read_text().replace("['hsm']", "[]"))
    with closing(build(load_settings(file))) as again:
        assert "Sist" in repr(in_work(again, organisation.case_worker, read_case, organisation.arrive("Sist")))
