"""Access points: the interface that the transport needs, and whether the configured one answers.

`domibus` implements the interface by SOAP; the simulator implements it as a folder.
"""
