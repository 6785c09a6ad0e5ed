"""Contact points: a sponsor adopts a unit, by an approved plan, and visits, hears and instructs it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from setright.campaign.enums import HearingWay, HeldState, InstructionState, PlanState, PointState, Role
from setright.campaign.models.campaign import Campaign
from setright.campaign.models.named import Named, in_language
from setright.campaign.models.person import Person
from setright.campaign.models.unit import Unit


class ContactPlan(models.Model):
    """The sponsors' plan of contact work: drafted by the office, approved by a named committee."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="contact_plans")
    version = models.IntegerField()
    state = models.CharField(max_length=10, choices=PlanState, default=PlanState.DRAFT)
    text = models.TextField(_("text"), blank=True, default="")
    text_hash = models.CharField(max_length=64, blank=True, default="")
    drafted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    committee = models.CharField(_("committee"), max_length=200, blank=True, default="")
    committee_en = models.CharField(_("committee in English"), max_length=200, blank=True, default="")
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    recorded_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("campaign", "-version")
        constraints = (
            models.UniqueConstraint(fields=("campaign", "version"), name="plan_version_once"),
            models.UniqueConstraint(fields=("campaign",), condition=Q(state="approved"), name="one_plan_in_force"),
        )

    def __str__(self) -> str:
        return f"plan {self.version}"

    @property
    def committee_label(self) -> str:
        return in_language(self.committee, self.committee_en)


class PlanDuty(Named):
    """What every sponsor owes in a phase; `times` of it are needed."""

    plan = models.ForeignKey(ContactPlan, on_delete=models.CASCADE, related_name="duties")
    phase = models.IntegerField()
    position = models.IntegerField()
    times = models.IntegerField(default=1)
    due_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("plan", "phase", "position")


class ContactPoint(models.Model):
    """A sponsor and the unit (and, where wished, a field of work across units) they take on."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="contact_points")
    sponsor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contact_points")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="contact_points")
    field = models.CharField(_("field of work"), max_length=200, blank=True, default="")
    field_en = models.CharField(_("field of work in English"), max_length=200, blank=True, default="")
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    state = models.CharField(max_length=10, choices=PointState, default=PointState.ACTIVE)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("campaign", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("campaign", "unit"), condition=Q(state="active"), name="unit_has_one_sponsor"
            ),
        )

    def __str__(self) -> str:
        return f"{self.sponsor} – {self.unit}"

    @property
    def field_label(self) -> str:
        return in_language(self.field, self.field_en)


class DutyRecord(models.Model):
    """A duty of the plan that a sponsor has done once for their unit."""

    point = models.ForeignKey(ContactPoint, on_delete=models.CASCADE, related_name="duty_records")
    duty = models.ForeignKey(PlanDuty, on_delete=models.CASCADE, related_name="records")
    on = models.DateField(_("on"))
    note = models.TextField(_("note"), blank=True, default="")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("on", "pk")

    def __str__(self) -> str:
        return f"{self.duty} {self.on}"


class Visit(models.Model):
    """Somebody from above came to see: a sponsor or a supervisor. What people said there becomes opinions of it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="visits")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="visits")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="visits")
    as_role = models.CharField(max_length=20, choices=((r.value, r.label) for r in (Role.SPONSOR, Role.SUPERVISOR)))
    on = models.DateField(_("day"))
    place = models.CharField(_("where"), max_length=200, blank=True, default="")
    purpose = models.TextField(_("what for"), blank=True, default="")
    findings = models.TextField(_("what was seen"), blank=True, default="")
    state = models.CharField(max_length=10, choices=HeldState, default=HeldState.PLANNED)

    class Meta:
        ordering = ("-on", "-pk")

    def __str__(self) -> str:
        return f"{self.by} {self.on}"


class Hearing(models.Model):
    """A unit reports to its sponsor or supervisor: on paper, in person, by telephone."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="hearings")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="hearings")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="hearings")
    way = models.CharField(_("how"), max_length=10, choices=HearingWay)
    on = models.DateField(_("day"))
    matter = models.CharField(_("matter"), max_length=300)
    summary = models.TextField(_("what was reported"), blank=True, default="")
    state = models.CharField(max_length=10, choices=HeldState, default=HeldState.PLANNED)

    class Meta:
        ordering = ("-on", "-pk")

    def __str__(self) -> str:
        return self.matter


class Instruction(models.Model):
    """A written instruction that must be answered by a day; the answer is accepted or returned."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="instructions")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="instructions")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="instructions_given")
    addressee = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="instructions_received")
    text = models.TextField(_("instruction"))
    given_on = models.DateField(default=timezone.localdate)
    due_on = models.DateField(_("answer by"))
    state = models.CharField(max_length=10, choices=InstructionState, default=InstructionState.GIVEN)
    answer = models.TextField(_("answer"), blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    version_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ("-given_on", "-pk")

    def __str__(self) -> str:
        return self.text[:40]
