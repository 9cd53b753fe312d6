"""What the app and its accounts may do, as far as it is known."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingestion.mercadolivre.capabilities import Capabilities
from ingestion.mercadolivre.extract import RESOURCES
from ingestion.mercadolivre.oauth import Account, Accounts
from ingestion.mercadolivre.settings import Settings
from warehouse import Warehouse
from warehouse.secrets import Vault


@dataclass(frozen=True)
class Diagnosis:
    """Accounts, the capability matrix as printable rows, and what the user must mend."""

    accounts: list[Account]
    matrix: list[tuple] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    MATRIX = ("account", "endpoint", "needed for", "may", "answer", "checked (UTC)")


def diagnose(state: Warehouse, settings: Settings, vault: Vault) -> Diagnosis:
    """Look at what is stored; asks the API nothing."""
    accounts = Accounts(state, settings, vault).list()
    problems = [
        f"account {account.user_id} must sign in again: armazem auth mercadolivre"
        for account in accounts
        if account.status != "authorised"
    ]
    matrix = [
        (
            str(row["user_id"] or "the app"),
            row["endpoint"],
            ", ".join(_needing(row["endpoint"])),
            "yes" if row["is_allowed"] else "no",
            f"{row['http_status']} {row['error_code']}".strip(),
            f"{row['checked_at']:%Y-%m-%d %H:%M}",
        )
        for row in Capabilities(state, settings.client_id).rows()
    ]
    return Diagnosis(accounts, matrix, problems)


def _needing(endpoint: str) -> Iterator[str]:
    return (name for name, resource in RESOURCES.items() if endpoint in resource.endpoints)
