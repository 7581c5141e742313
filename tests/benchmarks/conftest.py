"""Let the tests import the package of the benchmarks, which is run from the repository's root and never installed."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent.parent)

if ROOT not in sys.path:
    sys.path.append(ROOT)
