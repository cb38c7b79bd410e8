"""Finding what participants have published: name service, metadata publisher, certificates and their revocation."""
