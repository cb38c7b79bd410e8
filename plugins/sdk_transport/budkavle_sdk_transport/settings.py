"""The plugin's section of the settings, `[plugins.sdk]`."""

from pathlib import Path

import msgspec

from budkavle_sdk_transport.identifiers import FEDERATION_TEST, MAX_MESSAGE_BYTES


class SdkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an installation says about its place in the network.

    Attributes:
        access_point: Which access point carries the parcels; `simulator` is the built-in federation.
        simulator_folder: Where the simulated federation lives; none means inside the plugin's data folder.
        federation: The federation's identifier, written into each envelope.
        max_bytes: The largest SDK message, files and all (B1.3.3, section 4.3.3.3: 30 MB).
        content_types: Types of file that are taken beside PDF, which always is (feature SD13).
        poll_seconds: How often the access point is asked for what has come.
        status_seconds: How often it is asked about what it has taken and not yet told the outcome of.
    """

    access_point: str = "simulator"
    simulator_folder: Path | None = None
    federation: str = FEDERATION_TEST
    max_bytes: int = MAX_MESSAGE_BYTES
    content_types: tuple[str, ...] = (
        "text/plain",
        "image/png",
        "image/jpeg",
        "image/tiff",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.text",
    )
    poll_seconds: float = 0.25
    status_seconds: float = 5.0
