"""What Spiris shows of a collaboration now. An end that Spiris itself states is proof before it is a fault.

4011 ("the authenticated user has no access to the company") is what has to come once the collaboration of the user
who gave the grant has ended; and once we have given our token back, a token that is refused is what was wanted.
"""

from __future__ import annotations

from collections.abc import Sequence

from disengage import CredentialsError, LinkState, RejectedError, Surroundings

from disengage_spiris import api, mapping
from disengage_spiris.company import Companies, Company, Door
from disengage_spiris.marks import Marks, Why
from disengage_spiris.refusals import AccessEndedError, WithheldError
from disengage_spiris.settings import SpirisSettings
from disengage_spiris.wire import AppRow, CompanyRow, UserRow

_DEAD_TOKEN = "invalid_grant"  # noqa: S105 -- an error's word
_NO_ACCESS = "no access (4011)"
#: No such path, a company that has not begun with the solution, or has stopped: nothing that could be seen.
_NOT_THERE, _NO_PAYROLL = 404, ("4003", "4004")
_NO_GRANT = "our grant has ended; as last seen"


class Looking:
    """Reads the companies of one connection.

    Args:
        settings: Of the connection.
        around: Of the connection.
        companies: The ways to them.
    """

    def __init__(self, settings: SpirisSettings, around: Surroundings, companies: Companies) -> None:
        self._settings, self._connection, self._companies = settings, around.connection, companies
        self._marks = Marks(around)

    def knows(self, number: str) -> bool:
        """Return whether the company let us in, as far as we know without asking."""
        return number in self._settings.companies or self._marks.kept(number)

    def known(self) -> list[str]:
        """Return every company that let us in, as far as we know without asking."""
        return list(dict.fromkeys((*self._settings.companies, *self._marks.granted())))

    def company(self, number: str) -> CompanyRow | None:
        """Return a company's settings; None where our access to it has ended.

        Raises:
            CredentialsError: We are not let in.
            RejectedError: The grant opens another company.
        """
        try:
            with self._companies.of(number) as company:
                return self._settings_of(company)
        except AccessEndedError:
            return None
        except CredentialsError as error:
            if self._is_expected(number, error):
                return None
            raise

    def books(self, number: str) -> LinkState:
        """Return the state of the collaboration in Bookkeeping & Invoicing."""
        if self._marks.has("revoked", number):
            self._companies.forget(number)  # an access token outlives its refresh token, and would prove nothing
        try:
            with self._companies.of(number) as company:
                return self._books(company)
        except AccessEndedError:
            self._marks.put("ended", number)
            return LinkState(linked=False, integration=True, status=_NO_ACCESS)
        except CredentialsError as error:
            if self._is_expected(number, error):
                return LinkState(linked=self._as_last_seen("ended", number), integration=False, status=_NO_GRANT)
            raise

    def _books(self, company: Company) -> LinkState:
        seen = self._settings_of(company)
        users, apps = self._users(company.books), self._apps(company.books)
        state = mapping.observed(seen, users, apps, self._settings.email_domains)
        if state.linked is False:
            self._marks.put("ended", company.number)
        else:
            self._marks.take_back(company.number, "ended")
        return state

    def payroll(self, number: str) -> LinkState:
        """Return the state of the collaboration in Payroll, whose interface shows its data and no more.

        To a grant of the firm's own user 4011 says that the collaboration has ended, and the data that it stands:
        both INFERRED. To the customer's grant the data says nothing about the firm.
        """
        try:
            with self._companies.of(number) as company:
                api.payroll_answers(company.payroll)
                self._marks.take_back(number, "payroll ended")
                return LinkState(linked=self._granted_by_office(company) or None, integration=True)
        except AccessEndedError:
            self._marks.put("payroll ended", number)
            return LinkState(linked=False, status=_NO_ACCESS)
        except RejectedError as error:
            if isinstance(error, WithheldError) or error.status == _NOT_THERE or error.code in _NO_PAYROLL:
                return LinkState()
            raise
        except CredentialsError as error:
            if self._is_expected(number, error):
                return LinkState(linked=self._as_last_seen("payroll ended", number), status=_NO_GRANT)
            raise

    def users(self, number: str) -> Sequence[UserRow] | None:
        """Return a company's users; None where they may not be read."""
        try:
            with self._companies.of(number) as company:
                return self._users(company.books)
        except AccessEndedError:
            return None

    def _as_last_seen(self, why: Why, number: str) -> bool | None:
        """Return that a collaboration has ended if Spiris showed it while our grant stood; the status says so."""
        return False if self._marks.has(why, number) else None

    def _granted_by_office(self, company: Company) -> bool:
        """Return whether the firm's own user gave the grant; nobody else's access ends with a collaboration."""
        try:
            return mapping.is_granted_by_office(self._users(company.books) or ())
        except AccessEndedError:
            return True

    def deactivated_app(self, number: str) -> bool:
        """Make our app inactive; return False where our access has ended, so that nothing could be done."""
        try:
            with self._companies.of(number) as company:
                api.deactivate_app(company.books)
        except AccessEndedError:
            return False
        except CredentialsError as error:
            if self._is_expected(number, error):
                return False
            raise
        return True

    def _settings_of(self, company: Company) -> CompanyRow:
        seen = api.company_settings(company.books)
        if not mapping.is_same_company(seen.corporate_identity_number, company.number):
            raise RejectedError(
                f"{self._connection}: the grant kept for this organisation number opens another company.",
                remedy="Correct 'companies' in the connection, or let the right company in with 'disengage authorise'.",
            )
        return seen

    @staticmethod
    def _users(door: Door) -> list[UserRow] | None:
        try:
            return api.users(door)
        except WithheldError:
            return None

    @staticmethod
    def _apps(door: Door) -> list[AppRow] | None:
        try:
            return api.app_status(door)
        except AccessEndedError:
            raise
        except RejectedError:  # what an app answers that is in no app store is not documented
            return None

    def _is_expected(self, number: str, error: CredentialsError) -> bool:
        """Return whether a dead token is what was wanted, or had to come."""
        return error.code == _DEAD_TOKEN and self._marks.expects_death(number)
