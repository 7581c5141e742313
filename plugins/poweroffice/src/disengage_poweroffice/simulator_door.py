"""The way into simulated Go: keys, tokens, limit, paging and the words of its errors.

Inferred, because no source says it: bodies of 401 and 403 (empty), and that a token lives on after its integration
was removed.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections import deque
from datetime import date, datetime
from typing import Any, ClassVar
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo

from disengage import Rate
from disengage.testing import Call, Fault, Reply, Simulator, route

from disengage_poweroffice import fiction
from disengage_poweroffice.fiction import GoClient

APPLICATION_KEY = "simulated-application-key"
SUBSCRIPTION_KEY = "simulated-subscription-key"
V2 = "/Demo/v2"
MOST_ROWS = 20_000
_TOKEN_SECONDS = 20 * 60
#: The words that a client's own key needs among its privileges; ``X`` reads, ``X_Full`` writes.
_NEEDS = {
    "AccountTransactions": "AccountTransaction",
    "TrialBalance": "TrialBalance",
    "Customerledger": "CustomerLedger",
    "Supplierledger": "SupplierLedger",
    "VoucherDocumentation": "VoucherDocumentation",
    "GeneralLedgerAccounts": "GeneralLedgerAccount",
    "Customers": "Customer",
    "Suppliers": "Supplier",
    "Employees": "Employee",
    "OutgoingInvoices": "OutgoingInvoice",
    "IncomingInvoices": "IncomingInvoice",
    "ClientBankAccounts": "ClientBankAccount",
    "OrganizationSettings": "CommonServices",
    "LockDateSettings": "CommonServices",
    "SalesOrders": "SalesOrderAttachment",
    "JournalEntryVouchers": "JournalEntryVoucher",
}


class Door(Simulator):
    """What every call passes.

    Args:
        clients: How many clients with the firm's partner code.
        calls_per_second: The limit per subscription key; 0 for none.
        today: A fixed day instead of the clock's, in Norway.
        faults: See ``disengage.testing.faults``.
        seed: Makes chance repeatable.
    """

    name: ClassVar[str] = "poweroffice"
    rates: ClassVar[tuple[Rate, ...]] = (Rate(calls=10, seconds=1),)

    def __init__(
        self,
        *,
        clients: int = 1,
        calls_per_second: int = 10,
        today: date | None = None,
        faults: str = "",
        seed: int = 0,
    ) -> None:
        super().__init__(faults=faults, seed=seed)
        self.partner = fiction.the_partner()
        self.clients = [fiction.a_client(n) for n in range(1, clients + 1)]
        self._fixed_today, self._limit = today, calls_per_second
        self.years = [self.today.year - back for back in (2, 1, 0)]
        self._tokens: dict[str, tuple[GoClient, float]] = {}
        self._calls: deque[float] = deque()

    @property
    def today(self) -> date:
        """Today in Norway."""
        return self._fixed_today or datetime.now(ZoneInfo("Europe/Oslo")).date()

    def forget_tokens(self) -> None:
        """Make every token invalid."""
        with self.lock:
            self._tokens.clear()

    def error(self, status: int, fault: Fault | None = None) -> Reply:
        """Return Go's own error answer."""
        if status == 429:
            seconds = f"{fault.value:g}" if fault and fault.value is not None else "1"
            words = f"Rate limit is exceeded. Try again in {seconds} seconds."
            return Reply(429, {"statusCode": "429", "message": words})
        if status in (401, 403):
            return Reply(status)
        return problem(status, "Not found" if status == 404 else "Error", "The request could not be processed.")

    def answer(self, call: Call) -> Reply:
        """Check key, limit, token and query before the call itself."""
        if not call.path.startswith("/Demo/"):
            return self.error(404)
        if call.headers.get("Ocp-Apim-Subscription-Key") != SUBSCRIPTION_KEY:
            return self.error(401)
        with self.lock:
            if self._too_many():
                return self.error(429)
            refusal = self._refusal(call) if call.path.startswith(f"{V2}/") else None
            return refusal or super().answer(call)

    def _too_many(self) -> bool:
        """Count calls in half of Go's second: what is sent evenly does not arrive evenly."""
        now = time.monotonic()
        while self._calls and self._calls[0] < now - 0.5:
            self._calls.popleft()
        self._calls.append(now)
        return bool(self._limit) and len(self._calls) > self._limit

    def _refusal(self, call: Call) -> Reply | None:
        client = self.caller(call)
        if client is None:
            return self.error(401)
        area = call.path.removeprefix(f"{V2}/").partition("/")[0]
        if (area == "ClientAdmin" and client is not self.partner) or _NEEDS.get(area) in client.forbidden:
            return self.error(403)
        odd = [name for name in call.query if name.startswith("$")]
        if odd:
            return problem(400, "Bad request", f"Unknown query parameter {odd[0]}.")
        return None

    def caller(self, call: Call) -> GoClient | None:
        """Return the client whose token came with the call; None for a token that is unknown or old."""
        token = (call.headers.get("Authorization") or "").removeprefix("Bearer ")
        client, ends = self._tokens.get(token, (None, 0.0))
        return client if time.monotonic() < ends else None

    def known(self, client_id: str) -> GoClient:
        """Return a client, severed or not."""
        return next(c for c in (self.partner, *self.clients) if c.id == client_id.lower())

    def reachable(self, client_id: str) -> GoClient | None:
        """Return a client that the partner's key reaches: with its code, or the partner's own."""
        for client in (self.partner, *self.clients):
            if client.id == client_id.lower() and (client.partner_code or client is self.partner):
                return client
        return None

    @route("POST", "/Demo/OAuth/Token")
    def token(self, call: Call) -> Reply:
        """Give a token, or an error of RFC 6749 section 5.2."""
        if call.form().get("grant_type") != "client_credentials":
            return Reply(400, {"error": "unsupported_grant_type", "error_description": "client_credentials only"})
        client = self._holder(call.headers.get("Authorization") or "")
        if client is None:
            return Reply(400, {"error": "invalid_client", "error_description": "Client authentication failed."})
        token = secrets.token_urlsafe(24)
        self._tokens[token] = (client, time.monotonic() + _TOKEN_SECONDS)
        return Reply(body={"access_token": token, "token_type": "bearer", "expires_in": _TOKEN_SECONDS})

    def _holder(self, authorization: str) -> GoClient | None:
        try:
            pair = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
        except ValueError:
            return None
        application, _, key = (unquote_plus(part) for part in pair.partition(":"))
        known = [c for c in (self.partner, *self.clients) if c.key == key and c.integration]
        return known[0] if known and application == APPLICATION_KEY else None


def page(call: Call, rows: list[Any]) -> Reply:
    """Cut one page out of a plain list; 204 without a body where nothing is left."""
    try:
        number, size = int(call.query.get("PageNumber", 1)), int(call.query.get("PageSize", 5000))
    except ValueError:
        number = size = 0
    if number < 1 or not 1 <= size <= MOST_ROWS:
        return problem(400, "Bad request", "PageNumber or PageSize is not valid.")
    found = rows[(number - 1) * size : number * size]
    return Reply(body=found) if found else Reply(204)


def problem(status: int, title: str, detail: str) -> Reply:
    """Return ``ProblemDetails``."""
    body = {"Type": "about:blank", "Title": title, "Status": status, "Detail": detail, "Instance": None}
    return Reply(status, body, {"Content-Type": "application/problem+json"})
