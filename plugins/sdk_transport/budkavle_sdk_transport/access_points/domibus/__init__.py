"""The access point by SOAP: Domibus and Harmony by their web-service plugin, the newer interface and the older one.

`client` is the access point as the transport sees it. `operations` calls what carries no payload, with zeep from the
WSDL that the access point itself serves; `payloads` sends and fetches payloads, streamed as MTOM, which zeep cannot
send. `ebms_header` writes and reads the ebMS header, `soap_reader` reads SOAP piece by piece, `multipart` the parts of
MTOM, `streaming` a body while it comes. `faults` says what a fault means; `push` is what the access point pushes to.
"""
