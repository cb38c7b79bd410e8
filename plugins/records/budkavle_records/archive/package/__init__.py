"""What a package is: the things it holds, its XML files and PDF, writing it as a stream, and checking it.

Nothing here knows the core's tables: a case comes in as plain things (`content`), and bytes go out.
"""
