"""Signing in: a name and a password for a token."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import OAuth2PasswordRequestForm
from pydantic import BaseModel, Field

from serving.api.access import address_of
from serving.api.problems import Problem, documented
from serving.users import LONGEST_PASSWORD, hasher

router = APIRouter(tags=["access"], responses=documented(401))

# Checked when there is no such user, so that both take the same time.
NOBODY = hasher.hash("nobody has this password")


class Token(BaseModel):
    """What a client sends as ``Authorization: Bearer …``."""

    access_token: str
    token_type: str = Field("bearer", examples=["bearer"])
    expires_in: int = Field(description="Seconds.", examples=[3600])
    scope: str = Field(examples=["read write"])


@router.post("/token", summary="Sign in")
async def token(request: Request, form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Token:
    """A token for all scopes of the user, or for those that are asked for."""
    state = request.app.state
    await state.login_throttle.admit(address_of(request))
    query = "select user_id, password_hash, scopes from api_user where name = %(name)s"
    async with state.database.writing() as connection:
        row = await (await connection.execute(query, {"name": form.username})).fetchone()
    user_id, known, granted = row or (None, NOBODY, [])
    password = form.password[:LONGEST_PASSWORD]
    is_right = await run_in_threadpool(hasher.verify, password, known)
    if user_id is None or not is_right:
        raise Problem(401, "name or password is wrong", headers={"WWW-Authenticate": "Bearer"})
    scopes = frozenset(granted).intersection(form.scopes or granted)
    return Token(
        access_token=state.tokens.issue(user_id, scopes),
        expires_in=state.tokens.seconds,
        scope=" ".join(sorted(scopes)),
    )
