"""Operations: what programs act with. A token is made by a person on the pages; no token makes another one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query

from disengage.domain.rights import Right
from disengage.engine.view import moment
from disengage.errors import NotAllowedError, NotThereError
from disengage.store.apitokens import ApiToken
from disengage.web.access.tokens import Tokens
from disengage.web.api.call import Call, Caller
from disengage.web.api.models import people as told
from disengage.web.api.operations import Operations

operations = Operations("Tokens")

TokenId = Annotated[str, Path(pattern=r"^t-[0-9a-f]{12}$", description="The token's id.")]
Everybody = Annotated[bool, Query(description="Of everybody; it takes the right to administer.")]


@operations.get("/tokens", Right.SEE, told.TokenList)
def list_tokens(call: Caller, everybody: Everybody = False) -> dict[str, Any]:
    """List your tokens, the latest first; none of them can be shown again."""
    tokens = Tokens(call.workplace)
    if everybody and not call.person.may(Right.ADMINISTER):
        raise NotAllowedError(
            "You may not see the tokens of others: it takes the right 'administer'.", remedy="List your own."
        )
    found = tokens.all() if everybody else tokens.of(call.person)
    return {"tokens": [_told(call, token) for token in found]}


@operations.post("/tokens/{token}/revoke", Right.SEE, told.Token)
def revoke_token(call: Caller, token: TokenId) -> dict[str, Any]:
    """Let nobody in with a token any more: one of yours, or as an administrator anybody's."""
    tokens = Tokens(call.workplace)
    tokens.revoke(token, call.person)
    for found in (*tokens.of(call.person), *tokens.all()):
        if found.id == token:
            return _told(call, found)
    raise NotThereError("There is no such token.", remedy="See which there are at /tokens.")


def _told(call: Call, token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "person": token.person,
        "label": token.label,
        "scopes": sorted(token.scopes),
        "made_at": moment(token.made_at),
        "expires_at": moment(token.expires_at),
        "last_used": moment(token.last_used) if token.last_used else None,
        "revoked_at": moment(token.revoked_at) if token.revoked_at else None,
        "opens": token.opens(call.workplace.now()),
    }
