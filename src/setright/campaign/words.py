"""What each logged act is called on a page; the log itself keeps the code alone."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS: Final[dict[str, str | Promise]] = {
    "create_campaign": _("campaign made"),
    "start_campaign": _("campaign started"),
    "close_campaign": _("campaign closed"),
    "archive_campaign": _("campaign archived"),
    "add_batch": _("batch planned"),
    "open_batch": _("gate 8 asked"),
    "enrol_units": _("units enrolled"),
    "begin_enrolments": _("phase 1 begun"),
    "change_lead": _("unit lead changed"),
    "create_group": _("supervision group made"),
    "assign_group": _("units given to a supervision group"),
    "give_role": _("role given"),
    "end_role": _("role ended"),
    "add_own_step": _("own step added"),
    "edit_step": _("step edited"),
    "submit_step": _("step handed in"),
    "review_step": _("step decided"),
    "revoke_review": _("decision taken back"),
    "waive_step": _("step waived in public"),
    "ask_gate": _("gate asked"),
}
