"""What the API says when it refuses."""

from typing import Any


class Refusal(Exception):  # noqa: N818
    """An answer that is an error: its status and its body."""

    def __init__(self, status: int, body: dict[str, Any]):
        super().__init__(status, body)
        self.status = status
        self.body = body


def refusal(status: int, error: str, message: str) -> Refusal:
    """In the API's usual envelope."""
    return Refusal(status, {"message": message, "error": error, "status": status, "cause": []})


def invalid_grant() -> Refusal:
    return Refusal(
        400,
        {
            "error_description": "Error validating grant. Your authorization code or refresh token"
            " may be expired or it was already used",
            "error": "invalid_grant",
            "status": 400,
            "cause": [],
        },
    )


def forbidden() -> Refusal:
    """The app is not allowed."""
    return refusal(403, "forbidden", "forbidden")


def access_denied() -> Refusal:
    """The resource is someone else's."""
    message = "access to the requested resource is forbidden"
    return Refusal(
        403, {"status": 403, "error": "access_denied", "message": message, "code": "FORBIDDEN"}
    )


def policy() -> Refusal:
    """The app, the account or the address is blocked."""
    return Refusal(
        403,
        {
            "message": "At least one policy returned UNAUTHORIZED.",
            "code": "PA_UNAUTHORIZED_RESULT_FROM_POLICIES",
            "status": 403,
            "blocked_by": "PolicyAgent",
        },
    )


def invalid_scopes() -> Refusal:
    """The app lacks a functional scope."""
    return Refusal(403, {"status": 403, "error": "Invalid scopes", "code": "FORBIDDEN"})


def not_found(what: str) -> Refusal:
    return refusal(404, "not_found", f"{what} not found")


def bad_request(message: str) -> Refusal:
    return refusal(400, "bad_request", message)


def too_many_requests() -> Refusal:
    return refusal(429, "local_rate_limited", "Too many requests")
