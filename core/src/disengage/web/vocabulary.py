"""What the pages call every word of the domain: a label, and a sentence that explains it.

The words themselves are fixed (``docs/README.md``); here they are only said to people. Every text is
marked for translation with ``N_`` and translated where it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from disengage.domain.case import TaskKind, TaskState
from disengage.domain.checks import Verdict
from disengage.domain.effects import Effect
from disengage.domain.evidence import Proof
from disengage.domain.findings import Severity
from disengage.domain.lifecycle import CaseState, StepState, WaitsFor
from disengage.domain.request import Reason, RequestKind
from disengage.domain.rights import Right, Role
from disengage.domain.verbs import Mode, Provenance, Verb
from disengage.web import platformwords, recordwords
from disengage.web.saying import N_, Said

if TYPE_CHECKING:
    from disengage.web.wording import Wording


CASE_STATE = {
    CaseState.PLANNED: Said(N_("Planned"), N_("The plan stands; not enough people have approved it yet.")),
    CaseState.APPROVED: Said(N_("Approved"), N_("The plan is approved; nothing waits and nothing runs just now.")),
    CaseState.RUNNING: Said(N_("Running"), N_("A step is being done at this moment.")),
    CaseState.WAITING: Said(N_("Waiting"), N_("Steps wait for a date, a person, a platform or the gate.")),
    CaseState.ATTENTION: Said(N_("Needs attention"), N_("Somebody has to decide before it can go on.")),
    CaseState.CLOSED: Said(N_("Closed"), N_("Every step is finished.")),
    CaseState.CANCELLED: Said(N_("Cancelled"), N_("It was called off. What was done before stays done.")),
}

STEP_STATE = {
    StepState.PLANNED: Said(N_("Not begun"), N_("The step has its turn later.")),
    StepState.WAITING: Said(N_("Waiting"), N_("The step cannot go on before something happens.")),
    StepState.RUNNING: Said(N_("Running"), N_("The step is being done at this moment.")),
    StepState.DONE: Said(N_("Done"), N_("The step is finished.")),
    StepState.SKIPPED: Said(N_("Left out"), N_("Nothing was needed, or a person left the step out.")),
    StepState.REFUSED: Said(N_("Refused"), N_("The platform or a person said no. Somebody has to decide.")),
    StepState.FAILED: Said(N_("Failed"), N_("The step could not go on. Somebody has to decide.")),
}

TASK_STATE = {
    TaskState.OPEN: Said(N_("Open"), N_("Somebody has to do this.")),
    TaskState.DONE: Said(N_("Done"), N_("Somebody did this and said so.")),
    TaskState.DECLINED: Said(N_("Declined"), N_("Somebody said that this will not be done.")),
}

TASK_KIND = {
    TaskKind.DO: Said(N_("To do"), N_("A step that a person does on the platform.")),
    TaskKind.FIND_OUT: Said(N_("To find out"), N_("Nobody knows whether a step happened. Look on the platform.")),
    TaskKind.DECIDE: Said(N_("To decide"), N_("A step was refused or failed. Say what becomes of it.")),
}

PROOF = {
    Proof.VERIFIED: Said(N_("Verified"), N_("The platform was read afterwards and shows it.")),
    Proof.RECEIPT: Said(N_("Receipt"), N_("The platform answered that it did it. Nobody has seen it there.")),
    Proof.STATED: Said(N_("Stated by a person"), N_("A person says so. The program has not seen it.")),
}

EFFECT = {
    Effect.REVERSIBLE: Said(N_("Can be undone"), N_("What this step does can be taken back on the platform.")),
    Effect.IRREVERSIBLE: Said(N_("Cannot be undone"), N_("Nothing takes back what this step does.")),
    Effect.DESTROYS_DATA: Said(N_("Destroys data"), N_("Data is deleted on the platform.")),
    Effect.REMOVES_OUR_ACCESS: Said(N_("Removes our access"), N_("Afterwards the firm cannot open this client there.")),
    Effect.NOTIFIES_CLIENT: Said(N_("Notifies the client"), N_("The platform writes to the client.")),
    Effect.COSTS_MONEY: Said(N_("Costs money"), N_("The platform sends a bill for it.")),
    Effect.IMMEDIATE: Said(N_("At once"), N_("It takes effect as soon as it is done.")),
    Effect.DATED: Said(N_("On a date"), N_("It takes effect on a date that is set.")),
}

SEVERITY = {
    Severity.BLOCKER: Said(N_("Blocker"), N_("The case does not run while this is open.")),
    Severity.WARNING: Said(N_("Warning"), N_("The case runs; somebody should look at this first.")),
    Severity.NOTICE: Said(N_("Notice"), N_("Good to know; nothing has to be done.")),
}

MODE = {
    Mode.AUTOMATIC: Said(N_("Automatic"), N_("The program does it through the platform's interface.")),
    Mode.BY_HAND: Said(N_("By hand"), N_("A person does it; the program gives the instructions.")),
    Mode.NOT_NEEDED: Said(N_("Not needed"), N_("The platform has nothing of its own for this.")),
}

PROVENANCE = {
    Provenance.DOCUMENTED: Said(N_("Documented"), N_("A page of the vendor describes it.")),
    Provenance.OBSERVED: Said(N_("Observed"), N_("It was seen in working code of others; the vendor does not say.")),
    Provenance.ASSUMED: Said(N_("Assumed"), N_("Nobody has shown that it is so.")),
}

VERB = {
    Verb.RETAIN_HISTORY: Said(N_("Retain the history"), N_("The firm's own copy is written into the vault.")),
    Verb.TRANSFER_ADMIN: Said(N_("Hand over administration"), N_("The client's own person becomes administrator.")),
    Verb.REMOVE_EXTENSIONS: Said(N_("Remove our integrations"), N_("The firm's own integrations leave the client.")),
    Verb.SETTLE_BILLING: Said(N_("Settle billing"), N_("Subscription and route of the invoices are put right.")),
    Verb.END_ACCESS: Said(N_("End our access"), N_("The firm's users lose access, now or on a date.")),
    Verb.ARCHIVE: Said(N_("Archive the client"), N_("The client goes to the firm's archive list.")),
    Verb.SEVER_LINK: Said(N_("Sever the link"), N_("The tie between firm and client is cut.")),
    Verb.ACTIVATE: Said(N_("Activate the client"), N_("The client is activated at the new firm.")),
    Verb.INVITE_BACK: Said(N_("Invite back"), N_("A new invitation; severing is never undone.")),
}

WAITS_FOR = {
    WaitsFor.DATE: Said(N_("Waits for its date"), N_("Nothing happens before that day.")),
    WaitsFor.PERSON: Said(N_("Waits for a person"), N_("A task is open; it goes on when the task is answered.")),
    WaitsFor.PLATFORM: Said(N_("Waits for the platform"), N_("The platform is asked again by itself.")),
    WaitsFor.STEP: Said(N_("Waits for an earlier step"), N_("It goes on when the steps before it are finished.")),
    WaitsFor.APPROVAL: Said(N_("Waits for approval"), N_("Enough people have to approve the plan.")),
    WaitsFor.GATE: Said(N_("Waits at the gate"), N_("Approvals, copies and hand-overs of the case come first.")),
}

ROLE = {
    Role.VIEWER: Said(N_("Viewer"), N_("Looks at everything but the archive.")),
    Role.OPERATOR: Said(N_("Operator"), N_("Asks for endings, answers tasks, steers steps.")),
    Role.APPROVER: Said(N_("Approver"), N_("Approves plans.")),
    Role.ARCHIVIST: Said(N_("Archivist"), N_("Opens bags, hands histories over, holds and destroys what is kept.")),
    Role.ADMINISTRATOR: Said(N_("Administrator"), N_("Lets people in and out, gives roles, tries connections.")),
}

RIGHT = {
    Right.SEE: Said(N_("See"), N_("Look at cases, tasks, dates, connections and what is kept; open no bag.")),
    Right.OPERATE: Said(N_("Operate"), N_("Ask for endings, answer tasks, steer steps, write papers.")),
    Right.APPROVE: Said(N_("Approve"), N_("Approve plans.")),
    Right.ARCHIVE: Said(N_("Archive"), N_("Open bags, hand histories over, hold and destroy what is kept.")),
    Right.ADMINISTER: Said(N_("Administer"), N_("Let people in and out, give roles, try connections.")),
}

REASON = {
    Reason.MOVED_TO_OTHER_FIRM: Said(N_("Moves to another firm")),
    Reason.CLIENT_STOPPED: Said(N_("The client's business ceases")),
    Reason.FIRM_RESIGNED: Said(N_("The firm has resigned")),
    Reason.MERGED: Said(N_("The client merges with another")),
    Reason.OTHER: Said(N_("Another reason")),
}

REQUEST_KIND = {
    RequestKind.ENDING: Said(N_("Ending"), N_("The relationship with the client ends.")),
    RequestKind.TAKEOVER: Said(N_("Takeover"), N_("The client comes from another firm.")),
}

VERDICT = {
    Verdict.SOUND: Said(N_("No fault found"), N_("The content was checked and holds together.")),
    Verdict.WRONG: Said(N_("Faults found"), N_("The content was checked and does not hold together.")),
    Verdict.NOT_CHECKED: Said(N_("Not checked"), N_("The content could not be checked; it may be complete or not.")),
}

#: The groups of words, by the names under which templates ask for them.
GROUPS: dict[str, Mapping[Any, Said]] = {
    "case_state": CASE_STATE,
    "step_state": STEP_STATE,
    "task_state": TASK_STATE,
    "task_kind": TASK_KIND,
    "proof": PROOF,
    "effect": EFFECT,
    "severity": SEVERITY,
    "mode": MODE,
    "provenance": PROVENANCE,
    "verb": VERB,
    "waits_for": WAITS_FOR,
    "role": ROLE,
    "right": RIGHT,
    "reason": REASON,
    "request_kind": REQUEST_KIND,
    "verdict": VERDICT,
    "holder": platformwords.HOLDER,
    "field": platformwords.FIELD,
    "part": platformwords.PART,
    "scope": platformwords.SCOPE,
    "scheme": platformwords.SCHEME,
    "bring": platformwords.BRING,
    "event": recordwords.EVENT,
    "evidence": recordwords.EVIDENCE,
    "paper": recordwords.PAPER,
    "recipient": recordwords.RECIPIENT,
    "pack": recordwords.PACK,
    "document_class": recordwords.DOCUMENT_CLASS,
    "regime": recordwords.REGIME,
    "duty": recordwords.DUTY,
    "trigger": recordwords.TRIGGER,
    "basis": recordwords.BASIS,
}
#: Which group a state is looked for in; "planned" of a step is not "planned" of a case.
_STATES: dict[type[str], str] = {CaseState: "case_state", StepState: "step_state", TaskState: "task_state"}
#: Every state by its word, of whatever it is the state.
STATES: dict[str, Said] = {str(word): how for name in reversed(_STATES.values()) for word, how in GROUPS[name].items()}


def said(group: str, word: str) -> Said:
    """Return how a word is said; a word of a plugin that nobody described is said as it is, without its underscores."""
    if group == "state":
        group = _STATES.get(type(word), "")
        group = group or next((name for name in _STATES.values() if word in GROUPS[name]), "case_state")
    known = GROUPS.get(group, {}).get(str(word))
    return known or Said(str(word).replace("_", " ").replace("-", " "))


def labels(wording: Wording) -> dict[str, Callable[[str, str], str]]:
    """Return ``label(group, word)`` and ``explained(group, word)`` in one language."""
    return {
        "label": lambda group, word: wording.gettext(said(group, word).label),
        "explained": lambda group, word: wording.gettext(said(group, word).title) if said(group, word).title else "",
    }
