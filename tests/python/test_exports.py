"""Exports: files that hold what the marts do, and an export that is there wholly or not at all."""

import datetime as dt
import hashlib
import json
import resource
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

import duckdb
import fsspec
import psycopg
import pytest
from commands import COMMANDS, run
from fsspec.registry import _registry
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from serving.exports import export
from serving.exports.destination import Destination
from serving.exports.partitions import declared_partitions
from warehouse import UserError, open_warehouse
from warehouse.connection import PROJECT

COLUMNS = {
    "id": "bigint",
    "uf": "varchar",
    "sale_date": "date",
    "sold_at": "timestamp",
    "seen_at": "timestamp with time zone",
    "net_amount": "decimal(18,2)",
    "share": "decimal(9,4)",
    "quantity": "integer",
    "is_current": "boolean",
    "title": "varchar",
}
ARROW_TYPES = [
    "int64", "string", "date32[day]", "timestamp[us]", "timestamp[us, tz=UTC]",
    "decimal128(18, 2)", "decimal128(9, 4)", "int32", "bool", "string",
]  # fmt: skip
# by month, by state, and in one piece: as their namesakes are declared
MARTS = {"fact_sales": "sale_date_month", "dim_establishment": "uf", "dim_company": None}

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9)
TRICKY = st.sampled_from(["", "null", "NULL", "\\N", "\\.", '"', ",", "a\r\nb", "\n", " ", "ção"])
TIMES = st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 31))


def amounts(digits: int, places: int):
    most = 10**digits - 1
    return st.integers(-most, most).map(lambda n: Decimal(n).scaleb(-places))


VALUES = st.tuples(
    st.sampled_from(["SP", "", "a/b=c", "São Tomé", "SP ", "10"]),
    st.dates(dt.date(1, 1, 2)),
    TIMES,
    TIMES.map(lambda time: time.replace(tzinfo=dt.UTC)),
    amounts(18, 2),
    amounts(9, 4),
    st.integers(-(2**31), 2**31 - 1),
    st.booleans(),
    TRICKY | TEXTS,
)
ROWS = st.lists(
    st.tuples(VALUES, st.sets(st.integers(0, 8), max_size=3)).map(
        lambda row: tuple(None if n in row[1] else value for n, value in enumerate(row[0]))
    ),
    max_size=40,
).map(lambda rows: [(n, *row) for n, row in enumerate(rows)])


def execute(warehouse, *statements: str) -> None:
    with warehouse.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def create(warehouse, name: str, columns: dict[str, str] = COLUMNS, rows=()) -> None:
    declared = ", ".join(f"{column} {type_}" for column, type_ in columns.items())
    execute(
        warehouse,
        "create schema if not exists marts",
        f"drop table if exists marts.{name}",
        f"create table marts.{name} ({declared})",
    )
    insert(warehouse, name, rows)


def insert(warehouse, name: str, rows) -> None:
    if not rows:
        return
    marks = ", ".join(["%s" if warehouse.is_postgres else "?"] * len(rows[0]))
    connection = warehouse.engine.raw_connection()
    connection.cursor().executemany(f"insert into marts.{name} values ({marks})", rows)
    connection.commit()
    connection.close()


def current(to: Path | str) -> tuple[Path, dict]:
    """The folder and the manifest of the newest export, as readers find them."""
    latest = json.loads((Path(to) / "latest.json").read_text())
    manifest = Path(to) / latest["manifest"]
    return manifest.parent, json.loads(manifest.read_text())


def rows_of(folder: Path, mart: str, columns: dict[str, str] = COLUMNS) -> list[tuple]:
    """What DuckDB reads out of a mart's files, in order of the first column."""
    selected = ", ".join(f"cast({name} as {type_}) as {name}" for name, type_ in columns.items())
    with duckdb.connect() as connection:
        if list((folder / mart).rglob("*.csv")):
            # a partition's column is not in the file, and the path has no types
            inside = {name: type_ for name, type_ in columns.items() if name != MARTS.get(mart)}
            source = f"""read_csv(
                '{folder}/{mart}/**/*.csv', columns = {inside}, header = true, auto_detect = false,
                delim = ',', quote = '"', escape = '"', allow_quoted_nulls = false,
                hive_partitioning = true, hive_types_autocast = false
            )"""
        else:
            source = f"""read_parquet(
                '{folder}/{mart}/**/*.parquet',
                hive_partitioning = true, hive_types_autocast = false
            )"""
        return connection.execute(f"select {selected} from {source} order by 1").fetchall()


def require_truth(folder: Path, manifest: dict) -> None:
    """Every file has the bytes, the hash and the rows that the manifest says, and none is more."""
    said = {file["path"]: file for mart in manifest["marts"] for file in mart["files"]}
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found == said.keys() | {"manifest.json"}
    for path, file in said.items():
        content = (folder / path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (
            file["bytes"],
            file["sha256"],
        )
        if manifest["format"] == "parquet":
            counted = "select num_rows from parquet_file_metadata(?)"
            assert duckdb.execute(counted, [str(folder / path)]).fetchall() == [(file["rows"],)]
    for mart in manifest["marts"]:
        assert sum(file["rows"] for file in mart["files"]) == mart["rows"]


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_files_hold_what_the_marts_do(file_format, warehouse, environment, tmp_path):
    """Any rows: with nulls beside empty texts, quotes, lines, any letters, the widest numbers."""
    for mart in MARTS:
        create(warehouse, mart)

    # found, not made small: an example costs three exports
    @settings(max_examples=6, deadline=None, phases=[Phase.generate], derandomize=True)
    @given(ROWS)
    def check(rows):
        for mart in MARTS:
            execute(warehouse, f"delete from marts.{mart}")
            insert(warehouse, mart, rows)
        told = export(warehouse, str(tmp_path), [], file_format)
        folder, manifest = current(tmp_path)
        assert manifest == told
        require_truth(folder, manifest)
        assert {mart["name"]: mart["partition_by"] for mart in manifest["marts"]} == {
            mart: [name] if name else [] for mart, name in MARTS.items()
        }
        for mart in manifest["marts"]:
            types = [column["type"] for column in mart["columns"]]
            assert types[: len(ARROW_TYPES)] == ARROW_TYPES
            assert mart["rows"] == len(rows)
            assert rows_of(folder, mart["name"]) == rows

    check()


def test_partitions_are_folders_as_readers_know_them(warehouse, tmp_path):
    """Nulls among them; the month is a date, by which DuckDB leaves files out."""
    days = [dt.date(2026, 5, 31), dt.date(2026, 5, 1), dt.date(2026, 6, 1), None]
    columns = {"id": "bigint", "uf": "varchar", "sale_date": "date"}
    create(warehouse, "fact_sales", columns, [(n, "SP", day) for n, day in enumerate(days)])
    create(
        warehouse, "dim_establishment", columns, [(1, "SP", None), (2, None, None), (3, "", None)]
    )
    create(warehouse, "establishment_addresses", columns)  # nothing in it
    export(warehouse, str(tmp_path), [])
    folder, manifest = current(tmp_path)
    assert [
        [file["path"], file["rows"]] for mart in manifest["marts"] for file in mart["files"]
    ] == [
        ["dim_establishment/uf=/part-0.parquet", 1],
        ["dim_establishment/uf=SP/part-0.parquet", 1],
        ["dim_establishment/uf=__HIVE_DEFAULT_PARTITION__/part-0.parquet", 1],
        ["establishment_addresses/uf=__HIVE_DEFAULT_PARTITION__/part-0.parquet", 0],
        ["fact_sales/sale_date_month=2026-05-01/part-0.parquet", 2],
        ["fact_sales/sale_date_month=2026-06-01/part-0.parquet", 1],
        ["fact_sales/sale_date_month=__HIVE_DEFAULT_PARTITION__/part-0.parquet", 1],
    ]
    sales = f"read_parquet('{folder}/fact_sales/**/*.parquet', hive_partitioning = true)"
    months = (
        f"select typeof(sale_date_month), count(*) from {sales} where sale_date_month is not null"
    )
    assert duckdb.execute(f"{months} group by 1").fetchall() == [("DATE", 3)]
    empty = f"select id, uf from read_parquet('{folder}/establishment_addresses/**/*.parquet')"
    assert duckdb.execute(empty).fetchall() == []


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_rows_of_one_null_are_rows(file_format, warehouse, tmp_path):
    create(warehouse, "dim_region", {"uf": "varchar"}, [(None,), ("",), (None,), ("SP",)])
    manifest = export(warehouse, str(tmp_path), [], file_format)
    assert manifest["marts"][0]["rows"] == 4
    if file_format == "csv":
        text = (current(tmp_path)[0] / "dim_region" / "part-0.csv").read_text()
        assert text == '"uf"\n\n""\n\n"SP"\n'


def test_the_manifest_tells_what_the_database_does(warehouse, tmp_path):
    create(warehouse, "dim_region", {"uf": "varchar"}, [("SP",)])
    create(warehouse, "registry_releases", {"extracted_at": "timestamp"}, [("2026-05-16",)])
    create(
        warehouse, "load_ledger", {"source": "varchar", "as_of": "timestamp"},
        [("cnpj", "2026-05-16"), ("cnpj", "2026-04-11"), ("mercadolivre", "2026-05-20 10:00:00")],
    )  # fmt: skip
    execute(
        warehouse,
        "comment on table marts.dim_region is 'One row per state.'",
        "comment on column marts.dim_region.uf is 'The state''s two letters.'",
        "create view marts.regions as select uf as u from marts.dim_region",
        "create table marts.dim_region__dbt_tmp (uf varchar)",  # of a build that was killed
    )
    manifest = export(warehouse, str(tmp_path), ["regions", "dim_region", "regions"])
    assert manifest["data_as_of"] == {
        "registry": "2026-05-16T00:00:00",
        "cnpj": "2026-05-16T00:00:00",
        "mercadolivre": "2026-05-20T10:00:00",
    }
    assert manifest["engine"].split()[0].lower().startswith(warehouse.target)
    view, region = manifest["marts"]
    assert (view["name"], view["rows"]) == ("regions", 1)
    assert region["description"] == "One row per state."
    assert region["columns"] == [
        {"name": "uf", "type": "string", "description": "The state's two letters."}
    ]
    everything = export(warehouse, str(tmp_path), [])
    assert [mart["name"] for mart in everything["marts"]] == [
        "dim_region", "load_ledger", "regions", "registry_releases",
    ]  # fmt: skip


def test_old_exports_go_and_what_is_not_ours_stays(warehouse, tmp_path):
    create(warehouse, "dim_region", {"uf": "varchar"}, [("SP",)])
    (tmp_path / "mine" / "x").mkdir(parents=True)
    half = tmp_path / "20260101T000000.000000-01234567" / "dim_region" / "part-0.parquet"
    half.parent.mkdir(parents=True)
    half.write_text("half")
    ids = [export(warehouse, str(tmp_path), [], keep=2)["export_id"] for _ in range(4)]
    assert {path.name for path in tmp_path.iterdir()} == {*ids[2:], "latest.json", "mine"}
    assert current(tmp_path)[1]["export_id"] == ids[3]


def test_a_folder_is_the_same_however_it_is_spelled(environment, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to("exports")
    spelled = ["exports", "exports/", "./x/../exports", "link", "exports/../link"]
    spelled += [f"{scheme}://{tmp_path}/exports/" for scheme in ("file", "local")]
    assert {Destination(url).url for url in spelled} == {str(tmp_path.resolve() / "exports")}
    assert {Destination(url).url for url in ("s3://b/x", "s3a://b/x/")} == {"s3://b/x"}
    warehouse = open_warehouse("postgres")
    create(warehouse, "dim_region", {"uf": "varchar"}, [("SP",)])
    with warehouse.exclusive(f"marts to {Destination('exports').url}", "export"):
        for url in spelled:
            with pytest.raises(UserError, match="another export"):
                export(warehouse, url, [])


def test_exports_go_to_s3(environment, tmp_path, monkeypatch):
    warehouse = open_warehouse("postgres")
    rows = [(n, uf, *[None] * 8) for n, uf in enumerate(["SP", "RJ", None, "a/b"])]
    create(warehouse, "dim_establishment", rows=rows)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        variables = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        store = fsspec.filesystem("s3", skip_instance_cache=True, use_listings_cache=False)
        with pytest.raises(UserError, match=r"^s3://nowhere/x: [^\n]*bucket[^\n]*$"):
            export(warehouse, "s3://nowhere/x", [])
        assert not store.exists("nowhere")  # nor is it made
        store.mkdir("exports")
        store.pipe_file("exports/a/20260101T000000.000000-01234567/dim_x/part-0.parquet", b"half")
        ids = [export(warehouse, "s3://exports/a/", [], keep=1)["export_id"] for _ in range(2)]
        store.get("exports/a", str(tmp_path / "a"), recursive=True)
    finally:
        server.stop()
    folder, manifest = current(tmp_path / "a")
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"latest.json", ids[1]}
    require_truth(folder, manifest)
    assert rows_of(folder, "dim_establishment") == rows


class Waiting:
    """A mart that waits, so that an export of all stands still in its midst until told to go on."""

    def __init__(self, environment):
        names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname"}
        names["PGPASSWORD"] = "password"
        self.keywords = {names[key]: environment[key] for key in names if environment.get(key)}
        self.connection = psycopg.connect(**self.keywords, autocommit=True)
        self.connection.execute(
            "create view marts.waiting as select pg_advisory_lock_shared(42)::text as x"
        )
        self.connection.execute("select pg_advisory_lock(42)")

    def until(self, mode: str) -> None:
        """Return when somebody waits for a lock of this mode."""
        query = (
            "select count(*) from pg_locks where not granted and mode = %s and "
            "database = (select oid from pg_database where datname = current_database())"
        )
        deadline = time.monotonic() + 30
        while not self.connection.execute(query, [mode]).fetchone()[0]:
            assert time.monotonic() < deadline, f"nobody waits for a {mode}"

    def go_on(self) -> None:
        self.connection.execute("select pg_advisory_unlock(42)")


def test_a_killed_export_leaves_the_one_before(environment, tmp_path):
    warehouse = open_warehouse("postgres")
    create(warehouse, "dim_region", {"uf": "varchar"}, [("SP",)])
    first = export(warehouse, str(tmp_path), [])
    insert(warehouse, "dim_region", [("RJ",)])
    waiting = Waiting(environment)
    process = subprocess.Popen(
        [COMMANDS / "armazem", "export", "--to", str(tmp_path)], stdout=subprocess.DEVNULL,
        cwd=PROJECT,
    )  # fmt: skip
    waiting.until("ShareLock")
    (half,) = {path.parent.parent for path in tmp_path.rglob("*.parquet")} - {current(tmp_path)[0]}
    assert list(half.rglob("*.parquet"))  # a mart is there already
    process.send_signal(signal.SIGKILL)
    process.wait()
    folder, manifest = current(tmp_path)
    assert manifest == first
    require_truth(folder, manifest)
    waiting.go_on()
    while True:
        try:
            second = export(warehouse, str(tmp_path), [])
            break
        except UserError as error:  # until the server has noticed
            assert "another export" in str(error)
    assert not half.exists()
    assert second["marts"][0]["rows"] == 2


def test_an_export_is_of_one_moment(environment, tmp_path):
    """Rows that come are not seen, a mart that is replaced is waited for, nobody comes between."""
    warehouse = open_warehouse("postgres")
    for mart in ("dim_region", "z_inserted", "z_replaced"):
        create(warehouse, mart, {"uf": "varchar"}, [("SP",)])
    waiting = Waiting(environment)
    told, to = [], str(tmp_path)
    exporting = threading.Thread(target=lambda: told.append(export(warehouse, to, [])), daemon=True)
    exporting.start()
    waiting.until("ShareLock")
    assert not (tmp_path / "latest.json").exists()
    insert(warehouse, "z_inserted", [("RJ",)])
    replace = (
        "create table marts.z_replaced__dbt_tmp as select * from marts.z_replaced where false",
        "alter table marts.z_replaced rename to z_replaced__dbt_backup",
        "alter table marts.z_replaced__dbt_tmp rename to z_replaced",
        "drop table marts.z_replaced__dbt_backup",
    )
    replacing = threading.Thread(target=execute, args=(warehouse, *replace), daemon=True)
    replacing.start()
    waiting.until("AccessExclusiveLock")
    with pytest.raises(UserError, match="^another export of marts to [^\n]+ is running"):
        export(warehouse, to, [])
    export(warehouse, str(tmp_path / "elsewhere"), ["dim_region"])  # waits for no mart but its own
    waiting.go_on()
    exporting.join()
    replacing.join()
    assert {mart["name"]: mart["rows"] for mart in told[0]["marts"]} == {
        "dim_region": 1, "waiting": 1, "z_inserted": 1, "z_replaced": 1,
    }  # fmt: skip
    again = export(warehouse, to, ["z_inserted", "z_replaced"])
    assert [mart["rows"] for mart in again["marts"]] == [2, 0]


def test_a_full_disk_is_one_line(warehouse, environment, tmp_path):
    create(warehouse, "a", {"x": "varchar"}, [("x",)])
    export(warehouse, str(tmp_path), [])
    before = current(tmp_path)
    execute(
        warehouse,
        "create table marts.b as select md5(cast(n as varchar)) as x"
        " from generate_series(1, 400000) as t (n)",
    )
    failed = run(
        "armazem", "export", "--to", str(tmp_path), "--target", warehouse.target,
        environment=environment, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000)),
    )  # fmt: skip
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"error: {tmp_path}: ") and failed.stderr.count("\n") == 1
    assert current(tmp_path) == before


def test_what_cannot_be_is_one_line(warehouse, environment, tmp_path, monkeypatch):
    def refused(to: Path | str = tmp_path, marts=()) -> str:
        with pytest.raises(UserError) as raised:
            export(warehouse, str(to), list(marts))
        assert "\n" not in str(raised.value)
        return str(raised.value)

    assert "nothing is built yet" in refused()
    create(warehouse, "a", {"x": "bigint"}, [(1,)])
    create(warehouse, "b", {"x": "bigint"}, [(1,)])
    assert refused(marts=["b", "c", "a;drop"]) == "no such mart: c, a;drop; nearest are a, b"
    for name in ("dim_company", "dim_product", "dim_partner", "fact_sales"):
        create(warehouse, name, {"x": "bigint"})
    assert "dim_company" in refused(marts=["dim_compny"])
    assert "fact_sales" not in refused(marts=["dim_compny"])
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    refused(tmp_path / "circle")
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in refused(tmp_path / "file")
    assert "nowhere" in refused("nowhere://x")
    for scheme, module in (("s3", "s3fs"), ("gs", "gcsfs")):
        monkeypatch.setitem(sys.modules, module, None)
        monkeypatch.delitem(_registry, scheme, raising=False)  # fsspec has imported it before
        assert f"pip install 'armazem[{scheme}]'" in refused(f"{scheme}://bucket/x")
    assert not (tmp_path / "latest.json").exists()


def test_a_mart_that_fails_midway_is_one_line(warehouse, tmp_path):
    create(warehouse, "a", {"x": "bigint"}, [(1,)])
    first = export(warehouse, str(tmp_path), [])
    execute(
        warehouse,
        "create view marts.b as"
        " select cast(case when n = 390000 then 'no number' else '1' end as bigint) as x"
        " from generate_series(1, 400000) as t (n)",
    )
    with pytest.raises(UserError, match="^nothing is exported: [^\n]*no number[^\n]*$"):
        export(warehouse, str(tmp_path), [])
    assert current(tmp_path)[1] == first


def test_numbers_that_do_not_fit_are_refused(environment, tmp_path):
    warehouse = open_warehouse("postgres")
    create(warehouse, "a", {"x": "numeric"}, [(Decimal("1.5"),)])  # without digits, as in a view
    export(warehouse, str(tmp_path), [])
    folder, _ = current(tmp_path)
    assert rows_of(folder, "a", {"x": "decimal(18,2)"}) == [(Decimal("1.5"),)]
    insert(warehouse, "a", [(Decimal("1.00000000001"),)])
    with pytest.raises(UserError, match="^nothing is exported: "):
        export(warehouse, str(tmp_path), [])
    assert current(tmp_path)[0] == folder


def test_what_partitions_are_declared_of_is_there():
    import yaml

    columns = {
        model["name"]: {column["name"] for column in model["columns"]}
        for path in (PROJECT / "models" / "marts").rglob("*__models.yml")
        for model in yaml.safe_load(path.read_text())["models"]
    }
    declared = declared_partitions()
    assert (
        MARTS.items()
        > {mart: parts[0].name for mart, parts in declared.items() if mart in MARTS}.items()
    )
    for mart, partitions in declared.items():
        for partition in partitions:
            assert partition.name.removesuffix("_month") in columns[mart]
            assert (partition.name in columns[mart]) == (partition.expression is None)
