"""Telling the well-formed rows of a registry file from what only looks like rows.

A file is checked piece by piece. Where every field of a line stands between quotes of its own, its
quotes are enough to know so, and NumPy looks at all of a piece's at once. Every other line is read
under the strict grammar: a record that is well formed all the same (a doubled quote, an unquoted
field, a line break inside a field) is kept, what is not is a fault. No line is in neither::

    lines = rows + faults + line breaks inside fields
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from ingestion.cnpj.layout import Kind

QUOTE, SEPARATOR, LINE_END = b'";\n'
FIELD = rb'(?:"(?:[^"]++|"")*+"|[^";\r\n]*+)'
RECORD_OF_ANY_WIDTH = re.compile(FIELD + rb"(?:;" + FIELD + rb")*+\r?")
LINE_BREAK = re.compile(rb"\r?\n|\Z")


@dataclass(frozen=True)
class Fault:
    """A line that is in no well-formed record; ``line`` counts from 0 within its piece."""

    line: int
    text: str
    error_class: str
    message: str


@dataclass
class Checked:
    """What is in a piece: ``data`` is its well-formed rows as UTF-8, each ended by a line break."""

    data: bytes = b""
    lines: int = 0
    rows: int = 0
    lines_inside_fields: int = 0
    nul_bytes: int = 0
    faults: list[Fault] = field(default_factory=list)


def check(kind: Kind, piece: bytes) -> Checked:
    """Check whole lines of a file of this kind, in the source's Latin-1; NUL bytes are dropped."""
    checked = Checked()
    if b"\0" in piece:
        checked.nul_bytes = piece.count(b"\0")
        piece = piece.translate(None, b"\0")
    if piece and not piece.endswith(b"\n"):
        piece += b"\n"
    data, array = piece, np.frombuffer(piece, np.uint8)
    quotes = np.flatnonzero(array == QUOTE)
    if rows := _rows_if_all_regular(kind, array, quotes):
        checked.lines = checked.rows = rows
    else:
        ends, are_regular = _regular_lines(kind, array, quotes)
        checked.lines, checked.rows = len(ends), int(are_regular.sum())
        data = b"".join(_kept(kind, piece, ends, are_regular, checked))
    # DuckDB takes no other encoding that has all of Latin-1, and PostgreSQL would be slower at it
    checked.data = data if data.isascii() else data.decode("latin-1").encode()
    return checked


def _rows_if_all_regular(kind: Kind, data: np.ndarray, quotes: np.ndarray) -> int:
    """How many rows these lines are, if their quotes prove it of every one of them; else 0."""
    width = 2 * len(kind.columns)
    rows, rest = divmod(len(quotes), width)
    if rest or not rows or _fixed_key(kind) is None or np.count_nonzero(data == LINE_END) != rows:
        return 0
    # between two fields are a quote, one character and a quote; a row begins where one ended
    closing = quotes[1::2]
    if quotes[0] != 0 or (quotes[2::2] - closing[:-1] != 2).any():
        return 0
    after = data[closing + 1].reshape(rows, -1)
    if (after[:, :-1] != SEPARATOR).any() or (after[:, -1] != LINE_END).any():
        return 0
    return rows if _have_key(kind, data, quotes.reshape(rows, width)).all() else 0


def _regular_lines(
    kind: Kind, data: np.ndarray, quotes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where the lines end, and of which of them the quotes alone prove that they are rows."""
    ends = np.flatnonzero(data == LINE_END)
    starts = np.concatenate(([0], ends[:-1] + 1))[: len(ends)]
    width = 2 * len(kind.columns)
    counts = np.diff(np.searchsorted(quotes, ends), prepend=0)
    are_regular = counts == width
    if _fixed_key(kind) is None:
        are_regular[:] = False
    if not are_regular.any():
        return ends, are_regular
    if not are_regular.all():
        quotes = quotes[np.repeat(are_regular, counts)]
        starts, line_ends = starts[are_regular], ends[are_regular]
    else:
        line_ends = ends
    quotes = quotes.reshape(-1, width)
    opening, closing = quotes[:, 0::2], quotes[:, 1::2]
    fine = (opening[:, 0] == starts) & (closing[:, -1] == line_ends - 1)
    fine &= (opening[:, 1:] - closing[:, :-1] == 2).all(axis=1)
    fine &= (data[closing[:, :-1] + 1] == SEPARATOR).all(axis=1)
    are_regular[are_regular] = fine & _have_key(kind, data, quotes)
    return ends, are_regular


def _have_key(kind: Kind, data: np.ndarray, quotes: np.ndarray) -> np.ndarray:
    """Of rows, given by the places of their quotes, which begin with a key."""
    fine = np.ones(len(quotes), bool)
    for column, (length, is_allowed) in enumerate(_fixed_key(kind)):
        opening, closing = quotes[:, 2 * column], quotes[:, 2 * column + 1]
        fine &= closing - opening == length + 1
        places = opening[:, None] + np.arange(1, length + 1)
        fine &= is_allowed[np.take(data, places, mode="clip")].all(axis=1)
    return fine


@cache
def _fixed_key(kind: Kind) -> list[tuple[int, np.ndarray]] | None:
    """Per column of the key its length and which bytes it may have; None if lengths differ."""
    key = []
    for pattern in kind.key:
        match = re.fullmatch(r"(\[[^\]]+\])\{(\d+)\}", pattern)
        if not match:
            return None
        allowed = re.compile(match[1].encode())
        bytes_ = (bytes([byte]) for byte in range(256))
        key.append((int(match[2]), np.array([bool(allowed.fullmatch(b)) for b in bytes_])))
    return key


def _kept(
    kind: Kind, piece: bytes, ends: np.ndarray, are_regular: np.ndarray, checked: Checked
) -> Iterator[bytes]:
    """The rows of a piece in order, those that the grammar finds included and counted."""
    changes = np.flatnonzero(np.diff(are_regular)) + 1
    runs = [0, *changes.tolist(), len(ends)]
    for first, last in zip(runs, runs[1:], strict=False):
        lines = piece[ends[first - 1] + 1 if first else 0 : ends[last - 1] + 1]
        if are_regular[first]:
            yield lines
        else:
            yield from _strictly_read(kind, lines, first, checked)


def _strictly_read(kind: Kind, lines: bytes, line: int, checked: Checked) -> Iterator[bytes]:
    """The well-formed records of lines that follow each other; each other line becomes a fault."""
    record, key = _grammar(kind)
    position = 0
    while position < len(lines):
        match = record.match(lines, position)
        end = LINE_BREAK.match(lines, match.end()) if match else None
        # Before version 18, COPY takes a lone \. for the end of the data, even inside quotes.
        if end and key.match(match[0]) and b"\n\\.\n" not in match[0]:
            inside = match[0].count(b"\n")
            checked.rows += 1
            checked.lines_inside_fields += inside
            yield match[0] + b"\n"
            line += 1 + inside
            position = end.end()
            continue
        stop = lines.index(b"\n", position)
        checked.faults.append(_fault(kind, line, lines[position:stop]))
        line += 1
        position = stop + 1


@cache
def _grammar(kind: Kind) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A record of the kind, and a key that a record must begin with."""
    record = FIELD + rb"(?:;" + FIELD + rb"){%d}" % (len(kind.columns) - 1)
    key = b";".join(b'"?' + part.encode() + b'"?' for part in kind.key) + b";"
    return re.compile(record), re.compile(key)


def _fault(kind: Kind, line: int, text: bytes) -> Fault:
    expected = len(kind.columns)
    if not text.strip():
        error_class, message = "empty_line", "the line is empty"
    elif RECORD_OF_ANY_WIDTH.fullmatch(text):
        found = len(re.findall(rb'(?:^|;)(?:"(?:[^"]|"")*"|[^";]*)', text))
        error_class, message = "column_count", f"{found} columns instead of {expected}"
        if found == expected:
            error_class, message = "key", "the row does not begin with a key"
    else:
        error_class, message = "quoting", "a quote is missing or not doubled"
    return Fault(line, text.decode("latin-1"), error_class, message)
