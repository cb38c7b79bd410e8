"""Definitions that the Protocols share."""

from collections.abc import Awaitable
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
MaybeAsync: TypeAlias = T | Awaitable[T]
"""A value, or a coroutine that returns one."""
UnitOfWork: TypeAlias = Any
"""A `budkavle.Work`, which is defined in a higher layer; plugins name that class in their signatures."""
