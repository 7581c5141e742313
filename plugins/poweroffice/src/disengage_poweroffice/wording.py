"""What the placeholders of the instructions are filled with, in Go's words and in English."""

from __future__ import annotations

from disengage_poweroffice.settings import Extra

#: What the archive page calls the extras, and the same in English.
EXTRAS = {
    Extra.BANK_STATEMENTS: ("Elektroniske bankutskrifter", "electronic bank statements"),
    Extra.A03: ("Elektroniske A-03 meldinger", "electronic A-03 messages"),
    Extra.VOUCHER_PDFS: ("Bilags - PDFer", "voucher PDFs"),
    Extra.SAFT: ("Saf-T fil", "SAF-T file"),
}


def extras_words(extras: tuple[Extra, ...]) -> dict[str, str]:
    """Return what the placeholders ``extras`` and ``extras_en`` are filled with."""
    return {
        "extras": ", ".join(EXTRAS[extra][0] for extra in extras) or "ingen",
        "extras_en": ", ".join(EXTRAS[extra][1] for extra in extras) or "none",
    }


def subscription_words(later: bool) -> dict[str, str]:
    """Return what the placeholders about the subscription administrator in the dialog are filled with."""
    if later:
        return {
            "subscription": "la stå; byttes senere fra Arkiv",
            "subscription_en": "leave it; it is replaced later from Arkiv",
        }
    return {
        "subscription": "spør dialogen, velg klientens egen administrator",
        "subscription_en": "if the dialog asks, choose the client's own administrator",
    }


def users_words(users: tuple[str, ...]) -> dict[str, str]:
    """Return what the placeholder ``other_partners`` is filled with."""
    return {"other_partners": ", ".join(users) or "-"}
