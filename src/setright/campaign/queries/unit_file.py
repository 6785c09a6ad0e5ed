"""A list that was handed in, opened and checked."""

from __future__ import annotations

from django.utils import timezone

from setright.campaign.access import opened_copy
from setright.campaign.models import Campaign, Event, File
from setright.campaign.queries.unit_import import check_team, check_units
from setright.campaign.queries.unit_line import Checked


def read_checked(file: File, kind: str, campaign: Campaign) -> Checked:
    """Check the list again as the tree stands now (`kind`: units or team).

    Raises
    ------
    setright.intake.errors.InputError
        When it cannot be read as a list at all.
    """
    since = min(campaign.starts_on, timezone.localdate())
    check = check_team if kind == "team" else check_units
    return check(opened_copy(file), file.name, since)


def was_applied(file: File) -> bool:
    """Whether this list was added already."""
    acts = ("import_units", "import_team")
    return Event.objects.filter(action__in=acts, object_type="file", object_id=file.pk).exists()
