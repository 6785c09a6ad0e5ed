"""What somebody typed and has not sent."""

from __future__ import annotations

from setright.campaign.models import Draft, Person


def draft_of(person: Person, place: str) -> Draft | None:
    """The person's own draft for the form sent to `place`."""
    return Draft.objects.filter(person=person, place=place).first()
