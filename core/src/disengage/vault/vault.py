"""The vault: where the firm's own copy of the history is kept, and proven."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import bagit

from disengage.errors import InputError, VaultError
from disengage.vault import kept
from disengage.vault.aside import aside
from disengage.vault.bag import BagIdentity, BagReceipt
from disengage.vault.names import slug
from disengage.vault.place import Place
from disengage.vault.publish import publish
from disengage.vault.trouble import ASIDE, touching
from disengage.vault.verify import complaints
from disengage.vault.writer import BagWriter

_CHUNK = 1 << 20


class Vault:
    """Bags on an fsspec URL: each built aside, published whole, verified, and never overwritten.

    Args:
        url: ``file:vault``, ``s3://bucket/prefix``, ``memory:`` or any other fsspec URL.
        folder: The configuration file's folder, from which a relative ``file:`` path counts.
        now: The clock, UTC.

    Raises:
        VaultError: The URL's protocol is not known, or its package is not installed.
    """

    def __init__(self, url: str, folder: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._place = Place(url, folder)
        self._now = now

    def prepare(self) -> None:
        """Create the vault's folder where it is not there yet.

        Raises:
            VaultError: It cannot be reached.
        """
        self._place.prepare()

    def exists(self) -> bool:
        """Return whether the vault's folder is there."""
        return self._place.exists()

    @contextmanager
    def open_bag(
        self, case: str, connection: str, link: str, label: str, *, about: dict[str, str]
    ) -> Iterator[BagWriter]:
        """Yield the writer of a new bag, published when the block ends well as ``case/connection/label-N``.

        Args:
            case: The case.
            connection: The connection's name.
            link: The link's reference; it appears nowhere in clear, since it may be a personal number.
            label: What the bag holds, in a word.
            about: Further lines for ``bag-info.txt``, e.g. ``{"Period": "2024-01-01/2026-12-31"}``.

        Raises:
            VaultError: It could not be kept. After this, and after any other error, nothing of it is left.
        """
        identity = BagIdentity(case=case, connection=connection, link=link, label=label, about=about)
        identity = identity.model_copy(update={"label": identity.without_link(label)})
        with _folder_aside() as folder:
            writer = BagWriter(folder, identity, self._now)
            yield writer
            receipt = writer.finish()
            _must_be_valid(folder)
            writer.published(self._publish(folder, identity, receipt))

    def keep_files(
        self,
        case: str,
        connection: str,
        link: str,
        label: str,
        files: Sequence[Path],
        about: dict[str, str],
    ) -> BagReceipt:
        """Put files that a person brought into a bag of their own.

        Raises:
            InputError: One of them is missing or not readable; nothing was kept.
            VaultError: They could not be kept.
        """
        for file in files:
            if not file.is_file():
                raise _unreadable(file, "there is no such file")
        with self.open_bag(case, connection, link, label, about=about) as writer:
            for file in files:
                writer.write(file.name, _chunks(file), source="brought by a person")
        return writer.bag

    def verify(self, path: str, digest: str) -> tuple[str, ...]:
        """Read every file of a bag again and return what is wrong; nothing where it is sound.

        Args:
            path: ``BagReceipt.path``.
            digest: ``BagReceipt.digest``.

        Raises:
            VaultError: The vault cannot be reached.
        """
        if not kept.is_inside(path):
            return (f"{path}: this is not the path of a bag in the vault",)
        return complaints(self._place, path, digest)

    def list_files(self, path: str) -> list[tuple[str, int]]:
        """Return name and size of every file of a bag, tag files included, in the order of names.

        Args:
            path: ``BagReceipt.path``.

        Raises:
            VaultError: There is no such bag, or the vault cannot be reached.
        """
        return kept.files_of(self._place, path)

    def open_file(self, path: str, name: str) -> BinaryIO:
        """Open one file of a bag for reading, as a stream.

        Args:
            path: ``BagReceipt.path``.
            name: As ``list_files`` gives it: ``data/…`` or a tag file.

        Raises:
            VaultError: There is no such file, or the vault cannot be reached.
        """
        return kept.opened(self._place, path, name)

    def read_inventory(self, path: str) -> dict[str, Any]:
        """Return a bag's inventory: its files with the platform's names and sources, its gaps, the stated counts.

        Raises:
            VaultError: It is not there or not readable.
        """
        return kept.inventory_of(self._place, path)

    def remove(self, path: str) -> list[tuple[str, int, str]]:
        """Remove a bag for good; for the end of its retention, after everybody who has to agreed.

        Returns:
            Name, size and SHA-256 of each payload file that was in it, from its manifest.

        Raises:
            VaultError: It is not there, may not be removed yet, or the vault cannot be reached.
        """
        return kept.removed(self._place, path)

    def _publish(self, folder: Path, identity: BagIdentity, receipt: BagReceipt) -> BagReceipt:
        shelf = f"{slug(identity.case)}/{slug(identity.connection)}"
        path = publish(folder, self._place, shelf, slug(identity.label), receipt.digest)
        return receipt.model_copy(update={"path": path})


@contextmanager
def _folder_aside() -> Iterator[Path]:
    """Yield a private temporary folder; an error of the block itself passes as it is."""
    with ExitStack() as stack:
        with touching(ASIDE):
            folder = stack.enter_context(aside(Path(tempfile.gettempdir()), "disengage-bag-"))
        yield folder


def _must_be_valid(folder: Path) -> None:
    """Let an independent reader judge the bag before it leaves this machine."""
    try:
        with touching(ASIDE):
            bagit.Bag(str(folder)).validate()
    except bagit.BagError as error:
        raise VaultError(
            f"The bag was not sound when it was built: {type(error).__name__}.",
            remedy="Check the disk of the temporary folder, and run again; nothing was published.",
        ) from None


def _chunks(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as opened:
            yield from iter(lambda: opened.read(_CHUNK), b"")
    except OSError as error:
        raise _unreadable(file, (error.strerror or "it cannot be read").lower()) from None


def _unreadable(file: Path, reason: str) -> InputError:
    return InputError(
        f"The evidence file '{file.name}' cannot be taken: {reason}.",
        remedy="Give the path of a file that is there and readable; nothing was kept.",
    )
