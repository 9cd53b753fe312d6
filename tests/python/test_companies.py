"""Three months of a simulated registry, built on both engines, against what the simulator knows."""

import datetime as dt
import zipfile
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from commands import MARTS, REGISTRY_ONLY, dbt, marts, query, run, variables

from simulators.cnpj import World
from simulators.reference import Server
from warehouse import open_warehouse
from warehouse.connection import PROJECT

ENGINES = ("postgres", "duckdb")
QUESTIONS = (
    "companies_by_status_and_uf", "companies_to_look_at", "dead_letters_and_reasons",
    "duplicate_companies_at_one_address", "new_competitors_of_a_city", "signals_and_what_followed",
    "status_transitions", "survival_curve", "top_cnaes_of_a_city", "transition_matrix",
)  # fmt: skip
# what happens in the world: how the warehouse calls it, and whether it is of the whole company
CHANGES = {
    "birth": ("opened", False),
    "close": ("closed", False),
    "suspend": ("suspended", False),
    "unfit": ("unfit", False),
    "reactivate": ("reactivated", False),
    "vanish": ("unpublished", False),
    "return": ("republished", False),
    "move": ("moved", False),
    "trade_name": ("trade_name_changed", False),
    "activity": ("activity_changed", False),
    "capital": ("capital_changed", True),
    "rename": ("renamed", True),
    "size": ("size_changed", True),
    **{kind: (kind, True) for kind in ("simples_in", "simples_out", "mei_in", "mei_out")},
}
STATUS = {"01": "void", "02": "active", "03": "suspended", "04": "unfit", "08": "closed"}


@pytest.fixture(scope="module")
def registry(make_environment, tmp_path_factory):
    """The warehouse after three releases, loaded and built one by one on each engine."""
    folder = tmp_path_factory.mktemp("releases")
    world = World(companies=1_500, seed=11, first_month="2026-05")
    releases, statuses = [], []
    for month in range(3):
        if month:
            world.tick()
        releases.append(world.write_release(folder))
        statuses.append({row[0]: row[1:] for row in world.statuses()})
    environment = make_environment()

    def build(target: str) -> None:
        load = ("armazem", "load", "reference", "--target", target)
        run(*load, environment=environment | publishers.variables)
        for release in releases:
            load = ("armazem", "load", "cnpj", "--dir", str(release.path), "--target", target)
            run(*load, environment=environment)
            # unit tests have their own data, and are run where there is no other
            without = ("test", "unit_test") if release is not releases[-1] else ("unit_test",)
            rest = ("--exclude-resource-types", *without)
            dbt("build", *REGISTRY_ONLY, *rest, target=target, environment=environment)

    with Server(world) as publishers, ThreadPoolExecutor() as pool:
        list(pool.map(build, ENGINES))
    return SimpleNamespace(
        world=world,
        environment=environment,
        releases=releases,
        statuses=statuses,
        events=world.events,
        marts={target: marts(environment, target) for target in ENGINES},
    )


@pytest.fixture
def inside(registry):
    """This process sees the registry's warehouse."""
    with variables(**registry.environment):
        yield


def test_both_engines_build_the_same_marts(registry):
    for mart in MARTS:
        postgres, duck = (registry.marts[target][mart] for target in ENGINES)
        assert len(postgres) == len(duck), mart
        assert postgres == duck, mart
        assert postgres, f"{mart} is empty"


@pytest.mark.parametrize("target", ENGINES)
def test_history_as_of_each_release_is_what_was_published(registry, target):
    for release, published in zip(registry.releases, registry.statuses, strict=True):
        found = query(
            registry.environment,
            target,
            f"""
            select cnpj, status_id, status_date, status_reason_id
            from marts.company_status_history
            where valid_from <= '{release.extraction_date}'
              and valid_to > '{release.extraction_date}' and not is_deleted
            """,
        )
        assert {row[0]: row[1:] for row in found} == published


@pytest.mark.parametrize("target", ENGINES)
def test_versions_begin_and_end_at_extraction_dates_only(registry, target):
    found = query(
        registry.environment,
        target,
        "select distinct valid_from from marts.company_status_history"
        " union select distinct valid_to from marts.company_status_history",
    )
    dates = {dt.datetime.combine(r.extraction_date, dt.time()) for r in registry.releases}
    assert {row[0] for row in found} == dates | {dt.datetime(9999, 12, 31)}


@pytest.mark.parametrize("target", ENGINES)
def test_transitions_are_the_events_that_happened(registry, target):
    """From the statuses of two neighbouring months follows every transition, and no other."""
    expected = set()
    dates = [release.extraction_date for release in registry.releases]
    seen_before: set[str] = set(registry.statuses[0])
    months = zip(dates[1:], registry.statuses, registry.statuses[1:], strict=False)
    for date, before, after in months:
        for cnpj in before.keys() | after.keys():
            old = STATUS[before[cnpj][0]] if cnpj in before else "unpublished"
            new = STATUS[after[cnpj][0]] if cnpj in after else "unpublished"
            if old != new and cnpj in seen_before:
                expected.add((cnpj, old, new, date))
        seen_before |= after.keys()
    found = query(
        registry.environment,
        target,
        "select cnpj, from_status, to_status, observed_date from marts.company_status_transitions",
    )
    assert len(found) == len(expected)
    assert set(found) == expected
    kinds = {(old, new) for _, old, new, _ in expected}
    assert ("active", "closed") in kinds
    assert any(new == "unpublished" for _, new in kinds)
    assert any(old == "unpublished" for old, _ in kinds)


@pytest.mark.parametrize("target", ENGINES)
def test_changes_are_dated_by_the_registry(registry, target):
    found = {
        (cnpj, observed): (changed, days)
        for cnpj, observed, changed, days in query(
            registry.environment,
            target,
            "select cnpj, observed_date, changed_date, days_in_from_status"
            " from marts.company_status_transitions"
            " where from_status <> 'unpublished' and to_status <> 'unpublished'",
        )
    }
    dates = [release.extraction_date for release in registry.releases]
    checked = 0
    months = zip(dates[1:], registry.statuses, registry.statuses[1:], strict=False)
    for date, before, after in months:
        for cnpj in before.keys() & after.keys():
            (old, since, _), (new, changed, _) = before[cnpj], after[cnpj]
            if old != new and since and changed and since < changed <= date:
                assert found[cnpj, date] == (changed, (changed - since).days)
                checked += 1
    assert checked > 10


def what_happened(events) -> Counter:
    """(kind, company or establishment, date, what of it) of every event, as the warehouse says."""
    happened = Counter()
    for event in events:
        if event.kind == "partners":
            kind = "partner_in" if int(event.after) > int(event.before) else "partner_out"
            happened[kind, event.cnpj[:8], event.extraction_date, event.partner_name] += 1
            continue
        kind, is_of_company = CHANGES[event.kind]
        value = event.after if kind in ("trade_name_changed", "activity_changed") else None
        key = event.cnpj[:8] if is_of_company else event.cnpj
        happened[kind, key, event.extraction_date, value or None] += 1
    return happened


@pytest.mark.parametrize("target", ENGINES)
def test_changes_are_the_events_that_happened(registry, target):
    found = Counter()
    for kind, company_id, cnpj, before, after, date in query(
        registry.environment,
        target,
        "select change_kind, company_id, cnpj, before_value, after_value, observed_date"
        " from marts.company_changes",
    ):
        told = {"partner_in": after, "partner_out": before, "trade_name_changed": after}
        told["activity_changed"] = after
        found[kind, cnpj or company_id, date, told.get(kind)] += 1
    expected = what_happened(registry.events)
    assert found == expected
    assert {kind for kind, *_ in expected} == {
        *(kind for kind, _ in CHANGES.values()), "partner_in", "partner_out"
    }  # fmt: skip


@pytest.mark.parametrize("target", ENGINES)
def test_the_warehouse_finds_every_planted_irregularity(registry, target):
    release = registry.releases[-1]
    found = dict(
        query(
            registry.environment,
            target,
            "select irregularity, occurrence_count from marts.registry_quality",
        )
    )
    elsewhere = {"nul_bytes", "bad_column_count", "bad_quoting"}
    assert found == {k: v for k, v in release.planted.items() if k not in elsewhere}
    assert all(found.values()), "every irregularity must occur"
    letters = dict(
        query(
            registry.environment,
            target,
            "select error_class, sum(occurrences) from ops.dead_letter where load_id = ("
            "select max(load_id) from ops.load_ledger) group by error_class",
        )
    )
    assert letters == {
        "column_count": release.planted["bad_column_count"],
        "quoting": release.planted["bad_quoting"],
    }


@pytest.mark.parametrize("target", ENGINES)
def test_municipalities_have_what_ibge_knows_of_them(registry, target):
    rows = registry.marts[target]["dim_municipality"]
    found = [(*row[:4], *row[5:]) for row in rows]  # without the name to look for
    assert found == [
        (code, ibge_code, name or registry_name, registry_name, *state)
        for code, registry_name, ibge_code, name, *state in registry.world.municipalities()
    ]
    assert [row[0] for row in found if None in row] == ["9707"]
    assert {("1603", "2400208", "Açu", "ASSU"), ("1182", "5101837")} <= {
        row[:length] for row in found for length in (2, 4)
    }


@pytest.mark.parametrize("target", ENGINES)
def test_activities_have_their_levels_and_the_retired_are_marked(registry, target):
    found = registry.marts[target]["dim_cnae"]
    assert [(row[0], row[1], row[-1]) for row in found] == registry.world.activities()
    assert [row for row in found if None in row and not row[-1]] == []
    names = {row[0]: row[2:-1] for row in found}
    assert names["4751200"] == names["4751201"], "retired, in a class that is there"
    assert set(names["8888888"]) == {None}
    used = query(
        registry.environment,
        target,
        "select count(*) from marts.dim_company inner join marts.dim_cnae"
        " on main_cnae_id = cnae_id where is_retired",
    )
    assert used[0][0]


@pytest.mark.parametrize("target", ENGINES)
def test_the_ledger_tells_the_copies_from_the_rows(registry, target):
    """Of every release that was built, however often; what is left is in the marts."""
    planted = {
        "empresas": "duplicate_companies",
        "estabelecimentos": "duplicate_establishments",
        "socios": "duplicate_partners",
        "simples": "duplicate_simples",
    }
    found = query(
        registry.environment,
        target,
        """
        select as_of, resource, sum(deduplicated_rows),
            sum(source_rows - loaded_rows - deduplicated_rows - dead_lettered_rows)
        from ops.load_ledger group by load_id, as_of, resource having sum(deduplicated_rows) <> 0
        """,
    )
    assert set(found) == {
        (dt.datetime.combine(release.extraction_date, dt.time()), table, release.planted[name], 0)
        for release in registry.releases
        for table, name in planted.items()
    }
    loaded = query(
        registry.environment,
        target,
        "select sum(loaded_rows) from ops.load_ledger where resource = 'estabelecimentos'"
        " and load_id = (select max(load_id) from ops.load_ledger)",
    )
    assert loaded == [(len(registry.marts[target]["dim_establishment"]),)]


def pairs(groups) -> set[tuple[str, str]]:
    """Who is in one group with whom, of (member, group); no group is no company."""
    members = defaultdict(set)
    for member, group in groups:
        if group is not None:
            members[group].add(member)
    return {pair for group in members.values() for pair in combinations(sorted(group), 2)}


@pytest.mark.parametrize("target", ENGINES)
@pytest.mark.parametrize(("key", "place"), [("address_key", "building"), ("unit_key", "unit")])
def test_addresses_are_grouped_however_they_are_written(registry, target, key, place):
    found = pairs(
        query(
            registry.environment, target, f"select cnpj, {key} from marts.establishment_addresses"
        )
    )
    expected = pairs((each.cnpj, getattr(each, place)) for each in registry.world.addresses())
    assert len(expected) > 500
    assert len(found & expected) / len(found) >= 0.98, "precision"
    assert len(found & expected) / len(expected) >= 0.98, "recall"


@pytest.mark.parametrize("target", ENGINES)
def test_planted_units_are_read(registry, target):
    """Each value of both machine formats, in the column of its kind."""
    columns = {
        "APT": "apartment", "ANDAR": "floor", "PAVMTO": "floor", "BLOCO": "block", "SALA": "room",
        "CONJ": "suite", "QUADRA": "city_block", "LOTE": "lot", "LOJA": "store", "CASA": "house",
        "EDIF": "building", "KM": "kilometre",
    }  # fmt: skip
    names = sorted(set(columns.values()))
    found = {
        cnpj: dict(zip(names, units, strict=True))
        for cnpj, *units in query(
            registry.environment,
            target,
            f"select cnpj, {', '.join(names)} from marts.establishment_addresses",
        )
    }
    planted = [
        (value, found[each.cnpj][columns[word]])
        for each in registry.world.complements()
        if each.form in ("blocks", "list")
        for word, value in each.units.items()
        if word in columns
    ]
    read = sum(value in (cell or "").split() for value, cell in planted)
    assert len(planted) > 300
    assert read / len(planted) >= 0.99


@pytest.mark.parametrize("target", ENGINES)
def test_virtual_offices_are_known(registry, target):
    found = query(
        registry.environment,
        target,
        "select cnpj from marts.establishment_addresses inner join marts.shared_addresses"
        " using (unit_key) where is_virtual_office",
    )
    expected = {each.cnpj for each in registry.world.addresses() if each.is_virtual_office}
    assert expected
    assert {row[0] for row in found} == expected


@pytest.mark.parametrize("target", ENGINES)
def test_partners_are_told_apart(registry, target):
    """No two people in one identity, homonyms included; no person in two, however spelled."""
    rows = query(
        registry.environment,
        target,
        "select company_id, coalesce(partner_document, ''), partner_name, entry_date, partner_id"
        " from marts.company_partners where partner_kind <> 'company'",
    )
    identities = defaultdict(set)
    for *partnership, partner_id in rows:
        identities[tuple(partnership)].add(partner_id)
    people, persons = defaultdict(set), defaultdict(set)
    for company_id, document, name, entry_date, person in registry.world.people():
        for partner_id in identities[company_id, document, name, entry_date]:
            people[partner_id].add(person)
            persons[person].add(partner_id)
    assert len(persons) > 500
    assert [ids for ids in people.values() if len(ids) > 1] == []
    assert sum(len(ids) == 1 for ids in persons.values()) / len(persons) >= 0.98


@pytest.mark.parametrize("target", ENGINES)
def test_circles_of_ownership_are_found(registry, target):
    circles = defaultdict(set)
    for circle, company_id in query(
        registry.environment, target, "select circle_key, company_id from marts.ownership_circles"
    ):
        circles[circle].add(company_id)
    expected = registry.world.rings()
    assert {1, 2, 3, 5} <= {len(ring) for ring in expected}
    assert sorted(circles.values(), key=min) == expected


@pytest.mark.parametrize("target", ENGINES)
def test_mass_registrations_are_flagged_and_nobody_else(registry, target):
    found = query(
        registry.environment,
        target,
        "select company_id from marts.company_risk_flags where rule_id = 'mass_registration'",
    )
    mills = registry.world.mills()
    assert {row[0] for row in found} <= set().union(*mills)
    open_companies = query(
        registry.environment,
        target,
        "select company_id from marts.dim_company where status = 'active'",
    )
    for mill in mills:
        still_open = mill & {row[0] for row in open_companies}
        if len(still_open) >= 5:
            assert still_open <= {row[0] for row in found}


@pytest.mark.parametrize("target", ENGINES)
def test_the_back_test_finds_what_was_planted(registry, target):
    """Who is in a mill, or shares a partner with the unfit, fares six times worse."""
    rows = query(
        registry.environment,
        target,
        "select rule_id, flagged_count, failed_count, company_count, lift, horizon_days"
        " from marts.risk_rule_backtest where not is_mei",
    )
    found = {rule: figures for rule, *figures in rows}
    dates = [release.extraction_date for release in registry.releases]
    active = sum(row[0] == "02" for row in registry.statuses[0].values())
    assert {figures[-1] for figures in found.values()} == {(dates[-1] - dates[0]).days}
    assert 0 < found["mass_registration"][2] < active
    assert found["mass_registration"][3] > 2
    assert found["partner_of_unfit"][3] > 2
    assert found["virtual_office"][3] < 1.5


def test_no_cpf_is_left_in_the_marts(registry):
    names = {
        "dim_company": "legal_name",
        "dim_establishment": "trade_name",
        "company_partners": "partner_name",
        "dim_partner": "partner_name",
    }
    for mart, name in names.items():
        leaks = query(
            registry.environment,
            "postgres",
            f"select {name} from marts.{mart} where {name} ~ '(^|[^0-9])[0-9]{{11}}($|[^0-9])'",
        )
        assert leaks == []
    masked = "select count(*) from marts.dim_company where legal_name like '%***%**'"
    assert query(registry.environment, "postgres", masked)[0][0]


def damage_rows(release, kind: str, *key: str) -> None:
    """Take the closing quote from the rows of a file that begin with these fields."""
    start = "".join(f'"{field}";' for field in key).encode()
    found = False
    for path in sorted(release.path.glob(f"{kind}*.zip")):
        with zipfile.ZipFile(path) as archive:
            inner = archive.infolist()[0]
            lines = archive.read(inner).split(b"\n")
        damaged = [line[:-1] if line.startswith(start) else line for line in lines]
        if damaged != lines:
            found = True
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(inner, b"\n".join(damaged))
    assert found, f"{key} is in no file"


@pytest.mark.parametrize("target", ENGINES)
def test_what_a_release_cannot_show_is_not_gone(make_environment, tmp_path, target):
    """Damaged rows and missing files are gaps; rows that left a whole release are gone."""
    environment, world = make_environment(), World(companies=600, seed=5, first_month="2026-05")
    releases, statuses = [], []
    for month in range(3):
        if month:
            world.tick()
        releases.append(world.write_release(tmp_path))
        statuses.append({row[0]: row[1] for row in world.statuses()})
    busy = {event.cnpj[:8] for event in world.events}
    owned = {partnership.company_id for partnership in world.people()} - busy
    seen = next(c for c in statuses[0] if c[:8] in owned and c[8:12] == "0001")
    root = seen[:8]
    damage_rows(releases[1], "Estabelecimentos", root, seen[8:12], seen[12:])
    damage_rows(releases[1], "Empresas", root)
    damage_rows(releases[1], "Socios", root)
    for kind in ("Estabelecimentos", "Empresas", "Socios"):
        (releases[2].path / f"{kind}5.zip").unlink()
    for release, options in zip(
        releases, ((), (), ("--allow-partial", "--allow-shrink")), strict=True
    ):
        load = ("armazem", "load", "cnpj", "--dir", str(release.path), "--target", target)
        run(*load, *options, environment=environment)
        build = ("build", "--select", "+company_changes", "+company_status_transitions")
        build += ("registry_releases", "--exclude-resource-types", "test", "unit_test")
        dbt(*build, target=target, environment=environment)

    gone = query(
        environment,
        target,
        "select cnpj, observed_date from marts.company_status_transitions"
        " where to_status = 'unpublished'",
    )
    vanished = statuses[0].keys() - statuses[1].keys()
    assert vanished
    assert set(gone) == {(cnpj, releases[1].extraction_date) for cnpj in vanished}
    versions = query(
        environment,
        target,
        f"select status_id, is_deleted from marts.company_status_history where cnpj = '{seen}'",
    )
    assert versions == [(statuses[0][seen], False)]
    # all that is told did happen; not all that happened could be seen
    changes = query(
        environment, target, "select change_kind, observed_date from marts.company_changes"
    )
    happened = Counter((kind, date) for kind, _, date, _ in what_happened(world.events).elements())
    assert changes and Counter(changes) <= happened
    assert not query(
        environment, target, f"select * from marts.company_changes where company_id = '{root}'"
    )


@pytest.mark.parametrize("target", ENGINES)
def test_loading_and_building_the_newest_again_changes_nothing(registry, target):
    newest = str(registry.releases[-1].path)
    load = ("armazem", "load", "cnpj", "--dir", newest, "--target", target)
    run(*load, environment=registry.environment)
    build = ("build", *REGISTRY_ONLY, "--exclude-resource-types", "test", "unit_test")
    dbt(*build, target=target, environment=registry.environment)
    assert marts(registry.environment, target) == registry.marts[target]


@pytest.mark.parametrize("target", ENGINES)
def test_freshness_is_known(registry, target):
    """The simulated months are over, so it may warn; an error would mean it cannot be told."""
    dbt("source", "freshness", target=target, environment=registry.environment)


def test_the_questions_can_be_asked_as_a_reader(registry):
    for name in QUESTIONS:
        query = (PROJECT / "analyses" / f"{name}.sql").read_text()
        command = ("armazem", "sql", "-", "--csv")
        answer = run(*command, environment=registry.environment, input=query)
        assert len(answer.stdout.splitlines()) > 1, name


def test_a_reader_sees_the_marts_and_nothing_else(registry):
    for schema in ("raw_cnpj.empresas", "ops.load_ledger", "snapshots.company_status_snapshot"):
        refused = run(
            "armazem", "sql", f"select * from {schema}",
            environment=registry.environment, check=False,
        )  # fmt: skip
        assert refused.returncode == 1
        assert refused.stderr.startswith("error: permission denied")
    for statement in ("delete from dim_company", "drop table dim_company", "select 1; select 2"):
        refused = run("armazem", "sql", statement, environment=registry.environment, check=False)
        assert refused.returncode == 1
        assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("target", ENGINES)
def test_a_broken_history_is_found(registry, inside, target):
    """By what the test of the mart runs, in a transaction for each fault."""
    warehouse = open_warehouse(target)
    test = compiled(registry.environment, target, "versions_follow_each_other_company_status*")
    mart = "marts.company_status_history"
    single = (
        f"select cnpj, min(valid_from) from {mart} group by cnpj"
        " having count(*) = 1 and not bool_or(is_deleted) order by cnpj limit 1"
    )
    with warehouse.begin() as connection:
        assert not connection.execute(sa.text(test)).all()
        cnpj, begin = connection.execute(sa.text(single)).one()
    days = [begin + dt.timedelta(n) for n in range(3)]
    change = f"update {mart} set {{}} where cnpj = :cnpj"
    version = f"""
        insert into {mart}
            (status_version_key, cnpj, company_id, valid_from, valid_to, is_current, is_deleted)
        values ('x', :cnpj, 'x', '{{}}', '{{}}', {{}}, false)
    """
    faults = (
        change.format("is_current = false"),
        change.format(f"valid_from = '{days[1]}', valid_to = '{days[0]}'"),
        change.format("valid_to = valid_from"),
        version.format(days[1], "9999-12-31", "true"),  # two are current
        version.format(days[1], days[2], "false"),  # overlaps the current one
        version.format(days[0], days[1], "false"),  # begins with it, which PostgreSQL refuses
    )
    for fault in faults:
        with warehouse.begin() as connection:
            try:
                connection.execute(sa.text(fault), {"cnpj": cnpj})
            except sa.exc.IntegrityError:
                assert (target, fault) == ("postgres", faults[-1])
                continue
            found = connection.execute(sa.text(test)).mappings().all()
            connection.rollback()
        assert {row["cnpj"] for row in found} == {cnpj}, fault


def test_a_key_is_unique_by_index_or_by_test(registry, inside):
    again = sa.text("insert into marts.dim_company select * from marts.dim_company limit 1")
    with pytest.raises(sa.exc.IntegrityError), open_warehouse().begin() as connection:
        connection.execute(again)
    test = compiled(registry.environment, "duckdb", "unique_dim_company_company_id")
    with open_warehouse("duckdb").begin() as connection:
        assert not connection.execute(sa.text(test)).all()
        connection.execute(again)
        assert len(connection.execute(sa.text(test)).all()) == 1
        connection.rollback()


def compiled(environment: dict[str, str], target: str, test: str) -> str:
    """What dbt ran for a test in the last build."""
    folder = Path(environment["ARMAZEM_HOME"]) / f"target-{target}" / "compiled"
    (path,) = folder.rglob(f"{test}.sql")
    return path.read_text()
