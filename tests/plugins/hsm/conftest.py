import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from budkavle_hsm.settings import HsmSettings
from budkavle_hsm.token import Token

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
PIN = "271828"


@pytest.fixture(scope="session")
def module(
    missing: Callable[[str], NoReturn], program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """SoftHSM's library with its own tokens: two with keys of the same label, and one without a key."""
    library = next((Path(path) for path in MODULES if Path(path).exists()), None)
    tool = program("softhsm2-util")
    if library is None:
        missing("SoftHSM's library is not installed (make peers)")
    folder = tmp_path_factory.mktemp("softhsm-master")
    (folder / "tokens").mkdir()
    file = folder / "softhsm2.conf"
    file.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(file)
    for label in ("master", "other", "empty"):
        words = ("--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "12345678")
        subprocess.run([tool, *words], check=True, capture_output=True)
    reload_module(library)
    for label in ("master", "other"):
        assert Token(HsmSettings(library, label, PIN)).make_key("budkavle-1")
    yield library
    os.environ.pop("SOFTHSM2_CONF")
    if before is not None:
        os.environ["SOFTHSM2_CONF"] = before


def reload_module(library: Path) -> None:
    """Let the module read its tokens again: another test of this process may have opened it with others."""
    from pkcs11 import lib

    lib(str(library)).reinitialize()


@pytest.fixture
def settings(module: Path) -> HsmSettings:
    """The token `master`; the module is restarted, so that nobody from another test is signed in."""
    reload_module(module)
    return HsmSettings(module, "master", PIN)
