"""An installation with the plugin records, and a schedule that has been imported."""

from collections.abc import Callable

import pytest

from budkavle import Host, Platform

HEAD = (
    "klass;handlingstyp;registrering;forvaring;gallringsfrist;frist_fran;frist_dagar;bevaras;till_arkiv_efter;"
    "sekretess;lagrum;beslut;anmarkning"
)
ROWS = (
    "1.3.2;Ringa betydelse;hålls ordnad;Budkavle;90 dagar;inkommen;90;nej;;;arkivlagen 10 §;KS 2025-03-12 § 41;",
    "1.3.3;Begäran om allmän handling;hålls ordnad;Budkavle;2 år;avslutat;730;nej;;;arkivlagen 10 §;KS 2025 § 41;",
    "1.3.4;Avslag;diarieförs;diarium;bevaras;;;ja;5;enligt prövningen;OSL 6 kap. 3 §;KS 2025-03-12 § 41;",
    "3.7.1;Underlag om ett barn;personakt;Budkavle;18 år;födelse;6575;nej;;OSL 26 kap. 1 §;;SN 2025-05-20 § 63;",
)


def plan_csv(*rows: str, encoding: str = "utf-8") -> bytes:
    """Return a schedule as a file."""
    return "\r\n".join([HEAD, *(rows or ROWS), ""]).encode(encoding)


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("records",))


@pytest.fixture
def host(platform: Platform) -> Host:
    made: Host = platform.plugins.host("records")
    return made
