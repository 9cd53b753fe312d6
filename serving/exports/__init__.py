"""The marts as files: partitioned Parquet or CSV, with a manifest, wherever fsspec reaches."""

from serving.exports.export import export

__all__ = ["export"]
