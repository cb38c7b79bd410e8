"""A name server for a simulated zone, on the own machine, over UDP and TCP; it can also misbehave."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from budkavle_sdk_transport.discovery.naptr import name_of

DnsFault = Literal["", "servfail", "refused", "silent", "truncate"]
"""`silent` answers nothing; `truncate` answers in full over TCP only, as for an answer too large for UDP."""
_TTL: Final = 60


@dataclass(slots=True)
class Zone:
    """What the name server knows.

    Attributes:
        name: The zone, such as `simulator.example`.
        records: NAPTR records in text form, by the full name in lower case.
        fault: How the server misbehaves, at all questions.
        validated: Whether answers bear the AD flag, as a validating resolver's do.
        queries: The names that have been asked for, in order.
    """

    name: str
    records: dict[str, list[str]] = field(default_factory=dict)
    fault: DnsFault = ""
    validated: bool = False
    queries: list[str] = field(default_factory=list)

    def register(self, participant: str, *publishers: str) -> None:
        """Let a participant be found at publishers, the first one preferred."""
        records = [f'100 {10 * n} "U" "Meta:SMP" "!^.*$!{url}!" .' for n, url in enumerate(publishers, 1)]
        self.records[name_of(participant, self.name).lower()] = records

    def answer(self, data: bytes, *, tcp: bool) -> bytes | None:
        """Return the answer to a question in wire form; None for no answer at all."""
        try:
            query = dns.message.from_wire(data)
        except dns.exception.DNSException:
            return None
        if self.fault == "silent" or not query.question:
            return None
        response = dns.message.make_response(query, recursion_available=True)
        if self.fault in {"servfail", "refused"}:
            response.set_rcode(dns.rcode.from_text(self.fault))
            return response.to_wire()
        if self.fault == "truncate" and not tcp:
            response.flags |= dns.flags.TC
            return response.to_wire()
        self._fill(query, response)
        return response.to_wire()

    def _fill(self, query: dns.message.Message, response: dns.message.Message) -> None:
        question = query.question[0]
        name = question.name.to_text().lower()
        self.queries.append(name)
        if self.validated:
            response.flags |= dns.flags.AD
        if name not in self.records:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif question.rdtype == dns.rdatatype.NAPTR and self.records[name]:
            response.answer.append(
                dns.rrset.from_text(question.name, _TTL, dns.rdataclass.IN, dns.rdatatype.NAPTR, *self.records[name])
            )


@contextmanager
def serve(zone: Zone, port: int = 0) -> Iterator[str]:
    """Answer on 127.0.0.1, UDP and TCP on the same port; gives `127.0.0.1:PORT`."""

    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, socket = self.request
            answer = zone.answer(data, tcp=False)
            if answer is not None:
                socket.sendto(answer, self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = self.rfile.read(2)
            if len(head) < 2:
                return
            answer = zone.answer(self.rfile.read(struct.unpack("!H", head)[0]), tcp=True)
            if answer is not None:
                self.wfile.write(struct.pack("!H", len(answer)) + answer)

    class TcpServer(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    class UdpServer(socketserver.ThreadingUDPServer):
        daemon_threads = True

    with TcpServer(("127.0.0.1", port), Tcp) as tcp:
        number = tcp.server_address[1]
        with UdpServer(("127.0.0.1", number), Udp) as udp, _running(tcp), _running(udp):
            yield f"127.0.0.1:{number}"


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
