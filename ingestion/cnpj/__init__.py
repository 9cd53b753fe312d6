"""The company registry (CNPJ): monthly releases of the Receita Federal into ``raw_cnpj``.

A release is fetched (`download`), or found where it lies (`release`). It is loaded as a stream:
zips are cut into pieces of whole rows (`pieces`), every row is checked (`rows`) and copied
(`fill`), with no file in between, and the tables are swapped when every row is accounted for
(:func:`ingestion.cnpj.load.load`).
"""

from ingestion.cnpj.release import Release, find_release

__all__ = ["Release", "find_release"]
