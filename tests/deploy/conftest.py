"""An installation behind the proxies that have settings in `deploy`, with its own certificate."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from budkavle.testing.databases import Databases
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.running import Running, free_ports, installed, until_answers

AT_ONCE = 4
"""How many concurrent requests of one address nginx handles, in place of the example's 200."""
NGINX = """\
{user}
pid nginx.pid;
error_log stderr notice;
daemon off;
events {{}}
http {{
    access_log off;
    client_body_temp_path gone/body;
    proxy_temp_path gone/proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}}
"""


@dataclass
class Proxied:
    """An installation and the proxy in front of it.

    Attributes:
        url: The https URL for browsers.
        behind: The http URL of the web server.
        organisation: With people and mailboxes.
        folder: The proxy's files.
        certificate: The proxy's certificate, PEM.
        at_once: How many concurrent requests of one address it handles.
    """

    url: str
    behind: str
    organisation: SampleOrganisation
    folder: Path
    certificate: Path
    at_once: int = AT_ONCE


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxied(
    request: pytest.FixtureRequest,
    root: Path,
    program: Callable[..., str],
    budkavle_databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxied]:
    """Each proxy with the settings in `deploy`, except name, certificate and ports."""
    command = program(request.param)
    folder, ports = tmp_path_factory.mktemp(request.param), free_ports(4)
    url = f"https://127.0.0.1:{ports}"
    _certificate(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUDKAVLE__TRUSTED_PROXIES", '["127.0.0.1"]')
        place = tmp_path_factory.mktemp("budkavle")
        with (
            installed(budkavle_databases, place, ["email_link"], port=ports + 3, base_url=url) as running,
            running.serving(),
            _proxy(request.param, command, root, folder, ports, running),
        ):
            organisation = SampleOrganisation.create(running.platform).staffed()
            yield Proxied(url, running.url, organisation, folder, folder / "cert.pem")


@pytest.fixture(params=["nginx", "caddy"])
def proxied_by_tls(
    request: pytest.FixtureRequest,
    root: Path,
    program: Callable[..., str],
    budkavle_databases: Databases,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxied]:
    """Each proxy with its settings for a web server on another machine, which uses the proxy's certificate."""
    command, ports = program(request.param), free_ports(4)
    url, behind = f"https://127.0.0.1:{ports}", f"https://127.0.0.1:{ports + 3}"
    _certificate(tmp_path)
    shown = f'[tls]\ncertificate = "{tmp_path}/cert.pem"\nkey = "{tmp_path}/key.pem"'
    place = tmp_path_factory.mktemp("budkavle")
    with installed(budkavle_databases, place, [], shown, port=ports + 3, base_url=url) as running:
        words = ("--config", str(place / "budkavle.toml"), "serve", "--web-only", "--port", str(ports + 3))
        with (
            subprocess.Popen([sys.executable, "-m", "budkavle", *words], stdout=subprocess.DEVNULL) as web,
            _proxy(request.param, command, root, tmp_path, ports, running, tls=True),
        ):
            try:
                until_answers(f"{behind}/readyz", certificate=tmp_path / "cert.pem")
                organisation = SampleOrganisation.create(running.platform).staffed()
                yield Proxied(url, behind, organisation, tmp_path, tmp_path / "cert.pem")
            finally:
                web.terminate()


@contextmanager
def _proxy(
    name: str, command: str, root: Path, folder: Path, ports: int, running: Running, *, tls: bool = False
) -> Iterator[None]:
    make = _nginx if name == "nginx" else _caddy
    words = make(root, folder, ports, running, tls=tls)
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([command, *words], cwd=folder, stdout=log, stderr=log, env=environment)
    try:
        until_answers(f"http://127.0.0.1:{ports + 2}/")
        if name == "nginx":  # what it would write to disk has no place from here on, and would be an error
            for part in ("body", "proxy"):
                (folder / "gone" / part).rmdir()
        yield
    finally:
        process.terminate()
        process.wait(30)


def _nginx(root: Path, folder: Path, ports: int, running: Running, *, tls: bool) -> list[str]:
    (folder / "gone").mkdir()
    user = "user root;" if os.getuid() == 0 else ""
    probe = f"server {{ listen 127.0.0.1:{ports + 2}; return 204; }}\n"
    changes = {
        "listen 443 ssl;": f"listen 127.0.0.1:{ports} ssl;",
        "listen 80;": f"listen 127.0.0.1:{ports + 1};",
        "server 127.0.0.1:8420;": f"server {running.url.removeprefix('http://')};",
        "limit_conn budkavle 200;": f"limit_conn budkavle {AT_ONCE};",
        "/etc/ssl/post.pem": str(folder / "cert.pem"),
        "/etc/ssl/post.key": str(folder / "key.pem"),
    }
    text = (root / "deploy/nginx/budkavle.conf").read_text("utf-8")
    if tls:
        text = text.replace("# proxy_ssl_", "proxy_ssl_").replace("proxy_pass http:", "proxy_pass https:")
        changes |= {"/etc/ssl/internal-authority.pem": str(folder / "cert.pem")}
    site = _changed(text, changes)
    (folder / "site.conf").write_text(site + probe, encoding="utf-8")
    (folder / "nginx.conf").write_text(NGINX.format(user=user), encoding="utf-8")
    return ["-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]


def _caddy(root: Path, folder: Path, ports: int, running: Running, *, tls: bool) -> list[str]:
    probe = f"\nhttp://127.0.0.1:{ports + 2} {{\n\trespond 204\n}}\n"
    changes = {
        "admin off": f"admin off\n\thttp_port {ports + 1}\n\tskip_install_trust",
        "\npost.example.se {": f"\nhttps://127.0.0.1:{ports} {{\n\tbind 127.0.0.1",
        "http://post.example.se {": f"http://127.0.0.1:{ports + 1} {{\n\tbind 127.0.0.1",
        "reverse_proxy 127.0.0.1:8420": f"reverse_proxy {running.url.removeprefix('http://')}",
        "tls /etc/ssl/post.pem /etc/ssl/post.key": f"tls {folder / 'cert.pem'} {folder / 'key.pem'}",
    }
    text = (root / "deploy/caddy/Caddyfile").read_text("utf-8")
    if tls:
        text = text.replace("# tls", "tls")
        changes |= {"/etc/ssl/internal-authority.pem": str(folder / "cert.pem")}
    site = _changed(text, changes)
    (folder / "Caddyfile").write_text(site + probe, encoding="utf-8")
    return ["run", "--config", "Caddyfile"]


def _changed(text: str, changes: Mapping[str, str]) -> str:
    """Return a settings file with this machine's values; each placeholder occurs once."""
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "proxy")])
    # nginx judges what is behind it by a host name alone.
    names = [x509.IPAddress(IPv4Address("127.0.0.1")), x509.DNSName("web.example.se")]
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(private)
