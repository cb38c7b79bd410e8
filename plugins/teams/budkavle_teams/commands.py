"""`budkavle teams package`."""

from pathlib import Path

import click

from budkavle import Host, Misconfigured
from budkavle_teams.settings import TenantSettings


def group(host: Host | None) -> click.Group:
    """Return the commands."""
    return click.Group("teams", help="Microsoft Teams: appens paket.", commands=[_package(host)])


def _package(host: Host | None) -> click.Command:
    @click.command("package", help="Skriv paketet som laddas upp i Teams administrationscenter till en fil.")
    @click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Filen, en ZIP.")
    @click.option("--name", help="Vilken av [[plugins.teams.tenants]], där det finns flera.")
    def write(out: Path, name: str | None) -> None:
        from budkavle_teams.admin_pages import package_of

        plugin_host = _on(host)
        tenant = _tenant(plugin_host, name)
        try:
            out.write_bytes(package_of(plugin_host, tenant))
        except OSError as error:
            raise click.ClickException(f"{out}: {error.strerror}") from error
        click.echo(str(out))

    return write


def _on(host: Host | None) -> Host:
    if host is None:
        raise Misconfigured('Tillägget teams är inte påslaget. Lägg till "teams" i enabled i inställningarna.')
    return host


def _tenant(host: Host, name: str | None) -> TenantSettings:
    tenants: tuple[TenantSettings, ...] = host.settings.tenants
    matching = [tenant for tenant in tenants if name in (None, tenant.name)]
    if len(matching) != 1:
        names = ", ".join(tenant.name for tenant in tenants) or "–"
        raise Misconfigured("Ange vilket paket med --name. Det finns: {names}. Se docs/teams.md.", names=names)
    return matching[0]
