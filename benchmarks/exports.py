"""How fast marts become files, against the engines' own command for it.

A mart is invented: as one piece, and parted by month. The limit is the engine's ``COPY`` of the
same rows, just before: PostgreSQL's to standard output, read and thrown away; DuckDB's into one
Parquet file. An export is all of ``armazem export``: snapshot, counts, files, hashes, manifest.

    python -m benchmarks.exports [--rows 500000] [--target postgres duckdb]

Prints rows per second, the ratio to the limit, and how much memory this process has used at most.
"""

import argparse
import resource
import sys
import time
from pathlib import Path

import duckdb
import psycopg
import sqlalchemy as sa

from benchmarks.isolated import isolated
from serving.exports import export
from warehouse import Warehouse, open_warehouse

WHOLE, PARTED = "dim_company", "fact_sales"  # of these, the second is declared to be by month
MART = """
    create table marts.{mart} as
    select
        lpad(cast(n as varchar), 14, '0') as cnpj,
        date '2024-01-01' + cast(n % 730 as integer) as sale_date,
        timestamp '2024-01-01 10:00:00' + n % 730 * interval '1 day' as sold_at,
        cast(n * 7.13 as decimal(18, 2)) as net_amount,
        n as quantity,
        n % 3 = 0 as is_current,
        'SKU ' || md5(cast(n as varchar)) as sku,
        case when n % 4 = 0 then null else 'Rua "das Flores", ' || cast(n % 5570 as varchar) end
            as address
    from generate_series(cast(1 as bigint), {rows}) as series (n)
"""


def prepare(warehouse: Warehouse, rows: int) -> None:
    """Both marts, of so many rows."""
    with warehouse.begin() as connection:
        connection.execute(sa.text("create schema if not exists marts"))
        for mart in (WHOLE, PARTED):
            connection.execute(sa.text(MART.format(mart=mart, rows=rows)))


def limit(warehouse: Warehouse, folder: Path) -> float:
    """Seconds of the engine's own command."""
    started = time.monotonic()
    if warehouse.is_postgres:
        copy = f"copy marts.{WHOLE} to stdout (format csv)"
        with psycopg.connect(warehouse.url) as connection, connection.cursor().copy(copy) as lines:
            for _ in lines:
                pass
    else:
        with duckdb.connect(warehouse.url, read_only=True) as connection:
            connection.execute(f"copy marts.{WHOLE} to '{folder}/limit.parquet' (compression zstd)")
    return time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--target", nargs="+", default=["postgres", "duckdb"])
    given = parser.parse_args()
    print(f"{'export':<34}{'limit, rows/s':>15}{'rows/s':>12}{'ratio':>8}{'peak RSS, MB':>14}")
    with isolated() as folder:
        for target in given.target:
            warehouse = open_warehouse(target)
            prepare(warehouse, given.rows)
            for mart, file_format in ((WHOLE, "parquet"), (WHOLE, "csv"), (PARTED, "parquet")):
                at_most = limit(warehouse, folder)
                started = time.monotonic()
                export(warehouse, str(folder / "exports"), [mart], file_format)
                seconds = time.monotonic() - started
                how = ", by month" if mart == PARTED else ""
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(
                    f"{f'{target}: {file_format}{how}':<34}{given.rows / at_most:>15,.0f}"
                    f"{given.rows / seconds:>12,.0f}{at_most / seconds:>8.2f}{peak:>14,.0f}"
                )
                sys.stdout.flush()


if __name__ == "__main__":
    main()
