"""Run a part of the tests as on a machine with Python and make and no other programs (`make peers`).

The part uses every program that tests run against, and little else, since what needs none passes with them too.
They are hidden by a PATH that has only what any machine has. Every such test must then be skipped and say what is
missing, and nothing may fail.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from lxml import etree

ROOT = Path(__file__).parents[1]
COMMON = ("sh", "bash", "env", "cat", "chmod", "cp", "git", "grep", "ln", "ls", "make", "mkdir", "mv", "rm", "sed")
PARTS = {
    "chromium-headless-shell": "tests/browser/test_sign_in.py::test_home_is_the_first_mailbox_of_ones_own",
    "clamd": "tests/plugins/clamav/test_real_clamd.py",
    "gs": "tests/plugins/fax/carriers/test_hylafax.py",
    "buildah": "tests/packaging/test_image.py::test_the_image_is_the_same_each_time_and_runs_as_nobody",
    "caddy": "tests/deploy/test_proxies.py",
    "litmus": "tests/plugins/files/webdav/test_real_clients.py::test_litmus_finds_nothing",
    "javac": "tests/plugins/sdk_transport/envelope/test_interop.py::test_we_open_what_santuario_seals",
    "nginx": "tests/deploy/test_proxies.py",
    "patroni": "tests/tools/test_ha.py::test_a_standby_takes_over",
    "pgbouncer": "tests/core/storage/test_pooler.py",
    "promtool": "tests/deploy/test_prometheus.py::test_prometheus_takes_the_rules",
    "smtpd": "tests/plugins/email_link/mail/test_opensmtpd.py",
    "softhsm2-util": "tests/plugins/sdk_transport/keys/test_hardware_key.py",
    "starman": "tests/peers/test_lemonldap.py",
    "xmlsec1": "tests/plugins/eid/saml/test_metadata.py",
}
"""Each program, which a skip must name, and where a test needs it."""


def run(folder: Path) -> Path:
    """Run the part with such a PATH and return pytest's report. Pytest prints the failures."""
    commands = folder / "bin"
    commands.mkdir()
    for name in COMMON:
        if found := shutil.which(name):
            (commands / name).symlink_to(found)
    report = folder / "report.xml"
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | {"PATH": str(commands)}
    command = [sys.executable, "-m", "pytest", "-q", "-r", "fE", "-p", "no:cacheprovider", f"--junitxml={report}"]
    subprocess.run([*command, *sorted(set(PARTS.values()))], cwd=ROOT, env=environment, check=False)
    return report


def judge(report: Path) -> list[str]:
    """Return the faults, and print how many tests were skipped because of each missing program."""
    cases = etree.parse(report).iterfind(".//testcase")
    outcomes = [(case.get("name"), child) for case in cases for child in case]
    faults = [f"{name}: {child.tag}" for name, child in outcomes if child.tag in {"failure", "error"}]
    reasons = [str(child.get("message")) for _, child in outcomes if child.tag == "skipped"]
    skipped = Counter(peer for peer in PARTS for reason in reasons if f"{peer} is not installed" in reason)
    for peer, where in PARTS.items():
        print(f"without {peer}: {skipped[peer]} tests skipped")
        if not skipped[peer]:
            faults.append(f"{where}: no test was skipped because {peer} is missing")
    return faults


def main() -> int:
    """Print the faults, and return 1 if there are any."""
    with tempfile.TemporaryDirectory(prefix="without-peers-") as folder:
        faults = judge(run(Path(folder)))
    for fault in faults:
        print(f"without peers: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
