"""Run ``disengage`` as the first process of a container.

The kernel keeps from a first process every signal that it does not catch. ``disengage daemon`` catches SIGTERM and
SIGINT once it has started; until then, this has them end the process, as they end any other.
"""

import os
import signal
import sys

for _number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(_number, lambda number, _: os._exit(128 + number))

from disengage.cli import main  # noqa: E402 -- takes a second, and the signals must not wait

sys.argv[0] = "disengage"  # as the help pages call it
main()
