"""What people do to their own sign-in enters the event log: that it happened, never what was typed."""

from __future__ import annotations

from typing import Any, Final

from allauth.account import signals as account
from allauth.mfa import signals as mfa

from setright.campaign.actions.person import record_sign_in_change
from setright.campaign.models import Person

_ACTS: Final = (
    (account.password_changed, "change_password"),
    (account.password_set, "change_password"),
    (account.password_reset, "reset_password"),
    (mfa.authenticator_added, "add_factor"),
    (mfa.authenticator_removed, "remove_factor"),
    (mfa.authenticator_reset, "renew_factor"),
)


def _listener(act: str) -> Any:
    def told(sender: Any, user: Person, authenticator: Any = None, **rest: Any) -> None:
        record_sign_in_change(person=user, act=act, kind=authenticator.type if authenticator else "")

    return told


for _signal, _act in _ACTS:
    _signal.connect(_listener(_act), weak=False, dispatch_uid=f"setright.{_act}")
