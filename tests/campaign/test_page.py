"""The guard of every staff page, and how a refusal is shown."""

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from setright.campaign.access import Unknown
from setright.campaign.errors import Conflict, Invalid, Reason, Refused
from setright.campaign.forms.step import ReviewForm
from setright.campaign.views.page import BOTH, GET, attempt, page
from tests import factories


def request(person, method="get"):
    made = getattr(RequestFactory(), method)("/app/")
    made.user = person
    made._messages = CookieStorage(made)
    return made


def call(view, person, campaign=None, method="get", **keys):
    keys = {**keys, **({"campaign": campaign.pk} if campaign else {})}
    return view(request(person, method), **keys)


@page("board.view", *GET)
def seen(request, campaign):
    return HttpResponse(f"{campaign.pk}")


def refusing(error):
    @page("board.view", *BOTH)
    def view(request, campaign):
        raise error

    return view


def test_guard_hands_the_view_its_campaign(cast):
    answer = call(seen, cast.office, cast.campaign)
    assert (answer.status_code, answer.text) == (200, str(cast.campaign.pk))


@pytest.mark.parametrize("name", ["lead", "administrator", "outsider"])
def test_without_the_right_there_is_no_such_page(cast, name):
    assert call(seen, cast.people[name], cast.campaign).status_code == 404


def test_campaign_that_is_not_there_looks_like_one_that_is_not_yours(cast):
    elsewhere = factories.campaign()
    absent = factories.campaign()
    number = absent.pk
    absent.step_templates.all().delete()
    absent.delete()
    answers = [seen(request(cast.office), campaign=pk) for pk in (elsewhere.pk, number)]
    assert (answers[0].status_code, answers[0].text) == (404, answers[1].text)


def test_method_that_is_not_named_is_refused_before_anything_is_asked(cast):
    answer = call(seen, cast.office, cast.campaign, "post")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_view_says_which_right_and_methods_it_needs():
    assert (seen.right, seen.methods) == ("board.view", GET)


def test_right_that_needs_a_second_factor_sends_to_set_one_up(cast):
    @page("opinion.read", *GET)
    def opinions(request, campaign):
        return HttpResponse("read")

    answer = call(opinions, cast.analyst, cast.campaign)
    assert (answer.status_code, answer.url) == (302, reverse("mfa_index"))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Unknown("no"), 404),
        (Refused("Not today.", (Reason("x", "Why it is not", got=1, need=2),)), 422),
        (Conflict("Somebody was quicker."), 409),
        (Invalid("field", "Cannot be."), 422),
    ],
)
def test_refusal_becomes_a_page_with_its_status(cast, error, status):
    assert call(refusing(error), cast.office, cast.campaign).status_code == status


def test_refusal_says_every_reason(cast):
    reasons = (Reason("a", "First reason"), Reason("b", "Second reason"))
    answer = call(refusing(Refused("Not today.", reasons)), cast.office, cast.campaign)
    assert [text in answer.text for text in ("Not today.", "First reason", "Second reason")] == [True, True, True]


def form():
    bound = ReviewForm({"comment": "typed", "seen_hash": "x"})
    assert bound.is_valid()
    return bound


def raising(error):
    def act():
        raise error

    return act


def test_attempt_puts_what_is_invalid_beside_its_field_and_keeps_what_was_typed():
    bound = form()
    assert attempt(bound, raising(Invalid("comment", "Say more."))) is False
    assert (bound.errors["comment"], bound["comment"].value()) == (["Say more."], "typed")


def test_attempt_puts_on_top_what_has_no_field_here():
    bound = form()
    attempt(bound, raising(Invalid("elsewhere", "Cannot be.")))
    assert bound.non_field_errors() == ["Cannot be."]


@pytest.mark.parametrize("error", [Refused("No."), Conflict("Quicker.")])
def test_attempt_says_a_refusal_or_conflict_on_top(error):
    bound = form()
    assert (attempt(bound, raising(error)), bound.non_field_errors()) == (False, [str(error)])


def test_attempt_is_true_when_it_was_done():
    assert attempt(form(), lambda: None) is True


def test_staff_pages_carry_the_strict_policy_and_are_not_kept(cast, browse):
    answer = browse("office").get(reverse("board", args=(cast.campaign.pk,)))
    policy = answer["Content-Security-Policy"]
    assert ("unsafe" in policy, "default-src 'none'" in policy, answer["Cache-Control"]) == (False, True, "no-store")
