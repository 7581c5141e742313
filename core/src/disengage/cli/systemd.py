"""Tell the service manager how it goes: systemd's sd_notify protocol, a datagram to a socket of its own.

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress


class ServiceManager:
    """Whoever started this process and listens at ``$NOTIFY_SOCKET``; without one, nothing is sent.

    Args:
        environment: The process's environment.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._every = _watchdog_seconds(environment) / 2
        self._fed = float("-inf")

    def tell(self, **states: str) -> None:
        """Send states, such as ``READY="1"``. A manager that does not listen holds nothing up."""
        if not self._address:
            return
        message = "\n".join(f"{name}={value}" for name, value in states.items())
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as outlet:
            outlet.setblocking(False)
            outlet.sendto(message.encode(), self._address)

    def alive(self) -> None:
        """Feed the watchdog, if there is one and half of its time is over. To be called by what has to be alive."""
        if self._every and time.monotonic() - self._fed >= self._every:
            self._fed = time.monotonic()
            self.tell(WATCHDOG="1")


def _watchdog_seconds(environment: Mapping[str, str]) -> float:
    """Return within how many seconds the watchdog wants to be fed; 0 where there is none for this process."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0
    microseconds = environment.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1_000_000 if microseconds.isdecimal() else 0
