"""What the tests of the core and of all plugins share."""

import pytest
import structlog


@pytest.fixture(autouse=True)
def _logs_as_they_come() -> None:
    """Undo what a command that ran inside this process made of the logs."""
    structlog.reset_defaults()
