"""Each parser of foreign bytes with inputs that are nearly right: it takes or refuses them, and nothing else."""

import base64
from collections.abc import Callable
from random import Random
from typing import NoReturn

import pytest
from tests.fuzzing.mutations import mutated
from tests.fuzzing.parsers import Parser, parsers

from budkavle.plugins import closed_child

INPUTS = 300
"""Of each parser here, and `FEW` where each takes seconds; `make fuzz` tries many more."""
FEW = 5
pytestmark = pytest.mark.slow


@pytest.mark.feature("ZS1")
@pytest.mark.parametrize("name", sorted(parsers()))
def test_a_parser_takes_or_refuses(
    name: str, program: Callable[..., str], forbidden: Callable[[str], NoReturn]
) -> None:
    """Whatever is changed in a valid input; and the valid input itself is taken."""
    parser = parsers()[name]
    if parser.needs:
        program(*parser.needs)
        if not closed_child.can_fence():
            forbidden("the kernel has no Landlock")
    assert any(parser.is_taken(seed) for seed in parser.seeds)
    chance = Random(20)  # noqa: S311 - the same inputs each time
    for _ in range(INPUTS if parser.most > INPUTS else FEW):
        parser.is_taken(parser.input(chance))


def test_the_same_seed_gives_the_same_inputs() -> None:
    """A fault that was found once is found again."""
    seeds = parsers()["xml"].seeds
    first, second = (Random(7) for _ in range(2))  # noqa: S311 - see above
    assert [mutated(first, seeds) for _ in range(50)] == [mutated(second, seeds) for _ in range(50)]


def test_a_crash_is_no_refusal() -> None:
    """What a parser does not say that it raises gets through."""

    def crash(data: bytes) -> None:
        raise KeyError(data)

    with pytest.raises(KeyError):
        Parser("broken", (b"a",), crash, (ValueError,)).is_taken(b"a")


@pytest.mark.parametrize("name", ["api-body", "jwt", "keys", "oidc"])
@pytest.mark.parametrize("deep", [b"[" * 20_000, b'{"data":' * 20_000])
def test_what_is_nested_deep_is_refused(name: str, deep: bytes) -> None:
    """Msgspec raises `RecursionError` for it, which is no `DecodeError`: a fault of the server's, where it gets out."""
    parser = parsers()[name]
    inside = base64.urlsafe_b64encode(deep[:60_000]).rstrip(b"=")
    for data in (deep, b'{"kid": ' + deep, inside + b".e30.e30", b"e30." + inside + b".e30"):
        assert not parser.is_taken(data)
