"""Draw the marts out of dbt's manifest: Mermaid into data_model.md, a picture for the README.

``python -m docs.diagrams`` writes both, and needs Graphviz (``dot``). What they show is declared
beside the models: keys by ``unique`` tests, references by ``relationships`` tests.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parents[1]
PAGE = PROJECT / "docs" / "data_model.md"
PICTURE = PROJECT / "docs" / "pictures" / "data_model.svg"
BEGIN, END = "<!-- diagrams: begin (python -m docs.diagrams) -->\n", "<!-- diagrams: end -->"
TIMES = ("valid_from", "valid_to")  # not joined by equality, and yet by nothing else


@dataclass
class Mart:
    """A table of the schema marts; ``domain`` is the folder of its model."""

    name: str
    domain: str
    types: dict[str, str]
    keys: set[str] = field(default_factory=set)


@dataclass(frozen=True, order=True)
class Reference:
    """A column of one mart that holds a column of another (or the same).

    ``is_certain`` where every row must have a match, else a test counts those without.
    """

    mart: str
    column: str
    to: str
    to_column: str
    is_certain: bool


def parse() -> dict:
    """dbt's manifest of the project as it is on disk; needs no database."""
    with tempfile.TemporaryDirectory() as folder:
        command = [Path(sys.executable).parent / "dbt", "parse", "--quiet", "--target", "postgres"]
        variables = {"DBT_TARGET_PATH": folder, "DBT_LOG_PATH": folder}
        subprocess.run(command, cwd=PROJECT, env={**os.environ, **variables}, check=True)
        return json.loads((Path(folder) / "manifest.json").read_text())


def marts_and_references(manifest: dict) -> tuple[dict[str, Mart], list[Reference]]:
    """The marts by name, and the references between them."""
    marts, ids, references = {}, {}, []
    for node_id, node in manifest["nodes"].items():
        if node["resource_type"] == "model" and node["schema"] == "marts":
            types = {name: column["data_type"] for name, column in node["columns"].items()}
            marts[node["name"]] = Mart(node["name"], node["fqn"][2], types)
            ids[node_id] = marts[node["name"]]
    for node in manifest["nodes"].values():
        mart, test = ids.get(node.get("attached_node")), node.get("test_metadata")
        if not mart or not test or "column_name" not in test["kwargs"]:
            continue
        column, arguments = test["kwargs"]["column_name"], test["kwargs"]
        if test["name"] == "unique":
            mart.keys.add(column)
        elif test["name"] == "relationships":
            to = arguments["to"].split("'")[1]
            if to in marts:
                certain = node["config"]["severity"].upper() == "ERROR"
                references.append(Reference(mart.name, column, to, arguments["field"], certain))
    return dict(sorted(marts.items())), sorted(references)


def shown_columns(mart: Mart, references: Iterable[Reference]) -> dict[str, str]:
    """Columns to join on, with PK or FK or both."""
    foreign = {each.column for each in references if each.mart == mart.name}
    referred = {each.to_column for each in references if each.to == mart.name}
    roles = {}
    for name in mart.types:
        role = ["PK"] * (name in mart.keys) + ["FK"] * (name in foreign)
        if role or name in referred or name in TIMES:
            roles[name] = ", ".join(role)
    return roles


def mermaid(domain: str, marts: dict[str, Mart], references: list[Reference]) -> str:
    """One domain's marts with the references from them."""
    lines = ["```mermaid", "erDiagram"]
    for each in references:
        if marts[each.mart].domain == domain:
            parent = "||" if each.is_certain else "|o"
            if each.to_column not in marts[each.to].keys:
                parent = "}" + parent[1]
            child = "o|" if each.column in marts[each.mart].keys else "o{"
            label = each.column
            if each.column != each.to_column:
                label += f" = {each.to_column}"
            lines.append(f'    {each.to} {parent}--{child} {each.mart} : "{label}"')
    for mart in marts.values():
        if mart.domain == domain:
            columns = shown_columns(mart, references)
            lines.append(f"    {mart.name} {{")
            lines += [
                f"        {mart.types[name]} {name} {role}".rstrip()
                for name, role in columns.items()
            ]
            lines.append("    }")
    return "\n".join([*lines, "```", ""])


def graph(marts: dict[str, Mart], references: list[Reference]) -> str:
    """All marts and references in Graphviz' language."""
    lines = [
        "digraph {",
        '  graph [rankdir=LR nodesep=0.15 ranksep=0.9 fontname="Helvetica" bgcolor=white]',
        '  node [shape=plain fontname="Helvetica" fontsize=10]',
        "  edge [color=gray50 arrowhead=crow arrowsize=0.6]",
    ]
    for domain in sorted({mart.domain for mart in marts.values()}):
        lines.append(f"  subgraph cluster_{domain} {{")
        lines.append(f'    label="{domain}" style="rounded,filled" color="#f2f5f9"')
        for mart in marts.values():
            if mart.domain == domain:
                rows = "".join(
                    f'<tr><td port="{name}" align="left"><font color="#445566">{name}</font></td>'
                    f'<td align="right"><font color="#99a5b0">{role or " "}</font></td></tr>'
                    for name, role in shown_columns(mart, references).items()
                )
                head = f'<tr><td colspan="2" bgcolor="#dce6f2"><b>{mart.name}</b></td></tr>'
                table = '<table border="1" color="#b8c4d0" cellborder="0" cellspacing="0"'
                lines.append(
                    f'    {mart.name} [label=<{table} bgcolor="white">{head}{rows}</table>>]'
                )
        lines.append("  }")
    for each in references:
        if each.mart != each.to:
            lines.append(f"  {each.to}:{each.to_column}:e -> {each.mart}:{each.column}:w")
    return "\n".join([*lines, "}", ""])


def page_with(diagrams: str, page: str) -> str:
    """The page, with these diagrams between its marks."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + diagrams + END + rest.split(END, 1)[1]


def mark(text: str) -> str:
    """What tells a picture of this graph from that of another."""
    return f"<!-- graph {hashlib.sha256(text.encode()).hexdigest()} -->"


def stale(manifest: dict) -> list[Path]:
    """The drawings that no longer show what the manifest says."""
    diagrams, drawn = draw(manifest)
    page = PAGE.read_text()
    found = [PAGE] if page_with(diagrams, page) != page else []
    return found if mark(drawn) in PICTURE.read_text() else [*found, PICTURE]


def draw(manifest: dict) -> tuple[str, str]:
    """Diagrams of every domain in Mermaid, and the whole for Graphviz."""
    marts, references = marts_and_references(manifest)
    domains = sorted({mart.domain for mart in marts.values()})
    diagrams = "".join(
        f"\n### Diagram of {domain}\n\n{mermaid(domain, marts, references)}\n" for domain in domains
    )
    return diagrams, graph(marts, references)


def main() -> None:
    """Draw anew."""
    diagrams, drawn = draw(parse())
    PAGE.write_text(page_with(diagrams, PAGE.read_text()))
    picture = subprocess.run(
        ["dot", "-Tsvg"], input=drawn, capture_output=True, text=True, check=True
    )
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(f"{picture.stdout}{mark(drawn)}\n")


if __name__ == "__main__":
    main()
