"""The two operations that carry a payload, streamed: submitMessage and retrieveMessage."""

import secrets

from lxml import etree

from budkavle import Sentence
from budkavle_sdk_transport.access_points.domibus.connection import Connection
from budkavle_sdk_transport.access_points.domibus.ebms_header import (
    as_parcel,
    envelope_id,
    new_envelope,
    submission,
)
from budkavle_sdk_transport.access_points.domibus.faults import MtomRefused, read_fault
from budkavle_sdk_transport.access_points.domibus.interfaces import INTERFACES, NS_SOAP
from budkavle_sdk_transport.access_points.domibus.multipart import (
    Body,
    write_envelope,
    write_inline,
    write_related,
)
from budkavle_sdk_transport.access_points.domibus.soap_reader import SoapMessage, read_message
from budkavle_sdk_transport.access_points.domibus.streaming import Unreadable
from budkavle_sdk_transport.access_points.interface import Parcel, ParcelRefused, Unanswered
from budkavle_sdk_transport.settings import SoapSettings


class Payloads:
    """Sends and fetches parcels.

    Args:
        connection: The way to the access point.
        settings: Its interface, our party, and whether MTOM is used.
    """

    def __init__(self, connection: Connection, settings: SoapSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._interface = INTERFACES[settings.interface]
        self._mtom = settings.mtom != "never"

    def submit(self, parcel: Parcel) -> None:
        """Hand a parcel over, beside the envelope or, where that is refused, within it.

        Raises:
            AccessPointUnavailable: Not handed over.
            Unanswered: Perhaps handed over.
            ParcelRefused: It will not be taken.
        """
        if self._mtom:
            try:
                self._submit(self._beside(parcel), parcel)
            except MtomRefused as error:
                if self._settings.mtom == "always":
                    raise ParcelRefused("Accesspunkten tar inte emot MTOM, som inställningen mtom kräver.") from error
            else:
                return
        try:
            self._submit(self._within(parcel), parcel)
        except MtomRefused as error:
            raise Unanswered(Sentence.of(error)) from error
        self._mtom = False  # it took inline what it had refused

    def retrieve(self, transport_id: str, *, leave: bool) -> Parcel:
        """Fetch a parcel.

        Args:
            transport_id: Which.
            leave: Whether to ask that it is left where it is until it is marked; not every access point does so.

        Raises:
            AccessPointUnavailable: Not fetched.
            ParcelNotFound: There is none.
            Unreadable: What came has no header or no payload of ours.
        """
        root, request = new_envelope(self._interface.namespace, "retrieveMessageRequest")
        etree.SubElement(request, "messageID").text = transport_id
        if leave:
            request.set("markAsDownloaded", "false")
        message = self._connection.post(write_envelope(root), read_message)
        parcel = as_parcel(self._answer(message, "retrieveMessageResponse"))
        if parcel.transport_id != transport_id:
            raise Unreadable("Another message came than the one that was asked for.")
        return parcel

    def _submit(self, body: Body, parcel: Parcel) -> None:
        answer = self._answer(self._connection.post(body, read_message), "submitResponse")
        if parcel.transport_id not in {element.text for element in answer.body().iterfind("messageID")}:
            raise Unanswered("Accesspunkten svarade med ett annat id än det som lämnades över.")

    def _answer(self, message: SoapMessage, name: str) -> SoapMessage:
        try:
            body = message.body()
        except Unreadable as error:
            raise Unanswered(Sentence.of(error)) from error
        if body.tag == f"{{{NS_SOAP}}}Fault":
            raise read_fault(body)
        if body.tag != f"{{{self._interface.namespace}}}{name}":
            raise Unanswered(Sentence("Accesspunkten svarade inte med {name}.", name=name))
        return message

    def _beside(self, parcel: Parcel) -> Body:
        content_id = f"payload-{secrets.token_hex(8)}@budkavle"
        return write_related(etree.tostring(self._envelope(parcel, content_id)), parcel.payload, content_id)

    def _within(self, parcel: Parcel) -> Body:
        return write_inline(self._envelope(parcel), parcel.payload)

    def _envelope(self, parcel: Parcel, include: str = "") -> etree._Element:
        conversation = parcel.conversation_id
        if self._settings.conversation == "envelope":
            conversation = envelope_id(parcel.payload) or conversation
        return submission(self._interface, parcel, self._settings.party, conversation, include)
