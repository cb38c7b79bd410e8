"""The paths of the service."""

from typing import Final

PATH: Final = "/plugin/scim"
BASE: Final = f"{PATH}/v2"
"""The path of what directories call the tenant URL, or the base URL."""
