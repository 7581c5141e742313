"""Who may come in by the pages and the API: invited, given roles, locked, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from disengage.cli.common import AsJson, By, Config, app, opened, print_json
from disengage.errors import InputError

if TYPE_CHECKING:
    from disengage.domain.rights import Role
    from disengage.engine.workplace import Workplace
    from disengage.store import Account

people_app = typer.Typer(help="Who may come in by the pages and the API, and as what.", rich_markup_mode=None)
app.add_typer(people_app, name="people")

Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
Roles = Annotated[list[str], typer.Option("--role", help="viewer, operator, approver, archivist or administrator.")]


@people_app.callback(invoke_without_command=True)
def people(context: typer.Context, config: Config = None, as_json: AsJson = False) -> None:
    """Show who may come in by the pages and the API, and as what."""
    if context.invoked_subcommand is not None:
        return
    from disengage.engine.accounts import account_json

    with opened(config) as workplace:
        found = [account_json(account) for account in workplace.store.people.all()]
    if as_json:
        print_json({"people": found})
    elif found:
        _print_table([(one["name"], one["shown"], ", ".join(one["roles"]), one["state"]) for one in found])
    else:
        typer.echo("Nobody may come in yet: 'disengage web' prints a link for the first person.")


@people_app.command()
def invite(
    name: Name,
    role: Roles,
    by: By,
    shown: Annotated[str, typer.Option("--shown", help="The name as people write it.")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody a name and roles, and print a link with which that person comes in, once, within seven days.

    The name stands in the event log and is never given to anybody else.
    """
    from disengage.engine import accounts

    with opened(config) as workplace:
        secret = accounts.invite(workplace, name, _roles(role), by, shown)
        _print_link(workplace, name, secret, as_json=as_json)


@people_app.command()
def roles(name: Name, role: Roles, by: By, config: Config = None, as_json: AsJson = False) -> None:
    """Give somebody exactly these roles; whoever is signed in under that name has to do so again."""
    from disengage.engine.accounts import give_roles

    with opened(config) as workplace:
        account = give_roles(workplace, name, _roles(role), by)
    _print(account, f"{name} is now: {', '.join(sorted(account.person.roles))}.", as_json=as_json)


@people_app.command()
def lock(name: Name, by: By, config: Config = None, as_json: AsJson = False) -> None:
    """Lock somebody out, at once."""
    from disengage.engine.accounts import lock as lock_out

    with opened(config) as workplace:
        account = lock_out(workplace, name, by)
    _print(account, f"{name} is locked: nobody comes in under that name.", as_json=as_json)


@people_app.command()
def unlock(name: Name, by: By, config: Config = None, as_json: AsJson = False) -> None:
    """Let somebody in again."""
    from disengage.engine.accounts import unlock as let_in

    with opened(config) as workplace:
        account = let_in(workplace, name, by)
    _print(account, f"{name} may come in again.", as_json=as_json)


@people_app.command()
def reset(name: Name, by: By, config: Config = None, as_json: AsJson = False) -> None:
    """Print a link with which somebody chooses another password, once, within a day."""
    from disengage.engine.accounts import reset as made_anew

    with opened(config) as workplace:
        secret = made_anew(workplace, name, by)
        _print_link(workplace, name, secret, as_json=as_json)


def _roles(given: list[str]) -> list[Role]:
    from disengage.domain.complaints import nearest
    from disengage.domain.rights import Role

    for word in given:
        if word not in set(Role):
            raise InputError(
                f"There is no role '{word}'.{nearest(word, Role)}", remedy=f"There are: {', '.join(Role)}."
            )
    return list(map(Role, given))


def _print_table(rows: list[tuple[str, ...]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from disengage.cli.screens import wide_console

    table = Table("Name", "Shown as", "Roles", "State", box=None)
    for row in rows:
        table.add_row(*map(escape, row))
    wide_console().print(table)


def _print(account: Account, told: str, *, as_json: bool) -> None:
    from disengage.engine.accounts import account_json

    print_json(account_json(account)) if as_json else typer.echo(told)


def _print_link(workplace: Workplace, name: str, secret: str, *, as_json: bool) -> None:
    from disengage.engine import accounts
    from disengage.engine.view import moment

    link, until = accounts.address(workplace, secret), accounts.invitation(workplace, secret).expires_at
    if as_json:
        account = accounts.account_json(workplace.store.people.get(name))
        print_json({"person": account, "link": link, "until": moment(until)})
    else:
        typer.echo(f"{name} comes in here, once, until {moment(until)}:\n{link}")
