"""Files of strangers as tables: each format reads the same rows, and what is no table is damage."""

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ptlib.base.errors import BadInput, Damaged
from ptlib.hub.tables import read_files

ROWS = [{"text": "good, really", "label": 1}, {"text": 'it "was"', "label": 0}]


def _bytes(kind: str) -> bytes:
    if kind == "parquet":
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(ROWS), sink)
        return sink.getvalue()
    if kind == "jsonl":
        return "\n".join(map(json.dumps, ROWS)).encode()
    return b'text,label\n"good, really",1\n"it ""was""",0\n'


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv"])
def test_each_format_gives_the_same_rows(cache: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"train.{kind}"
    path.write_bytes(_bytes(kind))
    assert list(read_files([path])) == ROWS and list(read_files([path, path])) == ROWS * 2


def test_what_is_no_table_is_refused(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"no")
    (tmp_path / "x.py").write_bytes(b"raise SystemExit")
    with pytest.raises(Damaged, match="cannot be read as parquet"):
        read_files([tmp_path / "x.parquet"])
    with pytest.raises(BadInput, match="neither parquet, CSV nor JSON"):
        read_files([tmp_path / "x.py"])
