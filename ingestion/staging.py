"""The dlt pipeline of a load: into a schema of its own, beside what is live."""

import dlt

from warehouse import Warehouse


def staging_pipeline(warehouse: Warehouse, source: str, schema: str, work: str) -> dlt.Pipeline:
    """A pipeline into ``schema`` on the warehouse's engine, that keeps its state under ``work``."""
    destination = dlt.destinations.postgres if warehouse.is_postgres else dlt.destinations.duckdb
    return dlt.pipeline(
        source,
        destination=destination(warehouse.url),
        dataset_name=schema,
        pipelines_dir=work,
    )
