"""Pages from templates: every value is escaped, and nothing that is missing is shown as nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from disengage.web.comparing import rows_in
from disengage.web.labelling import Ids
from disengage.web.marks import marks
from disengage.web.sentences import OURS, Sentences
from disengage.web.statics import static
from disengage.web.surroundings import nobody_works, theme, told
from disengage.web.tabling import labelled
from disengage.web.vocabulary import labels
from disengage.web.wording import LANGUAGES, Wording

if TYPE_CHECKING:
    from disengage.web.visit import Visit


class Pages:
    """The templates, once for each language.

    Args:
        time_zone: In which moments are shown.
        packages: Names of the packages whose sentences pages retell, besides our own.
    """

    def __init__(self, time_zone: str, packages: Sequence[str] = ()) -> None:
        self.wordings = {language: Wording(language, time_zone) for language in LANGUAGES}
        self.sentences = {
            language: Sentences(wording, (*OURS, *packages)) for language, wording in self.wordings.items()
        }
        self._environments = {
            language: _environment(wording, self.sentences[language]) for language, wording in self.wordings.items()
        }

    def render(self, visit: Visit, template: str, context: dict[str, Any]) -> str:
        """Return the text of a page; in every template ``visit`` is who comes."""
        environment = self._environments[visit.wording.language]
        return environment.get_template(template).render(visit=visit, ids=Ids(), **context)


def _environment(wording: Wording, sentences: Sentences) -> Environment:
    environment = Environment(
        loader=PackageLoader("disengage.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    environment.install_gettext_callables(wording.gettext, wording.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(day=wording.day, moment=wording.moment, number=wording.number)
    environment.filters.update(labelled=labelled, retold=sentences.shown)
    environment.globals.update(wording=wording, languages=LANGUAGES, rows_of=rows_in(wording), **labels(wording))
    environment.globals["drawn"] = marks(wording)
    environment.globals.update(static=static, theme=theme, told=told, nobody_works=nobody_works)
    return environment
