"""The vault: where the firm's own copy of the history is kept, and proven."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from disengage.errors import InputError
from disengage.vault import kept
from disengage.vault.bag import BagIdentity, BagReceipt
from disengage.vault.hashing import Progress
from disengage.vault.names import slug
from disengage.vault.place import Place
from disengage.vault.publish import publish
from disengage.vault.site import Site, site
from disengage.vault.trouble import touching
from disengage.vault.verify import complaints
from disengage.vault.writer import BagWriter

_CHUNK = 1 << 20


class Vault:
    """Bags on an fsspec URL: each built aside, published whole, verified, and never overwritten.

    Args:
        url: ``file:vault``, ``s3://bucket/prefix``, ``memory:`` or any other fsspec URL.
        folder: The configuration file's folder, from which a relative ``file:`` path counts.
        work: The folder where bags are built, counted from ``folder``; on the vault's own disk nothing is copied.
        lock_days: For how many days bags are locked, in a bucket with Object Lock; 0: as the bucket does by itself.
        now: The clock, UTC.

    Raises:
        VaultError: The URL's protocol is not known, its package is not installed, or it has no Object Lock.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        *,
        work: str = ".disengage-work",
        lock_days: int = 0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._place = Place(url, folder, lock_days=lock_days)
        self._work = Path(folder, work).absolute()
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
            VaultError: It could not be kept; nothing was published. What was fetched completely stays in the working
                folder for a day, as after a ``ConnectorError`` or a killed process, for ``already_kept``.
        """
        identity = BagIdentity(case=case, connection=connection, link=link, label=label, about=about)
        with self._being_built(identity, lasting=True) as writer:
            yield writer

    @contextmanager
    def _being_built(self, identity: BagIdentity, *, lasting: bool) -> Iterator[BagWriter]:
        identity = identity.model_copy(update={"label": identity.without_link(identity.label)})
        here = self._place.local is not None
        with site(self._work, identity, self._now, lasting=lasting, proven_here=here) as place:
            writer = BagWriter(place, identity, self._now)
            try:
                yield writer
            finally:
                writer.close()
            receipt = writer.finish()
            writer.published(self._publish(place, identity, receipt))

    def keep_files(
        self,
        case: str,
        connection: str,
        link: str,
        label: str,
        files: Sequence[Path],
        about: dict[str, str],
        *,
        before_publishing: Callable[[BagWriter], None] | None = None,
    ) -> BagReceipt:
        """Put files that a person brought into a bag of their own; ``before_publishing`` sees them all in it.

        Raises:
            InputError: One of them is missing or not readable; nothing was kept.
            VaultError: They could not be kept.
        """
        for file in files:
            if not file.is_file():
                raise _unreadable(file, "there is no such file")
        identity = BagIdentity(case=case, connection=connection, link=link, label=label, about=about)
        with self._being_built(identity, lasting=False) as writer:
            for file in files:
                writer.write(file.name, _chunks(file), source="brought by a person")
            if before_publishing is not None:
                before_publishing(writer)
        return writer.bag

    def verify(self, path: str, digest: str, progress: Progress | None = None) -> tuple[str, ...]:
        """Read every file of a bag again and return what is wrong; nothing where it is sound.

        Args:
            path: ``BagReceipt.path``.
            digest: ``BagReceipt.digest``.
            progress: Told, whenever a file was read, how many bytes of the bag were read so far in all; by one
                thread at a time, not always the caller's own.

        Raises:
            VaultError: The vault cannot be reached.
        """
        if not kept.is_inside(path):
            return (f"{path}: this is not the path of a bag in the vault",)
        with touching(self._place.where):
            return complaints(self._place.bag(path), path, digest, progress=progress)

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

    def _publish(self, place: Site, identity: BagIdentity, receipt: BagReceipt) -> BagReceipt:
        shelf = f"{slug(identity.case)}/{slug(identity.connection)}"
        path = publish(place, self._place, shelf, slug(identity.label), receipt.digest)
        return receipt.model_copy(update={"path": path})


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
