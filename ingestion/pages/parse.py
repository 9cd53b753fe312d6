"""What a page says of the watched product: JSON-LD first, then its meta tags; never a guess.

Whatever the bytes, nothing is raised: a page that cannot be understood has a ``problem``.
"""

import codecs
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from ingestion.pages.attributes import ATTRIBUTES, Attribute
from ingestion.pages.hosts import domain, parse_address
from ingestion.pages.values import READERS, Number, Unclear, key, plain
from ingestion.pages.watchlist import Page

VERSION = 1  # of this reading; what another one has read is fetched as a whole again
MOST_NODES = 20_000  # of a page's JSON-LD; a page has dozens
MOST_VALUES = 1_000  # of an attribute
MOST_PRODUCTS = 500
# A parser of HTML takes time by the square of these two; browsers nest 512 deep.
MOST_DEPTH, MOST_ATTRIBUTES = 1_000, 1_000  # of open elements; inside one tag
CONTAINERS = ("@graph", "mainEntity", "hasVariant")  # not what is related, similar or listed
PRODUCTS = frozenset({"Product", "ProductModel", "IndividualProduct", "ProductGroup", "Vehicle"})
# What a variant does not have of its group
OWN = re.compile("@id|@type|hasVariant|variesBy|offers|sku|mpn|gtin.*|url|productID|productGroupID")
LIST_PRICE = re.compile("list|strike|srp|regular", re.IGNORECASE)  # types of priceSpecification
# Elements that are never open for long
_FLAT = (
    "area base br col embed hr img input link meta param source track wbr p li dt dd option td th"
    " tr tbody thead tfoot colgroup html head body path circle rect line use polygon"
)
FLAT = frozenset(_FLAT.split())
# What follows a quantifier with + is not tried again, whatever comes: time grows with the length.
TAG = re.compile(r"<(?P<slash>/?)(?P<name>[a-zA-Z][^\s/>]*+|[!?])")
ATTRIBUTE = re.compile(r"""[\s/]*+=?+[^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?+|'[^']*+'?+|[^\s>]*+))?+""")
_TEXTS = ("script", "style", "textarea", "title", "iframe", "xmp", "noembed", "noframes")
RAW = {name: re.compile(f"</{name}", re.IGNORECASE) for name in _TEXTS}
COMMENT = {True: re.compile("--!?>"), False: re.compile(">")}  # by whether it begins with --
META_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{1,40})""", re.IGNORECASE)
CHARSETS = frozenset({"utf-8", "cp1252", "iso8859-1", "iso8859-15", "ascii", "utf-16"})
BLOCK = re.compile(
    "captcha|are you (?:a )?(?:human|robot)|access denied|unusual traffic|cf-chl|challenge-platform"
    "|n[aã]o (?:[eé]|sou) um rob[oô]|verifi(?:que|car) que voc[eê]|acesso negado",
    re.IGNORECASE,
)
BLOCK_PATH = re.compile("account-verification|captcha|challenge", re.IGNORECASE)

Node = dict[str, Any]


@dataclass
class Parsed:
    """What a page says. ``problem`` is the class of the dead letter, empty where there is none."""

    values: dict[str, str] = field(default_factory=dict)  # by attribute
    found_in: str | None = None  # json_ld or meta
    types: tuple[str, ...] = ()  # every @type of the JSON-LD
    blocks: int = 0  # of JSON-LD
    invalid_blocks: int = 0
    problem: str = ""
    message: str = ""


class _Ambiguous(Exception):  # noqa: N818
    pass


def block_of(asked: str, answered: str) -> str:
    """Why the address of an answer shows that it is not the page asked for; empty if it may be."""
    if domain(asked) != domain(answered):
        return f"{domain(answered)} answers for {domain(asked)}"
    path = parse_address(answered).path or ""
    if BLOCK_PATH.search(path) and not BLOCK_PATH.search(parse_address(asked).path or ""):
        return f"the answer comes from {path[:100]}"
    return ""


def parse(body: bytes, page: Page, charset: str | None = None) -> Parsed:
    """Read a page of the watched product ``page``, in the ``charset`` of its header if any."""
    text = _decoded(body, charset)
    parsed = Parsed()
    if _is_bomb(text):
        parsed.problem, parsed.message = "no_product", "it is no sensible HTML"
        return parsed
    try:
        tree = LexborHTMLParser(text)
        scripts = [n.text() for n in tree.css('script[type^="application/ld+json" i]')]
        tags = [node.attributes for node in tree.css("meta[content]")]
    except (SelectolaxError, ValueError, UnicodeError, RuntimeError):
        parsed.problem, parsed.message = "no_product", "it is no HTML"
        return parsed
    graph = _Graph(parsed, scripts)
    try:
        if len(graph.products) > MOST_PRODUCTS:
            raise _Ambiguous(f"{len(graph.products)} products")
        if graph.products:
            parsed.found_in = "json_ld"
            parsed.values = _agreed(_chosen([_read(graph, n) for n in graph.products], page))
        elif _is_product(tags):
            parsed.found_in = "meta"
            parsed.values = _agreed([_read_meta(tags)])
    except _Ambiguous as why:
        parsed.problem, parsed.message = "ambiguous", str(why)
        return parsed
    if not parsed.values:
        marker = BLOCK.search(text)
        parsed.found_in = None
        parsed.problem = "blocked" if marker else "no_product"
        parsed.message = f"it says {marker[0]!r}" if marker else "it describes no product"
    return parsed


def _decoded(body: bytes, charset: str | None) -> str:
    declared = META_CHARSET.search(body[:4096])
    for name in (charset, declared and declared[1].decode("ascii", "replace")):
        try:
            known = codecs.lookup(name or "").name
        except (LookupError, ValueError):
            continue
        if known in CHARSETS:  # browsers, too, take latin-1 for what Windows makes of it
            return body.decode("cp1252" if known == "iso8859-1" else known, "replace")
    return body.decode("utf-8", "replace")


def _is_bomb(text: str) -> bool:
    """Whether it is made to keep a parser busy, rather than to be read."""
    depth = position = 0
    while tag := TAG.search(text, position):
        position, name = tag.end(), tag["name"].lower()
        if name in ("!", "?"):
            position = _after(COMMENT[text.startswith("--", position)], text, position)
            continue
        for _ in range(MOST_ATTRIBUTES):
            position = ATTRIBUTE.match(text, position).end()
            if position == len(text) or text[position] == ">":
                break
        else:
            return True
        if name in RAW and not tag["slash"]:  # what is in there is no HTML
            position = _after(RAW[name], text, position)
        elif name not in FLAT and name not in RAW:
            depth = max(depth + (-1 if tag["slash"] else 1), 0)
            if depth > MOST_DEPTH:
                return True
    return False


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.search(text, position)
    return found.end() if found else len(text)


class _Graph:
    """The objects of all JSON-LD blocks of a page, and those of them that are products."""

    def __init__(self, parsed: Parsed, scripts: list[str]):
        self.products: list[Node] = []
        self._by_id: dict[str, Node] = {}
        self._left = MOST_NODES
        roots = []
        parsed.blocks = len(scripts)
        for script in scripts:
            try:
                roots.append(_json(script))
            except (ValueError, RecursionError):
                parsed.invalid_blocks += 1
        types: set[str] = set()
        for node in self._objects(roots):
            types.update(_types(node))
            if isinstance(node.get("@id"), str) and len(node) > 1:
                known = self._by_id.setdefault(node["@id"], node)
                self._by_id[node["@id"]] = {**node, **known}
        parsed.types = tuple(sorted(plain(kind)[:60] for kind in types)[:50])
        self._find(roots)

    def resolved(self, node: Any) -> Any:
        """What a mere reference refers to."""
        if isinstance(node, dict) and node.keys() == {"@id"} and isinstance(node["@id"], str):
            return self._by_id.get(node["@id"], node)
        return node

    def _objects(self, roots: list[Any]) -> Iterator[Node]:
        """Every object, wherever; as many as a page may reasonably have."""
        pending, seen = deque(roots), 0
        while pending and seen < MOST_NODES:
            node = pending.popleft()
            seen += 1
            if isinstance(node, list):
                pending.extend(node[: MOST_NODES - seen])
            elif isinstance(node, dict):
                yield node
                pending.extend(value for value in node.values() if isinstance(value, dict | list))

    def _find(self, roots: list[Any]) -> None:
        """The products that the page is about, each with what it has of its group."""
        pending = deque((root, {}) for root in roots)
        seen, asked = 0, set()
        while pending and seen < MOST_NODES:
            node, group = pending.popleft()
            node = self.resolved(node)
            seen += 1
            if isinstance(node, list):
                pending.extend((each, group) for each in node[: MOST_NODES - seen])
            if not isinstance(node, dict) or (id(node), id(group)) in asked:
                continue
            asked.add((id(node), id(group)))
            variants = [v for v in map(self.resolved, _list(node.get("hasVariant"))) if _tells(v)]
            if variants:
                shared = {name: value for name, value in node.items() if not OWN.fullmatch(name)}
                pending.extend((variant, shared) for variant in variants[: MOST_NODES - seen])
            elif _types(node) & PRODUCTS:
                self.products.append({**group, **node})
            pending.extend(
                (node[name], {}) for name in CONTAINERS if name in node and name != "hasVariant"
            )


def _json(script: str) -> Any:
    """A block, without what was put around it to hide it. Raises ValueError, RecursionError."""
    opening = r"\A(?:<!--|(?:(?://|/\*)\s*+)?<!\[CDATA\[(?:\s*+\*/)?)"
    closing = r"(?:-->|(?:(?://|/\*)\s*+)?\]\]>(?:\s*+\*/)?|;)\Z"
    text = re.sub(closing, "", re.sub(opening, "", script.strip()))
    return json.loads(text.strip(), parse_float=Number, parse_int=Number, strict=False)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _types(node: Node) -> set[str]:
    """Its types without schema.org's address."""
    found = [kind for kind in _list(node.get("@type"))[:20] if isinstance(kind, str)]
    return {re.split("[/#:]", kind)[-1] for kind in found}


def _tells(variant: Any) -> bool:
    """Whether a variant says more than where it is described."""
    return isinstance(variant, dict) and bool(variant.keys() - {"@id", "@type", "url"})


@dataclass
class _Candidate:
    """A product of the page: per attribute what it says, and the addresses it has."""

    values: dict[str, dict[str, str]]  # attribute: key of the value: the value as it is written
    unclear: dict[str, str] = field(default_factory=dict)
    urls: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()


def _read(graph: _Graph, node: Node) -> _Candidate:
    candidate = _Candidate({})
    for attribute in ATTRIBUTES:
        scalars = [pair for path in attribute.json_ld for pair in _at(graph, node, path)]
        _take(candidate, attribute, scalars)
    paths = (("url",), ("@id",), ("offers", "url"), ("mainEntityOfPage",))
    urls = (value for path in paths for value, _ in _at(graph, node, path))
    candidate.urls = frozenset(urls)
    names = (("sku",), ("productID",), ("mpn",))
    ids = (value for path in names for value, _ in _at(graph, node, path))
    candidate.ids = frozenset(plain(value) for value in ids)
    return candidate


def _at(graph: _Graph, node: Node, path: tuple[str, ...]) -> list[tuple[str, Node]]:
    """The texts at a path, through lists and references, each with the object it lies in."""
    nodes = [node]
    for position, name in enumerate(path, start=1):
        found: list[tuple[Any, Node]] = []
        for parent in nodes:
            if name == "price" and LIST_PRICE.search(str(parent.get("priceType", ""))[:100]):
                continue
            pending = deque([parent.get(name)])
            while pending and len(found) < MOST_VALUES:
                value = graph.resolved(pending.popleft())
                if isinstance(value, list):
                    pending.extend(value[:MOST_VALUES])
                elif value is not None:
                    found.append((value, parent))
        if position < len(path):
            nodes = [value for value, _ in found if isinstance(value, dict)]
    values = (
        (value.get("@value") if isinstance(value, dict) else value, parent)
        for value, parent in found
    )
    return [(value, parent) for value, parent in values if isinstance(value, str)]


def _take(candidate: _Candidate, attribute: Attribute, scalars: Iterable[tuple[str, Node]]) -> None:
    found: dict[str, str] = {}
    for scalar, parent in scalars:
        try:
            value = READERS[attribute.kind](scalar, parent)
        except Unclear as text:
            candidate.unclear[attribute.name] = str(text)
            continue
        if value:
            found.setdefault(key(attribute.kind, value), value)
    if found:
        candidate.values[attribute.name] = found


def _chosen(candidates: list[_Candidate], page: Page) -> list[_Candidate]:
    """Of several products those that are the watched one; all of them where none is known to be."""
    gtin, here = key("gtin", page.gtin) if page.gtin else "", _comparable(page.url, page.url)
    rules = (
        lambda c: gtin in c.values.get("gtin", ()),
        lambda c: bool(c.ids & ({page.sku, page.product_id} - {""})),
        lambda c: here in {_comparable(url, page.url) for url in c.urls},
    )
    for rule in rules if len(candidates) > 1 else ():
        if chosen := [candidate for candidate in candidates if rule(candidate)]:
            return chosen
    return candidates


def _comparable(url: str, base: str) -> tuple[str, ...]:
    try:
        whole = urljoin(base, url)
        parts = parse_address(whole)
        path, query, fragment = (each or "" for each in (parts.path, parts.query, parts.fragment))
        return domain(whole), path.rstrip("/"), query, fragment
    except ValueError:
        return ()


def _agreed(candidates: list[_Candidate]) -> dict[str, str]:
    """What the products say together. Raises _Ambiguous where they, or one, say two things."""
    agreed = {}
    for attribute in ATTRIBUTES:
        found: dict[str, str] = {}
        for candidate in candidates:
            found |= candidate.values.get(attribute.name, {})
            if attribute.name in candidate.unclear:
                raise _Ambiguous(f"{attribute.name}: {candidate.unclear[attribute.name][:100]!r}")
        if len(found) > 1:
            shown = ", ".join(repr(value[:50]) for value in sorted(found.values())[:3])
            raise _Ambiguous(f"{attribute.name}: {len(found)} values, {shown}")
        if found:
            (agreed[attribute.name],) = found.values()
    return agreed


def _is_product(tags: list[Node]) -> bool:
    """Whether the meta tags are those of a product: og:title alone every page has."""
    return any(
        (name == "og:type" and tag["content"] and tag["content"].startswith("product"))
        or name.startswith("product:price")
        for tag in tags
        for name in [_meta_name(tag)]
    )


def _read_meta(tags: list[Node]) -> _Candidate:
    candidate = _Candidate({})
    for attribute in ATTRIBUTES:
        texts = (tag["content"] for tag in tags if _meta_name(tag) in attribute.meta)
        _take(candidate, attribute, [(text, {}) for text in texts if text])
    return candidate


def _meta_name(tag: Node) -> str:
    return (tag.get("property") or tag.get("name") or "").lower()
