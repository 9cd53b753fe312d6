"""The simulated registry against an independent reading of its files."""

import csv
import datetime as dt
import hashlib
import io
import json
import re
import unicodedata
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from simulators.cnpj import World, simulate
from simulators.cnpj.world import KINDS

# event: file and column of what it changes
FIELDS = {
    "capital": ("empresas", 4), "rename": ("empresas", 1), "size": ("empresas", 5),
    "move": ("estabelecimentos", 20, 18), "trade_name": ("estabelecimentos", 4),
    "activity": ("estabelecimentos", 11),
    "simples_in": ("simples", 1), "simples_out": ("simples", 1),
    "mei_in": ("simples", 4), "mei_out": ("simples", 4),
}  # fmt: skip
DATES = {"simples_in": 2, "simples_out": 3, "mei_in": 5, "mei_out": 6}
KINDS_OF_EVENT = FIELDS.keys() | {
    "birth", "close", "suspend", "unfit", "reactivate", "vanish", "return", "partners",
}  # fmt: skip
COLUMNS = {"empresas": 7, "estabelecimentos": 30, "socios": 11, "simples": 7}


class Files:
    """What Python's csv module makes of a release."""

    def __init__(self, folder: Path):
        self.raw = {}
        self.inner_names = {}
        self.records = defaultdict(list)
        self.shards = defaultdict(list)
        self.bad = Counter()
        self.bad_by_kind = Counter()
        for path in sorted(folder.glob("*.zip")):
            with zipfile.ZipFile(path) as archive:
                (member,) = archive.infolist()
                assert archive.testzip() is None
                self.inner_names[path.stem] = member.filename
                self.raw[path.stem] = archive.read(member)
            kind = path.stem.rstrip("0123456789").lower()
            self._parse(kind, self.raw[path.stem].decode("latin-1"))

    def _parse(self, kind: str, text: str) -> None:
        reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=";", strict=True)
        shard = []
        while True:
            try:
                record = next(reader)
            except StopIteration:
                break
            except csv.Error:
                self.bad["bad_quoting"] += 1
                self.bad_by_kind[kind] += 1
                continue
            if len(record) == COLUMNS.get(kind, 2):
                shard.append(tuple(record))
            else:
                self.bad["bad_column_count"] += 1
                self.bad_by_kind[kind] += 1
        self.shards[kind].append(shard)
        self.records[kind] += shard

    def codes(self, kind: str) -> set[str]:
        return {code for code, _ in self.records[kind]}


@pytest.fixture(scope="module")
def world_and_releases(tmp_path_factory):
    world = World(companies=600, seed=7, first_month="2026-11")
    folder = tmp_path_factory.mktemp("releases")
    releases, statuses = [], []
    for month in range(4):
        if month:
            world.tick()
        releases.append(world.write_release(folder))
        statuses.append({row[0]: row[1:] for row in world.statuses()})
        assert len(statuses[-1]) == len(world.statuses())
    return world, releases, statuses


@pytest.fixture(scope="module")
def releases(world_and_releases):
    return world_and_releases[1]


@pytest.fixture(scope="module")
def files(releases):
    return [Files(release.path) for release in releases]


def check_digits(base: str) -> str:
    digits = ""
    for weights in ([5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]):
        values = [ord(character) - 48 for character in base + digits]
        rest = sum(map(int.__mul__, values, weights)) % 11
        digits += "0" if rest < 2 else str(11 - rest)
    return digits


def is_cpf(text: str) -> bool:
    for length in (9, 10):
        total = sum(int(d) * (length + 1 - i) for i, d in enumerate(text[:length]))
        if int(text[length]) != total * 10 % 11 % 10:
            return False
    return True


def is_impossible(text: str) -> bool:
    if text in ("", "0", "00000000"):
        return False
    try:
        return len(text) != 8 or not 1800 <= dt.datetime.strptime(text, "%Y%m%d").year <= 2099
    except ValueError:
        return True


def surplus(records: list, key) -> int:
    return len(records) - len({key(record) for record in records})


def recount(files: Files) -> dict[str, int]:
    """Every quirk, counted from the parsed records alone."""
    companies, partners = files.records["empresas"], files.records["socios"]
    establishments, simples = files.records["estabelecimentos"], files.records["simples"]
    dates = [record[i] for record in establishments for i in (6, 10, 29)]
    dates += [record[5] for record in partners]
    dates += [record[i] for record in simples for i in (2, 3, 5, 6)]
    roots = {record[0] for record in companies}

    def is_blocks(text: str) -> bool:
        blocks = [text[i : i + 26] for i in range(0, len(text), 26)]
        return len(blocks) > 1 and ";" not in text and all(block[:3].isupper() for block in blocks)

    def is_list(text: str) -> bool:
        items = re.split("; ?", text.removesuffix(";"))
        return len(items) > 1 and all(re.fullmatch(r"[A-Z]+:? \w+", item) for item in items)

    def establishments_where(condition) -> int:
        return sum(bool(condition(record)) for record in establishments)

    return {
        **files.bad,
        "nul_bytes": sum(raw.count(0) for raw in files.raw.values()),
        "c1_bytes": establishments_where(
            lambda r: any("\x80" <= c <= "\x9f" for c in r[4] + r[14] + r[16])
        ),
        "embedded_newlines": establishments_where(lambda r: "\n" in "".join(r)),
        "embedded_semicolons": establishments_where(lambda r: ";" in "".join(r)),
        "doubled_quotes": establishments_where(lambda r: '"' in "".join(r)),
        "null_dates_zero": dates.count("0"),
        "null_dates_zeros": dates.count("00000000"),
        "null_dates_empty": dates.count(""),
        "impossible_dates": sum(map(is_impossible, dates)),
        "duplicate_companies": surplus(companies, lambda r: r[0]),
        "duplicate_establishments": surplus(establishments, lambda r: r[:3]),
        "duplicate_partners": surplus(partners, lambda r: r),
        "duplicate_simples": surplus(simples, lambda r: r[0]),
        "orphan_reasons": establishments_where(lambda r: r[7] not in files.codes("motivos")),
        "orphan_countries": establishments_where(
            lambda r: r[9] not in files.codes("paises") | {""}
        ),
        "orphan_partner_countries": sum(r[6] not in files.codes("paises") | {""} for r in partners),
        "orphan_qualifications": sum(r[3] not in files.codes("qualificacoes") for r in companies),
        "orphan_simples": sum(r[0] not in roots for r in simples),
        "placeholder_capital": sum(r[4] == "999999999999,00" for r in companies),
        "negative_capital": sum(r[4].startswith("-") for r in companies),
        "cpf_in_name": sum(bool(re.search(r"(?<!\d)\d{11}$", r[1])) for r in companies),
        "root_in_name": sum(r[1].replace(".", "").startswith(r[0]) for r in companies),
        "empty_names": sum(r[1] == "" for r in companies),
        "complement_blocks": establishments_where(lambda r: is_blocks(r[16])),
        "complement_lists": establishments_where(lambda r: is_list(r[16])),
        "ordinal_street_types": establishments_where(lambda r: re.match(r"\d+A ", r[13])),
        "alphanumeric_cnpjs": establishments_where(lambda r: not "".join(r[:3]).isdigit()),
        "invalid_postal_codes": establishments_where(lambda r: not re.fullmatch(r"\d{8}", r[18])),
    }


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.zip")
    }


def test_same_seed_same_bytes(tmp_path):
    prints = []
    for name, seed, months in (("a", 1, 2), ("b", 1, 2), ("c", 2, 1)):
        releases = simulate(tmp_path / name, 300, months, seed, first_month="2026-05")
        prints.append([fingerprint(release.path) for release in releases])
    assert prints[0] == prints[1]
    assert prints[0][0] != prints[2][0]
    assert prints[0][0] != prints[0][1]


def test_truth_is_written_down(tmp_path):
    releases = simulate(tmp_path, companies=60, months=2, seed=3, first_month="2026-05")
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert [entry["month"] for entry in truth] == [release.month for release in releases]
    assert truth[1]["rows"] == releases[1].rows
    assert truth[1]["planted"] == releases[1].planted
    assert truth[0]["events"] == {}
    assert truth[1]["events"]["birth"] >= 1


def test_official_names_and_one_date(releases, files):
    for release, content in zip(releases, files, strict=True):
        date = release.extraction_date
        assert f"{date:%Y-%m}" == release.month == release.path.name
        assert 8 <= date.day <= 15
        day = f"D{date.year % 10}{date:%m%d}"
        expected = {"Simples": f"F.K03200$W.SIMPLES.CSV.{day}"}
        for archive, identifier in (
            ("Empresas", "EMPRECSV"), ("Estabelecimentos", "ESTABELE"), ("Socios", "SOCIOCSV"),
        ):  # fmt: skip
            for shard in range(10):
                expected[f"{archive}{shard}"] = f"K3241.K03200Y{shard}.{day}.{identifier}"
        for archive, identifier in (
            ("Cnaes", "CNAECSV"), ("Motivos", "MOTICSV"), ("Municipios", "MUNICCSV"),
            ("Naturezas", "NATJUCSV"), ("Paises", "PAISCSV"), ("Qualificacoes", "QUALSCSV"),
        ):  # fmt: skip
            expected[archive] = f"F.K03200$Z.{day}.{identifier}"
        assert content.inner_names == expected
        assert len(expected) == 37


def test_every_field_is_quoted_and_every_line_ends_in_a_line_feed(files):
    for raw in files[0].raw.values():
        assert raw.startswith(b'"') and raw.endswith(b'"\n')
        assert b"\r" not in raw and b";;" not in raw and b"\n;" not in raw


def test_domains_have_the_official_sizes(files):
    assert {kind: len(files[0].codes(kind)) for kind in KINDS[4:]} == {
        "cnaes": 1359, "motivos": 63, "municipios": 5572, "naturezas": 91, "paises": 255,
        "qualificacoes": 68,
    }  # fmt: skip
    assert ("7107", "SAO PAULO") in files[0].records["municipios"]
    known = files[0].codes("cnaes")
    for record in files[0].records["estabelecimentos"]:
        assert {record[11], *filter(None, record[12].split(","))} <= known
        assert record[20] in files[0].codes("municipios")


@pytest.mark.parametrize("cnpj", ["12ABC34501DE35", "00000000E08G12", "00000000000191"])
def test_known_check_digits(cnpj):
    assert check_digits(cnpj[:12]) == cnpj[12:]


def test_every_cnpj_is_valid(files):
    for content in files:
        for record in content.records["estabelecimentos"]:
            assert check_digits(record[0] + record[1]) == record[2]
        owners = [r[3] for r in content.records["socios"] if r[1] == "1"]
        assert owners and all(check_digits(owner[:12]) == owner[12:] for owner in owners)


def test_no_cpf_is_valid(files):
    cpfs = re.findall(r"(?<!\d)\d{11}(?!\d)", files[0].raw["Empresas0"].decode("latin-1"))
    assert cpfs and not any(map(is_cpf, cpfs))


def test_rows_and_quirks_are_counted_exactly(releases, files):
    for release, content in zip(releases, files, strict=True):
        assert dict(release.bad_rows) == {kind: content.bad_by_kind[kind] for kind in KINDS}
        assert release.rows == {
            kind: len(content.records[kind]) + content.bad_by_kind[kind] for kind in KINDS
        }
        assert release.planted == recount(content)
        assert min(release.planted.values()) >= 1
        assert sum(content.bad.values()) == sum(release.bad_rows.values())


def test_a_repeated_establishment_is_in_two_shards(files):
    shards = files[0].shards["estabelecimentos"]
    for shard in shards:
        assert surplus(shard, lambda r: r[:3]) == 0
    counts = Counter(record[:3] for shard in shards for record in shard)
    repeated = {key for key, count in counts.items() if count > 1}
    variants = {r[:26] + r[27:] for shard in shards for r in shard if r[:3] in repeated}
    assert len(variants) == len(repeated)


def test_everything_belongs_to_a_company(files):
    for content in files:
        roots = {record[0] for record in content.records["empresas"]}
        assert {record[0] for record in content.records["estabelecimentos"]} == roots
        assert {record[0] for record in content.records["socios"]} <= roots


def test_first_shard_is_the_largest():
    world = World(companies=5_000)
    sizes = world._database.execute(
        "select shard, records from empresas_text(0, 5000) order by shard"
    ).fetchall()
    assert 5 < sizes[0][1] / (sum(size for _, size in sizes[1:]) / 9) < 7


def test_statuses_are_those_of_the_files(world_and_releases, files):
    for statuses, content in zip(world_and_releases[2], files, strict=True):
        published = {}
        for record in content.records["estabelecimentos"]:
            text = record[6]
            is_null = text in ("", "0", "00000000") or is_impossible(text)
            date = None if is_null else dt.datetime.strptime(text, "%Y%m%d").date()
            published["".join(record[:3])] = (record[5], date, record[7])
        assert statuses == published


def test_events_explain_every_difference(world_and_releases):
    world, releases, statuses = world_and_releases
    assert {event.kind for event in world.events} == KINDS_OF_EVENT
    gone = {}
    for before, after, release in zip(statuses, statuses[1:], releases[1:], strict=False):
        events = {
            event.cnpj: event
            for event in world.events
            if event.month == release.month and event.kind not in FIELDS.keys() | {"partners"}
        }
        expected = dict(before)
        for cnpj, event in events.items():
            assert event.extraction_date == release.extraction_date
            if event.kind == "vanish":
                gone[cnpj] = expected.pop(cnpj)
            elif event.kind == "return":
                expected[cnpj] = gone.pop(cnpj)
            else:
                assert expected.get(cnpj, [None])[0] == event.before
            if event.after and (event.kind != "return" or event.event_date):
                assert after[cnpj][0] == event.after
                expected[cnpj] = (event.after, event.event_date, after[cnpj][2])
        assert expected == after
        assert len(before.keys() & after.keys()) > 0.98 * len(before)


def test_every_kind_of_event_happens_every_month(world_and_releases):
    world, releases, _ = world_and_releases
    for month, release in enumerate(releases[1:]):
        kinds = Counter(event.kind for event in world.events if event.month == release.month)
        # In the second month nothing can have vanished before.
        assert kinds.keys() == KINDS_OF_EVENT - ({"return"} if month == 0 else set())
        assert kinds["vanish"] >= 2


def test_dates_of_events(world_and_releases):
    world, releases, _ = world_and_releases
    dated = [event for event in world.events if event.event_date]
    previous = {b.month: a.extraction_date for a, b in zip(releases, releases[1:], strict=False)}
    late = [event for event in dated if event.event_date <= previous[event.month]]
    assert all(event.event_date <= event.extraction_date for event in dated)
    assert all(event.extraction_date - event.event_date < dt.timedelta(days=731) for event in dated)
    assert 0 < len(late) < 0.3 * len(dated)


def test_changes_of_fields_are_in_the_files(world_and_releases, files):
    world, releases, _ = world_and_releases
    months = [release.month for release in releases]
    checked = Counter()
    for event in world.events:
        if event.kind not in FIELDS:
            continue
        kind, *columns = FIELDS[event.kind]
        at, key = months.index(event.month), event.cnpj[: 14 if kind[:2] == "es" else 8]
        for content, value in ((files[at - 1], event.before), (files[at], event.after)):
            records = [r for r in content.records[kind] if "".join(r[:3]).startswith(key)]
            assert {"/".join(r[i] for i in columns) for r in records} == {value} - {None}
        assert event.before != event.after
        if event.kind in DATES:
            assert records[0][DATES[event.kind]] == f"{event.event_date:%Y%m%d}"
        checked[event.kind] += 1
    assert checked.keys() == FIELDS.keys()


def test_partners_come_and_go_by_name(world_and_releases, files):
    world, releases, _ = world_and_releases
    months = [release.month for release in releases]
    came_and_went = Counter()
    for event in world.events:
        if event.kind != "partners":
            continue
        at, who = months.index(event.month), (event.partner_name, event.partner_document)
        before, after = (
            [(r[2], r[3]) for r in files[i].records["socios"] if r[0] == event.cnpj[:8]]
            for i in (at - 1, at)
        )
        assert (str(len(before)), str(len(after))) == (event.before, event.after)
        more, less = (after, before) if event.event_date else (before, after)
        assert sorted(more) == sorted([*less, who])
        came_and_went[bool(event.event_date)] += 1
    assert len(came_and_went) == 2


def test_quirks_stay_where_they_are(files):
    def carriers(content: Files) -> set:
        return {
            r[:3] + (r[6],) for r in content.records["estabelecimentos"]
            if is_impossible(r[6]) or r[6] in ("", "0", "00000000")
        }  # fmt: skip

    assert carriers(files[0]) == carriers(files[-1]) != set()


def test_the_smallest_world_has_alphanumeric_numbers(tmp_path):
    release = World(companies=2).write_release(tmp_path)
    assert release.planted["alphanumeric_cnpjs"] == 2
    assert len(list(release.path.iterdir())) == 37


@pytest.mark.parametrize(
    "arguments", [{"companies": 1}, {"companies": 10**8}, {"first_month": "2026-13"}]
)
def test_arguments_are_checked(arguments):
    with pytest.raises(ValueError):
        World(**arguments)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A world of 1,500 companies and what Python's csv module makes of its second month."""
    world = World(companies=1_500, seed=9)
    world.tick()
    release = world.write_release(tmp_path_factory.mktemp("planted"))
    content = Files(release.path)
    establishments = {"".join(r[:3]): r for r in content.records["estabelecimentos"]}
    companies = {r[0]: r for r in establishments.values() if r[3] == "1"}
    return world, content, establishments, companies


TITLES = {"DR": "DOUTOR", "PROF": "PROFESSOR", "BRIG": "BRIGADEIRO", "CEL": "CORONEL"}


def plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.upper())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def units(complement: str) -> dict[str, str]:
    if ";" in complement:
        parts = [part.replace(":", "").split() for part in complement.split(";")]
    elif len(complement) > 26:
        blocks = [complement[i : i + 26] for i in range(0, len(complement), 26)]
        parts = [[block[:6].strip(), block[6:].strip()] for block in blocks]
    else:
        words = complement.split()
        parts = [words[i : i + 2] for i in range(0, len(words), 2)]
    parts = [part for part in parts if part]
    if not all(len(p) == 2 and re.fullmatch(r"\d+|[A-Z]", p[1]) for p in parts):
        return {}
    return {{"SL": "SALA"}.get(word, word): value.lstrip("0") for word, value in parts}


def building(record: tuple) -> tuple | None:
    """An address read as a person would read it: what of it tells buildings apart."""
    kind, words = re.sub(r"^\d+A ", "", record[13]), plain(record[14]).split()
    street = " ".join(TITLES.get(w, w) for w in (words[1:] if words[0] == kind else words))
    number, unit = record[15].lstrip("0"), units(record[16])
    if number in ("S/N", "SN"):
        if not {"QUADRA", "LOTE"} <= unit.keys():
            return None
        number = unit["QUADRA"], unit["LOTE"]
    postal_code = record[18].zfill(8) if record[19] == "SP" else record[18]
    return record[20], kind, street, number, postal_code[:5]


def groups(keys: dict) -> set[frozenset]:
    """The keys' keys that have the same value, by twos or more."""
    members = defaultdict(set)
    for key, value in keys.items():
        members[value].add(key)
    del members[None]
    return {frozenset(group) for group in members.values() if len(group) > 1}


def test_buildings_and_units_are_those_of_the_files(planted):
    world, _, establishments, _ = planted
    addresses = {address.cnpj: address for address in world.addresses()}
    assert addresses.keys() == establishments.keys()
    at_home = {c: r for c, r in establishments.items() if r[19] != "EX"}
    read = {cnpj: building(record) for cnpj, record in at_home.items()}
    shared = groups({cnpj: address.building for cnpj, address in addresses.items()} | {"": None})
    assert shared == groups(read)
    assert all((read.get(c) is None) == (a.building is None) for c, a in addresses.items())
    door = {c: read[c] and (read[c], frozenset(units(r[16]).items())) for c, r in at_home.items()}
    assert groups({cnpj: address.unit for cnpj, address in addresses.items()}) == groups(door)
    # They are written in more than one way, and what is alike is not always the same.
    spellings = [{establishments[cnpj][13:17] for cnpj in group} for group in shared]
    assert sum(len(spelling) > 1 for spelling in spellings) >= 6
    assert sum(len(r[18]) == 7 and r[19] == "SP" for r in at_home.values()) >= 5
    buildings = set(filter(None, read.values()))
    for same, differing in (((1, 2, 3), 0), ((0, 1, 2, 3), 4), ((0, 1, 2, 4), 3)):
        alike = defaultdict(set)
        for known in buildings:
            alike[tuple(known[i] for i in same)].add(known[differing])
        assert sum(len(values) > 1 for values in alike.values()) >= 4
    units_of = defaultdict(set)
    for address in addresses.values():
        units_of[address.building].add(address.unit)
    assert sum(len(units) > 1 for units in units_of.values()) >= 6
    roads = Counter((r[20], r[14], r[18]) for c, r in at_home.items() if r[15] == "S/N")
    assert max(roads.values()) == 2


def test_complements_are_those_of_the_files(planted):
    world, _, establishments, _ = planted
    forms = Counter()
    for cnpj, form, found in world.complements():
        text = establishments[cnpj][16]
        assert found == units(text), text
        assert (form == "none") == (text == "")
        assert form != "list" or ";" in text
        assert form != "blocks" or ";" not in text
        forms[form] += 1
    assert min(forms.values()) > 50 and len(forms) == 4


def test_people_are_those_of_the_files(planted):
    world, content, _, _ = planted
    people = world.people()
    records = {r for r in content.records["socios"] if r[1] != "1"}
    assert len(people) == len(records)
    assert {p[:3] for p in people} == {(r[0], r[3], r[2]) for r in records}
    particles = re.compile(r" (DA|DE|DOS)(?= )")
    traits, companies = defaultdict(set), defaultdict(set)
    ages = {r[:1] + r[2:4]: r[10] for r in records}
    for company, document, name, _, person in people:
        bare = particles.sub("", plain(name))
        traits[person].add((document, bare, ages[company, name, document]))
        companies[person].add(company)
    assert all(len(trait) == 1 for trait in traits.values())
    several = [person for person in companies if len(companies[person]) > 1]
    share = sum(p.person in several for p in people) / len(people)
    assert 0.1 < share < 0.25
    assert sum(len({p.name for p in people if p.person == s}) > 1 for s in several) > 10
    by_document, by_name = defaultdict(set), defaultdict(set)
    for ((document, name, _),) in traits.values():
        by_name[name].add(document)
        by_document[document].add(name)
    assert sum(len(documents) > 1 for documents in by_name.values()) >= 2
    assert sum(len(names) > 1 for document, names in by_document.items() if document) >= 2
    foreigners = Counter(name for ((document, name, _),) in traits.values() if not document)
    assert max(foreigners.values()) == 2


def test_rings_and_chains_are_in_the_files(planted):
    world, content, _, companies = planted
    owners = defaultdict(set)
    for record in content.records["socios"]:
        if record[1] == "1":
            owners[record[0]].add(record[3][:8])
    assert any(r[1] == "1" and r[3] != "".join(companies[r[3][:8]][:3])
               for r in content.records["socios"] if r[3][:8] in companies)  # fmt: skip
    rings = world.rings()
    assert {len(ring) for ring in rings} == {1, 2, 3, 5}
    for ring in rings:
        assert all(owners[company] & ring for company in ring)
    assert any(len(owners[company] & ring) == 2 for ring in rings for company in ring)

    def height(company: str) -> int:
        return 1 + max(map(height, owners[company]), default=0)

    in_rings = set.union(*rings)
    leads_to_ring = set(in_rings)
    while more := {c for c in owners if owners[c] & leads_to_ring} - leads_to_ring:
        leads_to_ring |= more
    assert max(height(company) for company in owners.keys() - leads_to_ring) >= 6


def test_mills_offices_and_accountants_are_in_the_files(planted):
    world, content, _, companies = planted
    partners = defaultdict(set)
    for record in content.records["socios"]:
        partners[record[0]].add(record[3])
    addresses = {address.cnpj: address for address in world.addresses()}
    mills = world.mills()
    assert len(mills) == 6
    for mill in mills:
        records = [companies[company] for company in mill]
        assert 4 <= len(mill) <= 12  # one may have vanished
        assert len({(r[10], r[11][:2]) for r in records}) == 1
        assert len({r[22] for r in records}) == 1 or len({r[27] for r in records}) == 1
        assert len({addresses["".join(r[:3])].unit for r in records}) == 1
        assert set.intersection(*(partners[company] for company in mill))

    tenants, clients = defaultdict(list), defaultdict(list)
    for record in companies.values():
        address = addresses["".join(record[:3])]
        if record[5] == "02" and address.is_virtual_office:
            tenants[address.unit].append(record)
        if record[5] == "02" and record[27].startswith("CONTABILIDADE"):
            clients[record[27]].append(address.building)
    assert sum(
        len(records) >= 12 and len({r[11][:2] for r in records}) >= 5
        for records in tenants.values()
    ) >= 2  # fmt: skip
    assert any(len(set(places)) >= 12 for places in clients.values())


def test_companies_of_mills_fare_worse():
    world = World(companies=6_000, seed=2)
    mills, before = set.union(*world.mills()), world.statuses()
    active = {cnpj[:8] for cnpj, status, *_ in before if status == "02"}
    for _ in range(3):
        world.tick()
    ended = {event.cnpj[:8] for event in world.events if event.kind in ("close", "unfit")} & active
    in_mills = len(ended & mills) / len(active & mills)
    elsewhere = len(ended - mills) / len(active - mills)
    assert 3 < in_mills / elsewhere < 9
