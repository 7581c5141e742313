"""Small audit files of a fictitious company, sound unless told otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from disengage.domain.request import Period

SAFT = "urn:StandardAuditFile-Taxation-Financial:NO"
XAF40 = "http://www.odb.belastingdienst.nl/Belastingdienst/BCPP/1.1/structures/XmlauditfileXAF_4.0"


def a_period(first: str = "2024-01-01", last: str = "2024-12-31") -> Period:
    """Return a period; the year 2024 unless told otherwise."""
    return Period.model_validate({"from": date.fromisoformat(first), "to": date.fromisoformat(last)})


_BY_DATES = "<SelectionStartDate>2024-01-01</SelectionStartDate>\n<SelectionEndDate>2024-12-31</SelectionEndDate>"


def by_periods(first: int, last: int, year: int = 2024, last_year: int | None = None) -> str:
    """Return a selection by accounting periods."""
    return (
        f"<PeriodStart>{first}</PeriodStart>\n<PeriodStartYear>{year}</PeriodStartYear>\n"
        f"<PeriodEnd>{last}</PeriodEnd>\n<PeriodEndYear>{last_year or year}</PeriodEndYear>"
    )


def by_dates(first: str, last: str) -> str:
    """Return a selection by calendar days."""
    return f"<SelectionStartDate>{first}</SelectionStartDate>\n<SelectionEndDate>{last}</SelectionEndDate>"


def _accounts() -> dict[str, tuple[str, str]]:
    return {"1500": ("100.00", "349.95"), "1920": ("0", "0"), "3000": ("-100.00", "-349.95")}


def _transactions() -> list[tuple[str, str, list[tuple[str, str]]]]:
    return [
        ("B-1", "2024-03-01", [("1500", "250.05"), ("3000", "-250.05")]),
        ("B-2", "2024-04-02", [("1500", "-0.10"), ("3000", "0.10")]),
    ]


@dataclass
class Saft:
    """One SAF-T file in the making; amounts are debit less credit.

    Attributes:
        accounts: Number → balance at the start and at the end.
        transactions: Number, date and the entries by account.
        totals: Number of transactions, debit and credit; counted unless given.
        inside: Written at the end of the header.
    """

    version: str = "1.30"
    created: str = "2025-01-20"
    selection: str = _BY_DATES
    company: str = "Nordlys Kafé AS"
    namespace: str = SAFT
    accounts: dict[str, tuple[str, str]] = field(default_factory=_accounts)
    transactions: list[tuple[str, str, list[tuple[str, str]]]] = field(default_factory=_transactions)
    totals: tuple[str, str, str] = ("2", "250.15", "250.15")

    def text(self) -> str:
        """Return the file."""
        return f"{self._header()}\n{self._master_files()}\n{self._entries()}\n</AuditFile>\n"

    def _header(self) -> str:
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<AuditFile xmlns="{self.namespace}">
<Header>
<AuditFileVersion>{self.version}</AuditFileVersion>
<AuditFileCountry>NO</AuditFileCountry>
<AuditFileDateCreated>{self.created}</AuditFileDateCreated>
<SoftwareCompanyName>Fjord</SoftwareCompanyName>
<SoftwareID>Fjord Bok</SoftwareID>
<SoftwareVersion>1</SoftwareVersion>
<Company>
<RegistrationNumber>974760673</RegistrationNumber>
<Name>{self.company}</Name>
<Contact><ContactPerson><FirstName>Kari</FirstName><LastName>Nordmann</LastName></ContactPerson></Contact>
</Company>
<DefaultCurrencyCode>NOK</DefaultCurrencyCode>
<SelectionCriteria>
{self.selection}
</SelectionCriteria>
<TaxAccountingBasis>A</TaxAccountingBasis>
</Header>"""

    def _master_files(self) -> str:
        accounts = "\n".join(self._account(number, *ends) for number, ends in self.accounts.items())
        return f"<MasterFiles><GeneralLedgerAccounts>\n{accounts}\n</GeneralLedgerAccounts></MasterFiles>"

    def _account(self, number: str, opening: str, closing: str) -> str:
        return (
            f"<Account>\n<AccountID>{number}</AccountID><AccountDescription>Konto</AccountDescription>"
            "<GroupingCategory>RF-1167</GroupingCategory><GroupingCode>1</GroupingCode><AccountType>GL</AccountType>"
            f"{_sided('Opening', 'Balance', opening)}{_sided('Closing', 'Balance', closing)}\n</Account>"
        )

    def _entries(self) -> str:
        count, debit, credit = self.totals
        return (
            f"<GeneralLedgerEntries>\n<NumberOfEntries>{count}</NumberOfEntries>\n<TotalDebit>{debit}</TotalDebit>\n"
            f"<TotalCredit>{credit}</TotalCredit>\n<Journal><JournalID>1</JournalID>"
            "<Description>Bilag</Description><Type>GL</Type>\n"
            + "\n".join(self._transaction(*one) for one in self.transactions)
            + "\n</Journal>\n</GeneralLedgerEntries>"
        )

    def _transaction(self, number: str, day: str, lines: list[tuple[str, str]]) -> str:
        year, month, _ = day.split("-")
        entries = "\n".join(
            f"<Line><RecordID>{place}</RecordID><AccountID>{account}</AccountID><Description>Salg</Description>"
            f"{_sided('', 'Amount', value, inner='Amount')}</Line>"
            for place, (account, value) in enumerate(lines, 1)
        )
        return (
            f"<Transaction>\n<TransactionID>{number}</TransactionID><Period>{int(month)}</Period>"
            f"<PeriodYear>{year}</PeriodYear><TransactionDate>{day}</TransactionDate><Description>Salg</Description>"
            f"<SystemEntryDate>{day}</SystemEntryDate><GLPostingDate>{day}</GLPostingDate>\n{entries}\n</Transaction>"
        )


def _sided(before: str, after: str, value: str, inner: str = "") -> str:
    side = "Credit" if value.startswith("-") else "Debit"
    plain = value.removeprefix("-")
    name = f"{before}{side}{after}"
    return f"<{name}><{inner}>{plain}</{inner}></{name}>" if inner else f"<{name}>{plain}</{name}>"


def xaf(
    *,
    amount: str = "121.00",
    year: int = 2024,
    created: str | None = None,
    namespace: str = XAF40,
    company: str = "Voorbeeld Café B.V.",
) -> str:
    """Return an auditfile of one transaction, whose debit is ``amount`` while everything else says 121.00."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<auditfile xmlns="{namespace}">
<header>
<fiscalYear>{year}</fiscalYear>
<startDate>{year}-01-01</startDate>
<endDate>{year}-12-31</endDate>
<curCode>EUR</curCode>
<dateCreated>{created or f"{year + 1}-02-01"}</dateCreated>
<softwareDesc>Boek</softwareDesc>
<softwareVersion>1</softwareVersion>
</header>
<company>
<companyName>{company}</companyName>
<taxRegistrationCountry>NL</taxRegistrationCountry>
<taxRegIdent>001234567B01</taxRegIdent>
<generalLedger>
<ledgerAccount><accID>1300</accID><accDesc>Debiteuren</accDesc><accTp>B</accTp></ledgerAccount>
<ledgerAccount><accID>8000</accID><accDesc>Omzet</accDesc><accTp>P</accTp></ledgerAccount>
</generalLedger>
<periods>
<period><periodNumber>1</periodNumber><startDatePeriod>{year}-01-01</startDatePeriod>
<endDatePeriod>{year}-12-31</endDatePeriod></period>
</periods>
<openingBalance><linesCount>0</linesCount><totalDebit>0.00</totalDebit><totalCredit>0.00</totalCredit></openingBalance>
<transactions>
<linesCount>2</linesCount>
<totalDebit>121.00</totalDebit>
<totalCredit>121.00</totalCredit>
<journal>
<jrnID>V</jrnID>
<desc>Verkoop</desc>
<transaction>
<nr>1</nr>
<periodNumber>1</periodNumber>
<trDt>{year}-01-05</trDt>
<trLine><nr>1</nr><accID>1300</accID><docRef>F1</docRef><effDate>{year}-01-05</effDate>
<amnt>{amount}</amnt><amntTp>D</amntTp></trLine>
<trLine><nr>2</nr><accID>8000</accID><docRef>F1</docRef><effDate>{year}-01-05</effDate>
<amnt>121.00</amnt><amntTp>C</amntTp></trLine>
</transaction>
</journal>
</transactions>
</company>
</auditfile>
"""
