"""The world behind the simulated registry, and the releases it publishes month by month."""

import datetime as dt
import json
import os
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import duckdb

MOST_COMPANIES = 25_000_000  # the roots above are for rows that belong to no company
CHUNK = 25_000  # companies rendered at once

FAULTS = ("bad_column_count", "bad_quoting")

# kind: name of its zips and identifier of its files
SHARDED = {
    "empresas": ("Empresas", "EMPRECSV"),
    "estabelecimentos": ("Estabelecimentos", "ESTABELE"),
    "socios": ("Socios", "SOCIOCSV"),
}
DOMAINS = {
    "cnaes": ("Cnaes", "CNAECSV"),
    "motivos": ("Motivos", "MOTICSV"),
    "municipios": ("Municipios", "MUNICCSV"),
    "naturezas": ("Naturezas", "NATJUCSV"),
    "paises": ("Paises", "PAISCSV"),
    "qualificacoes": ("Qualificacoes", "QUALSCSV"),
}
KINDS = (*SHARDED, "simples", *DOMAINS)


@dataclass(frozen=True)
class Event:
    """Something that happened to one establishment between two extractions.

    ``before`` and ``after`` are as published: status ids (births, ``close``, ``suspend``,
    ``unfit``, ``reactivate``, ``vanish``, ``return``), ``municipio/cep`` (``move``), the capital
    (``capital``), the legal name (``rename``), the trade name (``trade_name``), the main CNAE
    (``activity``), the size (``size``), the option (``simples_in``, ``simples_out``, ``mei_in``,
    ``mei_out``) or the number of partners (``partners``, of which ``partner_document`` and
    ``partner_name`` tell who joined or left); None where there is none. ``event_date`` is the date
    the registry publishes for it, None where it publishes none. What happens to a company has the
    headquarters' CNPJ.
    """

    month: str
    extraction_date: dt.date
    cnpj: str
    kind: str
    before: str | None
    after: str | None
    event_date: dt.date | None
    partner_document: str | None = None
    partner_name: str | None = None


class Address(NamedTuple):
    """Where an establishment truly is, however it is written.

    ``building`` is the same for the same municipality, street, number (or kilometre; without
    either, city block and lot) and first 5 digits of the CEP, and None where nothing identifies
    one; ``unit`` is the same for the same complement in the same building.
    """

    cnpj: str
    building: str | None
    unit: str | None
    is_virtual_office: bool


class Complement(NamedTuple):
    """What is in a complement: ``{"BLOCO": "2", "SALA": "5"}``, in which form it is written.

    ``form`` is ``blocks`` (6 + 20 characters), ``list`` (``;``), ``text`` or ``none``. Words are
    not abbreviated, values not padded; what has no value (``FUNDOS``, ``CASA``) is no unit.
    """

    cnpj: str
    form: str
    units: dict[str, str]


class Partnership(NamedTuple):
    """A person's partnership as published, and ``person``, who it truly is.

    ``document`` is masked, and empty of foreigners; ``entry_date`` is None where the registry
    publishes none or an impossible one.
    """

    company_id: str
    document: str
    name: str
    entry_date: dt.date | None
    person: str


@dataclass(frozen=True)
class Release:
    """A month's 37 files: counts of records by kind, and of quirks in the well-formed ones."""

    month: str  # YYYY-MM
    extraction_date: dt.date
    path: Path
    rows: dict[str, int]
    bad_rows: dict[str, int]
    planted: dict[str, int]


class World:
    """Companies that are born, move, close and vanish; the same for the same arguments.

    Raises ValueError when ``companies`` is not between 2 and 25 million or ``first_month`` is not
    of the form YYYY-MM. Below 50 companies not every quirk finds its company, below 500 not every
    kind of event happens every month.
    """

    def __init__(self, companies: int = 2_000, seed: int = 42, first_month: str = "2026-05"):
        if not 2 <= companies <= MOST_COMPANIES:
            raise ValueError(f"companies must be 2 to {MOST_COMPANIES:,}, not {companies:,}")
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", first_month):
            raise ValueError(f"first_month must look like 2026-05, not {first_month!r}")
        self._database = duckdb.connect()
        self._database.execute("set enable_progress_bar = false")
        for name, value in (
            ("seed", int(seed)),
            ("companies", int(companies)),
            ("first_month", f"date '{first_month}-01'"),
        ):
            self._database.execute(f"create macro {name}() as {value}")
        for script in ("chance", "plan", "macros", "domains", "world", "records", "release"):
            self._run(script)

    def _run(self, script: str) -> None:
        self._database.execute(Path(__file__).with_name(f"{script}.sql").read_text("utf-8"))

    def _one(self, query: str) -> Any:
        return self._database.execute(query).fetchone()[0]

    @property
    def month(self) -> str:
        return f"{self._one('select month from clock'):%Y-%m}"

    @property
    def extraction_date(self) -> dt.date:
        return self._one("select extracted from clock")

    @property
    def events(self) -> list[Event]:
        """Everything that happened since the first month, in order."""
        rows = self._database.execute(
            "select strftime(month, '%Y-%m'), * exclude (month) from event"
            " order by month, cnpj, kind"
        )
        return [Event(*row) for row in rows.fetchall()]

    def statuses(self) -> list[tuple[str, str, dt.date | None, str]]:
        """(cnpj, status id, status date, reason id) of every published establishment.

        The date is None where the registry publishes none or an impossible one.
        """
        return self._database.execute("select * exclude (n) from statuses order by cnpj").fetchall()

    def addresses(self) -> list[Address]:
        """Where each published establishment truly is."""
        return self._truth(Address, "addresses order by cnpj")

    def complements(self) -> list[Complement]:
        """What is in the complement of each published establishment."""
        return self._truth(Complement, "complements order by cnpj")

    def people(self) -> list[Partnership]:
        """Who truly is each partner that is a person, once per published partnership."""
        return self._truth(Partnership, "people order by all")

    def rings(self) -> list[set[str]]:
        """The company ids of each published circle of ownership, one company being a circle, too.

        Circles that share a company are one.
        """
        owned: dict[str, set[str]] = {}
        for owner, company in self._database.execute("from ownerships").fetchall():
            owned.setdefault(owner, set()).add(company)
        reachable = {owner: _reachable(owned, owner) for owner in owned}
        rings = {
            frozenset(other for other in reached if owner in reachable.get(other, ()))
            for owner, reached in reachable.items()
            if owner in reached
        }
        return sorted(map(set, rings), key=min)

    def mills(self) -> list[set[str]]:
        """The published company ids of each mass registration."""
        return [set(row[0]) for row in self._database.execute("from mills order by all").fetchall()]

    def _truth(self, kind: type, relation: str) -> list:
        return [kind(*row) for row in self._database.execute(f"from {relation}").fetchall()]

    def municipalities(self) -> list[tuple[str, ...]]:
        """(code, name, IBGE's code and name, UF, its name and region) of every municipality.

        All but the first two are None for abroad. The same in every world, as :meth:`activities`.
        """
        return self._database.execute(
            "select codigo, descricao, municipios.codigo_ibge, nome_ibge, sigla, ufs.nome, regiao"
            " from municipios left join ufs on municipios.uf = ufs.sigla order by codigo"
        ).fetchall()

    def activities(self) -> list[tuple[str, str, bool]]:
        """(code, name, is retired) of every economic activity; retired, IBGE has it no more."""
        return self._database.execute(
            "select codigo, descricao, is_retired from cnaes order by codigo"
        ).fetchall()

    def tick(self) -> None:
        """Let a month pass."""
        self._run("month")

    def write_release(self, directory: Path | str) -> Release:
        """Write the month's zips to ``directory/YYYY-MM``, replacing files of the same names."""
        release = Release(
            month=self.month,
            extraction_date=self.extraction_date,
            path=Path(directory) / self.month,
            rows=dict.fromkeys(KINDS, 0),
            bad_rows=dict.fromkeys(KINDS, 0),
            planted={},
        )
        release.path.mkdir(parents=True, exist_ok=True)
        planted: Counter[str] = Counter()
        for kind in KINDS:
            self._write_kind(kind, release, planted)
        release.planted.update(sorted(planted.items()))
        return release

    def publish(self, directory: Path | str, months: int) -> list[Release]:
        """Write this month's release and those after it, and ``truth.json``; see `simulate`."""
        if months < 1:
            raise ValueError(f"months must be at least 1, not {months}")
        releases = [self.write_release(directory)]
        for _ in range(months - 1):
            self.tick()
            releases.append(self.write_release(directory))
        events = Counter((event.month, event.kind) for event in self.events)
        truth = [
            {
                "month": release.month,
                "extraction_date": release.extraction_date.isoformat(),
                "rows": release.rows,
                "bad_rows": release.bad_rows,
                "planted": release.planted,
                "events": {
                    kind: count
                    for (month, kind), count in sorted(events.items())
                    if month == release.month
                },
            }
            for release in releases
        ]
        text = json.dumps(truth, indent=2) + "\n"
        (Path(directory) / "truth.json").write_text(text, "utf-8")
        return releases

    def _write_kind(self, kind: str, release: Release, planted: Counter[str]) -> None:
        with ExitStack() as stack:
            files = [
                stack.enter_context(_zipped(release, archive, inner))
                for archive, inner in _names(kind, release.extraction_date)
            ]
            for text in self._texts(kind):
                files[text.pop("shard")].write(text.pop("text").encode("latin-1"))
                release.rows[kind] += text.pop("records")
                release.bad_rows[kind] += sum(text.get(fault, 0) for fault in FAULTS)
                planted.update({quirk: count or 0 for quirk, count in text.items()})

    def _texts(self, kind: str) -> Iterator[dict[str, Any]]:
        """Shard, text, number of records and of each quirk, a few thousand companies at a time."""
        if kind in DOMAINS:
            queries = [("from domain_text(?)", [kind])]
        else:
            queries = [
                (f"from {kind}_text(?, ?) order by shard", [first, first + CHUNK - 1])
                for first in range(0, self._one("select count(*) from company"), CHUNK)
            ]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for texts in pool.map(self._rows, queries):
                yield from texts

    def _rows(self, query: tuple[str, list]) -> list[dict[str, Any]]:
        with self._database.cursor() as cursor:
            cursor.execute(*query)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _names(kind: str, date: dt.date) -> list[tuple[str, str]]:
    """The official names, of each zip without ending and of the file in it."""
    day = f"D{date.year % 10}{date:%m%d}"
    if kind == "simples":
        return [("Simples", f"F.K03200$W.SIMPLES.CSV.{day}")]
    if kind in DOMAINS:
        archive, identifier = DOMAINS[kind]
        return [(archive, f"F.K03200$Z.{day}.{identifier}")]
    archive, identifier = SHARDED[kind]
    return [(f"{archive}{i}", f"K3241.K03200Y{i}.{day}.{identifier}") for i in range(10)]


def _reachable(edges: dict[str, set[str]], start: str) -> set[str]:
    """What can be reached from ``start`` in one step or more."""
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        new = edges.get(ahead.pop(), set()) - reached
        reached |= new
        ahead += new
    return reached


@contextmanager
def _zipped(release: Release, archive: str, inner: str) -> Iterator[BinaryIO]:
    member = zipfile.ZipInfo(inner, release.extraction_date.timetuple()[:6])
    member.compress_type = zipfile.ZIP_DEFLATED
    member._compresslevel = 1  # public from Python 3.13
    with (
        zipfile.ZipFile(release.path / f"{archive}.zip", "w") as target,
        target.open(member, "w", force_zip64=True) as stream,
    ):
        yield stream


def simulate(
    directory: Path | str, companies: int, months: int, seed: int, first_month: str
) -> list[Release]:
    """Write ``months`` releases and ``truth.json``, what is in them, to ``directory``.

    ``truth.json`` has one object per release: month, extraction_date, rows, bad_rows, planted and
    events, the number of each kind that happened since the release before. Raises ValueError as
    `World` does, or when ``months`` is less than 1.
    """
    return World(companies, seed, first_month).publish(directory, months)
