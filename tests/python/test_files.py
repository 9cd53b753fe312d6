"""No row is lost between a file of any bytes and what is handed to the database."""

import csv
import io
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.cnpj.files import prepare
from ingestion.cnpj.layout import KINDS
from ingestion.cnpj.release import ReleaseFile
from warehouse import UserError

SIMPLES = next(kind for kind in KINDS if kind.table == "simples")
WIDTH = len(SIMPLES.columns)


def quoted(fields: list[str]) -> bytes:
    line = ";".join('"' + field.replace('"', '""') + '"' for field in fields)
    return line.encode("latin-1") + b"\n"


def prepare_bytes(content: bytes, folder: Path, file_format: str = "csv"):
    path = folder / "SIMPLES.CSV"
    path.write_bytes(content)
    return prepare(ReleaseFile(path, SIMPLES, "Simples", None, len(content)), folder, file_format)


def rows_of(prepared) -> list[tuple]:
    if prepared.path.suffix == ".parquet":
        query = f"select * from read_parquet('{prepared.path}')"
        rows = duckdb.sql(query).fetchall()
        return [tuple(value or "" for value in row) for row in rows]
    text = prepared.path.read_bytes().decode()
    return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=";")][1:]


# Any latin-1 character; line breaks, quotes and separators more often than chance would have them.
field = st.text(
    st.one_of(st.sampled_from('\n";\\.\r'), st.characters(max_codepoint=255, min_codepoint=1)),
    max_size=6,
)
record = st.builds(
    lambda key, others: [key, *others],
    st.from_regex(r"[0-9A-Z]{8}", fullmatch=True, alphabet=st.characters(codec="ascii")),
    st.lists(field, min_size=WIDTH - 1, max_size=WIDTH - 1),
)
# Lines that no record starts with or contains: too narrow, too wide, a quote too many or few.
damage = st.sampled_from(
    [
        b'"70000001";"S"\n',
        b'"70000001";"S";"";"";"N";"";"";"too";"wide"\n',
        b'"70000001";"S "Q" S";"";"";"N";"";""\n',
        b'"70000001";"S;"";"";"N";"";"x"y\n',
        b"\n",
        b"not a record at all\n",
        b'"cnpj_basico";"opcao_pelo_simples";"";"";"";"";""\n',
        b'70000001";"S";"";"";"N";"";""\n',
        b'\xef\xbb\xbf"70000001";"S";"";"";"N";"";""\n',
        b'"";"S";"";"";"N";"";""\n',
        b'"70000001";"S";"";"";"N";"";x"\n',
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    lines=st.lists(st.one_of(record, damage), max_size=12).filter(
        lambda lines: sum(isinstance(line, bytes) for line in lines) <= 10
    ),
    file_format=st.sampled_from(["csv", "parquet"]),
)
def test_every_record_is_loaded_or_a_dead_letter(tmp_path_factory, lines, file_format):
    records = [line for line in lines if isinstance(line, list)]
    damaged = [line for line in lines if isinstance(line, bytes)]
    # A lone \. inside quotes ends COPY's input on older servers, so it must not get there.
    fatal = [r for r in records if any("\n\\.\n" in f for f in r)]
    if fatal or (damaged and not records):
        return  # both have tests of their own below
    content = b"".join(line if isinstance(line, bytes) else quoted(line) for line in lines)
    prepared = prepare_bytes(content, tmp_path_factory.mktemp("files"), file_format)
    assert sorted(rows_of(prepared)) == sorted(tuple(r) for r in records)
    assert [d.payload for d in prepared.dead_letters] == [
        line.decode("latin-1").removesuffix("\n") for line in damaged
    ]
    assert prepared.source_rows == prepared.rows + len(prepared.dead_letters) == len(lines)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200), file_format=st.sampled_from(["csv", "parquet"]))
def test_any_bytes_add_up(tmp_path_factory, content, file_format):
    good = quoted(["70000001", *[""] * (WIDTH - 1)])
    prepared = prepare_bytes(good + content, tmp_path_factory.mktemp("files"), file_format)
    assert prepared.source_rows == prepared.rows + len(prepared.dead_letters)
    assert len(rows_of(prepared)) == prepared.rows
    stripped = (good + content).replace(b"\0", b"")
    assert prepared.nul_bytes == content.count(0)
    assert prepared.lines == len(stripped.split(b"\n")) - stripped.endswith(b"\n")


def test_dead_letters_say_what_is_wrong_and_where(tmp_path):
    good = quoted(["70000001", "S", "", "", "N", "line\nbreak", ""])
    content = good + b'"1";"2"\n' + good + b'"1";"a "b" c";"";"";"";"";""\n' + b"\n" + good
    prepared = prepare_bytes(content, tmp_path)
    assert prepared.rows == 3
    assert [(d.error_class, d.error_message, d.location) for d in prepared.dead_letters] == [
        ("column_count", "2 columns instead of 7", "SIMPLES.CSV, line 3"),
        ("quoting", "a quote is missing or not doubled", "SIMPLES.CSV, line 6"),
        ("empty_line", "the line is empty", "SIMPLES.CSV, line 7"),
    ]


def test_copy_end_marker_inside_quotes_is_set_aside(tmp_path):
    good = quoted(["70000001", "S", "", "", "N", "", ""])
    content = good + quoted(["70000002", "S", "a\n\\.\nb", "", "N", "", ""]) + good
    prepared = prepare_bytes(content, tmp_path)
    assert prepared.rows == 2
    assert prepared.source_rows == prepared.rows + len(prepared.dead_letters)
    assert b"\n\\." not in prepared.path.read_bytes()


def test_windows_line_ends_and_a_missing_last_one(tmp_path):
    lines = [quoted(["70000001", "S", "", "", "N", "", ""]) for _ in range(3)]
    prepared = prepare_bytes(b"".join(lines).replace(b"\n", b"\r\n")[:-2], tmp_path)
    assert (prepared.rows, prepared.dead_letters) == (3, [])


def test_another_layout_is_refused(tmp_path):
    eight = ";".join(['"x"'] * 8).encode() + b"\n"
    with pytest.raises(UserError, match="not in the official layout.*8 columns instead of 7"):
        prepare_bytes(eight * 100, tmp_path)
    with pytest.raises(UserError, match="not in the official layout"):
        prepare_bytes(quoted(["70000001", *[""] * 6]) * 900 + eight * 20, tmp_path)


def test_a_large_file_with_one_bad_row_in_the_middle(tmp_path):
    row = quoted(["70000001", "S", "20200101", "", "N", "é" * 30, ""])
    content = row * 60_000 + b'"half a\n' + row * 60_000
    assert len(content) > (4 << 20), "must span more than one chunk"
    prepared = prepare_bytes(content, tmp_path, "parquet")
    assert (prepared.rows, len(prepared.dead_letters)) == (120_000, 1)
