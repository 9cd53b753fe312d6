"""Loading the code lists, against the simulated publishers and all that goes wrong there."""

import pytest
import sqlalchemy as sa
from commands import run

from ingestion.reference import Settings, settings
from ingestion.reference.load import load
from ingestion.reference.source import COLUMNS
from simulators.cnpj import World
from simulators.reference import Fault, Server
from warehouse import UserError
from warehouse.dead_letters import letters
from warehouse.ledger import entries

WORLD = World(companies=2)
ATTEMPTS = 3


@pytest.fixture
def publishers():
    with Server(WORLD) as made:
        yield made


def settings_of(publishers: Server) -> Settings:
    found = Settings()
    found.ibge_url, found.tabmun_url = publishers.ibge_url, publishers.tabmun_url
    found.attempts, found.backoff_seconds, found.timeout_seconds = ATTEMPTS, 0.001, 5
    return found


def contents(warehouse) -> dict[str, list[tuple]]:
    with warehouse.begin() as connection:
        return {
            name: sorted(
                map(
                    tuple,
                    connection.execute(
                        sa.text(f"select {', '.join(columns)} from raw_reference.{name}")
                    ),
                )
            )
            for name, columns in COLUMNS.items()
        }


def ledger(warehouse) -> dict[str, tuple[int, ...]]:
    """Of the newest load, per list: rows of the source, loaded, deduplicated, dead-lettered."""
    found = entries(warehouse, "reference")
    counted = ("source_rows", "loaded_rows", "deduplicated_rows", "dead_lettered_rows")
    newest = [entry for entry in found if entry["load_id"] == found[-1]["load_id"]]
    return {entry["resource"]: tuple(entry[name] for name in counted) for entry in newest}


def test_what_is_published_is_loaded_and_again_changes_nothing(warehouse, publishers):
    load(warehouse, settings_of(publishers))
    found = contents(warehouse)
    known = [row for row in WORLD.municipalities() if row[2]]
    assert found["municipios"] == sorted((code, name, uf) for _, _, code, name, uf, *_ in known)
    assert [(row[0].zfill(4), *row[2:]) for row in found["tabmun"]] == [
        (row[0], row[1], row[4], row[2]) for row in sorted(known, key=lambda row: str(int(row[0])))
    ]
    assert [row[:2] for row in found["subclasses"]] == [
        (code, name.upper()) for code, name, is_retired in WORLD.activities() if not is_retired
    ]
    for row in found["subclasses"]:
        assert all(row) and (row[2], row[4], row[6]) == (row[0][:5], row[0][:3], row[0][:2])
    assert ledger(warehouse) == {name: (len(rows), len(rows), 0, 0) for name, rows in found.items()}

    load(warehouse, settings_of(publishers))
    assert contents(warehouse) == found
    assert len(entries(warehouse, "reference")) == 2 * len(COLUMNS)
    assert letters(warehouse) == []


def test_faults_are_one_line_and_change_nothing(warehouse, publishers):
    load(warehouse, settings_of(publishers))
    before = contents(warehouse), entries(warehouse)
    lists = tuple(COLUMNS)
    said = {
        "error_500": (lists, "answers HTTP 500"),
        "drop": (lists, "cannot be reached"),
        "html": (lists, "answers something that is no"),
        "empty": (lists, "holds no row"),
        "half": (("subclasses",), "subclasses would shrink from 1332 rows to 666"),
    }
    for kind, (names, message) in said.items():
        for name in names:
            publishers.faults, publishers.requests = {name: Fault(kind)}, []
            with pytest.raises(UserError, match=message) as refused:
                load(warehouse, settings_of(publishers))
            assert str(refused.value).startswith(name)
            assert len(str(refused.value).splitlines()) == 1
            asked = ATTEMPTS if kind in ("error_500", "drop") else 1
            assert publishers.requests.count(name) == asked, kind
    nowhere = settings_of(publishers)
    nowhere.ibge_url = "http://127.0.0.1:1"
    with pytest.raises(UserError, match="cannot be reached: .*[Rr]efused"):
        load(warehouse, nowhere)
    assert (contents(warehouse), entries(warehouse)) == before

    publishers.faults = {"subclasses": Fault("half")}
    load(warehouse, settings_of(publishers), allow_shrink=True)
    assert len(contents(warehouse)["subclasses"]) == 666


def test_faults_that_pass_are_waited_for(warehouse, publishers):
    publishers.faults = {
        "municipios": Fault("error_500", ATTEMPTS - 1),
        "tabmun": Fault("drop", ATTEMPTS - 1),
    }
    load(warehouse, settings_of(publishers))
    assert (
        publishers.requests.count("municipios") == publishers.requests.count("tabmun") == ATTEMPTS
    )
    assert {name: len(rows) for name, rows in contents(warehouse).items()} == {
        name: len(rows) for name, rows in publishers.lists.items()
    }


def test_rows_without_a_code_are_dead_letters_and_repeated_ones_count_once(warehouse, publishers):
    publishers.faults = {
        "municipios": Fault("no_id"), "subclasses": Fault("twice"), "tabmun": Fault("no_id"),
    }  # fmt: skip
    load(warehouse, settings_of(publishers))
    assert ledger(warehouse) == {
        "municipios": (5571, 5570, 0, 1),
        "subclasses": (1333, 1332, 1, 0),
        "tabmun": (5571, 5570, 0, 1),
    }
    assert {name: len(rows) for name, rows in contents(warehouse).items()} == {
        "municipios": 5570, "subclasses": 1332, "tabmun": 5570,
    }  # fmt: skip
    found = {letter["resource"]: letter for letter in letters(warehouse)}
    assert found.keys() == {"municipios", "tabmun"}
    for letter in found.values():
        assert letter["error_class"] == "no_key" and "porto velho" in letter["payload"].lower()


def test_the_command_says_what_was_loaded_or_what_is_wrong(environment, publishers):
    command = ("armazem", "load", "reference", "--target", "duckdb")
    told = run(*command, environment=environment | publishers.variables)
    assert told.stdout.splitlines() == [
        "municipios: 5,571 of 5,571 rows loaded",
        "subclasses: 1,332 of 1,332 rows loaded",
        "tabmun: 5,571 of 5,571 rows loaded",
    ]
    publishers.faults = {"tabmun": Fault("html")}
    failed = run(*command, environment=environment | publishers.variables, check=False)
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"error: tabmun: {publishers.tabmun_url} answers something")
    assert len(failed.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("IBGE_URL", "ibge", "ibge_url must be an http:// or https:// address"),
        ("TABMUN_URL", "ftp://x/y", "tabmun_url must be an http:// or https:// address"),
        ("ATTEMPTS", "0", "attempts must be more than 0"),
    ],
)
def test_wrong_settings_name_the_variable(monkeypatch, name, value, problem):
    monkeypatch.setenv(f"REFERENCE__{name}", value)
    with pytest.raises(UserError, match=f"{problem}: check REFERENCE__{name}"):
        settings()
