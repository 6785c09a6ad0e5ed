"""Adding lists of units and teams in the background."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from setright.campaign.actions.team import import_team
from setright.campaign.actions.unit_import import import_units, sweep_abandoned
from setright.campaign.errors import Refused
from setright.campaign.jobs.registry import Progress, job
from setright.campaign.models import Campaign, File, Person
from setright.campaign.queries.unit_file import read_checked, was_applied


@job("import_units")
def run_import(progress: Progress, *, file: int, kind: str, campaign: int, by: int) -> dict[str, Any]:
    """Check the list once more and add it; safe to run twice."""
    source, whole, person = File.objects.get(pk=file), Campaign.objects.get(pk=campaign), Person.objects.get(pk=by)
    if was_applied(source):
        return {}
    sweep_abandoned()
    progress.say(_("Reading the list"), 0, 0)
    checked = read_checked(source, kind, whole)
    if checked.wrong:
        raise Refused(_("The tree changed since the list was checked: open it and check again."))
    if kind == "team":
        return {"members": import_team(file=source, rows=checked.members, campaign=whole, by=person)}
    n = import_units(
        file=source,
        rows=checked.units,
        campaign=whole,
        by=person,
        say=lambda done, total: progress.say(_("Adding units"), done, total),
    )
    return {"units": n, "members": len(checked.members)}
