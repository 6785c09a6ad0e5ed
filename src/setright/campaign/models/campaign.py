"""A campaign: its batches, who takes part, phases, steps, who holds which role, who asked which gate."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from setright.campaign.enums import (
    BatchState,
    CampaignState,
    EnrolmentState,
    Role,
    StepState,
)
from setright.campaign.errors import Reason
from setright.campaign.models.file import File
from setright.campaign.models.named import Named, in_language
from setright.campaign.models.person import Person
from setright.campaign.models.unit import Unit


class Campaign(Named):
    """One drive. `rules` are the template's thresholds as they stood when it was made (template, version, numbers)."""

    theme = models.CharField(_("theme"), max_length=300, blank=True, default="")
    theme_en = models.CharField(_("theme in English"), max_length=300, blank=True, default="")
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    state = models.CharField(max_length=10, choices=CampaignState, default=CampaignState.DRAFT)
    template = models.CharField(max_length=60)
    template_version = models.IntegerField()
    rules = models.JSONField(default=dict)
    taxonomy = models.CharField(max_length=60, default="four-winds")

    @property
    def theme_label(self) -> str:
        return in_language(self.theme, self.theme_en)


class Batch(models.Model):
    """Units that go through the campaign together."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="batches")
    number = models.IntegerField()
    predecessor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField(_("starts on"))
    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.PLANNED)

    class Meta:
        ordering = ("campaign", "number")
        constraints = (models.UniqueConstraint(fields=("campaign", "number"), name="batch_number_once"),)

    def __str__(self) -> str:
        return f"{self.campaign} {self.number}"


class SupervisionGroup(Named):
    """A supervision group from above; its members hold the supervisor's grants of the units it watches."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="groups")
    members = models.ManyToManyField(Person, related_name="supervision_groups")


class Enrolment(models.Model):
    """A unit taking part in a batch, and where it stands."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="enrolments")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="enrolments")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="enrolments")
    lead = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="led")
    group = models.ForeignKey(
        SupervisionGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="enrolments"
    )
    state = models.CharField(max_length=10, choices=EnrolmentState, default=EnrolmentState.WAITING)

    class Meta:
        ordering = ("unit__path",)
        constraints = (models.UniqueConstraint(fields=("campaign", "unit"), name="unit_enrols_once"),)

    def __str__(self) -> str:
        return f"{self.unit}"

    @property
    def phase_number(self) -> int:
        """1 to 3 while in a phase; 0 before, 4 when sealed."""
        return {"waiting": 0, "p1": 1, "p2": 2, "p3": 3, "remedial": 3, "sealed": 4}[self.state]


class Phase(models.Model):
    """One phase of one enrolment: when it is planned, when its gate really opened and closed it."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="phases")
    number = models.IntegerField()
    planned_from = models.DateField()
    planned_to = models.DateField()
    opened_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)

    class Meta:
        ordering = ("enrolment", "number")
        constraints = (models.UniqueConstraint(fields=("enrolment", "number"), name="phase_number_once"),)

    def __str__(self) -> str:
        return f"{self.enrolment} {self.number}"


class StepTemplate(Named):
    """A step every unit must take (规定动作), as the campaign's template had it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="step_templates")
    phase = models.IntegerField()
    position = models.IntegerField()
    code = models.CharField(max_length=60)
    requirements = models.JSONField(default=list)
    min_files = models.IntegerField(default=1)
    due_days = models.IntegerField()

    class Meta:
        ordering = ("campaign", "phase", "position")
        constraints = (models.UniqueConstraint(fields=("campaign", "code"), name="step_code_once"),)


class Step(Named):
    """One step of one enrolment; without a template it is the unit's own (自选动作).

    `version` grows with every change of what is handed in, `version_hash` covers its words and files: a review binds
    to that hash. Late is derived from `due_on`, never stored.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="steps")
    template = models.ForeignKey(StepTemplate, null=True, blank=True, on_delete=models.PROTECT, related_name="steps")
    phase = models.IntegerField()
    position = models.IntegerField()
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=StepState, default=StepState.OPEN)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    note = models.TextField(_("what was done"), blank=True, default="")
    version = models.IntegerField(default=1)
    version_hash = models.CharField(max_length=64, blank=True, default="")
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    waiver_reason = models.TextField(_("public reason"), blank=True, default="")
    waived_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    waived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("enrolment", "phase", "position", "pk")
        indexes = (
            models.Index(fields=("state", "submitted_at"), name="step_queue"),
            models.Index(fields=("enrolment", "phase"), name="step_of_phase"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("enrolment", "template"), condition=Q(template__isnull=False), name="mandatory_step_once"
            ),
        )

    @property
    def is_mandatory(self) -> bool:
        return self.template_id is not None


class StepFile(models.Model):
    """A piece of evidence of a step; one that was taken out stays, with the version that dropped it."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="evidence")
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="step_files")
    added_in = models.IntegerField()
    dropped_in = models.IntegerField(null=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.file}"


class Grant(models.Model):
    """A role somebody holds in a campaign for a unit's subtree (for the whole campaign where `unit` is empty)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role)
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    group = models.ForeignKey(SupervisionGroup, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("person", "role", "pk")
        indexes = (models.Index(fields=("person", "campaign"), name="grant_of_person"),)

    def __str__(self) -> str:
        return f"{self.person} {self.role}"


class GateAttempt(models.Model):
    """Somebody asked a gate; `reasons` is what it answered, in both languages."""

    number = models.IntegerField()
    enrolment = models.ForeignKey(Enrolment, null=True, on_delete=models.CASCADE, related_name="attempts")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.CASCADE, related_name="attempts")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    has_passed = models.BooleanField()
    reasons = models.JSONField(default=list)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"gate {self.number} {self.at:%Y-%m-%d}"

    @property
    def told(self) -> tuple[Reason, ...]:
        """The unmet conditions as they stood, in the reader's language."""
        return tuple(
            Reason(
                code=each["code"],
                title=in_language(each["title"], each["title_en"]),
                detail=in_language(each["detail"], each["detail_en"]),
                got=each["got"],
                need=each["need"],
                url_name=each["url_name"],
                url_args=tuple(each["url_args"]),
            )
            for each in self.reasons
        )
