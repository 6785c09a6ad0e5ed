"""Form parts shared by every noun: day pickers, several files, accessible errors."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _


class Day(forms.DateField):
    """A day, picked with the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class Files(forms.FileField):
    """Any number of files."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = [each for each in (data or []) if each] if isinstance(data, (list, tuple)) else ([data] if data else [])
        if self.required and not given:
            raise forms.ValidationError(_("Choose a file."))
        return [super(Files, self).clean(each, initial) for each in given]


class Base(forms.Form):
    """Ties every field to its hint and errors for screen readers, and keeps what was typed."""

    template_name = "parts/form.html"
    required_css_class = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def render_invalid(self) -> None:
        """Mark fields with errors as invalid, once validation has run."""
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs["aria-invalid"] = "true"

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound:
            self.render_invalid()

    def add_error(self, field: str | None, error: Any) -> None:
        super().add_error(field, error)
        self.render_invalid()


class Seen(Base):
    """A form about a text that others may change too: it carries the hash of what was read."""

    seen_hash = forms.CharField(widget=forms.HiddenInput, required=False)

    def see(self, present: str) -> None:
        """After a conflict the present text is shown beside what was typed: sending again is then meant."""
        if self.is_bound and self.non_field_errors():
            self.data = {**self.data.dict(), "seen_hash": present}  # type: ignore[attr-defined]  # one value a field
