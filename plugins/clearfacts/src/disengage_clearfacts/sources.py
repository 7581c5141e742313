"""The pages that everything here is taken from, and the day they were read."""

from __future__ import annotations

AS_OF = "2026-11-22"

_HELP = "http://acc-support.accountingplatform.eu/fr/support/solutions/articles"
#: The vendor's page on taking a dossier over from another accountant; every rule of migration is on it.
MIGRATION = f"{_HELP}/9000197748"
ACTIVATION = f"{_HELP}/9000197743"

_CDN = "https://assets-prod.cdn.clearfacts.be"
SCHEMA = f"{_CDN}/doc/index.html"
ONE_NUMBER_ONCE = f"{_CDN}/help/fr/html/Activationdesdossiers.html"
INBOUND_MAIL = f"{_CDN}/help/fr/html/ViaEmailUBLPDF.html"
DEVELOPERS = "https://github.com/Clearfacts/cf_developer_docs"
LICENCE = "https://www.clearfacts.be/nl/algemene-voorwaarden/"
