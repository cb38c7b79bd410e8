"""Where the service is."""

from typing import Final

PATH: Final = "/plugin/scim"
BASE: Final = f"{PATH}/v2"
"""What a directory calls the tenant URL, or the base URL."""
