"""Makes a release (`make release`): changelog, packages, bill of materials, checksums, signature, notes and tag."""
