"""The API as an application of its own, below ``/api/v1`` of the site."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from disengage.web.api import problems
from disengage.web.api.document import document, extra
from disengage.web.api.guard import Guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disengage.web.api.operations import Operation
    from disengage.web.site import Site

#: The modules of operations; each has ``operations``.
RESOURCES = ("about", "cases", "planning", "steering", "tasks", "evidence", "papers", "handovers", "retention", "dates",
             "connections", "people", "tokens")  # fmt: skip

#: What is called and how often is nobody's business but the firm's, whose own log tells it.
_SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}


def operations() -> Iterator[Operation]:
    """Yield every operation of the API."""
    for name in RESOURCES:
        yield from import_module(f"disengage.web.api.{name}").operations


def api(site: Site | None) -> FastAPI:
    """Return the API of a site.

    Args:
        site: The site; None: the API is only to be described.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=_SILENT)
    app.state.site = site
    app.state.operations = {operation.name: operation for operation in operations()}
    for operation in app.state.operations.values():
        _add(app, operation)
    app.add_exception_handler(HTTPException, _not_there)
    app.openapi = lambda: document(app, app.state.operations)  # type: ignore[method-assign]  # as FastAPI documents it
    return app


def described() -> dict[str, Any]:
    """Return the document of the API."""
    return api(None).openapi()


def _add(app: FastAPI, operation: Operation) -> None:
    more: dict[str, Any] = {"response_class": Response} if operation.file else {}
    app.router.add_api_route(
        operation.path,
        operation.answer,
        methods=[operation.method],
        name=operation.name,
        operation_id=operation.name,
        response_model=operation.model,
        response_model_exclude_unset=True,
        status_code=operation.status,
        tags=[operation.tag],
        response_description="Done." if operation.changes else "The answer.",
        route_class_override=Guarded,
        openapi_extra=extra(operation),
        **more,
    )


async def _not_there(request: Request, error: Exception) -> Response:  # noqa: ARG001 - Starlette's signature
    assert isinstance(error, HTTPException)
    return problems.not_there(error)
