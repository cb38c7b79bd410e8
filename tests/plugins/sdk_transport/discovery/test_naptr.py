"""Which publisher a participant has: names, records, and a name service that fails."""

from typing import Any

import dns.rdata
import pytest
from dns.nameserver import Do53Nameserver
from dns.rdtypes.IN.NAPTR import NAPTR

from budkavle_sdk_transport.discovery.naptr import choose, name_of, nameserver
from budkavle_sdk_transport.discovery.service_metadata import MetadataRefused
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable, UnknownParticipant

WHO = "0203:bjorkvik.example"


def record(text: str) -> NAPTR:
    made = dns.rdata.from_text("IN", "NAPTR", text)
    assert isinstance(made, NAPTR)
    return made


@pytest.mark.feature("SD14")
@pytest.mark.parametrize(
    ("participant", "label"),
    [
        ("urn:poland:ncpb", "DALXFO3CDYE5ZSLF5WAVCYQ3XGERI6ONUBJU5WAH3T77THFWCGEQ"),
        ("0203:digg.se", "72CHQPY5OHSQ6XR4IY7FDOEGWGQCF5MMNOJ5TBWQIFXCVJUMF52A"),
        ("0203:DIGG.SE", "72CHQPY5OHSQ6XR4IY7FDOEGWGQCF5MMNOJ5TBWQIFXCVJUMF52A"),
        ("0203:sundbyberg.se", "ICY7RA4XV2NEZIHWIXUTNDOGWRMRTASIBAUHBUOFIRMAQC3J3IKA"),
    ],
)
def test_a_name_is_the_hash_of_the_lower_case_identifier(participant: str, label: str) -> None:
    """SHA-256 in base32 without padding, without the scheme, which follows in clear (eDelivery BDXL 1.6)."""
    assert name_of(participant, "zone.example.") == f"{label}.iso6523-actorid-upis.zone.example."


@pytest.mark.feature("SD14")
def test_publishers_come_in_their_order() -> None:
    """Order goes before preference; records of other services and flags are not looked at; `Meta:SMP` in any case."""
    records = [
        record('20 1 "U" "Meta:SMP" "!.*!https://c.example!" .'),
        record('10 50 "u" "meta:smp" "#^.*$#https://b.example/smp/#i" .'),
        record('10 10 "U" "META:SMP" "!^.*$!https://a.example!" .'),
        record('1 1 "U" "Meta:MSH" "!^.*$!https://msh.example!" .'),
        record('1 1 "S" "Meta:SMP" "" srv.example.'),
    ]
    assert choose(records, WHO, ("https",)) == ["https://a.example", "https://b.example/smp/", "https://c.example"]


@pytest.mark.feature("SD14")
@pytest.mark.parametrize(
    "regexp",
    [
        "",
        "!",
        "!^.*$!",
        "!^.*$!https://a.example",
        "!^.*$!https://a.example!x",
        "!^.*$!https://a.example!i!",
        "!(a+)+$!https://a.example!",
        "!^(.*)$!https://a.example/\\\\1!",
        "!^.*$!http://a.example!",
        "!^.*$!file:///etc/passwd!",
        "!^.*$!https://a.example/?x=!",
        "!^.*$!https://user@a.example!",
        "!^.*$!https://a.example:99999!",
        "!^.*$!https:///services!",
        "!^.*$!https://a.example /!",
        "!^.*$!https://\\195\\165.example!",
        "a^.*$ahttps://b.examplea",
    ],
)
def test_a_record_that_does_not_simply_name_a_publisher_is_refused(regexp: str) -> None:
    """No pattern is evaluated, no part of the name goes into the address, and only https is asked."""
    with pytest.raises(MetadataRefused):
        choose([record(f'100 10 "U" "Meta:SMP" "{regexp}" .')], WHO, ("https",))


@pytest.mark.feature("SD14")
def test_one_good_record_among_bad_ones_serves() -> None:
    """A record that cannot be used does not hide one that can; one with a replacement is none of ours."""
    records = [
        record('1 1 "U" "Meta:SMP" "!(a)!https://a.example!" .'),
        record('1 2 "U" "Meta:SMP" "!^.*$!https://b.example!" other.example.'),
        record('1 3 "U" "Meta:SMP" "!^.*$!https://c.example!" .'),
    ]
    assert choose(records, WHO, ("https",)) == ["https://c.example"]


@pytest.mark.feature("SD14")
def test_who_has_no_record_is_unknown(net: Any) -> None:
    """No such name, a name without NAPTR, and a NAPTR about something else: the participant takes no part."""
    silent, strange = "0203:silent.example", "0203:strange.example"
    net.zone.register(silent)
    net.zone.records[name_of(strange, net.zone.name).lower()] = ['1 1 "U" "Meta:MSH" "!^.*$!http://x.example!" .']
    for participant in ("0203:nobody.example", silent, strange):
        with pytest.raises(UnknownParticipant):
            net.names().publishers(participant)


@pytest.mark.feature("SD14")
@pytest.mark.parametrize("faults", ["servfail", "refused", "silent"])
def test_a_name_service_that_fails_says_nothing_about_anybody(net: Any, faults: str) -> None:
    """SERVFAIL, REFUSED and silence: try again later; never that the participant takes no part."""
    net.zone.fault = faults
    with pytest.raises(CertificatesUnavailable, match="does not answer"):
        net.names(seconds=0.4).publishers(WHO)


@pytest.mark.feature("SD14")
def test_an_answer_too_large_for_udp_is_asked_for_by_tcp(net: Any) -> None:
    """A truncated answer is not used; the whole one is."""
    net.zone.fault = "truncate"
    assert net.names().publishers(WHO) == [net.url]


@pytest.mark.feature("SD14")
def test_dnssec_where_it_is_asked_for(net: Any) -> None:
    """With require_dnssec an answer counts only if the resolver has validated it: also that there is nobody."""
    names = net.names(require_dnssec=True)
    for participant in (WHO, "0203:nobody.example"):
        with pytest.raises(CertificatesUnavailable, match="DNSSEC"):
            names.publishers(participant)
    net.zone.validated = True
    assert names.publishers(WHO) == [net.url]
    with pytest.raises(UnknownParticipant):
        names.publishers("0203:nobody.example")


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("192.0.2.1", "192.0.2.1", 53),
        ("192.0.2.1:5353", "192.0.2.1", 5353),
        ("2001:db8::1", "2001:db8::1", 53),
        ("[2001:db8::1]:5353", "2001:db8::1", 5353),
        ("[::1]", "::1", 53),
    ],
)
def test_a_name_server_is_an_address_and_maybe_a_port(text: str, address: str, port: int) -> None:
    """IPv6 with a port stands in brackets."""
    made = nameserver(text)
    assert isinstance(made, Do53Nameserver)
    assert (made.address, made.port) == (address, port)


@pytest.mark.parametrize("text", ["", "dns.example", "192.0.2.1:0", "192.0.2.1:99999", "192.0.2.999", "[::1", "1:2"])
def test_what_is_no_name_server_is_told(text: str) -> None:
    """A name would have to be looked up itself."""
    with pytest.raises(ValueError, match=r"name server|address|IPv"):
        nameserver(text)
