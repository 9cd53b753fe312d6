"""Telling the well-formed rows of a registry file from what only looks like rows.

A file is checked piece by piece. Where every field of a line stands between quotes of its own, its
quotes are enough to know so, and NumPy looks at all of a piece's at once. Every other line is read
under the strict grammar: a record that is well formed all the same (a doubled quote, an unquoted
field, a line break inside a field) is kept, what is not is a fault. No line is in neither::

    lines = rows + faults + line breaks inside fields

Rows leave without their quotes, which every database is slow to read: between two fields is a byte
that no text has. The few rows of which that could be misread leave as lists of fields.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np

from ingestion.cnpj.layout import Kind

QUOTE, SEPARATOR, LINE_END = b'";\n'
DELIMITER = "\x1f"  # ASCII's own for this, the unit separator
SPECIAL = b"\r\\" + DELIMITER.encode()  # what makes a row special, besides a quote or line break
FIELD = rb'(?:"(?:[^"]++|"")*+"|[^";\r\n]*+)'
FIELDS = re.compile(r"(?:\A|;)(" + FIELD.decode() + r")")  # of a record
RECORD_OF_ANY_WIDTH = re.compile(FIELD + rb"(?:;" + FIELD + rb")*+\r?")
# Ten times what the registry's texts may have, and as much as an index of PostgreSQL takes.
LONGEST_FIELD = 1300
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
    """What is in a piece: its rows, of which most are plain, and what is no row.

    ``plain`` is in UTF-8, fields separated by DELIMITER, rows ended by a line break; in no field is
    a quote, a line break or a byte of SPECIAL. ``special`` has the fields of all other rows.
    """

    plain: bytes = b""
    special: list[list[str]] = field(default_factory=list)
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
    data = np.frombuffer(piece, np.uint8)
    ends, quotes = np.flatnonzero(data == LINE_END), data == QUOTE
    separators = data == SEPARATOR  # those with a quote on either side
    separators[1:] &= quotes[:-1]
    separators[:-1] &= quotes[1:]
    are_plain = _are_plain(kind, piece, ends, quotes, separators)
    checked.lines, checked.rows = len(ends), int(are_plain.sum())
    delimited = data ^ separators.view(np.uint8) * np.uint8(SEPARATOR ^ ord(DELIMITER))
    plain = []
    for first, last in _runs(are_plain):
        start, end = ends[first - 1] + 1 if first else 0, ends[last - 1] + 1
        if are_plain[first]:
            plain.append(delimited[start:end].tobytes().translate(None, b'"'))
        else:
            _read_strictly(kind, piece[start:end], first, checked)
    text = b"".join(plain)
    # DuckDB takes no other encoding that has all of Latin-1, and PostgreSQL would be slower at it
    checked.plain = text if text.isascii() else text.decode("latin-1").encode()
    return checked


def _are_plain(
    kind: Kind, piece: bytes, ends: np.ndarray, quotes: np.ndarray, separators: np.ndarray
) -> np.ndarray:
    """Of which of the lines that end there the quotes alone prove that they are plain rows.

    Such a line begins with a quote and a key, ends with a quote, and has a separator between two
    quotes for every column but one. No two of these share a quote: so they are two per column
    already, and when the line has no more of them, there is none inside a field.
    """
    begin = _begin(kind)
    if begin is None:
        return np.zeros(len(ends), bool)
    width, data = len(kind.columns), np.frombuffer(piece, np.uint8)
    are_plain = (_counts(quotes, ends) == 2 * width) & (_counts(separators, ends) == width - 1)
    sharing = np.flatnonzero(separators[:-2] & separators[2:]) + 2
    unwanted = [np.flatnonzero(data == byte) for byte in SPECIAL if byte in piece]
    are_plain &= np.diff(ends, prepend=-1) <= LONGEST_FIELD
    are_plain[np.searchsorted(ends, np.concatenate((sharing, *unwanted)))] = False
    lines = np.flatnonzero(are_plain)
    if not len(lines):
        return are_plain
    ends, starts = ends[lines], np.concatenate(([0], ends[:-1] + 1))[lines]
    are_plain[lines] = quotes[ends - 1] & ~separators[ends - 2]
    # the first bytes of each, in a row of a matrix
    first = np.lib.stride_tricks.sliding_window_view(data, len(begin))[starts]
    is_allowed = begin.take(first + 256 * np.arange(len(begin)))
    are_plain[lines[np.flatnonzero(~is_allowed) // len(begin)]] = False
    return are_plain


def _counts(are_marked: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How many bytes of each of the lines are marked, 64 bytes being counted at once."""
    bits = np.packbits(are_marked, bitorder="little")
    words = np.concatenate((bits, np.zeros(-len(bits) % 8, np.uint8))).view("<u8")
    counts = np.bitwise_count(words)
    before = np.cumsum(counts, dtype=np.int64) - counts
    word, bit = ends >> 6, (ends & 63).astype(np.uint64)
    within = words[word] & ((np.uint64(1) << bit) - np.uint64(1))
    return np.diff(before[word] + np.bitwise_count(within), prepend=0)


@cache
def _begin(kind: Kind) -> np.ndarray | None:
    """How a line begins that has a key: of shape (n, 256), which bytes it may have in n places.

    None if the columns of the key have no fixed length.
    """
    patterns = []
    for pattern in kind.key:
        match = re.fullmatch(r"(\[[^\]]+\])\{(\d+)\}", pattern)
        if not match:
            return None
        patterns += ['"', *[match[1]] * int(match[2]), '"', ";"]
    every_byte = [bytes([byte]) for byte in range(256)]
    return np.array(
        [[bool(re.fullmatch(each.encode(), byte)) for byte in every_byte] for each in patterns]
    )


def _runs(are_plain: np.ndarray) -> Iterator[tuple[int, int]]:
    """Where the lines begin and stop that follow each other and are all plain, or all not."""
    changes = (np.flatnonzero(np.diff(are_plain)) + 1).tolist()
    runs = [0, *changes, len(are_plain)] if len(are_plain) else []
    return pairwise(runs)


def _read_strictly(kind: Kind, lines: bytes, line: int, checked: Checked) -> None:
    """Add the well-formed records of lines that follow each other, and a fault per line in none."""
    record, key = _grammar(kind)
    position = 0
    while position < len(lines):
        match = record.match(lines, position)
        end = LINE_BREAK.match(lines, match.end()) if match else None
        fields = _fields(match[0].decode("latin-1")) if end and key.match(match[0]) else []
        if fields and max(map(len, fields)) <= LONGEST_FIELD:
            inside = match[0].count(b"\n")
            checked.rows += 1
            checked.lines_inside_fields += inside
            checked.special.append(fields)
            line += 1 + inside
            position = end.end()
            continue
        stop = lines.index(b"\n", position)
        checked.faults.append(_fault(kind, line, lines[position:stop]))
        line += 1
        position = stop + 1


def _fields(record: str) -> list[str]:
    """What a well-formed record says in each field."""
    return [
        field[1:-1].replace('""', '"') if field.startswith('"') else field
        for field in FIELDS.findall(record)
    ]


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
            if _grammar(kind)[1].match(text):
                message = f"a field has more than {LONGEST_FIELD} characters"
                error_class = "length"
    else:
        error_class, message = "quoting", "a quote is missing or not doubled"
    return Fault(line, text.decode("latin-1"), error_class, message)
