"""Have a person let us in to one company: OAuth authorization code on loopback, checked before anything is kept."""

from __future__ import annotations

from contextlib import closing, suppress

from disengage import ConnectorError, CredentialsError, Surroundings
from disengage.connector import Visit
from disengage.http import Bearer, Granted, authorise

from disengage_spiris import api, mapping
from disengage_spiris.company import Company, Door, identity
from disengage_spiris.marks import Marks
from disengage_spiris.settings import SpirisSettings
from disengage_spiris.wire import CompanyRow

#: Documented: https://developer.vismaonline.com/docs/getting-started (2026-11-22)
SCOPES = ("ea:api", "offline_access", "ea:sales", "ea:accounting", "ea:purchase", "vls:api")
#: Lets the person choose the account and the company, from the same page.
CHOOSING = {
    "prompt": "select_account",
    "acr_values": "service:44643EB1-3F76-4C1C-A672-402AE8085934 forceselectcompany:true",
}


def grant(settings: SpirisSettings, around: Surroundings, number: str, visit: Visit) -> str:
    """Run the grant for a company, keep its refresh token, and return one line on whom we act for.

    Raises:
        CredentialsError: It was denied, or opens another company; nothing is kept.
    """
    with identity(settings, around, settings.token_url) as client:
        granted = authorise(
            visit,
            authorize_url=settings.authorize_url,
            token_url=settings.token_url,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            scopes=SCOPES,
            client=client,
            extra=CHOOSING,
        )
    company = _looked_at(settings, around, granted)
    if not mapping.is_same_company(company.corporate_identity_number, number):
        _give_back(settings, around, granted)
        raise CredentialsError(
            f"{around.connection}: the grant opens another company than the one that was asked for.",
            remedy="Begin again, and choose the right company on Spiris' page. Nothing was kept.",
        )
    _keep(settings, around, number, granted)
    return ", ".join(filter(None, (company.name, mapping.status(company))))


def _looked_at(settings: SpirisSettings, around: Surroundings, granted: Granted) -> CompanyRow:
    with closing(Door(around, settings.client_id, settings.base_url, Bearer(granted.access_token))) as door:
        return api.company_settings(door)


def _give_back(settings: SpirisSettings, around: Surroundings, granted: Granted) -> None:
    with suppress(ConnectorError):  # it is in nobody's hands any more, and ends by itself
        api.revoke_token(settings, around, granted.refresh_token)


def _keep(settings: SpirisSettings, around: Surroundings, number: str, granted: Granted) -> None:
    with closing(Company(settings, around, number)) as company:
        company.grant.keep(granted.refresh_token)
    marks = Marks(around)
    marks.take_back(number)
    marks.add_granted(number)
