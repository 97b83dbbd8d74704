"""Parquet files: bounded before anything is unpacked."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ptlib.base import tables as door
from ptlib.base.tables import Unreadable, read_table


def table(folder: Path, name: str, content: bytes | str) -> door.Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path)


def test_a_small_parquet_may_not_unpack_to_a_gigabyte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ptlib.base.tables.parquet.MAX_BYTES", 4 * 2**20)
    monkeypatch.setattr("ptlib.base.tables.table.MAX_ROWS", 20_000)
    pq.write_table(pa.table({"text": ["a" * 5000] * 1000, "label": [1] * 1000}), tmp_path / "a.parquet", compression="zstd")
    assert (tmp_path / "a.parquet").stat().st_size < 10_000
    with pytest.raises(Unreadable, match="unpacks to 5 MB; at most 4 MB"):
        read_table(tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": pa.nulls(20_001, pa.string())}), tmp_path / "b.parquet")
    with pytest.raises(Unreadable, match="20,001 rows; at most 20,000"):
        read_table(tmp_path / "b.parquet")
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), tmp_path / "c.parquet")
    with pytest.raises(Unreadable, match="'a' twice"):
        read_table(tmp_path / "c.parquet")


def test_parts_of_lists_count_as_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ptlib.base.tables.parquet.MAX_VALUES", 50)
    pq.write_table(pa.table({"text": pa.array([["a"] * 51])}), tmp_path / "a.parquet")
    with pytest.raises(Unreadable, match="has 51 values; at most 50 are read"):
        read_table(tmp_path / "a.parquet")
