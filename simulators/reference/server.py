"""The publishers of the code lists on loopback, with what goes wrong there."""

import math
from typing import Any, NamedTuple

from simulators.cnpj import World
from simulators.loopback import Handler, Loopback
from simulators.reference import lists

FAULTS = ("error_500", "drop", "html", "empty", "half", "no_id", "twice")
HTML = "<!DOCTYPE html>\n<html><body><h1>Em manutenção; volte mais tarde</h1></body></html>\n"


class Fault(NamedTuple):
    """What goes wrong with a list, one of ``FAULTS``, and how many requests long."""

    kind: str
    times: float = math.inf


class Server(Loopback):
    """IBGE and the Treasury over a world of the registry, while in its ``with`` block.

    ``faults`` may be changed at any time: per list (municipios, subclasses, tabmun) what goes
    wrong. ``requests`` is the log: the name of each list asked for.
    """

    PATHS = {
        "/api/v1/localidades/municipios": "municipios",
        "/api/v2/cnae/subclasses": "subclasses",
        "/TABMUN.CSV": "tabmun",
    }

    def __init__(self, world: World, port: int = 0):
        self.lists: dict[str, list] = {
            "municipios": lists.municipalities(world),
            "subclasses": lists.subclasses(world),
            "tabmun": lists.tabmun(world),
        }
        self.faults: dict[str, Fault] = {}
        self.requests: list[str] = []
        super().__init__(_Handler, port)
        self.ibge_url, self.tabmun_url = f"{self.url}/api", f"{self.url}/TABMUN.CSV"

    @property
    def variables(self) -> dict[str, str]:
        """What to set for a load to ask here."""
        return {"REFERENCE__IBGE_URL": self.ibge_url, "REFERENCE__TABMUN_URL": self.tabmun_url}

    def fault(self, name: str) -> str:
        """What goes wrong with this request; empty where nothing does."""
        kind, times = self.faults.get(name, Fault("", 0))
        if times < 1:
            return ""
        self.faults[name] = Fault(kind, times - 1)
        return kind


class _Handler(Handler):
    def do_GET(self) -> None:  # noqa: N802
        server: Server = self.server.owner
        name = server.PATHS.get(self.path)
        if name is None:
            self._answer(404, "text/html", HTML.encode())
            return
        server.requests.append(name)
        fault = server.fault(name)
        if fault == "error_500":
            self._answer(500, "text/html", HTML.encode())
        elif fault == "html":
            self._answer(200, "text/html", HTML.encode())
        elif name == "tabmun":
            body = lists.as_csv(_changed(server.lists[name], fault))
            self._answer(200, "application/octet-stream", body, fault == "drop")
        else:
            body = lists.as_json(_changed(server.lists[name], fault))
            self._answer(200, "application/json; charset=utf-8", body, fault == "drop")

    def _answer(self, status: int, kind: str, body: bytes, is_dropped: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if is_dropped else body)
        self.close_connection = self.close_connection or is_dropped


def _changed(elements: list[Any], fault: str) -> list[Any]:
    first, others = elements[0], elements[1:]
    if fault == "no_id" and isinstance(first, dict):
        return [{key: value for key, value in first.items() if key != "id"}, *others]
    if fault == "no_id":
        return [("", *first[1:]), *others]
    changes = {"empty": [], "half": elements[: len(elements) // 2], "twice": [first, *elements]}
    return changes.get(fault, elements)
