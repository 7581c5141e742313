"""What may stand under ``[notifications.NAME]``, for each of the three kinds."""

from __future__ import annotations

import re
from typing import Annotated

from disengage import Secret, Url
from disengage.notifier import NotifierSettings
from pydantic import AfterValidator

#: Plain addresses only: no name before them, no list, nothing that could become a second header.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_LONGEST_ADDRESS = 254


def _one_address(value: str) -> str:
    if len(value) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(value):
        raise ValueError("must be one plain e-mail address, such as office@firm.example")
    return value


def _at_least_one(values: tuple[object, ...]) -> tuple[object, ...]:
    if not values:
        raise ValueError("must hold at least one")
    return values


Address = Annotated[str, AfterValidator(_one_address)]


class EmailSettings(NotifierSettings):
    """Notices by e-mail.

    Attributes:
        smtp_url: A secret as a whole: ``smtps://user:password@host:465`` or ``smtp://user:password@host:587``.
        from_email: The address that it comes from.
        to: Whom it is sent to, all of them in one mail.
    """

    smtp_url: Secret
    from_email: Address
    to: Annotated[tuple[Address, ...], AfterValidator(_at_least_one)]


class WebhookSettings(NotifierSettings):
    """Notices to a program of the firm's own, signed as https://www.standardwebhooks.com says.

    Attributes:
        url: Where they are posted to.
        secret: The signing secret, ``whsec_`` and base64.
    """

    url: Url
    secret: Secret


class AppriseSettings(NotifierSettings):
    """Notices to whatever Apprise reaches.

    Attributes:
        urls: Secrets, each of one Apprise URL or of several, one a line.
    """

    urls: Annotated[tuple[Secret, ...], AfterValidator(_at_least_one)]
