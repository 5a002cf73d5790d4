"""Makes the tables of others that the tests read: pyarrow 26.0.1, pandas 3.1.1, polars 2.1.0. Not run by any test."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

N = 6
index = pa.array([10, 11, 12, 13, 14, 15], pa.int64())
bald = pa.array([0.125, 0.5, 0.25, 0.375, 0.75, 0.0], pa.float64())
moment = dt.datetime(2020, 1, 1)
others = {
    "decimal": pa.array([Decimal("1.23")] * N, pa.decimal128(10, 2)),
    "decimal256": pa.array([Decimal("1.23")] * N, pa.decimal256(50, 2)),
    "map": pa.array([[("a", 1)]] * N, pa.map_(pa.string(), pa.int32())),
    "list": pa.array([[1, 2]] * N, pa.list_(pa.int64())),
    "fixed": pa.array([[1, 2]] * N, pa.list_(pa.int64(), 2)),
    "struct": pa.array([{"a": 1}] * N),
    "date": pa.array([moment.date()] * N),
    "time": pa.array([moment.time()] * N),
    "timestamp": pa.array([moment] * N, pa.timestamp("us", tz="Europe/Berlin")),
    "duration": pa.array([dt.timedelta(1)] * N),
    "int8": pa.array([1] * N, pa.int8()),
    "uint16": pa.array([1] * N, pa.uint16()),
    "float16": pa.array(np.ones(N, np.float16)),
    "boolean": pa.array([True] * N),
    "null": pa.nulls(N),
    "string": pa.array(["x"] * N),
    "binary": pa.array([b"x"] * N),
    "category": pa.array(["a", "b"] * (N // 2)).dictionary_encode(),
}
everything = pa.table({**others, "index": index, "bald": bald})
pq.write_table(everything, "every_type.parquet")
pq.write_table(everything.slice(0, 0), "every_type_no_rows.parquet")
for name in ["int32", "uint32", "uint64"]:
    pq.write_table(pa.table({"index": index.cast(name), "bald": bald.cast("float32")}), f"{name}.parquet")

labels = [5, 4, 3]
pd.DataFrame({"index": [7, 8, 9], "bald": [0.5, 0.25, 0.75]}, index=labels).to_parquet("pandas.parquet")
pd.DataFrame({"bald": [0.5, 0.25, 0.75]}, index=labels).to_parquet("pandas_without_name.parquet")
pl.DataFrame({"bald": [0.5, 0.25, 0.75]}).with_row_index().write_parquet("polars_row_index.parquet")
