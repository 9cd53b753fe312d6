"""The company registry (CNPJ): monthly releases of the Receita Federal into ``raw_cnpj``.

As a dlt source on its own::

    release = find_release([Path("2026-05")])
    files = [prepare(file, work_folder, "parquet") for file in release.files]
    dlt.pipeline("cnpj", destination="duckdb", dataset_name="raw_cnpj").run(registry(files, {...}))

or with checks, ledger, dead letters and an atomic swap: :func:`ingestion.cnpj.load.load`.
"""

from ingestion.cnpj.files import prepare
from ingestion.cnpj.release import Release, find_release
from ingestion.cnpj.source import registry

__all__ = ["Release", "find_release", "prepare", "registry"]
