"""What the browser installs: the manifest, and the service worker with its offline page."""
