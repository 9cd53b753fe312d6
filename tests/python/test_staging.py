"""Merging batches: whatever their order, cut and repetition, the newest row of each key stands."""

import random

import pytest
import sqlalchemy as sa

from warehouse import open_warehouse
from warehouse.staging import drop_schema, merge_schema

STAGED, LIVE = "raw_shop_next", "raw_shop"
KEYS = {"orders": ["seller", "order"], "items": ["item"]}
TYPES = {
    "orders": {
        "seller": "bigint", "order": "text", "amount": "decimal(20, 4)", "at": "timestamp",
        "document": "json", "group": "text",
    },
    "items": {"item": "text", "title": "text"},
}  # fmt: skip


def execute(warehouse, statement: str, **parameters) -> None:
    with warehouse.begin() as connection:
        connection.execute(sa.text(statement), parameters)


def query(warehouse, statement: str) -> list[tuple]:
    with warehouse.begin() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement))]


def stage(warehouse, tables: dict[str, list[dict]], types=TYPES, schema=STAGED) -> None:
    """Make a schema with these rows, and only with the columns that some row has, as dlt does."""
    with warehouse.begin() as connection:
        connection.execute(sa.text(f"create schema {schema}"))
        connection.execute(sa.text(f"create table {schema}._dlt_loads (load_id text)"))
        for table, rows in tables.items():
            names = list(dict.fromkeys(name for row in rows for name in row)) or list(types[table])
            defined = ", ".join(f'"{name}" {types[table][name]}' for name in names)
            connection.execute(sa.text(f"create table {schema}.{table} ({defined})"))
            values = ", ".join(f"cast(:v{i} as {types[table][n]})" for i, n in enumerate(names))
            if rows:
                connection.execute(
                    sa.text(f"insert into {schema}.{table} values ({values})"),
                    [{f"v{i}": row.get(name) for i, name in enumerate(names)} for row in rows],
                )


def merge(warehouse, tables: dict[str, list[dict]], types=TYPES) -> dict[str, int]:
    """As a load does it: staged in transactions of its own, then merged and dropped in one."""
    stage(warehouse, tables, types)
    with warehouse.begin() as connection:
        merged = merge_schema(connection, STAGED, LIVE, KEYS)
        drop_schema(connection, STAGED)
        return merged


def held(warehouse, schema: str = LIVE) -> list[str]:
    """The orders, without regard to order of rows, order of columns and nulls."""
    with warehouse.begin() as connection:
        rows = connection.execute(sa.text(f"select * from {schema}.orders")).mappings().all()
    return sorted(
        repr(sorted((name, str(value)) for name, value in row.items() if value is not None))
        for row in rows
    )


def version(key: int, number: int, generator: random.Random) -> list[dict]:
    """The rows of one key as the source has them at one time: one or more, columns at will."""
    optional = {
        "amount": f"{number}.5", "at": f"2026-01-{number + 1:02} 10:00:00",
        "document": f'{{"version": {number}}}', "group": f"g'{number}:x %s",
    }  # fmt: skip
    row = {"seller": key % 2, "order": f"o{key // 2}"}
    for name in generator.sample(sorted(optional), generator.randint(0, len(optional))):
        row[name] = optional[name]
    return [row] * generator.randint(1, 2)


@pytest.mark.parametrize("seed", range(3))
def test_any_order_any_batching_and_any_replay_end_alike(warehouse, seed):
    generator = random.Random(seed)
    history = {key: [version(key, n, generator) for n in range(3)] for key in range(8)}
    ends = []
    for _ in range(3):
        batches = []
        for _ in range(generator.randint(0, 4)):  # old versions, in no order
            some = generator.sample(sorted(history), generator.randint(1, 8))
            batches.append({key: generator.choice(history[key]) for key in some})
        keys = generator.sample(sorted(history), len(history))
        while keys:  # the newest come last
            cut = generator.randint(1, len(keys))
            batches.append({key: history[key][-1] for key in keys[:cut]})
            keys = keys[cut:]
            again = generator.randint(max(0, len(batches) - 3), len(batches) - 1)
            batches.extend(batches[again:])  # as after a crash: from somewhere on, once more
        for batch in batches:
            rows = [row for versions in batch.values() for row in versions]
            generator.shuffle(rows)
            merge(warehouse, {"orders": rows})
        ends.append(held(warehouse))
        execute(warehouse, f"drop schema {LIVE} cascade")
    expected = [row for versions in history.values() for row in versions[-1]]
    stage(warehouse, {"orders": expected}, schema="expected")
    assert len(ends[0]) == len(expected)
    assert ends == [held(warehouse, "expected")] * 3


def test_the_first_merge_makes_the_tables(warehouse):
    order = {"seller": 1, "order": "a", "amount": "1.2500"}
    assert merge(warehouse, {"orders": [order], "items": []}) == {"orders": 1, "items": 0}
    tables = query(
        warehouse, f"select table_name from information_schema.tables where table_schema = '{LIVE}'"
    )
    assert sorted(tables) == [("items",), ("orders",)], "an empty one too, and none of dlt's"
    if warehouse.is_postgres:
        indexes = query(warehouse, f"select indexdef from pg_indexes where schemaname = '{LIVE}'")
        assert '(seller, "order")' in str(indexes) and "(item)" in str(indexes)
    assert merge(warehouse, {"orders": []}) == {"orders": 0}
    assert len(held(warehouse)) == 1, "an empty batch takes nothing away"


def test_columns_are_matched_by_name_and_added(warehouse):
    merge(warehouse, {"items": [{"item": "a", "title": "A"}, {"item": "b", "title": "B"}]})
    types = {"items": {"title": "text", "select": "bigint", "item": "text"}}
    merge(warehouse, {"items": [{"select": 7, "item": "b"}]}, types)
    merge(warehouse, {"items": [{"title": "C", "item": "c"}]}, types)
    found = query(warehouse, f'select item, title, "select" from {LIVE}.items order by item')
    assert found == [("a", "A", None), ("b", None, 7), ("c", "C", None)]


def test_a_live_table_of_somebody_else_keeps_its_types(warehouse):
    exact = "jsonb" if warehouse.is_postgres else "json"
    execute(warehouse, f"create schema {LIVE}")
    execute(
        warehouse,
        f'create table {LIVE}.orders (document {exact}, "order" varchar(9), seller varchar,'
        ' amount double precision, "at" timestamp)',
    )
    row = {
        "seller": 7, "order": "a", "amount": "1.5", "at": "2026-01-01 00:00:00",
        "document": '{"a": 1}',
    }  # fmt: skip
    merge(warehouse, {"orders": [row]})
    merge(warehouse, {"orders": [row]})
    (found,) = query(
        warehouse, f'select seller, "order", amount, cast(document as text) from {LIVE}.orders'
    )
    assert (*found[:3], found[3].replace(" ", "")) == ("7", "a", 1.5, '{"a":1}')


def test_a_table_without_a_key_is_an_error(warehouse):
    with pytest.raises(KeyError, match="other"):
        merge(warehouse, {"other": []}, {"other": {"x": "text"}})


def test_a_merge_stands_or_falls_with_its_transaction(warehouse):
    merge(warehouse, {"orders": [{"seller": 1, "order": "a"}]})
    stage(warehouse, {"orders": [{"seller": 1, "order": "a", "group": "x"}], "items": []})
    before = held(warehouse)
    with pytest.raises(ZeroDivisionError), warehouse.begin() as connection:
        merge_schema(connection, STAGED, LIVE, KEYS)
        raise ZeroDivisionError
    assert held(warehouse) == before
    with pytest.raises(sa.exc.DBAPIError):
        query(warehouse, f"select * from {LIVE}.items")


def test_a_large_table_is_merged_by_few_statements(warehouse):
    series = "generate_series(1, 200000)" if warehouse.is_postgres else "range(200000)"
    merge(warehouse, {"items": []})
    execute(warehouse, f"insert into {LIVE}.items select 'i' || n, 'x' from {series} as t (n)")
    stage(warehouse, {"items": []})
    execute(
        warehouse,
        f"insert into {STAGED}.items select item, 'y' from {LIVE}.items where item < 'i2'",
    )
    statements = []
    with warehouse.begin() as connection:
        sa.event.listen(
            connection, "before_cursor_execute", lambda *arguments: statements.append(arguments[2])
        )
        merged = merge_schema(connection, STAGED, LIVE, KEYS)
    assert len(statements) < 10
    assert merged["items"] > 100_000
    counts = query(warehouse, f"select title, count(*) from {LIVE}.items group by title")
    assert dict(counts) == {"y": merged["items"], "x": 200_000 - merged["items"]}


@pytest.mark.parametrize("maker", ["merge", "somebody"])
def test_a_small_batch_does_not_read_a_large_table(environment, maker):
    warehouse = open_warehouse()
    if maker == "merge":
        merge(warehouse, {"items": []})
    else:
        execute(warehouse, f"create schema {LIVE}")
        execute(warehouse, f"create table {LIVE}.items (item varchar, title text)")
    execute(
        warehouse,
        f"insert into {LIVE}.items select 'i' || n, 'x' from generate_series(1, 100000) as t (n)",
    )
    stage(warehouse, {"items": [{"item": "i77", "title": "z"}]})
    plans = []

    def explain(connection, cursor, statement, *_):
        if statement.startswith("delete"):
            plans.append("\n".join(row[0] for row in cursor.execute(f"explain {statement}")))

    with warehouse.begin() as connection:
        sa.event.listen(connection, "before_cursor_execute", explain)
        merge_schema(connection, STAGED, LIVE, KEYS)
        drop_schema(connection, STAGED)
    assert len(plans) == 1
    assert "Index" in plans[0] and "Seq Scan on items old" not in plans[0], plans[0]
    merge(warehouse, {"items": []})
    assert query(warehouse, f"select count(*) from pg_indexes where schemaname = '{LIVE}'") == [
        (1,)
    ]
