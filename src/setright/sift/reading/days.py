"""What only a whole column of days shows: in which order they are written, and whether they are days at all."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from setright.intake.day import both_orders
from setright.intake.errors import InputError
from setright.intake.personal import mask
from setright.sift.reading.cells import Cells

_SHOWN = 30
_LOOKED_AT = 200

_Both = tuple[date | None, date | None]


class Days:
    """Follows the days of one file, batch by batch, and settles at its end what no single cell tells.

    Parameters
    ----------
    column : str or None
        The name of the column with days; without one there is nothing to settle.
    where : str
        The file's name, for messages.
    """

    def __init__(self, column: str | None, where: str) -> None:
        self._column, self._where = column, where
        self._has_day = False
        self._example: tuple[int, str] | None = None
        self._orders: set[int] = set()  # 0 where some cell can only have its day first, 1 its month
        self._batches: list[tuple[pa.RecordBatch, tuple[pa.Array, pa.Array] | None]] = []

    def add(self, cells: Cells, batch: pa.RecordBatch) -> None:
        """Take a batch as it came, and what was made of it."""
        column = cells.columns.get("date")
        both = None
        if column is not None and not (isinstance(column, pa.Array) and pa.types.is_date32(column.type)):
            written = column.to_pylist() if isinstance(column, pa.Array) else column
            both = self._seen(written)
            self._find_example(written, batch)
        self._batches.append((batch, both))

    def _seen(self, written: list[str | None]) -> tuple[pa.Array, pa.Array] | None:
        pairs: list[_Both] = [both_orders(cell) if cell else (None, None) for cell in written]
        distinct = set(pairs) - {(None, None)}
        self._orders.update(
            0 if second is None else 1 for first, second in distinct if (first is None) != (second is None)
        )
        if not distinct:
            return None
        return pa.array([pair[0] for pair in pairs], pa.date32()), pa.array([pair[1] for pair in pairs], pa.date32())

    def _find_example(self, written: list[str | None], batch: pa.RecordBatch) -> None:
        self._has_day = self._has_day or batch["date"].null_count < batch.num_rows
        if self._has_day or self._example is not None:
            return
        for i, cell in enumerate(written):
            if cell and cell.strip() and not batch["trouble"][i].is_valid:
                self._example = batch["line"][i].as_py(), cell.strip()
                return

    def settled(self) -> list[pa.RecordBatch]:
        """The batches, with 3/4/2014 read as the cells show that can be read in one order only, where they agree.

        Raises
        ------
        InputError
            Where the column has cells, but not one names a day.
        """
        if self._example is not None and not self._has_day:
            line, cell = self._example
            raise InputError(
                f'no cell of the column "{self._column}" names one certain day: "{mask(cell[:_LOOKED_AT])[:_SHOWN]}"',
                where=f"{self._where}, line {line}",
                remedy="Write days as 2026-03-18, or name another column",
            )
        order = next(iter(self._orders)) if len(self._orders) == 1 else None
        return [
            batch if order is None or both is None else _filled(batch, both[order]) for batch, both in self._batches
        ]


def _filled(batch: pa.RecordBatch, days: pa.Array) -> pa.RecordBatch:
    at = batch.schema.get_field_index("date")
    return batch.set_column(at, batch.schema.field(at), pc.coalesce(batch.column(at), days))
