"""What every staff page has in common: sign-in, the right asked for, its campaign, and how a refusal is shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from setright.campaign import access
from setright.campaign.actions.draft import drop_draft
from setright.campaign.errors import CampaignError, Conflict, Invalid, Refused
from setright.campaign.models import Campaign, Person
from setright.intake.formula import safe_cell

View = Callable[..., HttpResponseBase]
_F = TypeVar("_F", bound=View)

PER_PAGE = 50
"""Lines of a list at once; never an endless scroll."""

LAST_CAMPAIGN = "setright_campaign"
"""Cookie of staff pages: the number of the campaign last looked at, whose navigation stands on pages outside any."""

GET = ("GET", "HEAD")
POST = ("POST",)
BOTH = ("GET", "HEAD", "POST")


class PersonRequest(HttpRequest):
    """A request of somebody signed in (for the type checker alone)."""

    user: Person
    campaign: Campaign | None


def page(right: str, *methods: str) -> Callable[[_F], _F]:
    """Guard a view: signed in, holding `right` somewhere in the campaign named in the address.

    The view gets the `Campaign` itself instead of its number. What it then shows it scopes by `access`. `right` and
    `methods` stay readable on the view, and a test walks every address with them.
    """

    def guard(view: _F) -> _F:
        @wraps(view)
        def guarded(request: Any, *, campaign: int | None = None, **keys: Any) -> HttpResponseBase:
            if request.method not in methods:
                return HttpResponse(status=405, headers={"Allow": ", ".join(methods)})
            if access.needs_second_factor(right) and not is_mfa_enabled(request.user):
                messages.info(request, _("This page needs a second factor: set one up first."))
                return redirect("mfa_index")
            try:
                return _opened(view, request, right, campaign, keys)
            except access.Unknown:
                return not_found(request)
            except (Refused, Conflict, Invalid) as error:
                return said_no(request, error)

        result: Any = login_required(guarded)
        result.right, result.methods = right, methods
        return result  # type: ignore[no-any-return]

    return guard


def _opened(view: View, request: Any, right: str, campaign: int | None, keys: dict[str, Any]) -> HttpResponseBase:
    request.campaign = None
    if campaign is None:
        if right and not access.may_somewhere(request.user, right):
            raise access.Unknown
        return view(request, **keys)
    found = access.campaigns_of(request.user).filter(pk=campaign).first()
    if found is None or not access.may_somewhere(request.user, right, found):
        raise access.Unknown
    request.campaign = found
    answer = view(request, found, **keys)
    if request.COOKIES.get(LAST_CAMPAIGN) != str(found.pk):
        answer.set_cookie(
            LAST_CAMPAIGN, str(found.pk), path="/app/", secure=request.is_secure(), httponly=True, samesite="Strict"
        )
    return answer


def paged(request: HttpRequest, rows: Any, name: str = "page", per_page: int = PER_PAGE) -> Any:
    """The part of a list that the address asks for by `?name=`; the first or last where there is no such part."""
    return Paginator(rows, per_page).get_page(request.GET.get(name))


def csv_file(name: str, heads: Iterable[object], rows: Iterable[Iterable[object]]) -> HttpResponse:
    """A table as a file that a spreadsheet program opens as it is; no cell can be taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in (heads, *rows):
        writer.writerow([cell if isinstance(cell, int) else safe_cell(str(cell)) for cell in row])
    response = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def not_found(request: HttpRequest) -> HttpResponse:
    """One page and one wording for what is not and for what is not yours."""
    return render(request, "trouble/not_found.html", status=404)


def said_no(request: Any, error: CampaignError) -> HttpResponse:
    """A refusal that no form shows beside its field: a page with the sentence, every reason, and the way back."""
    status = 409 if isinstance(error, Conflict) else 422
    reasons = getattr(error, "reasons", ())
    return render(request, "trouble/refused.html", {"sentence": str(error), "reasons": reasons}, status=status)


def done(request: Any, sentence: str, url: str, *, undo: str = "") -> HttpResponseRedirect:
    """Go to `url` and say there what happened; `undo` is the address that takes it back (posted to)."""
    drop_draft(person=request.user, place=request.path)
    messages.success(request, sentence, extra_tags=undo)
    return HttpResponseRedirect(url)


def attempt(form: Any, act: Callable[[], Any]) -> bool:
    """Do `act`; put what it refuses beside the field it concerns, so that nothing typed is lost. True when done."""
    try:
        act()
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
    except (Refused, Conflict) as error:
        form.add_error(None, str(error))
        for reason in getattr(error, "reasons", ()):
            form.add_error(None, f"{reason.title}. {reason.detail}" if reason.detail else reason.title)
    else:
        return True
    return False
