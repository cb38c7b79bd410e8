"""What the browser installs: the manifest, and the worker with its one page for when there is no network."""
