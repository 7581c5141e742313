from __future__ import annotations

import ast
import inspect
from pathlib import Path

from disengage.http import HttpClient

ROOT = Path(__file__).parents[2]
KIT = ROOT / "core/src/disengage/http"


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def test_only_the_kit_imports_the_http_library_and_the_retry_library():
    sources = [*ROOT.glob("core/src/**/*.py"), *ROOT.glob("plugins/*/src/**/*.py")]
    assert len(sources) > len(list(KIT.glob("*.py")))
    guilty = [f for f in sources if KIT not in f.parents and imported(f) & {"httpx", "httpcore", "tenacity"}]
    assert [str(file.relative_to(ROOT)) for file in guilty] == []


def test_no_parameter_switches_the_check_of_certificates_off():
    parameters = set(inspect.signature(HttpClient).parameters)
    assert not {name for name in parameters if "verify" in name or "tls" in name or "ssl" in name or "proxy" in name}
