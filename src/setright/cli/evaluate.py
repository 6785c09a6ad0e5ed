"""`setright evaluate`: a register against labels known to be right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from setright.intake.errors import InputError

_NAMES = {
    "n_rows": ("n_rows", "rows"),
    "n_labels": ("n_labels", "labels"),
    "K": ("n_groups", "problems (K)"),
    "bcubed_precision": ("precision", "B-cubed precision"),
    "bcubed_recall": ("recall", "B-cubed recall"),
    "bcubed_f1": ("f1", "B-cubed F1"),
    "ari": ("ari", "ARI"),
    "nmi": ("nmi", "NMI"),
    "accuracy": ("accuracy", "accuracy"),
    "unassigned": ("unassigned", "share unassigned"),
}
"""What is printed: key in JSON, attribute of `Scores`, words in the table."""


@click.command("evaluate", no_args_is_help=True)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--gold", required=True, metavar="FILE", help="Table with the right labels.")
@click.option("--label", required=True, metavar="COL", help="Its column of labels; rows without one are left out.")
@click.option("--id", metavar="COL", help="Its column of ids; without it, rows match by their order.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def command(folder: Path, gold: str, label: str, id: str | None, as_json: bool) -> None:
    """Score a register against labels known to be right.

    A row is scored by its first grouped point; a row without one counts as a group of its own.
    """
    scores = scored(folder, gold, label, id)
    if as_json:
        click.echo(json.dumps(scores))
        return
    for key, (_, told) in _NAMES.items():
        value = scores[key]
        click.echo(f"{told:<20}{value:>10,}" if isinstance(value, int) else f"{told:<20}{value:>10.3f}")


def scored(folder: Path, gold: str, label: str, by_id: str | None) -> dict[str, Any]:
    """Match rows to labels and score them."""
    import pyarrow as pa  # numpy loads here, not for `--help`
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from setright.sift.evaluate import evaluate
    from setright.sift.read import Columns, collect, read

    path = folder / "assignments.parquet"
    if not path.is_file():
        raise InputError(
            "is no register: assignments.parquet is missing", where=str(folder), remedy="Run setright sift"
        )
    problem = _first_grouped(pq.read_table(path, columns=["row", "id", "problem"]))
    # As a unit, a blank id stays blank; as an id it would become the row number, and match a row it does not name.
    right = collect(read([gold], Columns(text=label, unit=by_id)))
    label_of = pc.utf8_trim_whitespace(right["text"])
    label_of = pc.if_else(pc.equal(label_of, ""), pa.scalar(None, label_of.type), label_of)
    if by_id is None:
        if right.num_rows != problem.num_rows:
            raise InputError(
                f"has {right.num_rows:,} rows, the register {problem.num_rows:,}",
                where=gold,
                remedy="Give the file that was sifted, or match by --id",
            )
        labels = label_of
    else:
        twice = pc.value_counts(right["unit"].drop_null())
        twice = twice.filter(pc.greater(twice.field("counts"), 1))
        if len(twice):
            what = f"names {twice[0]['values'].as_py()!r} more than once in column {by_id!r}"
            raise InputError(what, where=gold, remedy="Give every id one label")
        at = pc.index_in(problem["id"], value_set=right["unit"].combine_chunks(), skip_nulls=True)
        labels = label_of.take(at)
    known = pc.is_valid(labels)
    if not pc.any(known).as_py():
        raise InputError(f"no label in column {label!r} matches a row", where=gold, remedy="Check --label and --id")
    scores = evaluate(_coded(problem["problem"].filter(known)), _coded(labels.filter(known).cast(pa.string())))
    return {key: getattr(scores, name) for key, (name, _) in _NAMES.items()}


def _first_grouped(lines: Any) -> Any:
    """One line per row, in order: its id, and the problem of its first grouped point, or null."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    row = lines["row"].to_numpy()
    _, first = np.unique(row, return_index=True)
    grouped = np.flatnonzero(pc.is_valid(lines["problem"]).to_numpy())
    rows, at = np.unique(row[grouped], return_index=True)
    found = np.full(len(first), -1, dtype=np.int64)
    found[rows] = grouped[at]
    problem = lines["problem"].take(pa.array(found, mask=found < 0))
    return pa.table({"id": lines["id"].take(pa.array(first)), "problem": problem})


def _coded(names: Any) -> Any:
    """Integer codes of strings, -1 for null."""
    codes = names.combine_chunks().dictionary_encode().indices
    return codes.fill_null(-1).to_numpy(zero_copy_only=False)
