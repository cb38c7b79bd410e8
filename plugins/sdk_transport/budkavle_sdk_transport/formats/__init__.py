"""What all formats of the network share: names and codes, XML in and out, dates, and what a check finds.

Sources stand beside each name. Nothing here knows a message, an envelope or the platform;
this folder imports nothing else of the package.
"""
