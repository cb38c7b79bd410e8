"""What is behind ZIPs is loaded when one is written."""

import io
import subprocess
import sys
import zipfile
from datetime import UTC, datetime

from budkavle.zip_files import write_zip


def test_a_process_starts_without_the_writer_of_zips() -> None:
    """It brings a parser of C, which takes longer to load than most of the product; few processes write a ZIP."""
    code = "import sys, budkavle.zip_files; print({'stream_zip', 'pycparser'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_zip_is_what_was_put_into_it() -> None:
    """Names, bytes and the times of files."""
    at = datetime(2026, 11, 29, 8, 30, tzinfo=UTC)
    members = [("a.txt", at, 3, [b"a", b"bc"]), ("mapp/b.txt", at, 0, [])]
    with zipfile.ZipFile(io.BytesIO(b"".join(write_zip(members)))) as read:
        assert {name: read.read(name) for name in read.namelist()} == {"a.txt": b"abc", "mapp/b.txt": b""}
        assert read.testzip() is None
