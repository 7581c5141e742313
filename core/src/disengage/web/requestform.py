"""The form of a new request: its fields, and what they say as the tables that a request file would hold.

A field is named as its place in a request is: ``client.name``, ``options.go.extras``. So what is wrong with a request,
which names the place, is shown at its field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from babel import Locale

from disengage.domain.identifiers import SCHEMES
from disengage.domain.request import Language, Reason, RequestKind
from disengage.engine.options import Option, OptionKind, options_of, said
from disengage.web.saying import N_
from disengage.web.vocabulary import said as words_for
from disengage.web.wording import LANGUAGES

if TYPE_CHECKING:
    from disengage.web.visit import Visit

Choices = Sequence[tuple[str, str]]


class Field(NamedTuple):
    """One field.

    Attributes:
        name: Its place in a request.
        kind: As the macro ``field`` names it.
        value: What was typed, or what the field begins with; several of a group of check boxes.
        choices: Value and label of each; None: anything can be typed.
        language: Of label and hint, where it is not the page's.
    """

    name: str
    label: str
    kind: str = "text"
    value: str | Sequence[str] = ""
    hint: str = ""
    error: str = ""
    required: bool = False
    choices: Choices | None = None
    language: str = ""


class Part(NamedTuple):
    """Fields that belong together.

    Attributes:
        heading: What they are about.
        hint: A sentence about all of them.
        optional: Whether the part is folded away until somebody wants it.
    """

    heading: str
    fields: list[Field]
    hint: str = ""
    optional: bool = False


#: The only check box that is no connection's option.
_FLAG = "ending.no_tipping_off"
_REASONS = {
    "is missing": N_("This is needed."),
    "is not a date (write 2026-12-31)": N_("This is not a date. Write it as 2026-12-31."),
    "is not an e-mail address": N_("This is not an e-mail address."),
    "ends before it starts": N_("The period ends before it begins."),
    "is not a month and a day (write 06-30)": N_("This is not a month and a day. Write them as 06-30."),
    "must be a country's two capital letters, such as NO or BE": N_("Choose a country."),
    "names a connection that is not configured.": N_("This connection is not configured."),
}


class RequestForm:
    """The form, with what was typed and what is wrong with it.

    Args:
        visit: The visit.
        wrong: What is wrong with which place in the request.
    """

    def __init__(self, visit: Visit, wrong: Mapping[str, str] | None = None) -> None:
        self._visit, self._say = visit, visit.say
        self._sent = bool(visit.form.texts)
        self._options = {name: options_of(one.options_model) for name, one in _connections(visit)}
        self._wrong = dict(wrong or {})

    def parts(self) -> list[Part]:
        """Return the fields, and put what is wrong at those which it concerns."""
        parts = [self._client(), self._ending(), self._administrator(), *map(self._connection, self._options)]
        names = [field.name for part in parts for field in part.fields]
        errors = self._errors(names)
        return [_with_errors(part, errors) for part in parts]

    def elsewhere(self) -> list[str]:
        """Return what is wrong that no field can be blamed for."""
        names = [field.name for part in self.parts() for field in part.fields]
        return [f"{place}: {why}" if place else why for place, why in self._wrong.items() if not _place(place, names)]

    def _errors(self, names: Sequence[str]) -> dict[str, str]:
        errors: dict[str, str] = {}
        for place, why in self._wrong.items():
            errors.setdefault(_place(place, names), self._why(why))
        return errors

    def _why(self, why: str) -> str:
        return self._say(_REASONS[why]) if why in _REASONS else f"{why[:1].upper()}{why[1:]}".rstrip(".") + "."

    # --- what is asked

    def _field(self, name: str, label: str, kind: str = "text", *, begins: str = "", **more: Any) -> Field:
        typed = self._visit.form.text(name) if self._sent else begins
        return Field(name, label, kind, typed, **more)

    def _client(self) -> Part:
        say, firm = self._say, self._visit.workplace.settings.firm
        fields = [
            self._field("client.name", say("Name"), required=True),
            self._field(
                "client.country", say("Country"), begins=firm.country, required=True, choices=self._countries()
            ),
            *(self._identifier(scheme, countries) for scheme, countries in SCHEMES.items()),
            self._field("client.language", say("Language of its papers"), choices=self._languages()),
            self._field(
                "client.financial_year_end",
                say("Last day of its financial year"),
                hint=say("Month and day, such as 06-30. 31 December where nothing is said."),
            ),
        ]
        hint = say("One number that is right is enough to find the client; connections can be told their own below.")
        return Part(say("Client"), fields, hint)

    def _identifier(self, scheme: str, countries: Sequence[str]) -> Field:
        label = self._say(words_for("scheme", scheme).label)
        return self._field(f"client.identifiers.{scheme}", f"{label} ({', '.join(countries)})" if countries else label)

    def _ending(self) -> Part:
        say = self._say
        day = say("The firm answers for the client until then; whatever cannot be undone is due on the day after.")
        tipping_off = say("Reasons and internal notes stay inside the firm: no paper and no hand-over holds them.")
        fields = [
            self._field(
                "kind",
                say("What is asked"),
                begins=RequestKind.ENDING,
                required=True,
                choices=self._words("request_kind", RequestKind),
            ),
            self._field(
                "ending.reason",
                say("Reason"),
                required=True,
                choices=[("", say("Please choose")), *self._words("reason", Reason)],
            ),
            self._field("ending.notice_on", say("Notice given on"), "date"),
            self._field("ending.ends_on", say("Last day"), "date", required=True, hint=day),
            self._field("ending.period.from", say("The firm answers for the period from"), "date", required=True),
            self._field("ending.period.to", say("until and including"), "date", required=True),
            self._field("ending.successor.firm", say("Firm that takes over")),
            self._field("ending.successor.email", say("Its e-mail address"), "email"),
            self._field(_FLAG, say("Do not tip off"), "checkbox", hint=tipping_off),
        ]
        return Part(say("Ending"), fields)

    def _administrator(self) -> Part:
        say = self._say
        fields = [
            self._field("administrator.name", say("Name")),
            self._field("administrator.email", say("E-mail address"), "email"),
        ]
        hint = say("The client's own person who takes over administration, where the firm has it now.")
        return Part(say("New administrator"), fields, hint)

    def _connection(self, name: str) -> Part:
        hint = self._say("Only where no number above finds the client there.")
        reference = self._field(f"client.references.{name}", self._say("What it calls the client"), hint=hint)
        fields = [reference, *(self._option(name, option) for option in self._options[name])]
        return Part(name, fields, optional=not any(self._visit.form.text(field.name) for field in fields))

    def _option(self, connection: str, option: Option) -> Field:
        name = f"options.{connection}.{option.path}"
        kind, choices = self._shown(option)
        typed = self._visit.form.all(name) if option.kind is OptionKind.SEVERAL else self._visit.form.text(name)
        plain = option.about.replace("``", "").replace("*", "")
        only_files = self._say("This can be asked for in a file only.")
        return Field(
            name=name,
            label=option.path.replace(".", ": ").replace("_", " ").capitalize(),
            kind=kind,
            value=typed,
            hint=plain if option.kind is not OptionKind.OTHER else only_files,
            required=option.required,
            choices=choices,
            language="en",
        )

    def _shown(self, option: Option) -> tuple[str, Choices | None]:
        """Return how an option is asked, and what can be chosen; nothing said is always the first choice."""
        if option.kind is OptionKind.FLAG and option.default is False:
            return "checkbox", None
        if option.kind is OptionKind.FLAG:
            return "select", [("", self._unsaid(option)), ("yes", self._say("Yes")), ("no", self._say("No"))]
        named = [(choice, choice.replace("_", " ")) for choice in option.choices]
        if option.kind is OptionKind.SEVERAL:
            return "checkbox", named
        if option.kind is OptionKind.CHOICE:
            return "select", [("", self._unsaid(option)), *named]
        return ("date" if option.kind is OptionKind.DATE else "text"), None

    def _unsaid(self, option: Option) -> str:
        if option.default is None:
            return self._say("Not said")
        default = self._say("Yes") if option.default is True else str(option.default).replace("_", " ")
        return self._say("As usual: %(what)s", what=default)

    # --- what can be chosen

    def _countries(self) -> Choices:
        territories = Locale.parse(self._visit.wording.language).territories
        named = [
            (code, str(name)) for code, name in territories.items() if len(code) == 2 and code not in ("ZZ", "XA", "XB")
        ]
        return sorted(named, key=lambda pair: pair[1].casefold())

    def _languages(self) -> Choices:
        return [("", self._say("As its country")), *((str(one), LANGUAGES[one]) for one in Language)]

    def _words(self, group: str, words: type[Reason] | type[RequestKind]) -> Choices:
        return [(str(word), self._say(words_for(group, word).label)) for word in words]

    # --- what was said

    def tables(self) -> dict[str, Any]:
        """Return what was filled in as a file would say it; what was left empty is not said."""
        tables: dict[str, Any] = {"client": {}, "ending": {"period": {}}}
        for place, value in self._given():
            if value not in (None, ""):
                _put(tables, place.split("."), value)
        return tables

    def _given(self) -> Iterator[tuple[str, Any]]:
        form = self._visit.form
        for name in form.texts:
            if name.split(".")[0] in ("kind", "client", "ending", "administrator"):
                yield name, form.text(name) if name != _FLAG else bool(form.text(name))
        for connection, options in self._options.items():
            for option in options:
                name = f"options.{connection}.{option.path}"
                yield name, said(option, form.all(name))

    def carried(self) -> list[tuple[str, str]]:
        """Return every field that was sent, to be sent once more unseen."""
        texts = self._visit.form.texts
        return [(name, text) for name, values in texts.items() if name != "csrf" for text in values if text.strip()]


def _with_errors(part: Part, errors: Mapping[str, str]) -> Part:
    """Return a part with what is wrong at its fields; then it is not folded away."""
    fields = [field._replace(error=errors.get(field.name, "")) for field in part.fields]
    return part._replace(fields=fields, optional=part.optional and not any(field.error for field in fields))


def _connections(visit: Visit) -> Iterator[tuple[str, Any]]:
    registry = visit.workplace.registry
    return (
        (name, registry.connections[name])
        for name in visit.workplace.settings.connections
        if name in registry.connections
    )


def _put(tables: dict[str, Any], place: Sequence[str], value: Any) -> None:
    *outer, last = place
    for word in outer:
        inner = tables.setdefault(word, {})
        if not isinstance(inner, dict):
            return
        tables = inner
    tables[last] = value


def _place(place: str, names: Sequence[str]) -> str:
    """Return the field that a place in a request belongs to: itself, the nearest around it, or the last below it."""
    around = place
    while around:
        if around in names:
            return around
        around = around.rpartition(".")[0]
    below = [name for name in names if name.startswith(f"{place}.")]
    return below[-1] if place and below else ""
