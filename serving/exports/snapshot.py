"""The marts in one state, whatever is built meanwhile, as a stream of Arrow batches."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.csv
from psycopg.postgres import types
from psycopg.sql import SQL, Identifier

from warehouse import UserError, Warehouse
from warehouse.reader import connect_as_reader

BLOCK_BYTES = 2 << 20  # of CSV that become one batch
BATCH_ROWS = 25_000
DATES = {"registry_releases", "load_ledger"}
ARROW_TYPES = {
    "bool": pa.bool_(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
}  # of PostgreSQL's; all others are exported as it writes them


class Snapshot(ABC):
    """Reads marts as they were at one moment: those asked for, and those that tell the time."""

    engine: str
    marts: list[str]
    dates: set[str]

    @abstractmethod
    def rows(self, query: str) -> list[tuple]:
        """The rows of a small query."""

    @abstractmethod
    @contextmanager
    def batches(self, query: str) -> Iterator[pa.RecordBatchReader]:
        """The rows of a large query, of which few are in memory at once."""

    @abstractmethod
    def comments(self, mart: str) -> dict[str | None, str]:
        """What is said in the database of a mart's columns, and of itself, by None."""

    def choose(self, known: list[str], names: list[str]) -> None:
        """Take these marts, or all that are known when there are no names."""
        if not known:
            raise UserError("nothing is built yet: load a release and run dbt build")
        if unknown := [name for name in names if name not in known]:
            near = {mart for name in unknown for mart in get_close_matches(name, known, 3, 0)}
            raise UserError(
                f"no such mart: {', '.join(unknown)}; nearest are {', '.join(sorted(near))}"
            )
        self.marts = list(dict.fromkeys(names)) or known
        self.dates = DATES.intersection(known)


@contextmanager
def open_snapshot(warehouse: Warehouse, names: list[str]) -> Iterator[Snapshot]:
    """These marts, or all, as they are now, for as long as the ``with`` block lasts.

    On PostgreSQL a build that would replace one of them waits for its end. Raises UserError when
    one is not there, or nothing is.
    """
    if warehouse.is_postgres:
        with connect_as_reader(warehouse.url) as connection:
            yield _Postgres(connection, names)
    else:
        with duckdb.connect(warehouse.url, read_only=True) as connection:
            yield _Duckdb(connection, names)


class _Postgres(Snapshot):
    def __init__(self, connection: psycopg.Connection, names: list[str]) -> None:
        self.connection = connection
        self.engine = f"PostgreSQL {self.rows('show server_version')[0][0]}"
        query = r"""
            select relname from pg_class
            where
                relnamespace = to_regnamespace('marts') and relkind in ('r', 'p', 'v', 'm')
                and relname not like '%\_\_dbt\_%' -- of a build that is running, or was killed
            order by relname
        """
        self.choose([name for (name,) in self.rows(query)], names)
        connection.commit()
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        # Before the first query, which fixes the moment. Else a mart that dbt replaced after it
        # would be found by its name, and be empty: all its rows are newer.
        locked = SQL(", ").join(Identifier("marts", m) for m in sorted({*self.marts, *self.dates}))
        connection.execute(SQL("lock table {} in access share mode").format(locked))

    def rows(self, query: str) -> list[tuple]:
        return self.connection.execute(query).fetchall()

    @contextmanager
    def batches(self, query: str) -> Iterator[pa.RecordBatchReader]:
        columns = self.connection.execute(f"select * from ({query}) as empty limit 0").description
        schema = pa.schema([(column.name, _arrow_type(column)) for column in columns])
        copy = SQL("copy ({}) to stdout (format csv)").format(SQL(query))
        with self.connection.cursor().copy(copy) as lines:
            batches = (batch for block in _blocks(lines) for batch in _parsed(block, schema))
            yield pa.RecordBatchReader.from_batches(schema, batches)

    def comments(self, mart: str) -> dict[str | None, str]:
        query = """
            select attname, description
            from pg_description
            left join pg_attribute on attrelid = objoid and attnum = objsubid and attnum > 0
            where classoid = 'pg_class'::regclass and objoid = %s::regclass
        """
        return dict(self.connection.execute(query, [f'marts."{mart}"']).fetchall())


def _arrow_type(column: psycopg.Column) -> pa.DataType:
    known = types.get(column.type_code)
    if known is None or known.oid != column.type_code:  # an array's
        return pa.string()
    if known.name == "numeric":
        # a view may have forgotten its digits; a value that has more than these is refused
        digits = (38, 10) if column.precision is None else (column.precision, column.scale)
        return pa.decimal128(*digits)
    return ARROW_TYPES.get(known.name, pa.string())


def _blocks(lines: Iterable[bytes]) -> Iterator[bytearray]:
    """Lines of CSV, of which ``COPY`` sends one at a time, in pieces that are worth a batch."""
    block = bytearray()
    for line in lines:
        block += line
        if len(block) >= BLOCK_BYTES:
            yield block
            block = bytearray()
    if block:
        yield block


def _parsed(block: bytearray, schema: pa.Schema) -> list[pa.RecordBatch]:
    """A block's rows. A stream instead would be read ahead of us, in a thread of Arrow's."""
    rows = pyarrow.csv.read_csv(
        pa.BufferReader(block),
        pyarrow.csv.ReadOptions(column_names=schema.names, block_size=len(block) + 1),
        pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        pyarrow.csv.ConvertOptions(
            column_types=schema,
            true_values=["t"],
            false_values=["f"],
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,  # an empty string is quoted, a null is not
        ),
    )
    return rows.to_batches()


class _Duckdb(Snapshot):
    def __init__(self, connection: duckdb.DuckDBPyConnection, names: list[str]) -> None:
        self.connection = connection
        self.engine = f"DuckDB {duckdb.__version__}"
        connection.execute("set memory_limit = '1GB'")  # beyond it, a sort goes to disk
        query = """
            select table_name from information_schema.tables
            where table_schema = 'marts' and table_name not like '%#_#_dbt#_%' escape '#'
            order by table_name
        """
        connection.begin()
        self.choose([name for (name,) in self.rows(query)], names)

    def rows(self, query: str) -> list[tuple]:
        return self.connection.execute(query).fetchall()

    @contextmanager
    def batches(self, query: str) -> Iterator[pa.RecordBatchReader]:
        reader = self.connection.execute(query).to_arrow_reader(BATCH_ROWS)
        yield reader.cast(pa.schema([_in_utc(field) for field in reader.schema]))

    def comments(self, mart: str) -> dict[str | None, str]:
        query = """
            select column_name, comment from duckdb_columns()
            where schema_name = 'marts' and table_name = $mart
            union all
            select null, comment from duckdb_tables()
            where schema_name = 'marts' and table_name = $mart
            union all
            select null, comment from duckdb_views()
            where schema_name = 'marts' and view_name = $mart
        """
        found = self.connection.execute(query, {"mart": mart}).fetchall()
        return {name: comment for name, comment in found if comment}


def _in_utc(field: pa.Field) -> pa.Field:
    """DuckDB names the zone of the machine, where its session does not say another."""
    has_zone = pa.types.is_timestamp(field.type) and field.type.tz
    return field.with_type(ARROW_TYPES["timestamptz"]) if has_zone else field
