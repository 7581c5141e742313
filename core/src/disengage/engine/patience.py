"""How long to wait before trying, or looking, again; minutes to days, growing, with an end."""

from __future__ import annotations

from datetime import datetime, timedelta

from disengage.domain.case import Step

#: Between tries that failed, by how many failed in a row.
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)
#: So often a lost answer is looked into within seconds; after that it waits like any other failure.
QUICK_LOOKS = 2
#: A step that could not be done for so long fails.
GIVE_UP = timedelta(days=14)
#: A step that the platform accepted, but did not show in so long, fails.
OVERDUE = timedelta(days=45)
#: Longest pause between two looks at an accepted step.
LONGEST_LOOK = timedelta(hours=24)
#: Shortest pause between two looks, whatever the connector says.
SHORTEST_LOOK = timedelta(seconds=1)
#: After so many looks even the shortest pause has grown to the longest.
_ENOUGH_LOOKS = 30
#: Between two looks at what somebody at the platform was asked for, the first; they grow like all others.
SUPPORT_LOOK = timedelta(hours=1)
#: Until a person is asked again whether support has done it.
SUPPORT_AGAIN = timedelta(days=7)
#: Between the asking and the first reminder, and between reminders.
REMIND_EVERY = timedelta(days=14)
#: Between two looks at a case that is closed.
WATCH_EVERY = timedelta(days=1)
#: After so many failures in a row, of whatever step, a connection is down. One that refuses our credentials is at once.
DOWN_AFTER = 3
#: How long a connection that is down is left alone before one step tries it again, by how often that failed.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
#: How long one step has for trying a connection that is down, before another may.
PROBE = timedelta(minutes=2)


def back_off(failures: int, retry_after: float | None) -> timedelta:
    """Return the pause after ``failures`` in a row; what the platform asked for, if it did and that can be waited."""
    if retry_after is not None and retry_after >= 0:
        return timedelta(seconds=min(retry_after, GIVE_UP.total_seconds()))
    return BACK_OFF[min(failures, len(BACK_OFF)) - 1]


def look_again(first: timedelta, looks: int) -> timedelta:
    """Return the pause before look number ``looks`` (from 0) at something accepted; half as long again each time."""
    if first >= LONGEST_LOOK:
        return min(first, OVERDUE)
    growth = 1.5 ** min(looks, _ENOUGH_LOOKS)
    return timedelta(seconds=min(max(first, SHORTEST_LOOK).total_seconds() * growth, LONGEST_LOOK.total_seconds()))


def gave_up(step: Step, now: datetime) -> bool:
    """Return whether the step has been tried for too long."""
    return step.first_tried is not None and now - step.first_tried > (OVERDUE if step.accepted else GIVE_UP)


def outage(failures: int, since: datetime | None, now: datetime, *, at_once: bool) -> tuple[datetime | None, datetime]:
    """Return since when a connection is down, and until when it is left alone.

    Args:
        failures: How often it failed in a row.
        since: Since when it was down before; None: it was not.
        now: The moment.
        at_once: Whether one failure is enough (our credentials were refused).
    """
    if since is None and failures < DOWN_AFTER and not at_once:
        return None, now
    tries = failures - (1 if at_once else DOWN_AFTER)
    return since or now, now + PAUSES[min(max(tries, 0), len(PAUSES) - 1)]
