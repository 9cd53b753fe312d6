"""What the API reads, asked over HTTP, against the marts and what the simulators know."""

import base64
import datetime as dt
import itertools
import json
import re
from collections import Counter, defaultdict
from contextlib import contextmanager
from random import Random

import httpx
import psycopg
import pytest
import schemathesis
from api_world import invented, serving
from commands import variables
from hypothesis import HealthCheck, given, seed, settings
from psycopg import sql
from psycopg.rows import dict_row
from pydantic import TypeAdapter
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.routing import Match

from serving import users
from serving.api.cnpj import check_digits, masked, parse
from serving.api.routes import ROUTERS
from serving.api.routes.compatible import CnpjV1
from serving.api.server import serve
from simulators.mercadolivre import truth
from simulators.mercadolivre.world import LEVELS
from warehouse import UserError, open_warehouse
from warehouse.connection import connection_keywords

NASTY = (
    "' or 1=1 --", "%", "_", "\\", "\x00", "{}", "%(cnpj)s", "🦆" * 30, "مرحبا\u202eabc", "é" * 100,
    "9" * 40, "-1", "null", "x" * 10_000,
)  # fmt: skip
LISTS = {
    "/search": [{"cnae": "G"}, {"city": "7107"}, {"name": "CA"}],
    "/changes": [{}, {"kind": "opened"}],
    "/products": [{}],
    "/sellers": [{}],
    "/sales/top": [{"from": "2020-01-01"}, {"from": "2020-01-01", "by": "quantity"}],
    "/failures": [{}],
    "/loads": [{}],
}


@pytest.fixture(scope="module")
def world(make_environment, tmp_path_factory):
    made = invented(make_environment(), tmp_path_factory.mktemp("invented"))
    keywords = connection_keywords({"PGPASSWORD": None, **made.environment})
    keywords["options"] += " -c search_path=marts"
    with psycopg.connect(**keywords, autocommit=True, row_factory=dict_row) as connection:
        made.connection = connection
        yield made


@pytest.fixture(scope="module")
def answers():
    """All that was answered while the tests ran."""
    return []


@pytest.fixture(scope="module")
def client(world, answers):
    """Asks as a user who may see loads."""
    with variables(**world.environment):
        users.add(open_warehouse(), "operator", "a long password", ["operate", "read", "write"])
    with serving(world.environment) as client:
        form = {"username": "operator", "password": "a long password"}
        token = client.post("/token", data=form).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"

        def keep(response: httpx.Response) -> None:
            response.read()
            answers.append(response)

        client.event_hooks["response"] = [keep]
        yield client


def rows(world, query: str, *values) -> list[dict]:
    """Rows of the marts as PostgreSQL writes them in JSON."""
    found = world.connection.execute(f"select to_jsonb(t) as row from ({query}) as t", values)
    return [each["row"] for each in found]


def get(client, path: str, expected: int = 200, **parameters):
    response = client.get(path, params=parameters)
    assert response.status_code == expected, response.text
    return response.json()


def walk(client, path: str, between=lambda: None, **parameters) -> list[dict]:
    """All elements of a list, page by page."""
    found, pages = [], 0
    while True:
        page = get(client, path, **parameters)
        found += page["data"]
        assert len(page["data"]) <= parameters.get("limit", 50)
        if page["next"] is None:
            return found
        parameters["cursor"] = page["next"]
        between()
        pages += 1
        assert pages < 5_000


def some_cnpjs(world) -> list[str]:
    found = [row["cnpj"] for row in rows(world, "select cnpj from dim_establishment order by cnpj")]
    lettered = [cnpj for cnpj in found if not cnpj.isdigit()]
    assert lettered
    return [*Random(1).sample(found, 8), *lettered[:2]]


def test_every_spelling_of_a_cnpj_is_the_same_question(client, world):
    for cnpj in some_cnpjs(world):
        spellings = (
            cnpj, cnpj.lower(), masked(cnpj), masked(cnpj).lower(),
            masked(cnpj).replace("/", "%2F"), f"{cnpj[:8]} {cnpj[8:]}",
        )  # fmt: skip
        for path in ("/company/{}", "/company/{}/history", "/risk-score/{}", "/cnpj/v1/{}"):
            told = {client.get(path.format(spelling)).text for spelling in spellings}
            assert len(told) == 1
            assert '"status":4' not in told.pop()


def test_a_root_means_the_headquarters(client, world):
    for company in rows(world, "select * from dim_company where branch_count > 0"):
        root, cnpj = company["company_id"], company["headquarters_cnpj"]
        masked_root = masked(cnpj)[:10]
        for path in ("/company/{}", "/company/{}/history", "/risk-score/{}"):
            whole = get(client, path.format(cnpj))
            assert get(client, path.format(root))["data"] == whole["data"]
            assert get(client, path.format(masked_root))["data"] == whole["data"]


def test_mistyped_cnpjs_are_told_from_unknown_ones(client):
    assert check_digits("112223330001") == "81"
    assert check_digits("12ABC34501DE") == "35"  # the Receita's own example
    for wrong in ("11222333000182", "1122233300018", "abc", "1", "ＡＢ345678", "ıı222333"):
        problem = get(client, f"/company/{wrong}", 422)
        assert problem["errors"][0]["field"] == "cnpj"
        with pytest.raises(ValueError):
            parse(wrong)
        message = f"CNPJ {wrong} inválido."
        problem = get(client, f"/cnpj/v1/{wrong}", 400)
        assert (problem["message"], problem["name"]) == (message, "BadRequestError")
    assert get(client, "/cnpj/v1/11222333", 400)  # there, a root is none
    for path in ("/company/{}", "/company/{}/history", "/company/{}?as_of=2026-06-20"):
        assert get(client, path.format("11222333000181"), 404)
    assert get(client, "/company/11222333", 404)
    problem = get(client, "/cnpj/v1/11222333000181", 404)
    assert problem["message"] == "CNPJ 11.222.333/0001-81 não encontrado."
    assert problem["status"] == 404


def test_a_company_is_what_the_marts_say(client, world):
    companies = {row["company_id"]: row for row in rows(world, "select * from dim_company")}
    activities = {row["cnae_id"]: row["cnae_name"] for row in rows(world, "select * from dim_cnae")}
    risks = {row["company_id"]: row for row in rows(world, "select * from company_risk")}
    partners = Counter(row["company_id"] for row in rows(world, "select * from company_partners"))
    contacts = {"phone_1", "phone_2", "fax", "email"}
    cities = {row["municipality_id"]: row for row in rows(world, "select * from dim_municipality")}
    establishments = rows(world, "select * from dim_establishment order by cnpj")
    for row in Random(3).sample(establishments, 200):
        answer = get(client, f"/company/{row['cnpj']}")
        assert answer["as_of"] == row["extracted_at"][:10]
        told, company = answer["data"], companies.get(row["company_id"])
        place = cities[row["municipality_id"]]
        listed = (row["secondary_cnae_ids"] or "").split(",")
        row |= {name: place[name] for name in ("ibge_municipality_id", "municipality_name")}
        row["secondary_activities"] = [
            {"cnae_id": id, "cnae_name": activities.get(id)} for id in listed if id
        ]
        assert told["establishment"] == {
            name: None if name in contacts else row[name] for name in told["establishment"]
        }
        assert told["company"] == {name: company[name] for name in told["company"]}
        assert told["risk"] == {name: risks[row["company_id"]][name] for name in told["risk"]}
        assert len(told["partners"]) == partners[row["company_id"]]
    known = {*companies} & {row["company_id"] for row in establishments}
    query = "select * from company_partners where company_id = %s"
    for company_id in Random(2).sample(sorted(known & {*partners}), 50):
        told = get(client, f"/company/{company_id}")["data"]["partners"]
        expected = [{name: row[name] for name in told[0]} for row in rows(world, query, company_id)]
        assert sorted(map(str, told)) == sorted(map(str, expected))


def test_what_was_published_is_told_as_of_then(client, world):
    ever = set().union(*(statuses for _, statuses in world.published))
    gone = changed = 0
    first_statuses, last_statuses = (statuses for _, statuses in world.published)
    told_apart = {c for c in ever if first_statuses.get(c) != last_statuses.get(c)}
    for date, statuses in world.published:
        for cnpj in told_apart.union(Random(4).sample(sorted(ever), 100)):
            first = min(day for day, shown in world.published if cnpj in shown)
            if date < first:
                problem = get(client, f"/company/{cnpj}", 404, as_of=date)
                assert f"of {first}" in problem["detail"]
                continue
            told = get(client, f"/company/{cnpj}", as_of=date)["data"]
            assert told["known_on"] == date.isoformat()
            assert told["is_published"] == (cnpj in statuses)
            if cnpj in statuses:
                status_date = told["status_date"] and dt.date.fromisoformat(told["status_date"])
                shown = told["status_id"], status_date, told["status_reason_id"]
                assert shown == statuses[cnpj]
                changed += statuses[cnpj] != world.published[0][1].get(cnpj, statuses[cnpj])
            else:
                gone += 1
    assert gone
    assert changed


def test_days_between_and_beyond_releases(client, world):
    (first, before), (second, after) = world.published
    day = dt.timedelta(days=1)
    changed = [cnpj for cnpj in before.keys() & after.keys() if before[cnpj] != after[cnpj]]
    for cnpj in changed:
        told = get(client, f"/company/{cnpj}", as_of=second - day)["data"]
        assert told["status_id"] == before[cnpj][0]
        assert told["shown_until_date"] == second.isoformat()
        told = get(client, f"/company/{cnpj}", as_of=second + day)["data"]
        assert told["status_id"] == after[cnpj][0]
        assert told["shown_until_date"] is None
    problem = get(client, f"/company/{changed[0]}", 404, as_of=first - day)
    assert f"of {first}" in problem["detail"]
    tomorrow = dt.datetime.now(dt.UTC).date() + day
    problem = get(client, f"/company/{changed[0]}", 422, as_of=tomorrow)
    assert problem["errors"] == [{"field": "as_of", "message": "is in the future"}]
    get(client, f"/company/{changed[0]}", 422, as_of="soon")


def test_histories_have_every_version_and_change(client, world):
    versions = Counter(row["cnpj"] for row in rows(world, "select * from company_status_history"))
    changes = rows(world, "select * from company_changes")
    for cnpj in {row["cnpj"] for row in changes if row["cnpj"]} | {*some_cnpjs(world)}:
        told = walk(client, f"/company/{cnpj}/history", limit=2)
        assert sum(event["kind"] == "status" for event in told) == versions[cnpj]
        expected = [
            (row["observed_date"], row["change_kind"], row["after_value"])
            for row in changes
            if row["company_id"] == cnpj[:8] and row["cnpj"] in (None, cnpj)
        ]
        found = [
            (event["observed_date"], event["change_kind"], event["after_value"])
            for event in told
            if event["kind"] == "change"
        ]
        assert Counter(found) == Counter(expected)
        dates = [event["observed_date"] for event in told]
        assert dates == sorted(dates)


def test_risk_scores_have_their_evidence(client, world):
    flags = rows(world, "select * from company_risk_flags")
    found = rows(world, "select * from company_risk where flag_count > 0 or company_id like '%%9'")
    for row in found:
        answer = get(client, f"/risk-score/{row['company_id']}")
        assert answer["as_of"] == row["as_of"]
        told = answer["data"]
        assert told["score"] == row["score"]
        mine = [flag for flag in flags if flag["company_id"] == row["company_id"]]
        assert {flag["rule_id"]: flag["evidence"] for flag in told["flags"]} == {
            flag["rule_id"]: flag["evidence"] for flag in mine
        }
        assert told["score"] == min(100, sum(flag["points"] for flag in told["flags"]))


def test_brasilapi_and_minha_receita_would_say_the_same(client, world):
    """Names, types and words of a recorded answer of theirs."""
    companies = {row["company_id"]: row for row in rows(world, "select * from dim_company")}
    partners = rows(world, "select * from company_partners")
    words = {"01": "NULA", "02": "ATIVA", "03": "SUSPENSA", "04": "INAPTA", "08": "BAIXADA"}
    published = sorted(world.published[-1][1].items())
    for cnpj, (status, status_date, reason) in Random(5).sample(published, 200):
        told = get(client, f"/cnpj/v1/{cnpj}")
        assert told["cnpj"] == cnpj
        assert told["situacao_cadastral"] == int(status)
        assert told["descricao_situacao_cadastral"] == words[status]
        assert told["data_situacao_cadastral"] == (status_date and status_date.isoformat())
        assert told["motivo_situacao_cadastral"] == int(reason)
        assert told["razao_social"] == (companies[cnpj[:8]]["legal_name"] or "")
        assert told["capital_social"] == companies[cnpj[:8]]["capital_amount"]
        assert told["ddd_telefone_1"] is told["email"] is None
        assert len(told["qsa"]) == sum(row["company_id"] == cnpj[:8] for row in partners)
        for partner in told["qsa"]:
            assert re.fullmatch(r"\*{3}\d{6}\*{2}|[0-9A-Z]{14}", partner["cnpj_cpf_do_socio"])
            assert re.fullmatch(r"\*{3}\d{6}\*{2}", partner["cpf_representante_legal"])
        assert all(isinstance(activity["codigo"], int) for activity in told["cnaes_secundarios"])
        CnpjV1.model_validate(told, strict=False)
        assert told.keys() == CnpjV1.model_fields.keys()


def expected_search(world, condition: str, *values) -> list[str]:
    query = f"""
        select e.cnpj from dim_establishment as e
        left join dim_company as c on e.company_id = c.company_id
        left join dim_cnae as a on e.main_cnae_id = a.cnae_id
        left join dim_municipality as m on e.municipality_id = m.municipality_id
        where {condition}
        order by e.main_cnae_id, e.cnpj
    """
    return [row["cnpj"] for row in rows(world, query, *values)]


def searched(client, **parameters) -> list[str]:
    return [row["cnpj"] for row in walk(client, "/search", limit=100, **parameters)]


def test_search_finds_every_level_of_activity(client, world):
    levels = ("section_id", "division_id", "group_id", "class_id", "cnae_id")
    active = rows(world, "select * from dim_cnae where section_id is not null order by cnae_id")
    sections = sorted({row["section_id"] for row in active})
    assert len(sections) == 21
    for row in [next(row for row in active if row["section_id"] == s) for s in sections]:
        for level in levels:
            found = searched(client, cnae=row[level])
            assert found == expected_search(world, f"a.{level} = %s", row[level])
    popular = "4711302"
    expected = expected_search(world, "e.main_cnae_id = %s", popular)
    assert expected
    for spelling in ("4711302", "4711-3/02", "47.11-3/02", "47113/02"):
        assert searched(client, cnae=spelling) == expected
    assert searched(client, cnae="47.11-3") == expected_search(world, "a.class_id = '47113'")
    assert searched(client, cnae="g") == expected_search(world, "a.section_id = 'G'")
    for wrong in ("V", "4", "4711", "471130", "47113025", "abc"):
        assert get(client, "/search", 422, cnae=wrong)["errors"][0]["field"] == "cnae"


def test_search_takes_a_city_as_it_is_written(client, world):
    expected = expected_search(world, "m.ibge_municipality_id = '3550308'")
    assert expected
    for city in ("São Paulo", "SAO PAULO", "sao  paulo", "3550308", "7107", "são paulo"):
        assert searched(client, city=city) == expected
    query = """
        select upper(municipality_name) as name, min(municipality_name) as city, count(*) as n
        from dim_municipality where uf is not null group by 1 having count(*) > 1 limit 5
    """
    for row in rows(world, query):
        problem = get(client, "/search", 422, city=row["city"].lower())
        assert len(problem["errors"]) == row["n"]
        assert "add uf" in problem["detail"]
        query = "select * from dim_municipality where municipality_name = %s"
        for place in rows(world, query, row["city"]):
            found = searched(client, city=row["city"], uf=place["uf"])
            assert found == expected_search(
                world, "e.municipality_id = %s and e.uf = %s", place["municipality_id"], place["uf"]
            )
    for wrong in ("Nowhere", "1234567", "São Paulo do Nada"):
        assert get(client, "/search", 422, city=wrong)["errors"][0]["field"] == "city"
    signed = "select * from dim_municipality where municipality_name ~ '[''’-]' limit 20"
    for place in rows(world, signed):
        for name in (place["municipality_name"], place["registry_name"]):
            assert get(client, "/search", city=name, uf=place["uf"])["data"] is not None


def test_search_combines_its_filters(client, world):
    choices = {
        "cnae": [(None, "true"), ("G", "a.section_id = 'G'"), ("56", "a.division_id = '56'")],
        "city": [(None, "true"), ("7107", "e.municipality_id = '7107'")],
        "uf": [(None, "true"), ("sp", "e.uf = 'SP'"), ("EX", "e.uf = 'EX'")],
        "status": [(None, "true"), ("active", "e.status = 'active'"), ("08", "e.status_id = '08'")],
        "size": [(None, "true"), ("micro", "c.company_size = 'micro'"), ("05", "c.size_id = '05'")],
    }
    some = 0
    for combination in itertools.product(*choices.values()):
        given = {
            name: value
            for name, (value, _) in zip(choices, combination, strict=True)
            if value is not None
        }
        if {"cnae", "city"} & given.keys():
            found = searched(client, **given)
            assert found == expected_search(world, " and ".join(c for _, c in combination))
            some += bool(found)
        else:
            problem = get(client, "/search", 422, **given)
            assert "give this, city or name" in problem["detail"]
    assert some > 20
    for wrong in ({"status": "dead"}, {"size": "huge"}, {"uf": "XX"}, {"limit": 0}):
        field = next(iter(wrong))
        assert get(client, "/search", 422, cnae="G", **wrong)["errors"][0]["field"] == field


def test_search_finds_names_that_begin_so(client, world):
    every = rows(
        world,
        "select cnpj, trade_name, legal_name, e.uf, e.status from dim_establishment as e"
        " left join dim_company as c using (company_id)",
    )
    starts = {row[name][:n] for row in every[:60] for name in ("trade_name", "legal_name")
              for n in (3, 8, 200) if row[name] and len(row[name]) > 2}  # fmt: skip
    assert any("É" in start for start in starts | {"CAFÉ"})
    for start in [*sorted(starts), "CAFÉ"]:
        found = [row["cnpj"] for row in walk(client, "/search", limit=20, name=start.lower())]
        plain = start.replace("É", "E")
        expected = {
            row["cnpj"]
            for row in every
            for name in (row["legal_name"], row["trade_name"])
            if name and name.startswith((start, plain))
        }
        assert len(found) == len(set(found))
        assert set(found) == expected, start
    narrow = [row["cnpj"] for row in walk(client, "/search", name="ca", uf="SP", status="active")]
    assert set(narrow) == {
        row["cnpj"]
        for row in every
        if row["uf"] == "SP"
        and row["status"] == "active"
        and any((row[name] or "").startswith("CA") for name in ("legal_name", "trade_name"))
    }
    for literal in ("%", "%%", "__", "CA%", "100%"):
        assert get(client, "/search", name=literal.ljust(2, "%"))["data"] == []


def test_changes_are_filtered(client, world):
    query = """
        select changes.*, coalesce(e.uf, c.uf) as uf from company_changes as changes
        left join dim_establishment as e on changes.cnpj = e.cnpj
        left join dim_company as c on changes.company_id = c.company_id
    """
    every = rows(world, query)
    date = every[0]["observed_date"]
    kinds = {row["change_kind"] for row in every}
    assert len(kinds) > 5
    for kind, uf, since in itertools.product([None, *kinds], [None, "SP", "RJ"], [None, date]):
        given = {"kind": kind, "uf": uf, "since": since}
        found = walk(client, "/changes", **{k: v for k, v in given.items() if v})
        assert {row["change_key"] for row in found} == {
            row["change_key"]
            for row in every
            if kind in (None, row["change_kind"]) and uf in (None, row["uf"])
        }
    assert walk(client, "/changes", until="2026-05-31") == []
    assert walk(client, "/changes", since="2026-12-31") == []
    assert get(client, "/changes", 422, kind="exploded")["errors"][0]["field"] == "kind"


def keys_of(path: str, found: list[dict]) -> list:
    names = {
        "/search": "cnpj", "/changes": "change_key", "/products": "product_id",
        "/sellers": "seller_id", "/sales/top": "product_id", "/failures": "dead_letter_key",
        "/loads": "load_part_key", "/price-history": "version",
    }  # fmt: skip
    return [row.get(names[path]) or (row["price_series_key"], row["valid_from"]) for row in found]


class Inserter:
    """Copies of rows under keys of their own, for as long as the ``with`` block lasts."""

    def __init__(self, world):
        self.world, self.random, self.inserted = world, Random(3), []

    def __enter__(self):
        return self

    def copy(self, table: str, **given) -> None:
        columns = [
            row["column_name"]
            for row in self.world.connection.execute(
                "select column_name from information_schema.columns"
                " where table_schema = 'marts' and table_name = %s",
                [table],
            )
        ]
        chosen = sql.SQL(", ").join(
            sql.Literal(given[name]) if name in given else sql.Identifier(name) for name in columns
        )
        self.world.connection.execute(
            sql.SQL("insert into {table} ({names}) select {chosen} from {table} limit 1").format(
                table=sql.Identifier(table),
                names=sql.SQL(", ").join(map(sql.Identifier, columns)),
                chosen=chosen,
            )
        )
        key = next(iter(given))
        self.inserted.append((table, key, given[key]))

    def everywhere(self) -> None:
        token = f"{self.random.getrandbits(128):032x}"
        number = 10**17 + self.random.getrandbits(40)
        base = f"{self.random.randrange(10**12):012d}"
        day = self.world.published[-1][0] + dt.timedelta(days=self.random.randrange(-20, 20))
        cnae = self.random.choice(("4711302", "4781400", "0111301"))
        self.copy("company_changes", change_key=token, observed_date=day)
        self.copy("dim_establishment", cnpj=base + check_digits(base), main_cnae_id=cnae,
                  municipality_id="7107", trade_name=f"CA{token}")  # fmt: skip
        self.copy("dim_product", product_key=token, product_id=token, is_current=True)
        self.copy("dim_catalog_product", catalog_product_id=f"MLB{number}")
        self.copy("dim_seller", seller_key=token, seller_id=number, is_current=True)
        self.copy("dead_letters", dead_letter_key=token)
        self.copy("load_ledger", load_part_key=token)

    def __exit__(self, *_):
        for table, key, value in self.inserted:
            self.world.connection.execute(
                sql.SQL("delete from {} where {} = %s").format(
                    sql.Identifier(table), sql.Identifier(key)
                ),
                [value],
            )


@pytest.mark.parametrize("path", LISTS)
def test_walks_meet_every_row_once_while_rows_arrive(client, world, path):
    for parameters in LISTS[path]:
        whole = keys_of(path, walk(client, path, limit=500, **parameters))
        assert len(whole) > 3
        assert len(set(whole)) == len(whole)
        for limit in (1, 7, 50):
            if len(whole) / limit > 120:
                continue
            with Inserter(world) as inserter:
                found = keys_of(
                    path, walk(client, path, inserter.everywhere, limit=limit, **parameters)
                )
            assert len(set(found)) == len(found)
            assert set(whole) <= set(found)
            assert [key for key in found if key in set(whole)] == whole  # and their order is kept
        assert keys_of(path, walk(client, path, limit=500, **parameters)) == whole


def test_a_cursor_is_of_one_list(client, world):
    changes = get(client, "/changes", limit=1)["next"]
    assert get(client, "/search", 422, cnae="G", cursor=changes)["errors"][0]["field"] == "cursor"
    by_cnae = get(client, "/search", cnae="G", limit=1)["next"]
    assert get(client, "/search", cnae="G", cursor=by_cnae)["data"]
    for key in (["x", "y", "z"], ["2026-01-01", "\ud800", "z"], ["2026-01-01", 1, "z"], [], {}, 1):
        text = json.dumps(["/changes", key]).encode()
        forged = base64.urlsafe_b64encode(text).decode().rstrip("=")
        assert get(client, "/changes", 422, cursor=forged)["errors"][0]["field"] == "cursor"


def test_prices_are_the_versions_of_the_mart(client, world):
    query = "select v.* from product_price_history as v order by price_series_key, valid_from"
    every = rows(world, query)
    assert {row["state"] for row in every} >= {"offered", "delisted"}
    items = sorted({row["item_id"] for row in every if row["item_id"]})
    names = ("state", "price_amount", "context", "is_current", "observation_count")
    for item in items:
        told = walk(client, "/price-history", item=item, limit=3)
        mine = [row for row in every if row["item_id"] == item]
        assert [row["valid_from"][:19] for row in told] == [row["valid_from"] for row in mine]
        assert [row["valid_to"] for row in told] == [
            None if row["valid_to"][:4] == "9999" else row["valid_to"] + "+00:00" for row in mine
        ]
        assert [[row[name] for name in names] for row in told] == [
            [row[name] for name in names] for row in mine
        ]
    products = rows(world, "select product_id, item_id from product_identity")
    for product in sorted({row["product_id"] for row in products}):
        listings = {row["item_id"] for row in products if row["product_id"] == product}
        told = walk(client, "/price-history", product=product)
        assert keys_of("/price-history", told) == [
            (row["price_series_key"], row["valid_from"] + "+00:00")
            for row in every
            if row["item_id"] in listings
        ]
    for product in world.market.products:
        told = walk(client, "/price-history", product=product)
        mine = [row for row in every if row["catalog_product_id"] == product]
        assert [row["state"] for row in told] == [row["state"] for row in mine]
    versions = [row for row in every if row["item_id"] == items[0]]
    for day in sorted({row["valid_from"][:10] for row in every}):
        told = walk(client, "/price-history", **{"item": items[0], "from": day, "to": day})
        held = [
            row["valid_from"][:10] <= day and row["valid_to"] > f"{day}T00:00:00"
            for row in versions
        ]
        assert len(told) == sum(held)
    context = versions[0]["context"]
    told = walk(client, "/price-history", item=items[0], context=context)
    assert len(told) == sum(row["context"] == context for row in versions)
    get(client, "/price-history", 422)
    get(client, "/price-history", 422, item="a", product="b")


def test_products_and_sellers_are_those_of_the_world(client, world):
    market = world.market
    told = walk(client, "/products", limit=20)
    catalogue = {row["product_id"]: row for row in told if row["kind"] == "catalogue"}
    assert catalogue.keys() == market.products.keys()
    own = rows(world, "select * from dim_product where is_current")
    assert {row["product_id"]: row["name"] for row in told if row["kind"] == "own"} == {
        row["product_id"]: row["title"] for row in own
    }
    for row in told:
        one = get(client, f"/products/{row['product_id']}")["data"]
        assert one | row == one
        query = "select * from dim_product where product_id = %s"
        assert len(one["versions"]) == len(rows(world, query, row["product_id"]))
    assert get(client, "/products/none", 404)

    sellers = walk(client, "/sellers", limit=3)
    assert len(sellers) > 3
    for row in sellers:
        seller = market.sellers[row["seller_id"]]
        assert row["is_own"] == seller.own
        if row["nickname"]:
            assert (row["nickname"], row["reputation_level_id"]) == (
                seller.nickname,
                LEVELS[seller.level],
            )
        one = get(client, f"/sellers/{row['seller_id']}")["data"]
        assert one | row == one
        query = "select * from dim_seller where seller_id = %s"
        assert len(one["versions"]) == len(rows(world, query, row["seller_id"]))
    assert any(row["company_status"] == "active" for row in sellers)
    assert get(client, "/sellers/1", 404)


def test_possible_operators_are_shown_with_one_another(client, world):
    ids = [row["seller_id"] for row in rows(world, "select * from dim_seller where is_current")][:3]
    for seller in ids:
        world.connection.execute(
            "insert into seller_clusters (seller_id, nickname, cluster_id, seller_count,"
            " link_count, best_score, is_too_large, is_disputed)"
            " values (%s, %s, %s, 3, 2, 14, false, false)",
            [seller, f"S{seller}", min(ids)],
        )
    told = get(client, f"/sellers/{ids[0]}")["data"]
    world.connection.execute("truncate seller_clusters")
    assert told["cluster_id"] == min(ids)
    others = {row["seller_id"] for row in told["possibly_same_operator"]["others"]}
    assert others == {*ids[1:]}


def test_what_sells_best_is_what_was_sold(client, world):
    measures = {"gross": "gross_amount", "net": "net_amount", "quantity": "quantity"}
    regions = {row["uf"]: row["region"] for row in rows(world, "select * from dim_region")}
    sold = truth.sales(world.market)
    ufs = {key[1] for key in sold if key[1]}
    for region in (None, *sorted(ufs), *sorted(set(regions.values()))):
        expected: dict[str, Counter] = {}
        for (sku, uf, _, cancelled), sums in sold.items():
            if not cancelled and region in (None, uf, regions.get(uf)):
                expected.setdefault(sku, Counter()).update(sums)
        for by, name in measures.items():
            given = {"from": "2020-01-01", "by": by, "limit": 9}
            told = walk(client, "/sales/top", **given, **({"region": region} if region else {}))
            assert [row["rank"] for row in told] == [*range(1, len(told) + 1)]
            values = [row[name] for row in told]
            assert values == sorted(values, reverse=True)
            found: dict[str, Counter] = {}
            for row in told:
                cents = {"quantity": row["quantity"], "gross": round(100 * row["gross_amount"]),
                         "net": round(100 * row["net_amount"])}  # fmt: skip
                found.setdefault(row["seller_sku"], Counter()).update(cents)
            assert {sku: dict(sums) for sku, sums in found.items()} == {
                sku: {"quantity": sums["units"], "gross": sums["gross"], "net": sums["net"]}
                for sku, sums in expected.items()
            }
    days = rows(world, "select max(sale_date) as newest, min(sale_date) as oldest from fact_sales")
    newest_month = dt.date.fromisoformat(days[0]["newest"]) - dt.timedelta(days=29)
    assert walk(client, "/sales/top") == walk(client, "/sales/top", **{"from": newest_month})
    day = days[0]["newest"]
    told = walk(client, "/sales/top", **{"from": day, "to": day})
    query = "select sum(quantity) as n from fact_sales where sale_date = %s and not is_cancelled"
    assert sum(row["quantity"] for row in told) == (rows(world, query, day)[0]["n"] or 0)
    get(client, "/sales/top", 422, region="Atlantis")


def test_loads_and_failures_are_for_operators(client, world):
    letters = rows(world, "select * from dead_letters")
    told = walk(client, "/failures", limit=5)
    assert {row["dead_letter_key"] for row in told} == {row["dead_letter_key"] for row in letters}
    assert walk(client, "/failures", status="replayed") == []
    times = [row["first_seen_at"] for row in told]
    assert times == sorted(times, reverse=True)
    loads = walk(client, "/loads", limit=20)
    assert len(loads) == len(rows(world, "select * from load_ledger"))
    assert sum(row["loaded_rows"] for row in loads) == sum(
        row["loaded_rows"] for row in rows(world, "select loaded_rows from load_ledger")
    )
    assert {row["source"] for row in walk(client, "/loads", source="cnpj")} == {"cnpj"}
    anonymous = httpx.Client(base_url=client.base_url)
    for path in ("/failures", "/loads"):
        assert anonymous.get(path).status_code == 401
    assert anonymous.get("/changes").status_code == 200  # on loopback


def test_answers_are_not_sent_twice(client, world):
    cnpj = some_cnpjs(world)[0]
    for path in (f"/company/{cnpj}", f"/cnpj/v1/{cnpj}", "/search?cnae=G", "/changes"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert first.headers["Data-Date"] == world.published[-1][0].isoformat()


def test_nothing_that_is_asked_breaks_it(client):
    """Every parameter of every route, as the documentation names them, with what it never is."""
    paths = client.get("/openapi.json").json()["paths"]
    asked = 0
    for path, operations in paths.items():
        for parameter in operations.get("get", {}).get("parameters", []):
            for text in NASTY:
                address, name = path, parameter["name"]
                given = {"cnae": "G"} if path == "/search" else {"item": "MLB1"}
                if parameter["in"] == "path":
                    quoted = httpx.QueryParams({"": text[:5_000]}).__str__()[1:].replace("+", "%20")
                    address = path.replace(f"{{{name}}}", quoted)
                elif parameter["in"] == "query":
                    given[name] = text
                response = client.get(address.replace("{cnpj}", "11222333000181"), params=given)
                assert response.status_code < 500, (path, name, text, response.text)
                if response.status_code >= 400:
                    assert response.headers["Content-Type"] == "application/problem+json"
                asked += 1
    assert asked > 400


@contextmanager
def missing_contacts(world):
    world.connection.execute("alter table contact_details rename to hidden")
    yield
    world.connection.execute("alter table hidden rename to contact_details")


def test_contacts_are_shown_where_that_is_set(world):
    found = rows(world, "select * from contact_details")
    with serving(world.environment, show_contacts=True) as client:
        for row in found[::10]:
            told = get(client, f"/company/{row['cnpj']}")["data"]["establishment"]
            assert row == {name: told[name] for name in row}
            told = get(client, f"/cnpj/v1/{row['cnpj']}")
            assert (told["ddd_telefone_1"], told["email"]) == (row["phone_1"] or "", row["email"])
        assert any(row["phone_1"] and row["email"] for row in found[::10])
    shown = variables(**world.environment, API__SHOW_CONTACTS="true")
    with shown, missing_contacts(world), pytest.raises(UserError) as caught:
        serve("127.0.0.1", 0, 1)
    assert "API__SHOW_CONTACTS" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_answers_are_as_documented(world, client, answers):
    """Keys and types of all answers so far are those of the models."""
    routes = [route for router in ROUTERS for route in router.routes]
    adapters: dict[str, TypeAdapter] = {}
    checked: Counter[str] = Counter()
    for response in answers:
        if response.status_code != 200 or response.url.path in ("/openapi.json", "/metrics"):
            continue
        scope = {"type": "http", "path": response.url.path, "method": "GET", "headers": []}
        route = next(route for route in routes if route.matches(scope)[0] is Match.FULL)
        if checked[route.path] == 200:
            continue
        adapter = adapters.setdefault(route.path, TypeAdapter(route.response_model))
        told = response.json()
        shown = adapter.dump_python(adapter.validate_python(told), mode="json")
        assert shape(shown) == shape(told), route.path
        checked[route.path] += 1
    assert len(checked) >= 13


def shape(value):
    """Keys of objects, all the way down."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else None


def test_nothing_personal_was_answered(world, client, answers):
    """CPFs in names, and contacts, stand in the raw tables; no answer has one."""
    connection = world.connection
    names = connection.execute("select razao_social as name from raw_cnpj.empresas").fetchall()
    cpfs = {cpf for row in names for cpf in re.findall(r"(?<!\d)\d{11}(?!\d)", row["name"] or "")}
    contacts = connection.execute("select * from contact_details").fetchall()
    reached = {value for row in contacts for name, value in row.items() if value and name != "cnpj"}
    assert len(cpfs) > 5
    assert len(reached) > 100
    text = "\n".join(response.text for response in answers)
    words = set(re.findall(r'[^\s",:{}\[\]]+', text))
    assert not words & cpfs
    assert not words & reached
    assert not re.search(r"\d{3}\.\d{3}\.\d{3}-\d{2}", text)


def test_the_examples_of_the_documentation_work(client):
    """Every parameter's example is taken."""
    paths = client.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        operation = operations.get("get")
        if not operation or path.startswith("/watches"):
            continue
        for parameter in operation.get("parameters", []):
            examples = parameter.get("schema", {}).get("examples") or parameter.get("examples", [])
            for example in examples if isinstance(examples, list) else examples.values():
                given = {"cnae": "G"} if path == "/search" else {}
                address = path
                if parameter["in"] == "path":
                    address = path.replace(f"{{{parameter['name']}}}", str(example))
                else:
                    given[parameter["name"]] = example
                address = address.replace("{cnpj}", "11222333000181")
                assert client.get(address, params=given).status_code in (200, 404), (path, example)


def test_a_cursor_goes_on_with_its_own_list_only(client):
    cursor = client.get("/changes", params={"limit": 1}).json()["next"]
    assert client.get("/changes", params={"limit": 9, "cursor": cursor}).status_code == 200
    other = client.get("/changes", params={"kind": "opened", "cursor": cursor})
    assert other.status_code == 422 and other.json()["errors"][0]["field"] == "cursor"


def test_answers_are_those_that_the_openapi_declares(client):
    """Statuses, content types, shapes; no 500, whatever is asked. Asked by Schemathesis."""
    headers = {"Authorization": client.headers["Authorization"]}
    schema = schemathesis.openapi.from_url(f"{client.base_url}/openapi.json")
    statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
        @seed(7)
        @given(case=operation.as_strategy())
        def ask(case):
            # what only the data can tell (an activity, a cursor, a check digit) is refused too
            response = case.call(headers=headers)
            case.validate_response(response, excluded_checks=[positive_data_acceptance])
            statuses[case.operation.label][response.status_code] += 1

        ask()
    assert len(statuses) >= 24
    assert not [label for label, found in statuses.items() if 403 in found]
