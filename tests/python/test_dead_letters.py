"""Dead letters: merged, named, given up, got later; and the ledger agrees with them throughout."""

import hashlib
import json
import random
from pathlib import Path

import pytest
import sqlalchemy as sa
from commands import dbt

from armazem import main
from warehouse import UserError, open_warehouse
from warehouse.dead_letters import DeadLetter, discard, find, letters, payload_hash, resolve
from warehouse.ledger import LedgerEntry, new_load_id, now, record


def letter(payload: str, resource: str = "orders", identity: str = "") -> DeadLetter:
    return DeadLetter(resource, "extract", "bad_json", "no brace", payload, "page 1", 200, identity)


def write(
    warehouse, *dead_letters: DeadLetter, load_id: str = "", source: str = "shop", got=()
) -> str:
    """One batch of a load: an entry, its letters, and what it has got; returns the load's ID."""
    load_id = load_id or new_load_id()
    dead = len(dead_letters)
    with warehouse.begin() as connection:
        record(
            connection,
            load_id=load_id,
            source=source,
            as_of=now(),
            started_at=now(),
            entries=[LedgerEntry("orders", new_load_id(), dead, 0, 0, dead)],
            dead_letters=dead_letters,
        )
        resolve(connection, source, got)
    return load_id


def by_payload(warehouse, status=None) -> dict[str, dict]:
    return {letter["payload"]: letter for letter in letters(warehouse, status)}


def test_letters_merge_by_payload(warehouse):
    first = write(warehouse, letter("{a"), letter("{a"), letter("{b"))
    second = write(warehouse, letter("{a"), letter("{a", resource="items"))
    found = {(x["resource"], x["payload"]): x for x in letters(warehouse)}
    assert len(found) == 3
    a = found["orders", "{a"]
    assert (a["occurrences"], a["attempts"], a["load_id"]) == (1, 2, second)
    assert a["first_seen_at"] < a["last_seen_at"]
    assert found["orders", "{b"]["load_id"] == first
    assert a["payload_hash"] == hashlib.sha256(b"{a").hexdigest()


def test_an_identity_stands_for_the_payload(warehouse):
    """A request fails with another answer each time, and stays one letter."""
    for number, answer in enumerate(("busy, try in 3 s", "busy, try in 2 s", "<html>")):
        write(warehouse, letter(answer, identity="GET /orders/1"), letter("", identity="GET /2"))
        (found,) = [x for x in letters(warehouse) if x["payload"]]
        assert (found["payload"], found["attempts"]) == (answer, number + 1)
    assert found["payload_hash"] == payload_hash("GET /orders/1")


def test_batches_of_one_load_add_up(warehouse):
    load_id = write(warehouse, letter("a"), letter("a"))
    write(warehouse, letter("a"), letter("b"), load_id=load_id)
    found = by_payload(warehouse)
    assert {name: (x["occurrences"], x["attempts"]) for name, x in found.items()} == {
        "a": (3, 2),
        "b": (1, 1),
    }


def test_what_becomes_of_a_letter(warehouse):
    write(warehouse, letter("a"), letter("b"), letter("c"), letter("a", resource="items"))
    hashes = {name: payload_hash(name) for name in "abc"}
    ids = {x["payload"]: x["id"] for x in letters(warehouse) if x["resource"] == "orders"}
    assert discard(warehouse, [ids["b"], ids["b"][:4]]) == 1
    before = by_payload(warehouse)["c"]["last_seen_at"]
    with warehouse.begin() as connection:
        assert resolve(connection, "shop", []) == 0
        got = [("orders", hashes[name]) for name in "ab"] + [("orders", "none"), ("x", "none")]
        assert resolve(connection, "other", got) == 0
        assert resolve(connection, "shop", iter(got * 2)) == 1
        assert resolve(connection, "shop", got) == 0

    def statuses() -> dict[tuple[str, str], str]:
        return {(x["resource"], x["payload"]): x["status"] for x in letters(warehouse, None)}

    expected = {("orders", "a"): "replayed", ("orders", "b"): "discarded"}
    untouched = {("orders", "c"): "open", ("items", "a"): "open"}
    assert statuses() == expected | untouched
    assert by_payload(warehouse, "replayed")["a"]["last_seen_at"] > before
    assert by_payload(warehouse, "open")["c"]["last_seen_at"] == before
    write(warehouse, letter("a"), letter("b"))
    assert statuses() == expected | untouched | {("orders", "a"): "open"}
    assert by_payload(warehouse, "discarded")["b"]["attempts"] == 2
    assert letters(warehouse, None, "other") == []
    assert len(letters(warehouse, source="shop")) == 3


def test_what_is_resolved_falls_with_its_transaction(warehouse):
    write(warehouse, letter("a"))
    with pytest.raises(ZeroDivisionError), warehouse.begin() as connection:
        assert resolve(connection, "shop", [("orders", payload_hash("a"))]) == 1
        raise ZeroDivisionError
    assert len(letters(warehouse)) == 1


def test_any_text_can_be_a_letter(warehouse):
    """Also what a database cannot hold, and what means something to JSON, SQL or the drivers."""
    texts = ["", "\0", "nul\0inside", "\ud83d", "é 😀", '\\u0000"', "'; drop :x %s %(a)s", "{}\n\t"]
    held = ["", "�", "nul�inside", "?", *texts[4:]]
    for _ in range(2):
        write(warehouse, *(letter(text) for text in texts), source="so:urce'%s")
    found = letters(warehouse, source="so:urce'%s")
    assert sorted(x["payload"] for x in found) == sorted(held)
    assert {x["attempts"] for x in found} == {2}
    nothing = DeadLetter("orders", "load", "x", "", "p", "", None)
    write(warehouse, nothing)
    assert letters(warehouse, source="shop")[0]["http_status"] is None


def test_many_letters_take_as_many_statements_as_one(warehouse):
    def statements(number: int) -> int:
        seen = []
        many = [letter(f"{n}" * 50) for n in range(number)]
        with warehouse.begin() as connection:
            sa.event.listen(
                connection, "before_cursor_execute", lambda *arguments: seen.append(arguments[-1])
            )
            common = {"source": "shop", "as_of": now(), "started_at": now()}
            record(connection, load_id="1", entries=[], dead_letters=many, **common)
            resolve(connection, "shop", [(x.resource, x.payload_hash) for x in many[: number // 2]])
        assert not any(seen), "no executemany"
        return len(seen)

    assert statements(2) == statements(20_000) == 2
    assert (len(letters(warehouse)), len(letters(warehouse, "replayed"))) == (10_000, 10_000)


def test_an_id_is_any_beginning_that_is_not_shared(warehouse):
    write(warehouse, *(letter(f"{n}") for n in range(2_000)))
    everyone = letters(warehouse)
    ids = [x["id"] for x in everyone]
    assert len(set(ids)) == 2_000 and {len(each) for each in ids} == {12}
    beginnings = sorted(each[:4] for each in ids)
    shared = next(a for a, b in zip(beginnings, beginnings[1:], strict=False) if a == b)
    alone = next(each for each in beginnings if beginnings.count(each) == 1)
    assert find(warehouse, alone) == next(x for x in everyone if x["id"].startswith(alone))
    unknown = next(f"{n:04x}" for n in range(1 << 16) if f"{n:04x}" not in beginnings)
    for wrong, message in (
        (shared, "is the beginning of 2 IDs"),
        (unknown, "there is no dead letter"),
        (alone[:3], "4 hex characters"),
        ("%%%%", "4 hex characters"),
        ("____", "4 hex characters"),
        ("", "4 hex characters"),
    ):
        with pytest.raises(UserError, match=message) as caught:
            discard(warehouse, [ids[0], wrong])
        assert "\n" not in str(caught.value)
    assert len(letters(warehouse)) == 2_000, "discarded are all or none"


def test_the_ledger_agrees_with_the_letters(warehouse, environment):
    """Files loaded again and again, and an API in batches with failures that are got later.

    And it agrees no more when a letter is lost or made up.
    """
    models = ("stg_ops__ledger_entries", "stg_ops__dead_letters")
    test = "assert_dead_letters_match_ledger"
    select = ("--select", *models, test, "--indirect-selection", "cautious")
    dbt("build", *select, target=warehouse.target, environment=environment)
    folder = Path(environment["ARMAZEM_HOME"]) / f"target-{warehouse.target}" / "compiled"
    (path,) = folder.rglob(f"{test}.sql")

    def faults() -> list:
        with warehouse.begin() as connection:
            return connection.execute(sa.text(path.read_text())).all()

    def disagrees_after(statement: str) -> bool:
        with warehouse.engine.connect() as connection:  # rolled back
            assert connection.execute(sa.text(f"{statement} returning 1")).all()
            return bool(connection.execute(sa.text(path.read_text())).all())

    generator = random.Random(3)
    requests = [f"GET /orders/{n}" for n in range(6)]
    for _ in range(12):
        lines = [letter(generator.choice("abc")) for _ in range(generator.randint(0, 4))]
        write(warehouse, *lines, source="files")
        load_id = new_load_id()
        for _ in range(generator.randint(1, 3)):
            tried = generator.choices(requests, k=3)
            failed = [letter("busy", identity=each) for each in tried if generator.random() < 0.4]
            got = [("orders", payload_hash(each)) for each in generator.sample(requests, 2)]
            write(warehouse, *failed, load_id=load_id, source="api", got=got)
        if generator.random() < 0.2 and letters(warehouse):
            discard(warehouse, [generator.choice(letters(warehouse))["id"]])
        assert faults() == []
    assert {x["status"] for x in letters(warehouse, None)} == {"open", "replayed", "discarded"}
    for source in ("files", "api"):
        write(warehouse, letter("z"), source=source)
        newest = f"source = '{source}' and payload = 'z'"
        assert disagrees_after(f"delete from ops.dead_letter where {newest}")
        assert disagrees_after(
            f"update ops.dead_letter set occurrences = occurrences + 99 where source = '{source}'"
            " and payload <> 'z'"
        ), "older loads count too"
        assert disagrees_after(f"update ops.dead_letter set load_id = 'none' where {newest}")
    assert faults() == []


def test_the_commands(warehouse, monkeypatch, capsys):
    target = ("--target", warehouse.target)

    def armazem(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["armazem", "dead-letters", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        output = capsys.readouterr()
        if caught.value.code:
            raise AssertionError(output.err)
        return output.out

    write(warehouse, letter('{"b": [1, "é"]}'), letter("no json {"), source="cnpj")
    write(warehouse, letter("x"), source="other")
    json_id, text_id = (
        by_payload(warehouse)[payload]["id"] for payload in ('{"b": [1, "é"]}', "no json {")
    )
    bare = armazem(*target)
    assert bare == armazem("list", *target) == armazem(*target, "list")
    assert json_id in bare and "bad_json" in bare and len(bare.splitlines()) == 5
    listed = json.loads(armazem("--json", *target))
    assert {x["payload"] for x in listed} == {'{"b": [1, "é"]}', "no json {", "x"}
    assert json.loads(armazem("list", "--json", "--source", "other", *target)) == [
        x for x in listed if x["source"] == "other"
    ]

    shown = armazem("show", json_id[:8], *target)
    assert shown.endswith('\n\n{\n  "b": [\n    1,\n    "é"\n  ]\n}\n')
    assert "stage: extract\n" in shown and "attempts: 1\n" in shown
    assert armazem("show", text_id, *target).endswith("\n\nno json {\n")

    for arguments, message in (
        (("replay", json_id), "letters of cnpj cannot be replayed one by one"),
        (("replay", "--all", "--source", "cnpj"), "letters of cnpj cannot be replayed one by one"),
        (("replay",), "give the IDs of the letters to replay, or --all"),
        (("replay", json_id, "--all"), "give the IDs of the letters to replay, or --all"),
        (("show", "ffffffffffff"), "there is no dead letter ffffffffffff"),
        (("discard", json_id, "ffffffffffff"), "there is no dead letter ffffffffffff"),
    ):
        with pytest.raises(AssertionError) as caught:
            armazem(*arguments, *target)
        assert str(caught.value).startswith(f"error: {message}")
        assert len(str(caught.value).splitlines()) == 1

    assert armazem("discard", json_id, text_id, *target) == "discarded: 2\n"
    assert json.loads(armazem("--json", *target)) == [x for x in listed if x["source"] == "other"]
    everything = armazem("list", "--all", *target)
    assert everything.count("discarded") == 2 and everything.count("open") == 1
    nothing = armazem("replay", "--all", "--source", "cnpj", *target)
    assert nothing == "replayed: 0, still failing: 0\n"


def test_the_id_begins_the_key_of_the_mart(environment):
    warehouse = open_warehouse()
    write(warehouse, letter("a"))
    dbt("run", "--select", "+dead_letters", target="postgres", environment=environment)
    with warehouse.begin() as connection:
        key = connection.scalar(sa.text("select dead_letter_key from marts.dead_letters"))
    assert key.startswith(letters(warehouse)[0]["id"])
    assert find(warehouse, key)["payload"] == "a"
