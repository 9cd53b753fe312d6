"""The code lists over a world's own, each in the shape its publisher gives it."""

import json
from collections.abc import Iterator
from itertools import pairwise

from simulators.cnpj import World

Element = dict[str, object]

# First division of every section.
SECTIONS = {
    "A": "01", "B": "05", "C": "10", "D": "35", "E": "36", "F": "41", "G": "45", "H": "49",
    "I": "55", "J": "58", "K": "64", "L": "68", "M": "69", "N": "77", "O": "84", "P": "85",
    "Q": "86", "R": "90", "S": "94", "T": "97", "U": "99",
}  # fmt: skip
REGIONS = {"1": "N", "2": "NE", "3": "SE", "4": "S", "5": "CO"}
NEWEST = "5101837"  # municipality, which IBGE has in no microrregiao


def municipalities(world: World) -> list[Element]:
    """IBGE's municipalities: all but what is abroad."""
    return [
        _municipality(code, name, uf, uf_name, region)
        for _, _, code, name, uf, uf_name, region in world.municipalities()
        if code
    ]


def subclasses(world: World) -> list[Element]:
    """IBGE's economic activities, each with all that is above it: those that are not retired."""
    return [
        _subclass(code, name) for code, name, is_retired in world.activities() if not is_retired
    ]


def tabmun(world: World) -> list[tuple[str, ...]]:
    """The Treasury's rows: code without its zeros, CNPJ, padded name, state, IBGE's code."""
    return [
        (str(int(code)), f"{70_000_000 + int(code)}000100", f"{name:<45}", uf, ibge_code)
        for code, name, ibge_code, _, uf, *_ in world.municipalities()
        if ibge_code
    ]


def as_json(elements: list[Element]) -> bytes:
    return json.dumps(elements, ensure_ascii=False).encode()


def as_csv(rows: list[tuple[str, ...]]) -> bytes:
    return "".join(";".join(row) + "\r\n" for row in rows).encode("latin-1")


def _municipality(code: str, name: str, uf: str, uf_name: str, region: str) -> Element:
    number = int(code[:2])
    state = {
        "id": number,
        "sigla": uf,
        "nome": uf_name,
        "regiao": {"id": number // 10, "sigla": REGIONS[code[0]], "nome": region},
    }
    above = {"id": number * 100 + 1, "nome": f"Interior de {uf}", "UF": state}
    within = {"id": number * 1000 + 1, "nome": f"Arredores de {uf}"}
    return {
        "id": int(code),
        "nome": name,
        "microrregiao": None if code == NEWEST else within | {"mesorregiao": above},
        "regiao-imediata": within | {"regiao-intermediaria": above},
    }


def _subclass(code: str, name: str) -> Element:
    section = max(letter for letter, first in SECTIONS.items() if first <= code[:2])
    levels: Iterator[tuple[str, str]] = pairwise(["secao", "divisao", "grupo", "classe"])
    above: Element = {"id": section, "descricao": f"SEÇÃO INVENTADA {section}"}
    for digits, (upper, level) in zip((2, 3, 5), levels, strict=True):
        number = code[:digits]
        above = {"id": number, "descricao": f"{level.upper()} INVENTADA {number}", upper: above}
    return {
        "id": code,
        "descricao": name.upper(),
        "classe": above,
        "atividades": [f"{name.upper()}; EXEMPLO"],
        "observacoes": [f"Esta subclasse compreende: {name.lower()}"],
    }
