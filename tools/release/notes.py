"""The notes of a release: what is new, what the files are, and how to verify them."""

from __future__ import annotations

import re
from pathlib import Path

from release.refusals import CHANGELOG
from release.signing import NAMESPACE, SIGNER

VERIFY = f"""## Verify

`allowed_signers` holds one line, which is published apart from these files. Then, without any network:

```sh
ssh-keygen -Y verify -f allowed_signers -I {SIGNER} -n {NAMESPACE} -s SHA256SUMS.sig < SHA256SUMS
sha256sum --check SHA256SUMS
```
"""


def notes(new: str, commit: str, epoch: str, image: str | None) -> str:
    """Return the notes, as Markdown.

    Args:
        new: The version.
        commit: What it is built from.
        epoch: SOURCE_DATE_EPOCH of the files.
        image: The digest of the container image, where there is one.
    """
    made = (
        f"Built from commit `{commit}` with `SOURCE_DATE_EPOCH={epoch}`; `make packages` there makes the same bytes.\n"
    )
    container = f"\nContainer image: `{image}`\n" if image else ""
    return f"# Budkavle {new}\n\n{made}{container}\n{VERIFY}\n{section(new, CHANGELOG)}"


def section(new: str, changelog: Path) -> str:
    """Return what the changelog says of one version, its headings as they are there."""
    told = re.search(rf"^## {re.escape(new)} \(.*?(?=^## |\Z)", changelog.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return told.group() if told else ""
