"""What goes wrong, in one shape: RFC 9457, ``application/problem+json``."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class Flaw(BaseModel):
    """One field of a request that cannot be."""

    field: str = Field(examples=["limit"])
    message: str = Field(examples=["Input should be less than or equal to 500"])


class ProblemDetails(BaseModel):
    """An answer that tells what went wrong (RFC 9457)."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["no company has this CNPJ"])
    instance: str = Field(examples=["/company/11222333000181"])
    request_id: str = Field(description="As in the logs and in X-Request-Id.")
    errors: list[Flaw] | None = Field(None, description="Per field, for 422.")


NOT_BUILT = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.InvalidSchemaName,
)
ANYWHERE = (400, 414, 422, 429, 503)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a router whose routes may have these problems, beside the usual."""
    return dict.fromkeys(sorted({*statuses, *ANYWHERE}), {"model": ProblemDetails})


class Problem(Exception):  # noqa: N818 (the term of RFC 9457)
    """Raised anywhere below a route, it becomes the answer."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: list[dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ):
        self.status, self.detail, self.errors, self.headers = status, detail, errors, headers
        self.members: dict[str, str] = {}  # more that the answer says


def flawed(field: str, message: str) -> Problem:
    """422, with the one field that is wrong."""
    return Problem(422, f"{field}: {message}", errors=[{"field": field, "message": message}])


def respond(request: Request, problem: Problem) -> JSONResponse:
    """The answer that a problem becomes."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.url.path,
        "request_id": request.scope.get("request_id", ""),
    }
    body |= problem.members
    if problem.errors:
        body["errors"] = problem.errors
    headers = {"Cache-Control": "no-store", **(problem.headers or {})}
    return JSONResponse(body, problem.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let everything that goes wrong be answered, and documented, in this shape."""
    documented = app.openapi

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            operations = (o for path in documented()["paths"].values() for o in path.values())
            for answers in (operation["responses"] for operation in operations):
                for status, described in answers.items():
                    if status >= "400" and (shapes := described.get("content")):
                        described["content"] = {MEDIA_TYPE: shapes.popitem()[1]}
        return app.openapi_schema

    app.openapi = openapi

    @app.exception_handler(Problem)
    async def of_ours(request: Request, error: Problem) -> JSONResponse:
        return respond(request, error)

    @app.exception_handler(HTTPException)
    async def of_routing(request: Request, error: HTTPException) -> JSONResponse:
        return respond(
            request, Problem(error.status_code, str(error.detail), headers=error.headers)
        )

    @app.exception_handler(RequestValidationError)
    async def of_validation(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            {"field": ".".join(str(part) for part in each["loc"][1:]) or each["loc"][0],
             "message": each["msg"].removeprefix("Value error, ")}
            for each in error.errors()
        ]  # fmt: skip
        detail = "; ".join(f"{each['field']}: {each['message']}" for each in errors)
        return respond(request, Problem(422, detail, errors=errors))

    @app.exception_handler(psycopg.Error)
    async def of_database(request: Request, error: psycopg.Error) -> JSONResponse:
        return respond(request, translated(error))


def translated(error: psycopg.Error) -> Problem:
    """What an error of the database is to a client. Raises it again when it is a defect of ours."""
    wait = {"Retry-After": "5"}
    if isinstance(error, psycopg.errors.QueryCanceled):
        return Problem(504, "the query took too long: ask for less")
    if isinstance(error, NOT_BUILT):
        return Problem(503, "the marts are not built, or an older way: run dbt build", headers=wait)
    if isinstance(error, psycopg.OperationalError):  # so is the pool's timeout
        return Problem(503, "the database cannot be reached now", headers=wait)
    if isinstance(error, psycopg.DataError):
        return Problem(422, "a value is none that the database could hold")
    raise error
