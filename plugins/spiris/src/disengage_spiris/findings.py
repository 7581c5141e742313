"""What stands in the way of ending a collaboration in Spiris, or should be known before: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from disengage import Finding, LinkState, Request, Severity

from disengage_spiris import endings, mapping, sources
from disengage_spiris.mapping import BOOKKEEPING, NAMES, PAYROLL, TRAVEL
from disengage_spiris.settings import Choice, Solutions, SpirisOptions
from disengage_spiris.wire import UserRow

_blocker = partial(Finding, severity=Severity.BLOCKER)
_warning = partial(Finding, severity=Severity.WARNING)
_notice = partial(Finding, severity=Severity.NOTICE)

#: The seed's own sequence.
_MAIN_CONTACT = (
    "Go to Spiris, switch to the customer's company and select Manage users. If the customer's person is not in the "
    "list over users, first create a new user. Select the pencil symbol, then Administrator. Finally, select this user "
    "as Main contact."
)


@dataclass(frozen=True)
class Facts:
    """What the checks look at.

    Attributes:
        connection: The connection's name.
        scope: The link's solution.
        request: What was asked.
        options: This connection's choices.
        state: As observed.
        users: The company's users; None where they were not or may not be read.
        domains: What the firm's own e-mail addresses end with.
    """

    connection: str
    scope: str | None
    request: Request
    options: SpirisOptions
    state: LinkState
    users: Sequence[UserRow] | None
    domains: Sequence[str]

    @property
    def choice(self) -> Choice | None:
        """What the request says becomes of this solution's subscription."""
        return self.options.solutions.chosen.get(self.scope or "")

    @property
    def solution(self) -> str:
        """The solution's name."""
        return NAMES[self.scope or BOOKKEEPING]


def all_findings(facts: Facts) -> tuple[Finding, ...]:
    """Return every finding on one link; once the collaboration has ended, only that it has."""
    if facts.state.linked is False:
        found = [_ended(facts)]
    else:
        found = [*_choices(facts), *_what_it_does(facts), *_before(facts)]
        if mapping.leads(facts.scope, facts.options):
            found += [*_main_contact(facts), *_of_the_customer(facts)]
        if facts.scope == BOOKKEEPING:
            found += [*_status(facts), *_grant(facts), *_afterwards()]
    return tuple(finding.model_copy(update={"connection": facts.connection}) for finding in found)


def _ended(facts: Facts) -> Finding:
    return _notice(
        code="collaboration_already_ended",
        message=f"The collaboration for {facts.solution} has ended; the firm has no access to it any more.",
        remedy="If the firm has no copy of its own, ask the customer for one.",
        source=sources.ENDING,
    )


def _choices(facts: Facts) -> Iterator[Finding]:
    if not facts.options.solutions.chosen:
        known = ", ".join(Solutions.model_fields)
        yield _blocker(
            code="solutions_not_chosen",
            message="The request does not say for which solutions the collaboration ends, nor how.",
            remedy=f"Under [options.{facts.connection}] write solutions = {{ bookkeeping = 'continue' }}, one entry "
            f"for each solution that ends ({known}), each 'continue' or 'cancel'.",
            source=sources.ENDING,
        )
    end_on, ends_on = facts.options.end_on, facts.request.ending.ends_on
    if end_on and end_on <= ends_on and mapping.leads(facts.scope, facts.options):
        yield _warning(
            code="ends_before_the_last_day",
            message=f"The collaborations end on {end_on}, though the firm answers for the customer until {ends_on}.",
            remedy="The firm's copy is made just before, so that what is booked later is not in it.",
        )


def _what_it_does(facts: Facts) -> Iterator[Finding]:
    """Say what ending this solution does to its data."""
    if not facts.choice:
        return
    words = endings.in_words(facts.scope, facts.choice)
    if not endings.is_known(facts.scope, facts.choice):
        yield _warning(
            code="may_delete_data",
            message=f"{facts.solution}: {words}",
            remedy="Ask the vendor's support what becomes of the data, or take it that it is gone.",
            source=sources.ENDING,
        )
    elif endings.destroys(facts.scope, facts.choice):
        yield _warning(
            code="deletes_data",
            message=f"{facts.solution}: {words}",
            remedy="Choose 'continue' if the customer is to keep it; otherwise two people approve.",
            source=sources.ENDING,
        )
    elif facts.choice is Choice.CANCEL:
        yield _warning(
            code="subscription_ends",
            message=f"{facts.solution}: {words}",
            remedy="Choose 'continue' if the customer is to work on.",
            source=sources.ENDING_BY_CUSTOMER,
        )


def _before(facts: Facts) -> Iterator[Finding]:
    """Say what has to be done before this solution ends."""
    if facts.scope == PAYROLL:
        yield _warning(
            code="payroll_backup_first",
            message="Before Payroll ends, the customer is added as a user, the data is synchronised, and the backup "
            "file is handed over; afterwards the firm has no access.",
            remedy="Each is asked for by a task of its own.",
            source=sources.ENDING,
        )
        yield _warning(
            code="payroll_may_be_orphaned",
            message="Payroll with 'Accountant access' can be opened by the firm only: ending it would leave nobody "
            "who can (inferred from how that access works).",
            remedy="Make sure that the customer can open Payroll before it ends.",
            source=sources.PAYROLL_ACCESS,
        )
    elif facts.scope == TRAVEL:
        yield _warning(
            code="reports_and_outlays_first",
            message="Before Travel & Expenses ends, all reports are submitted, and all users' outlays.",
            remedy="A task asks for both, and for the PDFs.",
            source=sources.ENDING,
        )
    elif facts.scope == BOOKKEEPING:
        yield _warning(
            code="bank_integration_first",
            message="An active bank integration is ended before the collaboration (an older page of the vendor).",
            remedy="Look in Bookkeeping & Invoicing whether one is active, and end it.",
            source=sources.BEFORE_ENDING,
        )


def _main_contact(facts: Facts) -> Iterator[Finding]:
    if facts.users is None:
        yield _warning(
            code="users_not_shown",
            message="Spiris does not show the company's users to this grant: whether the customer has anybody who "
            "could be the main contact is not known.",
            remedy=_MAIN_CONTACT,
            source=sources.ENDING,
        )
    elif not mapping.own_people(facts.users):
        yield _blocker(
            code="main_contact_missing",
            message="The customer has no active user of its own, so that the main contact is missing; Spiris ends no "
            "collaboration without one.",
            remedy=_MAIN_CONTACT,
            source=sources.ENDING,
        )
    else:
        yield _notice(
            code="main_contact_not_shown",
            message="No interface shows who the main contact is; a task asks for it before anything ends.",
            remedy=_MAIN_CONTACT,
            source=sources.ENDING,
        )
    if facts.request.administrator is None:
        yield _warning(
            code="administrator_not_named",
            message="The request names nobody of the customer's who becomes main contact.",
            remedy="Add [administrator] with name and email to the request.",
            source=sources.ENDING,
        )


def _of_the_customer(facts: Facts) -> Iterator[Finding]:
    left = facts.options.solutions.left
    if facts.options.solutions.chosen and left:
        yield _notice(
            code="other_collaborations_stay",
            message="Collaborations end one at a time. Not named in the request, so they stay as they are, if there "
            f"are any: {', '.join(NAMES[name] for name in left)}.",
            remedy="Look under Settings > Collaborations which ones there are, and name those that are to end.",
            source=sources.ENDING,
        )
    if facts.options.lock_period and facts.scope != BOOKKEEPING:
        yield _warning(
            code="lock_not_done",
            message="lock_period is set, but bookkeeping is not among the solutions that end: nothing is locked.",
            remedy="Name bookkeeping, or lock the books in Spiris.",
        )
    yield _notice(
        code="subscription_is_the_customers",
        message="With the new subscriptions the customer owns the subscription: the firm may end the collaboration, "
        "but may not change subscription, period or invoice recipient.",
        source=sources.NEW_SUBSCRIPTIONS,
    )


def _status(facts: Facts) -> Iterator[Finding]:
    word = (facts.state.status or "").partition(",")[0]
    if word in (mapping.READ_ONLY, mapping.INACTIVE):
        yield _warning(
            code=f"company_{word.replace('-', '_')}",
            message=f"The company is {word} in Spiris: its subscription has ended or rests, and not everything may be "
            "readable.",
            remedy="See in Spiris which subscription the customer has.",
            source=sources.BOOKKEEPING,
        )


def _grant(facts: Facts) -> Iterator[Finding]:
    if facts.users is None:
        return
    if mapping.is_granted_by_office(facts.users):
        yield _notice(
            code="grant_ends_with_the_collaboration",
            message="A user of the firm gave the grant that is used. It is taken to end with the collaboration "
            "(inferred): error 4011 is then the proof, and our app can no longer be made inactive from here.",
            remedy="If the customer's own person gives a grant instead ('disengage authorise'), everything can be "
            "read to the end.",
            source=sources.ERROR_CODES,
        )
    elif not facts.domains:
        yield _notice(
            code="accountants_not_told_apart",
            message="Spiris does not say whose accountant a user is. If the successor is there already, its users "
            "count as the firm's, and the end cannot be seen.",
            remedy="Set email_domains in the connection, the firm's own domains.",
            source=sources.BOOKKEEPING,
        )


def _afterwards() -> Iterator[Finding]:
    yield _notice(
        code="deactivating_ends_nothing",
        message="Deactivating the customer in Practice management ends no collaboration; that is why it comes last.",
        source=sources.DEACTIVATING,
    )
    yield _notice(
        code="running_kyc_blocks",
        message="A running KYC blocks the customer's deactivation and deletion.",
        remedy="A task asks for it before.",
        source=sources.DEACTIVATING,
    )
