"""The HTTP kit for connectors: the only place that knows how a call is made, repeated, limited and logged."""

from disengage.http import paging
from disengage.http.answer import Answer
from disengage.http.auth import Basic, Bearer, HeaderToken
from disengage.http.client import HttpClient
from disengage.http.grants import Granted, authorise
from disengage.http.limits import MemoryLimiter, SharedLimiter, limiter_for
from disengage.http.refresh import RefreshToken
from disengage.http.retry import Patience
from disengage.http.tokens import ClientCredentials

__all__ = [
    "Answer",
    "Basic",
    "Bearer",
    "ClientCredentials",
    "Granted",
    "HeaderToken",
    "HttpClient",
    "MemoryLimiter",
    "Patience",
    "RefreshToken",
    "SharedLimiter",
    "authorise",
    "limiter_for",
    "paging",
]
