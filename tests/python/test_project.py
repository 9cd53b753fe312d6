"""The project's own files: YAML that the next dbt accepts, a lock that names no index."""

import datetime as dt
import re
from pathlib import Path

import pytest
import yaml
from dbt.jsonschemas.jsonschemas import project_schema, resources_schema
from jsonschema.validators import Draft7Validator, extend

from docs import diagrams
from ingestion.cnpj.layout import KINDS
from warehouse.connection import PROJECT

FOLDERS = ("models", "seeds", "snapshots", "tests", "macros")
SCHEMAS = {"resources": resources_schema(), "project": project_schema()}


def type_rule(validator, types, instance, schema):
    """The type rule, but for what only dbt can judge: Jinja, and dates that YAML has parsed."""
    is_jinja = isinstance(instance, str) and instance.startswith("{{")
    if not is_jinja and not isinstance(instance, dt.date):
        yield from Draft7Validator.VALIDATORS["type"](validator, types, instance, schema)


Validator = extend(Draft7Validator, {"type": type_rule})


def faults(kind: str, document: object) -> list[str]:
    errors = Validator(SCHEMAS[kind]).iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in errors]


def property_files() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((PROJECT / folder).rglob("*.yml"))]


@pytest.mark.parametrize("path", property_files(), ids=lambda path: path.name)
def test_property_files_follow_dbts_schema(path):
    assert faults("resources", yaml.safe_load(path.read_text())) == []


def test_the_project_file_follows_dbts_schema():
    assert faults("project", yaml.safe_load((PROJECT / "dbt_project.yml").read_text())) == []


def test_the_schema_does_find_faults():
    assert faults("resources", {"models": [{"name": "x", "descriptoin": "y"}]})
    assert faults("project", {"name": "armazem", "profil": "x"})


def source_columns() -> dict[str, dict[str, str | None]]:
    """Per declared source table, ``schema.table``, its columns and their types."""
    return {
        f"{source['schema']}.{table['name']}": {
            column["name"]: column.get("data_type") for column in table.get("columns", [])
        }
        for path in sorted((PROJECT / "models").rglob("*__sources.yml"))
        for source in yaml.safe_load(path.read_text())["sources"]
        for table in source["tables"]
    }


@pytest.mark.parametrize(("table", "columns"), source_columns().items())
def test_sources_declare_columns_of_types_both_engines_know(table, columns):
    """Of these dbt makes the tables that were never loaded."""
    known = r"text|int|bigint|boolean|date|timestamp( with time zone)?|decimal\(18, ?\d\)|json"
    assert columns
    assert [name for name in columns if not re.fullmatch(known, columns[name] or "")] == []


def test_the_registrys_declared_columns_are_its_layout():
    declared = source_columns()
    for kind in KINDS:
        assert declared[f"raw_cnpj.{kind.table}"] == dict.fromkeys(kind.columns, "text")


def test_the_lock_pins_hashes_and_names_no_index():
    lock = (PROJECT / "requirements.lock").read_text()
    assert "://" not in lock and "--index" not in lock and "--find-links" not in lock
    requirements = re.findall(r"^[a-z0-9].*", lock, re.MULTILINE)
    assert len(requirements) > 50
    assert all("==" in line and line.endswith("\\") for line in requirements)


def test_models_stay_small():
    lengths = sorted(
        len(path.read_text().splitlines()) for path in (PROJECT / "models").rglob("*.sql")
    )
    assert lengths[len(lengths) // 2] <= 35
    assert lengths[-1] <= 100


def test_the_diagrams_show_what_is_declared():
    """Mended by ``make docs``."""
    manifest = diagrams.parse()
    assert diagrams.stale(manifest) == []
    marts, references = diagrams.marts_and_references(manifest)
    assert len(references) > len(marts) // 2
    for node in manifest["nodes"].values():
        if node.get("alias") == "fact_sales":
            node["columns"]["sale_key"]["name"] = "renamed"
            node["columns"]["renamed"] = node["columns"].pop("sale_key")
    assert diagrams.stale(manifest) == [diagrams.PAGE, diagrams.PICTURE]
