"""Connections to identity providers that an administrator of the installation makes on a page."""
