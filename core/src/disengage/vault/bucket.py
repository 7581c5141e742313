"""What only S3 has: several versions of one object, and Object Lock, which keeps them from everybody.

A plain delete in a bucket with versions only hides an object; here every version is taken away, or nothing is.
Retention is set in compliance mode: until its day not even the owner of the bucket can remove the object.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from disengage.errors import VaultError
from disengage.vault.hashing import in_threads

_AT_ONCE = 1000
_THREADS = 8
#: Large files go in parts of this size: two of them are in memory for each file that is being sent.
PART = 5 << 20
_MOST_PARTS = 9_000


class _Version(NamedTuple):
    key: str
    id: str
    is_marker: bool


class Bucket:
    """A bucket, seen through ``s3fs``.

    Args:
        fs: The filesystem.
        days: For how many days from now a bag is locked; 0: only as the bucket itself does.
    """

    def __init__(self, fs: Any, days: int) -> None:
        self._fs, self._days = fs, days

    def is_there(self, root: str) -> bool:
        """Return whether the bucket is there and lets us see it."""
        return bool(self._fs.exists(self._split(root)[0]))

    def must_be_there(self, root: str) -> None:
        """Refuse a bucket that is not there: one made in passing would lack whatever the firm wants of it.

        Raises:
            VaultError: It is not there.
        """
        if not self.is_there(root):
            raise VaultError(
                f"There is no bucket '{self._split(root)[0]}', or these credentials do not see it.",
                remedy="Make it, with versions and Object Lock if you want them, or correct [vault] url.",
            )

    def must_be_able_to_lock(self, root: str) -> None:
        """Refuse a bucket without Object Lock where bags have to be locked.

        Raises:
            VaultError: It has none.
        """
        if self._days and self._rule(root) is None:
            raise VaultError(
                "The bag was not kept: [vault] object_lock_days is set, and the bucket has no Object Lock.",
                remedy="Use a bucket that was made with Object Lock, or take object_lock_days out.",
            )

    def send(self, file: str, path: str, size: int) -> None:
        """Put one file, never over another one, with little of it in memory."""
        part = max(PART, size // _MOST_PARTS + 1)
        self._fs.put_file(file, path, chunksize=part, max_concurrency=1, mode="create")

    def lock(self, path: str) -> None:
        """Lock all objects below ``path`` in compliance mode, for the longer of our days and the bucket's own."""
        if not self._days:
            return
        rule = self._rule(path) or {}
        until = datetime.now(UTC).replace(microsecond=0) + max(timedelta(days=self._days), _default(rule))
        bucket, key = self._split(path)

        def hold(version: _Version) -> None:
            self._fs.call_s3(
                "put_object_retention",
                Bucket=bucket,
                Key=version.key,
                VersionId=version.id,
                Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until},
            )

        there = (version for version in self._versions(bucket, key) if not version.is_marker)
        for _ in in_threads(hold, there, _THREADS):
            pass

    def remove(self, path: str, name: str) -> None:
        """Remove every version of all objects below ``path``, unless one of them is locked.

        Raises:
            VaultError: It is locked: nothing was removed.
        """
        bucket, key = self._split(path)
        there = list(self._versions(bucket, key))
        if self._rule(path) is not None:
            self._must_not_be_held(bucket, there, name)
        self._delete(bucket, there, name)
        self._fs.invalidate_cache()

    def _must_not_be_held(self, bucket: str, there: list[_Version], name: str) -> None:
        held = in_threads(lambda version: self._held(bucket, version), there, _THREADS)
        how = max((said for said in held if said), default="")
        if how:
            raise VaultError(
                f"The bag '{name}' cannot be removed: the bucket's Object Lock holds it {how}. Nothing was removed.",
                remedy="Remove it afterwards; before, nobody can.",
            )

    def _delete(self, bucket: str, there: list[_Version], name: str) -> None:
        # Without its bagit.txt it is no bag any more; with its manifest, what is left can be named and removed later.
        ends = ("/manifest-sha256.txt", "/bagit.txt")
        rest = iter(sorted(there, key=lambda one: (one.key.endswith(ends[0]), not one.key.endswith(ends[1]))))
        while some := [{"Key": version.key, "VersionId": version.id} for version in islice(rest, _AT_ONCE)]:
            said = self._fs.call_s3("delete_objects", Bucket=bucket, Delete={"Objects": some, "Quiet": True})
            if said.get("Errors"):
                raise VaultError(
                    f"The bag '{name}' was not removed as a whole: the store refused it ({said['Errors'][0]['Code']}).",
                    remedy="See whether these credentials may delete versions of objects, and run again.",
                )

    def _held(self, bucket: str, version: _Version) -> str:
        if version.is_marker:
            return ""
        head = self._fs.call_s3("head_object", Bucket=bucket, Key=version.key, VersionId=version.id)
        if head.get("ObjectLockLegalHoldStatus") == "ON":
            return "by a legal hold"
        until = head.get("ObjectLockRetainUntilDate")
        return f"until {until:%Y-%m-%d %H:%M} UTC" if until and until > datetime.now(UTC) else ""

    def _versions(self, bucket: str, key: str) -> Iterator[_Version]:
        """Yield every version of every object below a key."""
        more: dict[str, str] = {}
        while True:
            page = self._fs.call_s3("list_object_versions", Bucket=bucket, Prefix=f"{key}/", **more)
            for entry in page.get("Versions", ()):
                yield _Version(entry["Key"], entry["VersionId"], is_marker=False)
            for entry in page.get("DeleteMarkers", ()):
                yield _Version(entry["Key"], entry["VersionId"], is_marker=True)
            if not page.get("IsTruncated"):
                return
            more = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}

    def _rule(self, path: str) -> dict[str, Any] | None:
        """Return the bucket's default retention, empty where it has none; None where it cannot lock at all."""
        try:
            said = self._fs.call_s3("get_object_lock_configuration", Bucket=self._split(path)[0])
        except FileNotFoundError:
            return None
        except OSError as error:
            if "ObjectLockConfigurationNotFound" in str(error) or "Object Lock configuration" in str(error):
                return None
            raise
        configuration = said.get("ObjectLockConfiguration", {})
        if configuration.get("ObjectLockEnabled") != "Enabled":
            return None
        rule: dict[str, Any] = configuration.get("Rule", {}).get("DefaultRetention", {})
        return rule

    def _split(self, path: str) -> tuple[str, str]:
        bucket, key, _ = self._fs.split_path(path)
        return bucket, key


def _default(rule: dict[str, Any]) -> timedelta:
    return timedelta(days=int(rule.get("Days") or 0) + 366 * int(rule.get("Years") or 0))
