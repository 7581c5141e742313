"""The pages that this connector rests on, and the day they were read."""

from __future__ import annotations

AS_OF = "2026-11-22"

# the interfaces
ENVIRONMENTS = "https://developer.vismaonline.com/docs/environments"
GETTING_STARTED = "https://developer.vismaonline.com/docs/getting-started"
ERROR_CODES = "https://developer.vismaonline.com/docs/error-codes-copy-1"
RATE_LIMITS = "https://developer.vismaonline.com/docs/rate-limits"
BOOKKEEPING = "https://eaccountingapi.vismaonline.com/scalar/v2"
PAYROLL = "https://vlsapi.vismaonline.com/"

# the help pages
_HELP = "https://support.spiris.se"
EDITING = f"{_HELP}/byrastod/en-se/content/online-help/edit-cooperation.htm"
ENDING = f"{_HELP}/byrastod/en-se/content/online-help/end-cooperation.htm"
ENDING_BY_CUSTOMER = (
    f"{_HELP}/bokforing-fakturering/en-se/content/online-help/general-licences-users-end-collaboration.htm"
)
DEACTIVATING = f"{_HELP}/byrastod/en-se/content/online-help/deactivate-customer.htm"
NEW_SUBSCRIPTIONS = f"{_HELP}/byrastod/en-se/content/faq/what-do-new-subscriptions-mean.htm"
PAYROLL_ACCESS = f"{_HELP}/byrastod/en-se/content/online-help/activate-collaboration-lon-smart.htm"
ADDING_USERS = f"{_HELP}/hantera-spiris/sv-se/content/online-help/b-users-add.htm"
BEFORE_ENDING = "https://help.visma.net/se_en/advisor/content/online-help/change-variant-end-collaboration.htm"
MAIN_CONTACT_LEFT = "https://help.visma.net/se_sv/online/content/online-help/b-change-administrator.htm"
OLD_ENDING = "https://support.vismaspcs.se/visma-byrastod/content/online-help/samarbete-avsluta.htm"
OLD_EXPENSES = (
    "https://www.vismaspcs.se/visma-support/visma-utlagg/content/online-help/general-terminate-your-subscription.htm"
)
REMOVING_APPS = "https://support.vismaspcs.se/hantera-spiris/sv-se/content/online-help/a-menu_my_userprofile.htm"
