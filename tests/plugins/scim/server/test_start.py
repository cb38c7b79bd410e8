"""A process starts without what only a directory's requests need."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["server.routes", "pages.token_pages", "pages.group_pages", "commands"])
def test_a_start_leaves_the_library_of_scim_alone(module: str) -> None:
    """Its models take half a second to import, in each web process and in each command."""
    code = f"import sys, budkavle_scim.{module}; print({{'scim2_models', 'pydantic'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
