"""The pages that everything here is taken from, and the day they were read."""

from __future__ import annotations

AS_OF = "2026-11-22"

_HELP = "https://support.poweroffice.com/hc/no/articles"
SEVERING = f"{_HELP}/4644206579101-Avslutning-av-Partners-kundeforhold-i-Go"
ARCHIVE = f"{_HELP}/4650792975901-Arkiv-lagringsplass-pliktig-regnskapsdata-p%C3%A5-partner-klienter-i-PowerOffice-Go"
EXTRAS = (
    f"{_HELP}/6638665650717-Arkiv-legge-til-tilleggsdokumentasjon-utover-Regnskapsdata-p%C3%A5-avsluttede-kundeforhold"
)
SUBSCRIPTION = f"{_HELP}/208520386-Aktivering-av-abonnement"
SUBSCRIPTION_ADMINISTRATOR = f"{_HELP}/4402417450385-Systemadministrator-Abonnementsadministrator"
CLIENT_STOPS = f"{_HELP}/4402593412369-Avslutte-klient-i-PowerOffice-Go"
DELETION = f"{_HELP}/5260926996381-N%C3%A5r-slettes-klienter-i-GO"
USERS = f"{_HELP}/208582876-Brukere"
EXTENSIONS = "https://developer.poweroffice.net/documentation/add_to_client"

CLIENT_ADMINISTRATION = "https://developer.poweroffice.net/endpoints/client-settings/client-administration"
AUTHENTICATION = "https://developer-betatest.poweroffice.net/documentation/authentication"
SPECIFICATION = "https://prdm0go0stor0apiv20eurw.z6.web.core.windows.net/"
OFFBOARDING = "https://github.com/jbevanac/poweroffice"
