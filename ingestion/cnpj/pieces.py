"""Cutting a release into pieces of whole rows that several threads share, and keeping count."""

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingestion.cnpj.layout import Kind
from ingestion.cnpj.release import ReleaseFile
from ingestion.cnpj.rows import Checked, Fault, check
from warehouse import UserError
from warehouse.dead_letters import DeadLetter

PIECE = 1 << 18
LONGEST_ROW = 64 << 20
# Above this the layout has changed, and a thousand dead letters would only hide it.
MOST_DEAD_LETTERS = 0.01
FEW_DEAD_LETTERS = 10


@dataclass(frozen=True)
class Piece:
    """Whole lines of a file, the ``number``-th of its pieces."""

    file: ReleaseFile
    number: int
    data: bytes


@dataclass
class Tally:
    """What was found in a file, summed over its pieces whatever their order."""

    file: ReleaseFile
    lines: int = 0
    rows: int = 0
    nul_bytes: int = 0
    lines_inside_fields: int = 0
    pieces: dict[int, tuple[int, list[Fault]]] = field(default_factory=dict)  # lines, and faults

    @property
    def source_rows(self) -> int:
        return self.lines - self.lines_inside_fields

    @property
    def dead(self) -> int:
        return self.source_rows - self.rows

    @property
    def fault_count(self) -> int:
        return sum(len(faults) for _, faults in self.pieces.values())

    def add(self, number: int, checked: Checked) -> None:
        self.lines += checked.lines
        self.rows += checked.rows
        self.nul_bytes += checked.nul_bytes
        self.lines_inside_fields += checked.lines_inside_fields
        self.pieces[number] = checked.lines, checked.faults

    def dead_letters(self) -> list[DeadLetter]:
        """What is no row, in the file's order."""
        letters, before = [], 1
        for _, (lines, faults) in sorted(self.pieces.items()):
            for fault in faults:
                letters.append(
                    DeadLetter(
                        resource=self.file.kind.table,
                        stage="check",
                        error_class=fault.error_class,
                        error_message=fault.message,
                        payload=fault.text,
                        location=f"{self.file.path.name}, line {before + fault.line}",
                    )
                )
            before += lines
        return letters

    def require_layout(self) -> None:
        """Raise UserError when more than a few lines, and more than a percent, are no rows."""
        if self.dead <= FEW_DEAD_LETTERS and self.rows:
            return
        if self.dead > MOST_DEAD_LETTERS * self.source_rows or (self.dead and not self.rows):
            first = self.dead_letters()[0]
            raise UserError(
                f"{self.file.path.name} is not in the official layout: {self.dead} of"
                f" {self.source_rows} rows cannot be read (line 1 of them: {first.error_message},"
                f" {first.location})"
            )


class CheckedPieces:
    """The rows of a release as several threads take them, and what was found in every file.

    Each thread iterates: it gets the kind and the well-formed rows of the next piece that nobody
    has taken. Files come kind by kind, so a thread meets each kind once. Unzipping is done by one
    thread at a time and is several times faster than a database takes rows; checking is done by
    each for itself. After `close`, or an error in any of them, the iteration ends for all.
    """

    def __init__(self, files: Sequence[ReleaseFile]):
        self.tallies = {id(file): Tally(file) for file in files}
        self.bytes_taken = 0
        self._pieces = (piece for file in files for piece in cut(file))
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[tuple[Kind, Checked]]:
        while piece := self._next():
            checked = check(piece.file.kind, piece.data)
            tally = self.tallies[id(piece.file)]
            with self._lock:
                tally.add(piece.number, checked)
                self.bytes_taken += len(piece.data)
                if tally.dead > max(FEW_DEAD_LETTERS, tally.source_rows // 2):
                    tally.require_layout()  # of a new layout, the first piece is enough
            yield piece.file.kind, checked

    def _next(self) -> Piece | None:
        with self._lock:
            return next(self._pieces, None)

    def close(self) -> None:
        with self._lock:
            self._pieces.close()


def cut(file: ReleaseFile) -> Iterator[Piece]:
    """The pieces of a file in order. A damaged one raises UserError, at the latest at its end."""
    number, held = 0, []
    boundary = re.compile(rb'\n(?="?%b"?;)' % file.kind.key[0].encode())
    for chunk in file.chunks(PIECE):
        held.append(chunk)
        if sum(map(len, held)) < PIECE:
            continue
        text = b"".join(held)
        end = _last_boundary(boundary, text)
        if end:
            yield Piece(file, number, text[:end])
            number += 1
        elif len(text) > LONGEST_ROW:
            raise UserError(
                f"{file.path.name} is not in the official layout: no row ends in"
                f" {LONGEST_ROW >> 20} MB"
            )
        held = [text[end:]]
    if last := b"".join(held):
        yield Piece(file, number, last)


def _last_boundary(boundary: re.Pattern[bytes], text: bytes) -> int:
    """Where the last row begins: after a line break and with a key. 0 when there is none."""
    stop = len(text)
    while (stop := text.rfind(b"\n", 0, stop)) >= 0:
        if boundary.match(text, stop):
            return stop + 1
    return 0
