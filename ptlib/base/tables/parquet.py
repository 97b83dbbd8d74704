"""Parquet -> rows, never more memory than a table may have: a file of 800 bytes can unpack to a gigabyte."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from ptlib.base.tables.opening import MAX_BYTES, Unreadable

MAX_VALUES = 50_000_000
"""Cells, parts of lists counted one by one."""
_BATCH = 1024


def read_parquet(name: str, data: bytes, most_rows: int) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """(column names, rows). Raises Unreadable."""
    try:
        head = pq.ParquetFile(io.BytesIO(data))
        _check_sizes(name, head, most_rows)
        names = tuple(head.schema_arrow.names)
        if len(set(names)) != len(names):
            twice = next(item for item in names if names.count(item) > 1)
            raise Unreadable("rows", f"'{name}' names the column '{twice}' twice. Give each column its own name.")
        texts = [field.name for field in head.schema_arrow if _is_text(field.type)]
        _check_unpacked(name, pq.ParquetFile(io.BytesIO(data), read_dictionary=texts))
        return names, head.read().to_pylist()
    except (pa.ArrowException, OSError, OverflowError) as error:
        raise Unreadable("rows", f"'{name}' is no sound Parquet file ({str(error)[:100]}).") from None


def _is_text(kind: Any) -> bool:
    return any(test(kind) for test in (types.is_string, types.is_binary, types.is_large_string, types.is_large_binary))


def _check_sizes(name: str, file: Any, most_rows: int) -> None:
    """What the file announces of itself, before anything is unpacked."""
    about = file.metadata
    chunks = [about.row_group(group).column(place) for group in range(about.num_row_groups) for place in range(about.num_columns)]
    values = sum(chunk.num_values for chunk in chunks)
    for count, most, what in ((about.num_rows, most_rows, "rows"), (values, MAX_VALUES, "values")):
        if count > most:
            raise Unreadable("size", f"'{name}' has {count:,} {what}; at most {most:,} are read. Use a part of it.")
    unpacked = sum(chunk.total_uncompressed_size for chunk in chunks)
    if unpacked > MAX_BYTES:
        raise _too_large(name, unpacked)


def _too_large(name: str, size: int) -> Unreadable:
    return Unreadable(
        "size", f"'{name}' unpacks to {size / 2**20:,.0f} MB; at most {MAX_BYTES // 2**20} MB are read. Use a part of it."
    )


def _check_unpacked(name: str, file: Any) -> None:
    """The whole size of the texts, counted while equal ones still share their memory."""
    size = 0
    for batch in file.iter_batches(batch_size=_BATCH):
        size += sum(_size(column) for column in batch.columns)
        if size > MAX_BYTES:
            raise _too_large(name, size)


def _size(column: Any) -> int:
    """Bytes of a column when equal texts no longer share their memory."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    counted = pc.value_counts(column.indices.drop_null())
    lengths = pc.binary_length(pc.take(column.dictionary, counted.field("values")))
    return int(pc.sum(pc.multiply(lengths, counted.field("counts"))).as_py() or 0)
