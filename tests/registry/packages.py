"""Distributions written into a folder, as an installer would leave them there, with entry points of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from textwrap import dedent

#: A connector that works; ``{name}`` is what it is called.
CONNECTOR = """
from disengage import (
    Connector, ConnectorType, Done, Effect, Instructions, Link, LinkState, Manifest, Operation, Provenance, Verb,
    VerbSpec, hookimpl,
)

BY_HAND = Instructions(verb=Verb.SEVER_LINK, title="End it", language="en", steps=("Click.",))
CUT = Operation(name="cut", call="POST /cut", provenance=Provenance.DOCUMENTED, changes=True)
CALLS = []


class Plain(Connector):
    manifest = Manifest(
        platform="Plain",
        vendor="Somebody",
        operations=(CUT,),
        verbs=(VerbSpec(verb=Verb.SEVER_LINK, operations=("cut",), effects=(Effect.IRREVERSIBLE,), moves=("linked",),
                        by_hand=BY_HAND),),
    )

    @hookimpl
    def try_credentials(self):
        return f"known as {{self.around.connection}}"

    @hookimpl
    def find_links(self, client):
        return [Link(ref=self.around.connection)]

    @hookimpl
    def observe(self, link, request):
        return LinkState(linked=True, status=self.around.connection)

    @hookimpl
    def sever_link(self, link):
        CALLS.append(self.around.connection)
        return Done(receipt=self.around.connection)


@hookimpl
def connector_types():
    return [ConnectorType(name="{name}", connector=Plain)]
"""


@dataclass
class Packages:
    """A folder of installed distributions.

    Attributes:
        folder: The folder, which is on ``sys.path``.
        modules: The modules that were written there.
    """

    folder: Path
    modules: list[str] = field(default_factory=list)

    def add(self, name: str, source: str, *, distribution: str = "", module: str = "", value: str = "") -> None:
        """Write a distribution with one module and one entry point.

        Args:
            name: The entry point's name.
            source: The module's code.
            distribution: By default ``disengage-NAME``.
            module: By default ``disengage_NAME``.
            value: What the entry point names; by default the module.
        """
        distribution = distribution or f"disengage-{name}"
        module = module or f"disengage_{name}"
        self.modules.append(module)
        (self.folder / f"{module}.py").write_text(dedent(source), encoding="utf-8")
        about = self.folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", "utf-8")
        (about / "entry_points.txt").write_text(f"[disengage]\n{name} = {value or module}\n", "utf-8")

    def add_connector(self, name: str = "plain", connector: str = "", more: str = "", **written: str) -> None:
        """Write a distribution with a connector that works, and ``more`` below it."""
        self.add(name, CONNECTOR.format(name=connector or name) + dedent(more), **written)

    def points(self) -> list[EntryPoint]:
        """Return the entry points of all that is installed here."""
        found = [point for dist in distributions(path=[str(self.folder)]) for point in dist.entry_points]
        return sorted(found, key=lambda point: (point.name, point.value))
