"""Readers of labelled images: folders, tables, IDX, parquet."""
