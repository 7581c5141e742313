"""The vendor's pages that this connector rests on, and the day they were read."""

AS_OF = "2026-11-22"

ARCHIVING = "https://support.banqup.com/en/articles/279236-archiving-clients"
ENDING = "https://support.banqup.com/en/articles/596704-ending-a-client-relationship-from-the-partner-space"
STATUSES = "https://support.banqup.com/en/articles/598109-understanding-client-statuses-in-your-partner-space"
INVITING = "https://support.banqup.com/en/articles/275527-inviting-your-accounting-firm-s-clients-to-banqup"
SWITCHING = "https://support.banqup.com/en/articles/276176-switching-accountants"

MAKING_CALLS = "https://docs.btx.banqup.com/docs/api-guides/getting-started/make-api-call"
GRANTING = "https://docs.btx.banqup.com/docs/recipes/authentication/grant-permissions"
SPACES = "https://docs.btx.banqup.com/docs/foundation/entity/spaces"
