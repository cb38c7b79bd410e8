"""The package: its contents, its XML files and PDF, writing it as a stream, and checking it.

Nothing here knows the core's tables: a case comes in as plain objects (`content`), and bytes go out.
"""
