"""The event log: whoever changes, removes or cuts off an entry is found out; eight writers at once do not fork it."""

import re
import subprocess
import sys
import textwrap
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from setright.campaign import log
from setright.campaign.enums import Role
from setright.campaign.models import Event, LogHead
from tests import factories


@pytest.fixture
def written(cast):
    """A log of twelve entries and more."""
    with transaction.atomic():
        for n in range(12):
            about = log.About(cast.campaign.pk, cast.city.pk)
            log.write("edit_step", cast.city, cast.clerk, about, log.Change({"state": "open"}, {"state": "open"}, n))
    return cast


def faults():
    return [(fault.seq, fault.what) for fault in log.verify()]


def test_log_as_written_has_no_fault(written):
    n, last = log.head()
    assert (faults(), n, last) == ([], Event.objects.count(), Event.objects.get(seq=n).hash)


def test_empty_log_has_no_fault(db):
    assert (log.verify(), log.head()) == ([], (0, "0" * 64))


TAMPERED = {
    "at": lambda e: e.at + timedelta(microseconds=1),
    "actor_id": lambda e: None,
    "action": lambda e: "submit_step",
    "object_type": lambda e: "step",
    "object_id": lambda e: e.object_id + 1,
    "campaign_id": lambda e: None,
    "unit_id": lambda e: e.unit_id + 1,
    "before": lambda e: {"state": "accepted"},
    "after": lambda e: {},
    "n": lambda e: None,
    "previous": lambda e: "0" * 64,
    "hash": lambda e: "f" * 64,
}


def test_every_field_of_an_entry_is_among_those_tampered_with():
    fields = {field.attname for field in Event._meta.concrete_fields}
    assert fields - {"id", "seq"} == set(TAMPERED)


@pytest.mark.parametrize("name", TAMPERED)
def test_changed_field_is_found(written, name):
    entry = Event.objects.get(seq=7)
    Event.objects.filter(seq=7).update(**{name: TAMPERED[name](entry)})
    assert 7 in {seq for seq, _what in faults()}


def test_changed_entry_with_a_fitting_hash_breaks_the_chain_behind_it(written):
    entry = Event.objects.get(seq=7)
    entry.action = "submit_step"
    Event.objects.filter(seq=7).update(action=entry.action, hash=log.digest(entry))
    assert faults() == [(8, "does not follow from the entry before it")]


def test_last_entry_rewritten_with_a_fitting_hash_differs_from_the_head(written):
    last = Event.objects.order_by("-seq").first()
    last.action = "submit_step"
    Event.objects.filter(pk=last.pk).update(action=last.action, hash=log.digest(last))
    assert len(faults()) == 1


def test_swapped_numbers_are_found(written):
    Event.objects.filter(seq=7).update(seq=10**6)
    Event.objects.filter(seq=8).update(seq=7)
    Event.objects.filter(seq=10**6).update(seq=8)
    assert {seq for seq, _what in faults()} >= {7, 8}


def test_entry_removed_from_the_middle_is_named(written):
    Event.objects.filter(seq__in=(6, 7)).delete()
    assert ("entries 6 to 7 are missing" in [what for _seq, what in faults()], len(faults())) == (True, 1)


def test_first_entry_removed_is_named(written):
    Event.objects.filter(seq=1).delete()
    assert (1, "entries 1 to 1 are missing") in faults()


def test_cut_off_end_is_found(written):
    n = Event.objects.count()
    Event.objects.filter(seq__gt=n - 3).delete()
    assert faults() == [(n, f"the log ends at {n - 3}, but {n} entries were written")]


def test_everything_removed_is_found(written):
    n = Event.objects.count()
    Event.objects.all().delete()
    assert faults() == [(n, f"the log ends at 0, but {n} entries were written")]


def test_entry_slipped_in_at_the_end_is_found(written):
    n, last = log.head()
    entry = Event.objects.get(seq=n)
    entry.pk, entry.seq, entry.previous = None, n + 1, last
    entry.hash = log.digest(entry)
    entry.save(force_insert=True)
    assert len(faults()) == 1


def test_whole_log_rewritten_with_its_head_is_found_by_an_anchor_kept_elsewhere(written):
    anchor = log.head()
    previous = "0" * 64
    for entry in Event.objects.order_by("seq"):
        entry.actor, entry.previous = None, previous
        previous = log.digest(entry)
        Event.objects.filter(pk=entry.pk).update(actor=None, previous=entry.previous, hash=previous)
    LogHead.objects.update(hash=previous)
    assert (log.verify(), [fault.seq for fault in log.verify(anchor)]) == ([], [anchor[0]])


def test_cut_off_end_with_its_head_is_found_by_an_anchor(written):
    anchor = log.head()
    Event.objects.filter(seq__gt=5).delete()
    LogHead.objects.update(seq=5, hash=Event.objects.get(seq=5).hash)
    assert (log.verify(), [fault.seq for fault in log.verify(anchor)]) == ([], [anchor[0]])


def test_act_that_fails_leaves_no_entry(written):
    before = log.head()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        log.write("edit_step", written.city, None, log.About())
        1 / 0  # noqa: B018
    assert (log.head(), faults()) == (before, [])


@pytest.mark.django_db(transaction=True)
def test_entry_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError):
        log.write("edit_step", LogHead(pk=1), None, log.About())


WRITERS = """
    import os, sys, threading
    os.environ["SETRIGHT_HOME"] = sys.argv[1]
    os.environ["SETRIGHT_SECRET_KEY"] = "only for tests"
    os.environ.pop("SETRIGHT_DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "setright.server.settings"
    import django; django.setup()
    from django.core.management import call_command
    from django.db import connections, transaction
    from setright.campaign import log
    from setright.campaign.models import Event, LogHead
    call_command("migrate", verbosity=0)
    errors = []
    def write(number):
        try:
            for n in range(25):
                with transaction.atomic():
                    log.write("edit_step", LogHead(pk=number), None, log.About(unit_id=number), log.Change(n=n))
        except Exception as error:
            errors.append(repr(error))
        finally:
            connections.close_all()
    threads = [threading.Thread(target=write, args=(number,)) for number in range(1, 9)]
    [t.start() for t in threads]; [t.join() for t in threads]
    orders = [list(Event.objects.filter(unit_id=w).order_by("seq").values_list("n", flat=True)) for w in range(1, 9)]
    print(errors, log.verify(), log.head()[0], all(order == list(range(25)) for order in orders))
"""


def test_eight_writers_at_once_do_not_fork_the_chain(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WRITERS), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (ran.stdout.strip(), ran.returncode) == ("[] [] 200 True", 0), ran.stderr


# ------------------------------------------------------------------------------------------------------------ the page


def page(cast, query=""):
    return reverse("log_page", args=(cast.campaign.pk,)) + query


def shown(client, cast, query=""):
    return [row.event for row in client.get(page(cast, query)).context["rows"]]


def test_page_shows_the_campaigns_entries_newest_first_and_the_head(written, browse):
    answer = browse("office").get(page(written))
    seqs = [row.event.seq for row in answer.context["rows"]]
    n, last = log.head()
    assert (seqs, {row.event.campaign_id for row in answer.context["rows"]}) == (
        sorted(seqs, reverse=True),
        {written.campaign.pk},
    )
    assert (f"head {n}" in answer.text, f"{last[:4]}…{last[-3:]}" in answer.text) == (True, True)


def test_count_beside_a_gate_is_of_unmet_conditions(cast, browse):
    with transaction.atomic():
        for act, n in (("ask_gate", 3), ("ask_gate", 0), ("open_batch", 1), ("enrol_units", 4)):
            log.write(act, cast.at_city, cast.lead, log.About(cast.campaign.pk), log.Change(after={}, n=n))
    answer = browse("office").get(page(cast))
    assert [row.n_unmet for row in answer.context["rows"][:4]] == [None, 1, 0, 3]
    beside = re.findall(r'<span class="muted num">((?:×|\d+ unmet).*?)</span>', answer.text)
    assert beside[:3] == ["× 4", "1 unmet", "3 unmet"]


def test_page_filters_by_act_person_unit_object_and_day(written, browse):
    client = browse("office")
    counts = {
        query: len(shown(client, written, query))
        for query in (
            "?act=edit_step",
            "?who=clerk",
            "?who=nobody",
            "?unit=P-C",
            "?unit=P",
            "?unit=P-P",
            f"?kind=unit&number={written.city.pk}",
            "?kind=batch",
            f"?since={timezone.localdate() + timedelta(days=1)}",
            "?act=no_such_act",
        )
    }
    everything = Event.objects.filter(campaign_id=written.campaign.pk).count()
    assert list(counts.values()) == [12, 12, 0, 12, 12, 0, 12, 2, 0, everything]


def test_page_marks_an_entry_that_is_not_what_was_written(written, browse):
    client = browse("office")
    assert [row.is_sound for row in client.get(page(written)).context["rows"]] == [True] * 14
    Event.objects.filter(seq=7).update(action="submit_step")
    answer = client.get(page(written))
    assert [row.event.seq for row in answer.context["rows"] if not row.is_sound] == [7]
    assert "not what was written" in answer.text


def test_page_says_when_the_end_was_cut_off(written, browse):
    client = browse("office")
    assert client.get(page(written)).context["head"].is_sound
    Event.objects.order_by("-seq").first().delete()
    answer = client.get(page(written))
    assert (answer.context["head"].is_sound, "cut off" in answer.text) == (False, True)


def test_office_sees_no_entry_about_accounts_or_of_another_campaign(written, browse):
    other = factories.campaign()
    with transaction.atomic():
        log.write("invite_person", written.clerk, written.administrator, log.About())
        log.write("add_batch", written.batch, None, log.About(other.pk))
    site = reverse("site_log")
    seen = {
        name: {row.event.campaign_id for row in browse(name).get(site).context["rows"]}
        for name in ("office", "administrator")
    }
    assert seen == {"office": {written.campaign.pk}, "administrator": {written.campaign.pk, other.pk, None}}
    assert browse("office").get(reverse("log_page", args=(other.pk,))).status_code == 404
    factories.grant(written.office, Role.OFFICE, other)
    assert {event.campaign_id for event in shown(browse("office"), written)} == {written.campaign.pk}


def test_office_of_a_subtree_reads_no_log(written, browse):
    factories.grant(written.outsider, Role.OFFICE, written.campaign, written.city)
    assert shown(browse("outsider"), written) == []


@pytest.mark.parametrize("name", ["lead", "clerk", "member", "supervisor", "sponsor", "analyst", "outsider"])
def test_nobody_else_reads_the_log(written, browse, name):
    client = browse(name)
    assert [client.get(url).status_code for url in (page(written), reverse("site_log"))] == [404, 404]


def test_page_asks_as_much_for_many_as_for_few(
    written, browse, django_assert_max_num_queries, django_assert_num_queries
):
    client = browse("office")
    with django_assert_max_num_queries(26) as few:
        client.get(page(written))
    with transaction.atomic():
        for _n in range(60):
            about = log.About(written.campaign.pk, written.port.pk)
            log.write("edit_step", written.port, factories.person(), about)
    with django_assert_num_queries(len(few.captured_queries)):
        client.get(page(written))
