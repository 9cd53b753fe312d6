"""The rows of ``raw_mercadolivre`` that loads of a simulated world would leave, without loads.

What is due, and how an answer becomes rows, is the loader's own code. Only the way from one to the
other is short: no HTTP, no dlt, and an order, which a load reads again whenever it changes, is read
when it is asked for.
"""

from collections.abc import Iterable, Iterator

from benchmarks.direct import Direct
from ingestion.mercadolivre.batch import Batch
from ingestion.mercadolivre.client import Request
from ingestion.mercadolivre.extract import Problems, chosen, extract
from ingestion.mercadolivre.known import Known
from ingestion.mercadolivre.own import ShipmentCosts, Shipments, order_rows
from ingestion.mercadolivre.resource import Each, Run
from ingestion.mercadolivre.settings import Settings
from ingestion.mercadolivre.tables import Reader
from simulators.mercadolivre import World
from simulators.mercadolivre.resources import found_order
from warehouse.secrets import Vault

# What marts are made of; visits, prices to win and units per place are not.
RESOURCES = (
    "accounts", "items", "user_products", "prices", "sale_prices", "products", "offers",
    "categories", "users",
)  # fmt: skip


class Observer:
    """Loads a world at its midnights, all products of the catalogue watched.

    ``resources`` are those that a load takes, of RESOURCES.
    """

    def __init__(self, world: World, vault: Vault, resources: Iterable[str] = RESOURCES):
        self._world = world
        self._resources = chosen(resources)
        self._run = Run(
            client=Direct(world),
            reader=Reader(vault.pseudonym),
            known=Known(),
            settings=Settings(),
            watched=tuple(world.products),
            accounts=tuple(world.accounts),
            signed_in=tuple(world.accounts),
        )

    def look(self) -> Iterator[Batch]:
        """What a load of now would find due, but for orders. Raises RuntimeError if it fails."""
        problems = Problems()
        for batch in extract(self._run, self._resources, problems):
            if batch.letters:
                raise RuntimeError(f"cannot be read: {batch.letters[0]}")
            yield batch
        if problems.skipped or problems.failed:
            raise RuntimeError(f"cannot be read: {problems}")

    def orders(self, ids: Iterable[int]) -> Iterator[Batch]:
        """Orders as they are now, their shipments and what those cost."""
        shipments: dict[int, int] = {}  # whose account
        for chunk in _chunks(ids):
            batch = Batch()
            for id in chunk:
                order = self._world.orders[id]
                shown = found_order(self._world, order)
                for table, row in order_rows(self._run.reader, shown, self._run.client.now):
                    batch.rows[table].append(row)
                if order.shipment_id:
                    shipments[order.shipment_id] = order.seller_id
            yield batch
        for chunk in _chunks(shipments):
            for resource, suffix in ((Shipments(), ""), (ShipmentCosts(), "/costs")):
                yield from self._take(resource, suffix, {id: shipments[id] for id in chunk})

    def _take(self, resource: Each, suffix: str, shipments: dict[int, int]) -> Iterator[Batch]:
        for account in set(shipments.values()):
            paths = (f"/shipments/{id}{suffix}" for id in shipments if shipments[id] == account)
            yield from resource.take(
                self._run, account, [Request("", path, account=account) for path in paths]
            )


def _chunks(ids: Iterable[int], size: int = 5_000) -> Iterator[list[int]]:
    chunk: list[int] = []
    for id in ids:
        chunk.append(id)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
