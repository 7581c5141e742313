"""One function per operation of Spiris; each names the vendor's method and path, and how it is known.

Paths count from ``base_url`` (with ``/v2``) for the books and from ``payroll_url`` for payroll. All are documented in
the vendor's specifications, https://eaccountingapi.vismaonline.com/scalar/v2 and https://vlsapi.vismaonline.com/
(read 2026-11-22). Operation names are those of the manifest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from disengage import CredentialsError, Surroundings

from disengage_spiris import pages, refusals, wire
from disengage_spiris.company import Door, identity
from disengage_spiris.pages import Told
from disengage_spiris.refusals import WithheldError
from disengage_spiris.settings import SpirisSettings
from disengage_spiris.wire import AppRow, CompanyRow, FileRow, UserRow

#: The status that ``/appstore/status`` gives an app that is not active.
INACTIVE = 1


def listed(
    door: Door, operation: str, path: str, params: Mapping[str, Any] | None = None, *, told: Told | None = None
) -> Iterator[dict[str, Any]]:
    """GET a list, page by page, each row as it comes.

    The envelope with ``Meta`` and ``Data`` is documented; how a further page is asked for, see ``pages``.
    """

    def ask(more: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
        return wire.envelope(door.get(operation, path, {**(params or {}), **more}).json(), operation)

    return pages.rows(ask, operation, told)


def _segment(given: str) -> str:
    """Return ``given`` as one piece of a path, whatever it holds."""
    return quote(given, safe="")


# --- the company ----------------------------------------------------------------------------------------------


def company_settings(door: Door) -> CompanyRow:
    """GET /companysettings: whose books these are, their status, and how far they are locked; scope ``ea:sales``.

    Raises:
        AccessEndedError: The authenticated user has no access to the company (any more).
        CredentialsError: We are not let in.
    """
    return wire.one(CompanyRow, company_document(door), "company_settings")


def company_document(door: Door) -> Any:
    """GET /companysettings as it comes, for the copy."""
    try:
        return door.get("company_settings", "/companysettings").json()
    except WithheldError as error:
        raise CredentialsError(error.message, code=error.code, remedy=error.remedy) from None


def users(door: Door) -> list[UserRow]:
    """GET /users: everybody who can open the company, with ``IsConsultant`` for the accountants; any scope."""
    return [wire.one(UserRow, row, "users") for row in listed(door, "users", "/users")]


def lock_books(door: Door, last_day: date, interval: int) -> None:
    """PUT /companysettings/accountinglocksettings: lock the books up to the end of a month; scope ``ea:sales``."""
    body = {
        "AccountingLockedAsOf": {"Year": last_day.year, "Month": last_day.month},
        "AccountingLockInterval": interval,
    }
    door.put("lock_books", "/companysettings/accountinglocksettings", body)


# --- the app --------------------------------------------------------------------------------------------------


def app_status(door: Door) -> list[AppRow]:
    """GET /appstore/status: 0 active, 1 inactive."""
    return [wire.one(AppRow, row, "app_status") for row in listed(door, "app_status", "/appstore/status")]


def deactivate_app(door: Door) -> None:
    """PUT /appstore/status: inactive. The body names no app, so it is presumably the one that calls (inferred)."""
    door.put("deactivate_app", "/appstore/status", {"ActivationStatus": INACTIVE})


def revoke_token(settings: SpirisSettings, around: Surroundings, token: str) -> None:
    """POST /connect/revocation: the refresh token ends; 200 without a body.

    Documented: https://developer.vismaonline.com/docs/getting-started (2026-11-22). That the app proves itself as it
    does at the token endpoint is inferred (RFC 7009 asks for it).
    """
    form = {"token": token, "token_type_hint": "refresh_token"}
    with identity(settings, around, settings.revocation_url) as http:
        answer = http.call("POST", "", operation="revoke_token", form=form, accept=refusals.READ_HERE)
        refusals.checked(answer, around.connection, "revoke_token", changes=True)


# --- the copy of the books ------------------------------------------------------------------------------------


def sie4_export(door: Door, first: date, last: date) -> FileRow:
    """GET /sie4export/{fromDate}/{toDate}: a SIE 4 file, both days in one fiscal year; scope ``ea:accounting``."""
    answer = door.get("sie4_export", f"/sie4export/{first}/{last}")
    return wire.one(FileRow, answer.json(), "sie4_export")


def document(door: Door, document_id: str) -> FileRow:
    """GET /documents/{id}: where a VAT report's PDF can be fetched; Sweden and the Netherlands only."""
    return wire.one(FileRow, door.get("document", f"/documents/{_segment(document_id)}").json(), "document")


def attachment(door: Door, attachment_id: str) -> FileRow:
    """GET /attachments/{id}: one attachment, with a fresh address of its file."""
    answer = door.get("attachment", f"/attachments/{_segment(attachment_id)}")
    return wire.one(FileRow, answer.json(), "attachment")


def vouchers(door: Door, year_id: str, told: Told | None = None) -> Iterator[dict[str, Any]]:
    """GET /vouchers/{fiscalyearId}: every voucher of a fiscal year with its rows; scope ``ea:accounting``."""
    return listed(door, "vouchers", f"/vouchers/{_segment(year_id)}", told=told)


def account_balances(door: Door, day: date, told: Told | None = None) -> Iterator[dict[str, Any]]:
    """GET /accountbalances/{date}: the balance of every account; scope ``ea:accounting``."""
    return listed(door, "account_balances", f"/accountbalances/{day}", told=told)


def attachments(door: Door, *, with_address: bool, told: Told | None = None) -> Iterator[dict[str, Any]]:
    """GET /attachments?includeMatched&includeTemporaryUrl: every attachment, matched or not."""
    params = {"includeMatched": "true", "includeTemporaryUrl": str(with_address).lower()}
    return listed(door, "attachments", "/attachments", params, told=told)


def sales_attachment(door: Door, attachment_id: str) -> bytes:
    """GET /salesdocumentattachments/{id}.pdf: one file, of at most 20 MB (the vendor's limit); scope ``ea:sales``."""
    path = f"/salesdocumentattachments/{_segment(attachment_id)}.pdf"
    return door.get("sales_attachment", path).content


# --- payroll --------------------------------------------------------------------------------------------------


def employees(door: Door) -> Iterator[dict[str, Any]]:
    """GET /v2/employees; scope ``vls:api``."""
    return listed(door, "employees", "/v2/employees")


def payroll_answers(door: Door) -> None:
    """GET /v2/employees, its first page: whether payroll can be read at all."""
    wire.envelope(door.get("employees", "/v2/employees").json(), "employees")


def wage_runs(door: Door, told: Told | None = None) -> Iterator[dict[str, Any]]:
    """GET /v2/wageruns."""
    return listed(door, "wage_runs", "/v2/wageruns", told=told)


def payslips(door: Door, wage_run_id: str, told: Told | None = None) -> Iterator[dict[str, Any]]:
    """GET /v2/payslips/wagerun/{wagerunId}: the payslips of one wage run, as data."""
    return listed(door, "payslips", f"/v2/payslips/wagerun/{_segment(wage_run_id)}", told=told)


def employee_payslips(door: Door, employee_id: str, told: Told | None = None) -> Iterator[dict[str, Any]]:
    """GET /v2/payslips/{employeeId}/withdetails: gross, net and preliminary tax of one employee's payslips."""
    return listed(door, "employee_payslips", f"/v2/payslips/{_segment(employee_id)}/withdetails", told=told)
