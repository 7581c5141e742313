"""Ask every connection, side by side, what it knows of a client; nothing is changed anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from disengage.connector import options_from
from disengage.domain.case import CaseLink, Step
from disengage.domain.complaints import nearest
from disengage.domain.findings import Finding, Severity
from disengage.domain.plan import steps_for
from disengage.domain.proposal import Link, Proposal
from disengage.domain.request import Request
from disengage.domain.state import LinkState
from disengage.domain.values import Frozen
from disengage.engine.workplace import Workplace
from disengage.errors import (
    ConfigurationError,
    ConnectorError,
    CredentialsError,
    DisengageError,
    InputError,
    PluginError,
    RejectedError,
)

#: Connections asked at the same time.
SIDE_BY_SIDE = 16


class Survey(Frozen):
    """What the connections said.

    Attributes:
        looked: Whether at least one connection could look the client up.
    """

    links: tuple[CaseLink, ...] = ()
    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    looked: bool = False


def check_names(workplace: Workplace, request: Request) -> None:
    """Refuse references and options for connections that do not exist, and options that are not known.

    Raises:
        InputError: Naming the first one.
    """
    known = workplace.settings.connections
    given = [("client.references", n) for n in request.client.references] + [("options", n) for n in request.options]
    for table, name in given:
        if name not in known:
            raise InputError(
                f"The request: '{table}.{name}' names a connection that is not configured.{nearest(name, known)}",
                remedy=f"Configured are: {', '.join(known) or 'none'}.",
                fields={f"{table}.{name}": f"names a connection that is not configured.{nearest(name, known)}"},
            )
    for name, connection in workplace.registry.connections.items():
        options_from(connection.options_model, request, name)


def survey(workplace: Workplace, request: Request) -> Survey:
    """Find, observe and check the client on every connection.

    Raises:
        ConfigurationError: A connection's settings turn out to be unusable.
        InputError: The request holds options that cannot be used.
    """
    check_names(workplace, request)
    names = [name for name in workplace.settings.connections if takes_part(workplace, name, request)]
    with ThreadPoolExecutor(max_workers=min(SIDE_BY_SIDE, len(names) or 1)) as pool:
        parts = list(pool.map(lambda name: _survey_one(workplace, name, request), names))
    whole = _joined(parts)
    return whole.model_copy(update={"findings": (*_client_findings(request, whole, parts), *whole.findings)})


def takes_part(workplace: Workplace, connection: str, request: Request) -> bool:
    """Return whether a connection knows this kind of request; one that is broken has to be looked at."""
    known = workplace.registry.connections.get(connection)
    return known is None or request.kind in known.manifest.kinds


def _joined(parts: Iterable[Survey]) -> Survey:
    parts = list(parts)
    return Survey(
        links=tuple(link for part in parts for link in part.links),
        steps=tuple(step for part in parts for step in part.steps),
        findings=tuple(finding for part in parts for finding in part.findings),
    )


def _survey_one(workplace: Workplace, connection: str, request: Request) -> Survey:
    try:
        found = workplace.call(connection, "find_links", client=request.client, request=request)
        if not found:
            return Survey(findings=(_not_found(connection, request),), looked=True)
        names = _link_ids(connection, found)
        parts = [look_at(workplace, _case_link(workplace, connection, name, link), request) for name, link in names]
        whole = _joined(parts)
        return whole.model_copy(update={"findings": (*_twice(connection, found), *whole.findings)})
    except (ConfigurationError, InputError):
        raise
    except DisengageError as error:
        return Survey(findings=(trouble(connection, error),))


def look_at(workplace: Workplace, link: CaseLink, request: Request) -> Survey:
    """Observe one link, and return it with what its connector checks and proposes.

    Raises:
        DisengageError: Whatever the connector raised.
    """
    state: LinkState = workplace.observe(link, request)
    return propose(workplace, link.model_copy(update={"observed": state}), request)


def propose(workplace: Workplace, link: CaseLink, request: Request) -> Survey:
    """Return a link, as observed last, with what its connector checks and proposes."""
    asked = {"link": link.link, "request": request, "state": link.observed}
    proposal: Proposal = workplace.call(link.connection, "propose", **asked)
    findings: tuple[Finding, ...] = workplace.call(link.connection, "check", **asked)
    link = link.model_copy(update={"wanted": proposal.wanted})
    own = tuple(f if f.connection else f.model_copy(update={"connection": link.connection}) for f in findings)
    return Survey(links=(link,), steps=steps_for(link, proposal, request), findings=own, looked=link.link.confirmed)


def _case_link(workplace: Workplace, connection: str, link_id: str, link: Link) -> CaseLink:
    manifest = workplace.registry.connections[connection].manifest
    return CaseLink(
        id=link_id,
        connection=connection,
        connector=workplace.settings.connections[connection].connector,
        link=link,
        observed=LinkState(),
        wanted=LinkState(),
        time_zone=manifest.time_zone or workplace.settings.firm.time_zone,
        consistency_delay=manifest.consistency_delay.total_seconds(),
    )


def _link_ids(connection: str, links: Iterable[Link]) -> list[tuple[str, Link]]:
    """Name each link by its connection and scope; further ones of the same scope are numbered."""
    seen: Counter[str] = Counter()
    named = []
    for link in links:
        name = f"{connection}.{link.scope}" if link.scope else connection
        seen[name] += 1
        named.append((name if seen[name] == 1 else f"{name}#{seen[name]}", link))
    return named


def _twice(connection: str, links: Iterable[Link]) -> tuple[Finding, ...]:
    scopes = Counter(link.scope for link in links)
    if max(scopes.values(), default=0) < 2:
        return ()
    finding = Finding(
        code="client_found_twice",
        severity=Severity.BLOCKER,
        connection=connection,
        message=f"{connection} knows more than one client that fits the request.",
        remedy=f"Say which one is meant with client.references.{connection}, or merge them on the platform first.",
    )
    return (finding,)


def _not_found(connection: str, request: Request) -> Finding:
    named = connection in request.client.references
    how = "by the reference given" if named else "by any identifier given"
    return Finding(
        code="client_not_found",
        severity=Severity.BLOCKER if named else Severity.WARNING,
        connection=connection,
        message=f"{connection} does not know the client {how}.",
        remedy=f"Check the identifiers, or give client.references.{connection}. "
        "If the client was never there, nothing is to be done.",
    )


def _client_findings(request: Request, whole: Survey, parts: Sequence[Survey]) -> tuple[Finding, ...]:
    confirmed = any(link.link.confirmed for link in whole.links)
    looked_in_vain = any(part.looked and not part.links for part in parts)
    findings = []
    if not parts:
        findings.append(_nobody_takes_part(request))
    elif not whole.links or (looked_in_vain and not confirmed):
        findings.append(_nowhere())
    if request.ending.notice_on and request.ending.notice_on > request.ending.ends_on:
        findings.append(
            Finding(
                code="notice_after_end",
                severity=Severity.WARNING,
                message="Notice was given after the day on which the relationship ends.",
                remedy="Check ending.notice_on and ending.ends_on.",
            )
        )
    if abs((request.ending.period.to - request.ending.ends_on).days) > 31:
        findings.append(
            Finding(
                code="period_gap",
                severity=Severity.NOTICE,
                message="The period the firm answers for and the end of the relationship are more than a month apart.",
                remedy="Check ending.period.to and ending.ends_on.",
            )
        )
    return tuple(findings)


def _nobody_takes_part(request: Request) -> Finding:
    return Finding(
        code=f"{request.kind}_not_supported",
        severity=Severity.BLOCKER,
        message=f"No connection that is configured takes part in a request of kind '{request.kind}'.",
        remedy="Configure a connection that does (see 'disengage connectors'), or do it on the platforms themselves.",
    )


def _nowhere() -> Finding:
    return Finding(
        code="client_found_nowhere",
        severity=Severity.BLOCKER,
        message="No connection knows the client.",
        remedy="Check client.identifiers, or name the client with client.references.<connection>.",
    )


_TROUBLE: tuple[tuple[type[DisengageError], str], ...] = (
    (CredentialsError, "credentials_refused"),
    (PluginError, "connection_broken"),
    (RejectedError, "platform_refused"),
    (ConnectorError, "platform_unreachable"),
)


def trouble(connection: str, error: DisengageError) -> Finding:
    """Return an error of one connection as the blocker it is for the case."""
    code = next((code for kind, code in _TROUBLE if isinstance(error, kind)), "connection_misconfigured")
    return Finding(
        code=code,
        severity=Severity.BLOCKER,
        connection=connection,
        message=error.message,
        remedy=error.remedy or f"Try it with 'disengage connectors check {connection}', then plan again.",
    )
