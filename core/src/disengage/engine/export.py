"""One ZIP of everything that is recorded of a case, which a stranger checks on another machine without this program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from disengage.domain.case import Case
from disengage.domain.values import Frozen
from disengage.domain.verbs import Verb
from disengage.engine.bagchecks import kept_of
from disengage.engine.outfile import written
from disengage.engine.packing import Pack, packing, pieces
from disengage.engine.timestamps import Authority, statement
from disengage.engine.view import case_json, moment
from disengage.engine.workplace import Workplace
from disengage.errors import ConfigurationError, VaultError
from disengage.store import EvidenceRow

_OWN = files("disengage.engine")
_STAMPED = """An authority outside the firm stamped the end of the log at certain times. For each N.json in timestamps/:

  openssl ts -verify -data timestamps/N.json -in timestamps/N.tsr -CAfile timestamps/certificates.pem

N is the number of the event that was the last then. Take the authority's root certificate from the authority itself,
rather than from here. The stamp covers that event and all before it{}
"""
_FOLLOW = {
    True: "; log.jsonl has every event in between.",
    False: ".\nWhere it is not an event of this case, ask the firm for an export with --whole-log.",
}


class Exported(Frozen):
    """What was written.

    Attributes:
        left_out: Bags and notes that were left out, in words.
    """

    case: str
    file: str
    bytes: int
    sha256: str
    files: int
    bags: int
    events: int
    timestamps: int
    left_out: tuple[str, ...]


class Scope(Frozen):
    """What goes into an export.

    Attributes:
        internal: Internal notes too, where the case is not to be told of.
        whole_log: The events of all cases, so that every link of the chain can be followed.
    """

    internal: bool = False
    whole_log: bool = False


def export(
    workplace: Workplace, case_id: str, out: Path, scope: Scope, closing: Mapping[str, Any], by: str = ""
) -> Exported:
    """Write the export of a case to ``out``, as a stream.

    Args:
        workplace: The workplace.
        case_id: The case.
        out: Where to; nothing may be there.
        scope: What goes into it.
        closing: The closing statement, as JSON types.
        by: Who takes it out; where that is known, it is recorded.

    Raises:
        InputError: There is no such case, or the file cannot be written; nothing is left behind.
        VaultError: A bag is not as it was kept, or the vault cannot be reached; nothing is left behind.
    """
    case = workplace.store.case(case_id)
    with written(out) as file:
        with packing(file, workplace.now()) as pack:
            parts = _Parts(workplace, case, scope, pack)
            parts.write(closing)
        file.publish()
        found = Exported(
            case=case.id, file=str(out), bytes=file.size, sha256=file.sha256, files=len(pack.files),
            bags=parts.bags, events=parts.events, timestamps=len(parts.stamps), left_out=tuple(parts.left_out),
        )  # fmt: skip
        if by:
            _record(workplace, found, scope, by)
        return found


def _record(workplace: Workplace, found: Exported, scope: Scope, by: str) -> None:
    with workplace.store.change(found.case) as work:
        told = found.model_dump(mode="json", include={"bytes", "sha256", "files", "bags"})
        work.event("exported", actor=by, **told, **scope.model_dump())
    workplace.tell(work.events_written)


class _Parts:
    """The parts of one export, in their order."""

    def __init__(self, workplace: Workplace, case: Case, scope: Scope, pack: Pack) -> None:
        self.workplace, self.case, self.scope, self.pack = workplace, case, scope, pack
        self.silent = case.request.ending.no_tipping_off and not scope.internal
        self.left_out: list[str] = []
        self.stamps: list[dict[str, Any]] = []
        self.absent: list[dict[str, str]] = []
        self.bags = self.events = 0
        head = workplace.store.log.head()
        self.end, self.end_hash = (head.seq, head.hash) if head else (0, "")

    def write(self, closing: Mapping[str, Any]) -> None:
        """Write all of them."""
        self._case(closing)
        self._evidence()
        neighbours = self._events()
        if self.scope.whole_log:
            self.pack.add("log.jsonl", _lines(self.workplace.store.log.rows(upto=self.end)))
        self._stamps()
        self._bags()
        self.pack.json("chain.json", {
            "case": self.case.id,
            "end": {"seq": self.end, "hash": self.end_hash},
            "neighbours": neighbours,
            "timestamps": self.stamps,
            "absent": self.absent,
        })  # fmt: skip
        self.pack.text("check_chain.py", (_OWN / "check_chain.py").read_text(encoding="utf-8"))
        self.pack.text("README.txt", self._readme())

    def _case(self, closing: Mapping[str, Any]) -> None:
        found, case = case_json(self.case), self.case
        request = case.request.as_json()
        if self.silent:
            request["ending"].pop("reason")
            found["findings"] = []
            self.left_out.append("the reason of the ending, findings and the words of notes")
        self.pack.json("case.json", {**found, "request": request})
        approvals = [{"by": a.by, "at": moment(a.at), "plan_hash": a.plan_hash} for a in case.approvals]
        self.pack.json("plan.json", {**found["plan"], "approvals": approvals, "steps": found["steps"]})
        self.pack.json("statement.json", dict(closing))

    def _evidence(self) -> None:
        rows = self.workplace.store.evidence(self.case.id)
        self.pack.json("evidence.json", [self._told(row) for row in rows])

    def _told(self, row: EvidenceRow) -> dict[str, Any]:
        """Return a piece of evidence; where nobody is to be told, its words are left out."""
        told = row.model_dump(mode="json", include={"id", "step", "kind", "by", "digest"}) | {"at": moment(row.at)}
        return told if self.silent and row.kind == "statement" else {**told, "detail": _plain(row.detail)}

    def _events(self) -> list[dict[str, Any]]:
        """Write the events as stored; return the runs of them, with the hashes of their neighbours."""
        runs: list[dict[str, Any]] = []

        def rows() -> Iterator[dict[str, Any]]:
            for row in self.workplace.store.log.rows(self.case.id, upto=self.end):
                self.events += 1
                if runs and runs[-1]["last"] == row["seq"] - 1:
                    runs[-1]["last"] = row["seq"]
                else:
                    runs.append({"first": row["seq"], "last": row["seq"], "hash_before": row["previous"]})
                yield row

        self.pack.add("events.jsonl", _lines(rows()))
        return [{**run, "hash_after": self.workplace.store.log.hash_at(run["last"] + 1)} for run in runs]

    def _stamps(self) -> None:
        """Write the time stamps that cover events of this case."""
        first = next(iter(self.workplace.store.log.rows(self.case.id)), {"seq": 0})["seq"]
        for stamp in self.workplace.store.stamps.all(since=first):
            if stamp.seq > self.end:
                break
            content, token = f"timestamps/{stamp.seq}.json", f"timestamps/{stamp.seq}.tsr"
            self.pack.add(content, [statement(stamp.seq, stamp.hash)])
            self.pack.add(token, [stamp.token])
            self.stamps.append({"seq": stamp.seq, "hash": stamp.hash, "content": content, "token": token})
        if not self.stamps:
            return
        try:
            authority = Authority(self.workplace.settings)
            authority.certificates()
            assert authority.certificates_file is not None
            self.pack.add("timestamps/certificates.pem", [authority.certificates_file.read_bytes()])
        except ConfigurationError:
            self.left_out.append("the certificates of the time-stamping authority: none are configured")

    def _bags(self) -> None:
        kept = set(kept_of(self.workplace.store, self.case.id).bags)
        for row in self.workplace.store.evidence(self.case.id):
            if row.kind != "file":
                continue
            path, digest = str(row.detail["bag"]), str(row.detail["digest"])
            if (path, digest) not in kept:
                self._leave_out(path, digest, "destroyed on purpose")
            elif self.silent and not self._is_history(row.step):
                self._leave_out(path, digest, "no copy of the client's history")
            else:
                self._bag(path, digest)

    def _leave_out(self, path: str, digest: str, why: str) -> None:
        self.absent.append({"bag": path, "digest": digest, "why": why})
        self.left_out.append(f"bag {path}: {why}")

    def _is_history(self, step_id: str) -> bool:
        return any(step.id == step_id and step.verb is Verb.RETAIN_HISTORY for step in self.case.steps)

    def _bag(self, path: str, digest: str) -> None:
        vault = self.workplace.vault
        for name, size in vault.list_files(path):
            with vault.open_file(path, name) as file:
                packed = self.pack.add(f"bags/{path}/{name}", pieces(file), size)
            if name == "tagmanifest-sha256.txt" and packed.sha256 != digest:
                raise VaultError(
                    f"The bag {path} is not the one that was recorded.", remedy="Run `disengage verify` on its case."
                )
        self.bags += 1

    def _readme(self) -> str:
        case, firm = self.case, self.workplace.settings.firm
        left_out = "\nLeft out\n--------\n" + "".join(f"  {line}\n" for line in self.left_out) if self.left_out else ""
        log = (
            "  log.jsonl         the firm's whole log, events of other clients included: numbers and words, no names\n"
        )
        stamps = (
            _STAMPED.format(_FOLLOW[self.scope.whole_log]) if self.stamps else "There is no time stamp over this log.\n"
        )
        return Template((_OWN / "export_readme.txt").read_text(encoding="utf-8")).substitute(
            firm=firm.name,
            case=case.id,
            client=case.request.client.name,
            made=moment(self.workplace.now()),
            evidence=", without the words of statements" if self.silent else ", with what people stated",
            log=log if self.scope.whole_log else "",
            left_out=left_out,
            stamps=stamps,
        )


def _lines(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    return (
        json.dumps(row, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass") + b"\n" for row in rows
    )


def _plain(value: Any) -> Any:
    """Return JSON types: dates and times as texts."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return (
        moment(value) if isinstance(value, datetime) else value if isinstance(value, int | float | None) else str(value)
    )
