"""The access point by SOAP: Domibus and Harmony by their web-service plugin, the newer interface and the older one.

`client` is the access point as the transport sees it. `control` calls what carries no payload, with zeep from the
WSDL that the access point itself serves; `payloads` sends and fetches payloads, streamed as MTOM, which zeep cannot
send. `header` writes and reads the ebMS header, `reading` reads SOAP piece by piece, `multipart` the parts of MTOM,
`incoming` a body while it comes, `faults` says what a fault means, and `doorbell` is what the access point pushes to.
"""
