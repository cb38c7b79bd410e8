import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from budkavle_microsoft_apps.simulated_https import make_certificate
from budkavle_transit.settings import TransitSettings


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("key-service"), ["localhost"])


@pytest.fixture
def start(certificate: tuple[Path, Path]) -> Iterator[Callable[[], Any]]:
    """Start key services; each is ended with the test."""
    specification = importlib.util.spec_from_file_location("key_service", Path(__file__).with_name("key_service.py"))
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    started: list[Any] = []

    def start() -> Any:
        started.append(module.KeyService(certificate))
        return started[-1]

    yield start
    for service in started:
        service.close()


@pytest.fixture
def service(start: Callable[[], Any]) -> Any:
    return start()


@pytest.fixture
def settings(service: Any, certificate: tuple[Path, Path], tmp_path: Path) -> TransitSettings:
    """A role of the service, with its secret id in a file."""
    secret = tmp_path / "secret-id"
    secret.write_text("secret-1\n")
    return TransitSettings(url=service.url, ca=certificate[0], role_id="role", secret_id_file=secret)
