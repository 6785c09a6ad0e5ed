"""A backup restores to the very same rows, or says why not; nothing half-done stays."""

import json
import zipfile

import pytest
from django.core.management import call_command
from django.db import connection

from setright.campaign import log
from setright.campaign.actions.step import edit_step, submit_step
from setright.campaign.backup import MANIFEST, Unrestorable, back_up, restore
from setright.campaign.models import Event, Person, Step, SupervisionGroup
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept(cast, tmp_path):
    """A campaign with a step handed in, a group with members, one stored file; its backup."""
    step = Step.objects.filter(enrolment=cast.at_city).first()
    edit_step(step=step, note="做了", done_on=None, files=[factories.file(cast.clerk)], drop=[], by=cast.clerk)
    submit_step(step=step, by=cast.clerk)
    SupervisionGroup.objects.create(campaign=cast.campaign, name="督导一组").members.add(cast.supervisor)
    files = tmp_path / "files"
    (files / "ab").mkdir(parents=True)
    (files / "ab" / "abcd").write_bytes(b"sealed bytes")
    target = tmp_path / "backup.zip"
    back_up(target, files)
    return target


def emptied():
    call_command("flush", verbosity=0, interactive=False)


def tampered(source, name, change):
    """The same backup with one part changed."""
    target = source.with_name("changed.zip")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            new.writestr(item, change(content) if item.filename == name else content)
    return target


def test_restore_brings_back_every_row_the_links_and_an_intact_log(kept, tmp_path):
    events = list(Event.objects.order_by("seq").values_list("hash", flat=True))
    emptied()
    restore(kept, tmp_path / "new")
    group = SupervisionGroup.objects.get()
    assert list(Event.objects.order_by("seq").values_list("hash", flat=True)) == events
    assert ([p.username for p in group.members.all()], log.verify()) == (["supervisor"], [])


def test_restored_database_takes_new_rows(kept, tmp_path):
    emptied()
    restore(kept, tmp_path / "new")
    highest = Person.objects.order_by("-pk").first().pk
    assert factories.person().pk > highest


def test_files_come_back_as_they_lay(kept, tmp_path):
    emptied()
    restore(kept, tmp_path / "new")
    assert (tmp_path / "new" / "ab" / "abcd").read_bytes() == b"sealed bytes"


def test_restore_into_a_database_with_rows_is_refused(kept, tmp_path):
    with pytest.raises(Unrestorable, match="not empty"):
        restore(kept, tmp_path / "new")


def test_changed_row_is_found_and_nothing_stays(kept, tmp_path):
    bad = tampered(kept, "tables/campaign.unit.jsonl", lambda content: content.replace(b'"P-C"', b'"P-X"'))
    emptied()
    with pytest.raises(Unrestorable, match=r"campaign\.unit"):
        restore(bad, tmp_path / "new")
    assert Person.objects.count() == 0


def test_backup_of_another_version_is_refused(kept, tmp_path):
    def older(content):
        manifest = json.loads(content)
        manifest["migrations"] = manifest["migrations"][:-1]
        return json.dumps(manifest).encode()

    emptied()
    with pytest.raises(Unrestorable, match="another version"):
        restore(tampered(kept, MANIFEST, older), tmp_path / "new")


def test_what_is_no_backup_is_told_so(tmp_path, transactional_db):
    path = tmp_path / "notes.zip"
    path.write_bytes(b"not a zip")
    with pytest.raises(Unrestorable, match="damaged"):
        restore(path, tmp_path / "new")


def test_failed_backup_leaves_nothing_beside(cast, tmp_path, monkeypatch):
    files = tmp_path / "files" / "ab"
    files.mkdir(parents=True)
    (files / "gone").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError):
        back_up(tmp_path / "backup.zip", tmp_path / "files")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["files"]


def test_sessions_are_not_in_a_backup(cast, browse, tmp_path):
    browse("lead")
    rows = back_up(tmp_path / "b.zip", tmp_path)
    assert ("campaign.staffsession" in rows, connection.vendor in ("sqlite", "postgresql")) == (False, True)
