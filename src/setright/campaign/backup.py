"""Back up and restore everything the site keeps, on either database, and prove that it came back whole.

A backup is a ZIP: one JSON-lines file per table, the handed-in files (still sealed), and a manifest with the count and
SHA-256 of each. Keys are not in it, on purpose: who finds a backup reads no file. Sessions are left out; people sign in
again. A restore goes into an empty database of the same version only, and is checked by writing every table out again
and comparing its checksum with the manifest's.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from setright.campaign.errors import CampaignError
from setright.campaign.models import StaffSession

_CHUNK: Final = 2_000
_LEFT_OUT: Final = {"contenttypes.contenttype", "auth.permission", "sessions.session", StaffSession._meta.label_lower}
MANIFEST: Final = "manifest.json"


class _Exact(DjangoJSONEncoder):
    """Instants to the microsecond, since the log's hashes cover them; Django's own encoder stops at milliseconds."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


class Unrestorable(CampaignError):
    """The backup cannot be restored here; the text says why and what to do."""


def back_up(target: Path, files: Path) -> dict[str, int]:
    """Write a backup to `target`, all tables as they stood at one moment; return rows by table.

    Written beside its place and renamed when it is whole and synced: a full disk leaves nothing half-written there.
    """
    beside = target.with_name(f".{target.name}.part")
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as out:
            tables = _tables(out)
            manifest = {"migrations": _migrations(), "tables": tables, "files": _files(out, files)}
            out.writestr(MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return {name: each["n"] for name, each in tables.items()}


def restore(source: Path, files: Path) -> dict[str, int]:
    """Restore into an empty database and folder, and check every table's checksum; return rows by table.

    Raises
    ------
    Unrestorable
        When the database is not empty or of another version, or the backup is damaged. Nothing is kept then.
    """
    try:
        with zipfile.ZipFile(source) as backup:
            return _restored(backup, files)
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise Unrestorable(f"{source.name} is damaged or no backup of Setright: take another one.") from error


def _restored(backup: zipfile.ZipFile, files: Path) -> dict[str, int]:
    manifest = json.loads(backup.read(MANIFEST))
    if manifest["migrations"] != _migrations():
        raise Unrestorable("The backup is of another version of Setright: install that version, restore, then migrate.")
    _require_empty()
    with transaction.atomic():
        for model in _models():
            _load(backup, model)
        _reset_sequences()
        found = {model._meta.label_lower: _digest(model) for model in _models()}
        wrong = [name for name, each in manifest["tables"].items() if found[name] != each]
        if wrong:
            raise Unrestorable(f"After restoring, these tables differ from the backup: {', '.join(wrong)}.")
    _restore_files(backup, manifest["files"], files)
    return {name: each["n"] for name, each in found.items()}


def _models() -> list[type[models.Model]]:
    """Every table to keep, in the order of their names; links between many are tables of their own."""
    kept = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy]
    return sorted((m for m in kept if m._meta.label_lower not in _LEFT_OUT), key=lambda m: m._meta.label_lower)


def _migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def _lines(model: type[models.Model]) -> Iterator[bytes]:
    """Every row as one line of JSON, in the order of keys; fields as columns, so that links need no second look."""
    names = [field.attname for field in model._meta.concrete_fields]
    rows = model._base_manager.order_by("pk").values_list(*names).iterator(chunk_size=_CHUNK)
    for row in rows:
        yield json.dumps(dict(zip(names, row, strict=True)), cls=_Exact).encode() + b"\n"


def _tables(out: zipfile.ZipFile) -> dict[str, dict[str, Any]]:
    tables = {}
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for model in _models():
            name = model._meta.label_lower
            with out.open(f"tables/{name}.jsonl", "w", force_zip64=True) as part:
                tables[name] = _hashed(_lines(model), part)
    return tables


def _digest(model: type[models.Model]) -> dict[str, Any]:
    return _hashed(_lines(model), io.BytesIO(), keep=False)


def _hashed(lines: Iterable[bytes], part: Any, *, keep: bool = True) -> dict[str, Any]:
    sha, n = hashlib.sha256(), 0
    for line in lines:
        n += 1
        sha.update(line)
        if keep:
            part.write(line)
    return {"n": n, "sha256": sha.hexdigest()}


def _load(backup: zipfile.ZipFile, model: type[models.Model]) -> None:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    with backup.open(f"tables/{model._meta.label_lower}.jsonl") as part:
        rows = (json.loads(line) for line in part)
        while chunk := list(islice(rows, _CHUNK)):
            made = [model(**{name: fields[name].to_python(value) for name, value in row.items()}) for row in chunk]
            model._base_manager.bulk_create(made, batch_size=200)


def _require_empty() -> None:
    full = [m._meta.label_lower for m in _models() if m._base_manager.exists()]
    if full:
        raise Unrestorable(f"The database is not empty ({full[0]} has rows): restore into a new one.")


def _reset_sequences() -> None:
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), _models()):
            cursor.execute(sql)


def _files(out: zipfile.ZipFile, folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.glob("??/*")):
        content = path.read_bytes()
        found[path.name] = hashlib.sha256(content).hexdigest()
        out.writestr(zipfile.ZipInfo(f"files/{path.name}"), content)
    return found


def _restore_files(backup: zipfile.ZipFile, hashes: dict[str, str], folder: Path) -> None:
    for name, sha in hashes.items():
        content = backup.read(f"files/{name}")
        if hashlib.sha256(content).hexdigest() != sha:
            raise Unrestorable(f"File {name} in the backup is damaged.")
        path = folder / name[:2] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
