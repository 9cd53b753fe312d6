"""What the indexes of the companies' marts cost, and what questions cost with and without them.

A release is invented, loaded and built. Each question is then planned and run as it is, and again
in a transaction that has dropped the index it uses and rolls back. Lookups with cold caches follow
a restart of the server, after the operating system was asked to forget its files.

    python -m benchmarks.indexes [--companies 190000] [--record]

Prints tables; ``--record`` puts them into docs/indexes.md too.
"""

import argparse
import datetime as dt
import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg

from benchmarks.builds import build
from benchmarks.isolated import isolated
from benchmarks.pages import record
from benchmarks.registry import invented, machine
from ingestion.cnpj.load import load
from warehouse import open_warehouse
from warehouse.connection import embedded_server

COLD_LOOKUPS = 200
MARTS = (
    "marts.dim_establishment", "marts.dim_company", "marts.company_partners",
    "marts.company_status_history",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """A query in psycopg's words; ``given`` selects its parameters, those of a typical case."""

    name: str
    query: str
    given: str


def typical(mart: str, column: str, shown: str = "{}") -> str:
    """Selects a value from the first quarter of a column's, or what ``shown`` makes of it."""
    return (
        f"select {shown.format(column)} from marts.{mart} where {column} is not null"
        f" order by {column} offset %(quarter)s limit 1"
    )


# a place and an activity that many are in
_COMMON = """
    select municipality_id, main_cnae_id, left(main_cnae_id, 2)
    from marts.dim_establishment
    where status_id = '02'
    group by municipality_id, main_cnae_id
    order by count(*) desc, 1, 2
    limit 1
"""
QUESTIONS = (
    Question(
        "an establishment by its CNPJ",
        "select * from marts.dim_establishment where cnpj = %(p0)s",
        typical("dim_establishment", "cnpj"),
    ),
    Question(
        "a company by its root",
        "select * from marts.dim_company where company_id = %(p0)s",
        typical("dim_company", "company_id"),
    ),
    Question(
        "the establishments of a root",
        "select * from marts.dim_establishment where company_id = %(p0)s order by cnpj",
        typical("dim_company", "company_id"),
    ),
    Question(
        "the partners of a root",
        "select * from marts.company_partners where company_id = %(p0)s",
        typical("company_partners", "company_id"),
    ),
    Question(
        "the status history of a CNPJ",
        "select * from marts.company_status_history where cnpj = %(p0)s order by valid_from",
        typical("dim_establishment", "cnpj"),
    ),
    Question(
        "active, of a subclass, in a municipality: the first 50",
        """
        select * from marts.dim_establishment
        where municipality_id = %(p0)s and main_cnae_id = %(p1)s and status_id = '02'
        order by main_cnae_id, cnpj limit 50
        """,
        _COMMON,
    ),
    Question(
        "active, of a division, in a municipality: the 50 after a key",
        """
        select * from marts.dim_establishment
        where municipality_id = %(p0)s and main_cnae_id like %(p2)s || '%%'
            and (main_cnae_id, cnpj) > (%(p1)s, '5') and status_id = '02'
        order by main_cnae_id, cnpj limit 50
        """,
        _COMMON,
    ),
    Question(
        "active, of a subclass, in a state: the first 50",
        """
        select * from marts.dim_establishment
        where main_cnae_id = %(p1)s and uf = 'RR' and status_id = '02'
        order by main_cnae_id, cnpj limit 50
        """,
        _COMMON,
    ),
    Question(
        "companies whose name begins so: the first 50",
        """
        select * from marts.dim_company
        where
            legal_name collate "C" >= %(p0)s
            and legal_name collate "C" < %(p0)s || chr(1114111)
        order by legal_name collate "C", company_id limit 50
        """,
        typical("dim_company", "legal_name", "left({}, 8)"),
    ),
    Question(
        "establishments whose trade name begins so: the first 50",
        """
        select * from marts.dim_establishment
        where
            trade_name collate "C" >= %(p0)s
            and trade_name collate "C" < %(p0)s || chr(1114111)
        order by trade_name collate "C", cnpj limit 50
        """,
        typical("dim_establishment", "trade_name", "left({}, 8)"),
    ),
    Question(
        "companies a partner of this name is in",
        "select * from marts.company_partners where partner_name = %(p0)s",
        typical("company_partners", "partner_name"),
    ),
    Question(
        "companies a company is a partner of",
        "select * from marts.company_partners where partner_document = %(p0)s",
        "select partner_document from marts.company_partners where partner_kind_id = '1'"
        " order by partner_document limit 1",
    ),
)


def explained(connection: psycopg.Connection, query: str, given: dict) -> dict:
    """The plan of a query that ran, in PostgreSQL's words; the second run, so caches are warm."""
    connection.execute(query, given)
    explain = f"explain (analyze, buffers, format json) {query}"
    return connection.execute(explain, given).fetchone()[0][0]


def used_indexes(plan: dict) -> set[str]:
    """Names of the indexes anywhere in a plan."""
    found = {plan["Index Name"]} if "Index Name" in plan else set()
    return found.union(*map(used_indexes, plan.get("Plans", [])))


def measure_questions(connection: psycopg.Connection) -> list[dict]:
    """Per question: milliseconds and pages, and both without the indexes it uses."""
    found = []
    (companies,) = connection.execute("select count(*) from marts.dim_company").fetchone()
    for question in QUESTIONS:
        row = connection.execute(question.given, {"quarter": companies // 4}).fetchone()
        given = {f"p{n}": value for n, value in enumerate(row)}
        plan = explained(connection, question.query, given)
        indexes = used_indexes(plan["Plan"])
        if not indexes:
            raise RuntimeError(f"no index answers {question.name!r}")
        with connection.transaction(force_rollback=True):
            for index in indexes:
                schema = "select relnamespace::regnamespace from pg_class where relname = %s"
                (schema,) = connection.execute(schema, [index]).fetchone()
                connection.execute(f'drop index {schema}."{index}"')
            without = explained(connection, question.query, given)
        found.append(
            {
                "name": question.name,
                "index": ", ".join(columns_of(connection, index) for index in sorted(indexes)),
                "ms": plan["Execution Time"],
                "pages": pages(plan),
                "ms_without": without["Execution Time"],
                "pages_without": pages(without),
            }
        )
    return found


def pages(plan: dict) -> int:
    return plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]


def columns_of(connection: psycopg.Connection, index: str) -> str:
    """Of which table and columns an index is."""
    query = """
        select indrelid::regclass::text, pg_get_indexdef(indexrelid)
        from pg_index join pg_class on pg_class.oid = indexrelid
        where relname = %s
    """
    table, definition = connection.execute(query, [index]).fetchone()
    return f"{table.rpartition('.')[2]} {definition[definition.rindex('(') :]}"


def measure_sizes(connection: psycopg.Connection) -> list[dict]:
    """Per table its size, and per index its own and the seconds to make it anew."""
    found = []
    for table in MARTS:
        (table_bytes,) = connection.execute("select pg_table_size(%s)", [table]).fetchone()
        indexes = connection.execute(
            "select indexrelid::regclass::text, pg_relation_size(indexrelid), relname"
            " from pg_index join pg_class on pg_class.oid = indexrelid"
            " where indrelid = %s::regclass order by 2 desc",
            [table],
        ).fetchall()
        for index, index_bytes, name in indexes:
            started = time.monotonic()
            connection.execute(f"reindex index {index}")
            found.append(
                {
                    "index": columns_of(connection, name),
                    "table_mb": table_bytes / 2**20,
                    "mb": index_bytes / 2**20,
                    "seconds": time.monotonic() - started,
                }
            )
    return found


def measure_cold(url: str) -> dict:
    """Milliseconds of lookups by CNPJ after the caches are dropped, each of a random row."""
    with psycopg.connect(url) as connection:
        query = "select cnpj from marts.dim_establishment tablesample bernoulli(1) repeatable (1)"
        sample = [cnpj for (cnpj,) in connection.execute(query)]
    cnpjs = Random(1).sample(sample, min(COLD_LOOKUPS, len(sample)))
    forget_files()
    with psycopg.connect(url) as connection:
        connection.execute("select 1")
        times = []
        for cnpj in cnpjs:
            started = time.monotonic()
            query = "select * from marts.dim_establishment where cnpj = %s"
            assert connection.execute(query, [cnpj]).fetchone()
            times.append(1000 * (time.monotonic() - started))
    return {
        "lookups": len(times),
        "first": times[0],
        "median": statistics.median(times),
        "slowest": max(times[1:]),
    }


def forget_files() -> None:
    """Restart the server, and have the operating system drop the pages of its files."""
    server = embedded_server()
    server.stop()
    os.sync()
    for path in Path(server.data).rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)
    server.start()


def tables(figures: dict) -> str:
    """What was measured, in Markdown."""
    lines = [
        f"Measured {figures['date']} on {figures['machine']}, with"
        f" {figures['establishments']:,} establishments.",
        "",
        "| question | index | ms | pages | ms without | pages without |",
        "|---|---|---|---|---|---|",
    ]
    for each in figures["questions"]:
        lines.append(
            f"| {each['name']} | {each['index']} | {each['ms']:.2f} | {each['pages']:,} |"
            f" {each['ms_without']:,.1f} | {each['pages_without']:,} |"
        )
    lines += ["", "| index | MB | of a table of MB | seconds to make |", "|---|---|---|---|"]
    for each in figures["sizes"]:
        lines.append(
            f"| {each['index']} | {each['mb']:,.0f} | {each['table_mb']:,.0f} |"
            f" {each['seconds']:.1f} |"
        )
    cold = figures["cold"]
    lines += [
        "",
        f"Cold caches: {cold['lookups']} lookups of random CNPJs after a restart took"
        f" {cold['median']:.1f} ms in the median, {cold['slowest']:.1f} ms at most, and"
        f" {cold['first']:.1f} ms the first, which reads the catalogue too.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--companies", type=int, default=190_000)
    parser.add_argument("--record", action="store_true", help="write docs/indexes.md")
    given = parser.parse_args()
    release = invented(given.companies)
    with isolated():
        warehouse = open_warehouse()
        load(warehouse, release)
        marts = (mart.replace("marts.", "+") for mart in MARTS)
        build(warehouse, "--select", *marts, "--exclude-resource-type", "test")
        with psycopg.connect(warehouse.url, autocommit=True) as connection:
            query = "select count(*) from marts.dim_establishment"
            figures = {
                "date": f"{dt.date.today()}",
                "machine": machine(),
                "establishments": connection.execute(query).fetchone()[0],
                "questions": measure_questions(connection),
                "sizes": measure_sizes(connection),
            }
        figures["cold"] = measure_cold(warehouse.url)
    print(tables(figures))
    if given.record:
        record("indexes.md", "indexes", tables(figures))


if __name__ == "__main__":
    main()
