"""The sign-in library's forms in our words."""

from __future__ import annotations

from typing import Any, Final

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.utils.translation import gettext_lazy as _

PASSWORD_HINT: Final = _("At least 10 characters, not a common one, not like your name. A short sentence is easiest.")
_CODE_HINT: Final = _("The six figures your app shows now, or one of your recovery codes.")

_WORDS: Final[dict[str, tuple[Any, Any]]] = {
    "login": (_("User name or e-mail"), ""),
    "password": (_("Password"), ""),
    "oldpassword": (_("Present password"), ""),
    "password1": (_("New password"), PASSWORD_HINT),
    "password2": (_("New password, once more"), ""),
    "email": (_("E-mail"), ""),
    "code": (_("Code"), _CODE_HINT),
    "name": (_("Name of the key"), _("So that you know it again, such as “blue key on my ring”.")),
}


class _Worded:
    """Puts our label and hint on every field that has one, and nothing inside a field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.label, field.help_text = _WORDS.get(name, (field.label, field.help_text))
            field.widget.attrs.pop("placeholder", None)
        self.label_suffix = ""


class Login(_Worded, account.LoginForm):  # type: ignore[misc]
    pass


class Reauthenticate(_Worded, account.ReauthenticateForm):  # type: ignore[misc]
    pass


class ChangePassword(_Worded, account.ChangePasswordForm):  # type: ignore[misc]
    pass


class SetPassword(_Worded, account.SetPasswordForm):  # type: ignore[misc]
    pass


class ResetPassword(_Worded, account.ResetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKey(_Worded, account.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class Authenticate(_Worded, mfa.AuthenticateForm):  # type: ignore[misc]
    pass


class ReauthenticateFactor(_Worded, mfa.ReauthenticateForm):  # type: ignore[misc]
    pass


class ActivateTotp(_Worded, ActivateTOTPForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("The six figures your app shows now.")


class AddKey(_Worded, AddWebAuthnForm):  # type: ignore[misc]
    pass


class EditKey(_Worded, EditWebAuthnForm):  # type: ignore[misc]
    pass
