"""The firm whose API is called."""

from __future__ import annotations

from tests.web.conftest import firm, new_firm, no_waiting_for_reads

__all__ = ["firm", "new_firm", "no_waiting_for_reads"]
