"""Parquet files: bounded before anything is unpacked."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ptlib.base import tables as door
from ptlib.base.tables import Unreadable, read_table
from ptlib.base.tables.parquet import MAX_BYTES


def table(folder: Path, name: str, content: bytes | str) -> door.Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path)


def test_a_small_parquet_may_not_unpack_to_a_gigabyte(tmp_path: Path) -> None:
    long = "a" * (MAX_BYTES // 900)
    pq.write_table(
        pa.table({"text": pa.array([long] * 1000), "label": pa.array([1] * 1000)}), tmp_path / "a.parquet", compression="zstd"
    )
    assert (tmp_path / "a.parquet").stat().st_size < 100_000
    with pytest.raises(Unreadable, match="unpacks to"):
        read_table(tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": pa.nulls(2_000_000, pa.string())}), tmp_path / "b.parquet")
    with pytest.raises(Unreadable, match="2,000,000 rows"):
        read_table(tmp_path / "b.parquet")
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), tmp_path / "c.parquet")
    with pytest.raises(Unreadable, match="'a' twice"):
        read_table(tmp_path / "c.parquet")
