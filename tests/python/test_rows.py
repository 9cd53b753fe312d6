"""No row is lost between a file of any bytes and what is handed to the database."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.cnpj import pieces
from ingestion.cnpj.layout import KINDS
from ingestion.cnpj.pieces import CheckedPieces, Tally
from ingestion.cnpj.release import ReleaseFile
from ingestion.cnpj.rows import DELIMITER, Checked, check
from warehouse import UserError

SIMPLES = next(kind for kind in KINDS if kind.table == "simples")
WIDTH = len(SIMPLES.columns)
SLOW_KEY = ("[0-9A-Z]{8,8}",)  # the same, but for which lines are looked at quickly


def quoted(fields: list[str]) -> bytes:
    line = ";".join('"' + field.replace('"', '""') + '"' for field in fields)
    return line.encode("latin-1") + b"\n"


@dataclass
class Result:
    """What became of a file: its rows, and what was counted in it."""

    tally: Tally
    rows: list[tuple]
    dead_letters: list
    pieces: int


def rows_of(checked: Checked) -> list[tuple]:
    plain = checked.plain.decode().split("\n")[:-1]
    return [tuple(row.split(DELIMITER)) for row in plain] + [tuple(row) for row in checked.special]


def check_bytes(content: bytes, folder: Path, piece: int = pieces.PIECE) -> Result:
    path = folder / "SIMPLES.CSV"
    path.write_bytes(content)
    file = ReleaseFile(path, SIMPLES, "Simples", None, len(content))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE", piece)
        checked = CheckedPieces([file])
        rows = [row for _, piece in checked for row in rows_of(piece)]
        assert b"".join(cut.data for cut in pieces.cut(file)) == content
    (tally,) = checked.tallies.values()
    tally.require_layout()
    return Result(tally, rows, tally.dead_letters(), len(tally.pieces))


# Any latin-1 character; line breaks, quotes and separators more often than chance would have them.
field = st.text(
    st.one_of(st.sampled_from('\n";\\.\r\x1f'), st.characters(max_codepoint=255, min_codepoint=1)),
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


# from one so small that every line is cut off alone to one that holds all
sizes = st.sampled_from([1, 20, 90, 400, pieces.PIECE])


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(st.one_of(record, damage), max_size=12).filter(
        lambda lines: sum(isinstance(line, bytes) for line in lines) <= 10
    ),
    piece=sizes,
)
def test_every_record_is_loaded_or_a_dead_letter(tmp_path_factory, lines, piece):
    records = [line for line in lines if isinstance(line, list)]
    damaged = [line for line in lines if isinstance(line, bytes)]
    if damaged and not records:
        return  # which has a test of its own below
    content = b"".join(line if isinstance(line, bytes) else quoted(line) for line in lines)
    found = check_bytes(content, tmp_path_factory.mktemp("files"), piece)
    assert Counter(found.rows) == Counter(tuple(r) for r in records)
    assert [d.payload for d in found.dead_letters] == [
        line.decode("latin-1").removesuffix("\n") for line in damaged
    ]
    places = [n for n, line in enumerate(lines) if isinstance(line, bytes)]
    before = [sum(_line_count(line) for line in lines[:n]) for n in places]
    assert [d.location for d in found.dead_letters] == [
        f"SIMPLES.CSV, line {n + 1}" for n in before
    ]
    tally = found.tally
    assert tally.source_rows == tally.rows + len(found.dead_letters) == len(lines)


def _line_count(line: bytes | list[str]) -> int:
    return (line if isinstance(line, bytes) else quoted(line)).count(b"\n")


@settings(max_examples=400, deadline=None)
@given(content=st.binary(max_size=200), piece=sizes)
def test_any_bytes_add_up(tmp_path_factory, content, piece):
    good = quoted(["70000001", *[""] * (WIDTH - 1)])
    found = check_bytes(good + content, tmp_path_factory.mktemp("files"), piece)
    tally = found.tally
    assert tally.source_rows == tally.rows + len(found.dead_letters)
    assert len(found.rows) == tally.rows
    stripped = (good + content).replace(b"\0", b"")
    assert tally.nul_bytes == content.count(0)
    assert tally.lines == len(stripped.split(b"\n")) - stripped.endswith(b"\n")


@settings(max_examples=300, deadline=None)
@given(
    content=st.lists(
        st.sampled_from(
            [b'"', b'""', b";", b"\n", b'"70000001"', b'";"', b"x", b"\r", b"\xe9", b"\\", b"\x1f"]
        ),
        max_size=60,
    )
)
def test_quotes_alone_never_prove_too_much(content):
    """What the quick look takes for rows, the grammar takes for the same rows."""
    lines = quoted(["70000001", *[""] * (WIDTH - 1)]) + b"".join(content)
    quick, slow = (check(kind, lines) for kind in (SIMPLES, replace(SIMPLES, key=SLOW_KEY)))
    assert quick.plain
    assert not slow.plain
    assert Counter(rows_of(quick)) == Counter(rows_of(slow))
    counts = ("lines", "rows", "lines_inside_fields", "nul_bytes", "faults")
    assert [getattr(quick, name) for name in counts] == [getattr(slow, name) for name in counts]


# three rows' worth of fields, of which some together look like one
few_fields = st.lists(
    st.sampled_from(["", ";", "x", ";;", "70000001", "\n70000001", '"', '";"', "é"]),
    min_size=3 * (WIDTH - 1),
    max_size=3 * (WIDTH - 1),
)


@settings(max_examples=300, deadline=None)
@given(fields=few_fields, spoilt=st.integers(0, 200), byte=st.sampled_from([b"", b'"', b";", b"x"]))
def test_one_byte_more_or_less_proves_no_more(fields, spoilt, byte):
    rows = [["70000001", *fields[n::3]] for n in range(3)]
    content = b"".join(map(quoted, rows))
    content = content[:spoilt] + byte + content[spoilt + 1 :]
    quick, slow = (check(kind, content) for kind in (SIMPLES, replace(SIMPLES, key=SLOW_KEY)))
    assert Counter(rows_of(quick)) == Counter(rows_of(slow))
    assert quick.faults == slow.faults


def test_dead_letters_say_what_is_wrong_and_where(tmp_path):
    good = quoted(["70000001", "S", "", "", "N", "line\nbreak", ""])
    content = good + b'"1";"2"\n' + good + b'"1";"a "b" c";"";"";"";"";""\n' + b"\n" + good
    found = check_bytes(content, tmp_path)
    assert len(found.rows) == 3
    assert [(d.error_class, d.error_message, d.location) for d in found.dead_letters] == [
        ("column_count", "2 columns instead of 7", "SIMPLES.CSV, line 3"),
        ("quoting", "a quote is missing or not doubled", "SIMPLES.CSV, line 6"),
        ("empty_line", "the line is empty", "SIMPLES.CSV, line 7"),
    ]


def test_a_field_no_index_could_hold_is_set_aside(tmp_path):
    fields = [["70000001", "S", "x" * length, "", "N", "", ""] for length in (1300, 1301)]
    found = check_bytes(b"".join(map(quoted, fields)) * 2, tmp_path)
    assert found.rows == [tuple(fields[0])] * 2
    assert [(d.error_class, d.error_message, d.location) for d in found.dead_letters] == [
        ("length", "a field has more than 1300 characters", f"SIMPLES.CSV, line {line}")
        for line in (2, 4)
    ]


def test_windows_line_ends_and_a_missing_last_one(tmp_path):
    lines = [quoted(["70000001", "S", "", "", "N", "", ""]) for _ in range(3)]
    found = check_bytes(b"".join(lines).replace(b"\n", b"\r\n")[:-2], tmp_path)
    assert (len(found.rows), found.dead_letters) == (3, [])


def test_another_layout_is_refused(tmp_path):
    eight = ";".join(['"x"'] * 8).encode() + b"\n"
    with pytest.raises(UserError, match="not in the official layout.*8 columns instead of 7"):
        check_bytes(eight * 100, tmp_path)
    with pytest.raises(UserError, match="not in the official layout"):
        check_bytes(quoted(["70000001", *[""] * 6]) * 900 + eight * 20, tmp_path)


def test_a_large_file_with_one_bad_row_in_the_middle(tmp_path):
    row = quoted(["70000001", "S", "20200101", "", "N", "é" * 30, ""])
    content = row * 60_000 + b'"half a\n' + row * 60_000
    found = check_bytes(content, tmp_path)
    assert (len(found.rows), len(found.dead_letters)) == (120_000, 1)
    assert found.pieces > 4
