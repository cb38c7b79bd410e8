"""Makes a release: changelog, packages, bill of materials, checksums, signature, notes, and the tag (`make release`)."""
