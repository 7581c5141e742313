"""The command ``daemon``: signals, the service manager, health and the inbox around the worker that stays."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import structlog

from disengage import __version__
from disengage.cli.ending import Exit, code_of
from disengage.cli.logs import set_up
from disengage.cli.planning import code_after_plan
from disengage.cli.systemd import ServiceManager
from disengage.cli.telemetry import traces
from disengage.engine.daemon import NAP, Daemon, Stopped
from disengage.engine.duties import Duty
from disengage.engine.inbox import Answer, Inbox, refusal
from disengage.engine.planall import plan_all
from disengage.engine.timestamps import daily
from disengage.engine.view import case_json
from disengage.engine.workplace import Workplace
from disengage.errors import DisengageError, StoreError
from disengage.requests import read_requests
from disengage.settings import load

log = structlog.get_logger("disengage.daemon")

#: Between two looks into the inbox, in seconds; a file is taken at the second look that finds it unchanged.
LOOKS_INTO_INBOX = 1.0
#: Between two looks whether the end of the event log is to be stamped again.
LOOKS_FOR_STAMPS = 600.0
#: Seconds beyond ``daemon.stop_seconds`` after which the process ends, whatever hangs in it.
GRACE = 3.0


def serve(config: Path | None, *, once: bool, health_port: int | None, web: bool = False) -> None:
    """Work until told to stop; with ``once``, until nothing is due.

    Args:
        config: The configuration file.
        once: Whether to end as soon as nothing is due.
        health_port: Where health is served; None: as configured.
        web: Whether the pages are served meanwhile.

    Raises:
        ConfigurationError: The configuration cannot be used.
        StoreError: The store cannot be used, or another process works on it.
    """
    settings = load(config)
    set_up(settings.daemon.log, "info")
    manager = ServiceManager()
    with ExitStack() as stack:
        stack.enter_context(traces(settings))
        workplace = stack.enter_context(Workplace(settings, create=True))
        daemon = Daemon(workplace, turned=manager.alive)
        daemon.rota.add(*_duties(workplace, daemon))
        told = stack.enter_context(_signals(daemon))
        port = settings.daemon.health_port if health_port is None else health_port

        def ready() -> None:
            if port and not once:
                _serve_health(stack, daemon, port)
            if web:
                _serve_pages(stack, workplace)
            _say_hello(daemon)
            manager.tell(READY="1", STATUS=f"Working on {workplace.store.url} as {daemon.place}.")

        loop = _Aside(lambda: _work(daemon, ready, once=once))
        over = False
        while not over:
            over = loop.ended(within=NAP)
            if told:  # also where it ended at once
                manager.tell(STOPPING="1", STATUS="Finishing running steps.")
                _end_for_certain(settings.daemon.stop_seconds + GRACE)
                told.clear()
        loop.raise_what_it_raised()
    log.info("stopped")


def _work(daemon: Daemon, ready: Callable[[], None], *, once: bool) -> None:
    if once:
        with suppress(Stopped):
            daemon.once(ready)
    else:
        daemon.run(ready)


class _Aside:
    """A call on a thread of its own: the main thread stays free for signals, whatever holds up the call."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._raised: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="loop")
        self._thread.start()

    def _run(self) -> None:
        try:
            self._call()
        except BaseException as error:  # noqa: BLE001 -- raised again on the main thread
            self._raised = error

    def ended(self, *, within: float) -> bool:
        """Return whether it has ended, after so many seconds at the latest."""
        self._thread.join(within)
        return not self._thread.is_alive()

    def raise_what_it_raised(self) -> None:
        """Raise what ended it, if anything did."""
        if self._raised is not None:
            raise self._raised


def _say_hello(daemon: Daemon) -> None:
    settings, registry = daemon.workplace.settings, daemon.workplace.registry
    log.info(
        "started",
        version=__version__,
        pid=os.getpid(),
        store=daemon.workplace.store.url,
        place=daemon.place,
        connections=sorted(settings.connections),
        not_usable=sorted(set(settings.connections) - set(registry.connections)),
        duties=[duty.name for duty in daemon.rota.duties],
    )


# --- health


def _serve_health(stack: ExitStack, daemon: Daemon, port: int) -> None:
    from disengage.cli.health import Health, HealthServer  # loaded only where it is asked for

    server = HealthServer(Health(daemon), port)
    stack.callback(server.close)


def _serve_pages(stack: ExitStack, workplace: Workplace) -> None:
    from disengage.cli.serving import first_address, served  # loaded only where it is asked for

    server = served(stack, workplace)
    log.info("pages_served", url=workplace.settings.web.base_url or server.url)
    first = first_address(workplace, server)
    if first:
        log.warning("nobody_can_come_in_yet", first_person_comes_in_here=first)


# --- signals


@contextmanager
def _signals(daemon: Daemon) -> Iterator[list[int]]:
    """Stop at the first SIGTERM or SIGINT, leave at the second, and ignore SIGHUP: nothing is read anew.

    Yields:
        The signals that asked to stop.
    """
    told: list[int] = []

    def stop(number: int, frame: Any) -> None:  # noqa: ARG001 -- the signal's signature
        if daemon.stopping:
            os._exit(int(Exit.NOT_FINISHED))
        daemon.stop()
        told.append(number)

    before = {name: signal.signal(name, stop) for name in (signal.SIGTERM, signal.SIGINT)}
    if not sys.stderr.isatty():  # where there is a terminal, its end is ours too
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield told
    finally:
        if not daemon.stopping:
            for name, handler in before.items():
                signal.signal(name, handler)


def _end_for_certain(seconds: float) -> None:
    """End the process after so long, whatever hangs: the next start takes up what did not finish."""
    last = threading.Timer(seconds, os._exit, [int(Exit.DONE)])
    last.daemon = True
    last.start()


# --- duties


def _duties(workplace: Workplace, daemon: Daemon) -> list[Duty]:
    """Return what is done besides the steps."""
    duties = []
    if workplace.settings.daemon.inbox:
        folder = workplace.settings.folder / workplace.settings.daemon.inbox
        inbox = Inbox(
            folder, workplace.store, lambda: daemon.place, lambda file: _planned(workplace, file), daemon.rota.over
        )
        duties.append(Duty("inbox", LOOKS_INTO_INBOX, inbox.look))
    if workplace.settings.timestamps.url:
        duties.append(Duty("timestamps", LOOKS_FOR_STAMPS, daily(workplace)))
    return duties


def _planned(workplace: Workplace, file: Path) -> Answer:
    """Do with a file of the inbox as ``disengage plan`` does."""
    try:
        cases = plan_all(workplace, [(where.replace(str(file), file.name), r) for where, r in read_requests([file])])
    except StoreError:
        raise  # the file is not at fault; it is planned once the store can be used
    except DisengageError as error:
        error.message = error.message.replace(str(file), file.name)
        return refusal(error, code_of(error))
    except Exception as error:  # noqa: BLE001 -- a border: what a file brings about must not keep back the others
        kind = type(error).__name__
        return refusal(DisengageError(f"{file.name}: this is a fault of disengage itself ({kind})."), Exit.OUR_FAULT)
    document = {"cases": [case_json(case) for case in cases], "exit_code": int(code_after_plan(cases))}
    return Answer(document=document, taken=True)
