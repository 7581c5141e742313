"""Client identifiers: scheme = value, normalised and checked by python-stdnum where it knows the scheme."""

from __future__ import annotations

import importlib
import re
from typing import Any

from stdnum import get_cc_module
from stdnum.exceptions import ValidationError as StdnumError

#: scheme → country → the module of python-stdnum that knows it.
_MODULES = {
    "orgnr": {"NO": "stdnum.no.orgnr", "SE": "stdnum.se.orgnr"},
    "enterprise": {"BE": "stdnum.be.vat"},
    "handelsregister": {"DE": "stdnum.de.handelsregisternummer"},
    "cvr": {"DK": "stdnum.dk.cvr"},
}
#: The schemes that are checked, each with the countries whose numbers it has; none: any.
SCHEMES: dict[str, tuple[str, ...]] = {
    **{scheme: tuple(by) for scheme, by in _MODULES.items()},
    "kvk": ("NL",),
    "vat": (),
}
_KVK = re.compile(r"[0-9]{8}")


def normalise(scheme: str, value: str, country: str) -> str:
    """Return ``value`` in the compact form of its scheme.

    Raises:
        ValueError: The value is not a valid number of the scheme; the message does not repeat it.
    """
    if scheme == "kvk":
        return _kvk(value)
    if scheme == "vat":
        return _vat(value, country)
    path = _MODULES.get(scheme, {}).get(country)
    if path is None:
        return _present(value)
    return _checked(importlib.import_module(path), value, scheme, country)


def _present(value: str) -> str:
    compact = value.strip()
    if not compact:
        raise ValueError("is empty")
    return compact


def _kvk(value: str) -> str:
    compact = re.sub(r"[\s.]", "", value)
    if not _KVK.fullmatch(compact):
        raise ValueError("is not a valid kvk number (eight digits)")
    return compact


def _vat(value: str, country: str) -> str:
    """Return the number with its country in front, whether it was written so or not: one client has one number."""
    prefix = "".join(filter(str.isalnum, value))[:2].upper()
    holder = prefix if prefix.isalpha() else country
    module = get_cc_module("GR" if holder == "EL" else holder, "vat")
    if module is None:
        return _present(value)
    number = _checked(module, value, "vat", holder)
    shown = "EL" if holder == "GR" else holder  # the EU's own prefix for Greece
    return number if number.startswith(shown) else shown + number


def _checked(module: Any, value: str, scheme: str, country: str) -> str:
    try:
        number: str = module.validate(value)
    except StdnumError as error:
        raise ValueError(f"is not a valid {scheme} of {country} ({_reason(error)})") from None
    return number


def _reason(error: StdnumError) -> str:
    """Say which check failed; python-stdnum's own words, lower case, without the number."""
    return str(error).rstrip(".").lower() or type(error).__name__
