"""A campaign from its first form to gate 1, as a new user does it in a real browser, in English and in Chinese."""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone, translation
from django.utils.translation import gettext

from setright.campaign.actions.step import edit_step, review_step, submit_step
from setright.campaign.enums import BatchState, CampaignState, EnrolmentState, Role, RoundState, StepState, Verdict
from setright.campaign.jobs.worker import work_once
from setright.campaign.models import (
    Attendance,
    Audience,
    Batch,
    Campaign,
    ContactPlan,
    ContactPoint,
    Enrolment,
    NoticeUnit,
    Person,
    Review,
    Round,
    Step,
    SupervisionGroup,
    TeamMember,
    Term,
    Unit,
)
from setright.campaign.queries.gate import gate_1
from tests import factories
from tests.e2e.walk import CHROMIUM, Seat

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium at /usr/bin/chromium"),
]

N_UNITS, N_CITIES = 259, 18
COLUMNS = {
    "en": "code,name,english name,parent code,kind,member,member in english,post,english post,head,user name",
    "zh-hans": "单位代码,单位名称,英文名称,上级代码,类别,姓名,英文姓名,职务,英文职务,主要负责人,用户名",
}
YES = {"en": "yes", "zh-hans": "是"}
OURS = "ST01"


@dataclass
class Journey:
    """The site, the language it is walked in, and whoever sits at a browser."""

    lang: str
    office: Seat
    lead: Seat
    clerk: Seat
    supervisor: Seat
    sponsor: Seat
    campaign: int = 0

    @property
    def city(self):
        return Enrolment.objects.select_related("unit", "campaign").get(unit__code=OURS)

    def named(self, chinese, english):
        return english if self.lang == "en" else chinese


@pytest.fixture(params=["en", "zh-hans"])
def lang(request):
    return request.param


@pytest.fixture
def trouble():
    return []


@pytest.fixture
def journey(live_server, monkeypatch, lang, trouble):
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's own loop runs beside the test
    for name in ("office", "lead", "clerk", "supervisor", "sponsor"):
        factories.person({"lead": "林晓"}.get(name, name), username=name, language=lang)
    factories.grant(Person.objects.get(username="office"), Role.OFFICE, None)
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        seats = [Seat(browser, live_server.url, lang, trouble) for _ in range(5)]
        with translation.override(lang):
            yield Journey(lang, *seats)
        browser.close()


def listed(path, lang):
    """A list of 259 units, three of a team each, as one file: a province, its cities, their counties."""
    cities = [f"ST{n:02}" for n in range(1, N_CITIES + 1)]
    counties = [f"{cities[n % N_CITIES]}{n // N_CITIES + 1:02}" for n in range(N_UNITS - N_CITIES - 1)]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS[lang].split(","))
        for code in ("ST", *cities, *counties):
            unit = [
                code,
                f"石滩{code[2:]}",
                f"Stonebank {code[2:]}".strip(),
                code[:-2] if len(code) > 2 else "",
                "机关",
            ]
            user = "lead" if code == OURS else ""
            out.writerow([*unit, f"主任{code}", f"Head {code}", "主任", "Head", YES[lang], user])
            out.writerows([*unit, f"成员{n}{code}", f"Member {n} {code}", "委员", "Member", "", ""] for n in (1, 2))
    return path


def day(days=0):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def create(of):
    """The office signs in and makes a campaign from the template."""
    office = of.office
    office.sign_in("office").inspect("campaign-none").follow("campaign_new").inspect("campaign-new")
    office.tick("template", "three-phases")
    office.fill(name="听真话 改真事", name_en="Hear it, fix it", theme="办事少跑腿", theme_en="Fewer errands")
    office.fill(starts_on=day(-10), ends_on=day(355)).press()
    of.campaign = office.number()
    assert office.title == of.named("听真话 改真事", "Hear it, fix it")


def import_units(of, path):
    """One list brings every unit and its team; the work is done in the background."""
    office, c = of.office, of.campaign
    office.follow("unit_list", c).inspect("unit-none").follow("unit_import", c).inspect("unit-import")
    office.attach("list", listed(path / "单位.csv", of.lang)).press().inspect("unit-import-check").press()
    job = office.number()
    office.inspect("job-waiting").go("unit_list", c)
    assert work_once()
    office.go("job_page", job).inspect("job-done").follow("unit_list", c).inspect("unit-list")
    assert (Unit.objects.count(), TeamMember.objects.count()) == (N_UNITS, 3 * N_UNITS)
    office.go("team_page", c, Unit.objects.get(code=OURS).pk).inspect("team")


def enrol(of):
    """Every unit joins the first batch."""
    office, c, batch = of.office, of.campaign, Batch.objects.get()
    office.go("campaign_page", c).follow("batch_page", c, batch.pk).follow("batch_enrol", c, batch.pk).inspect("enrol")
    office.fill(codes="\n".join(Unit.objects.values_list("code", flat=True)))
    office.press('main form:has([name="codes"]) button').press()
    assert str(N_UNITS) in office.said
    office.inspect("batch")
    assert (batch.enrolments.count(), of.city.lead.username) == (N_UNITS, "lead")


def supervise(of):
    """A supervision group is made and watches the units of the first page; a clerk gets their role."""
    office, c, batch = of.office, of.campaign, Batch.objects.get()
    office.follow("group_add", c).inspect("group-add")
    office.fill(name="第一督导组", name_en="First group", members="supervisor").press().inspect("group-list")
    group = SupervisionGroup.objects.get()
    office.go("batch_page", c, batch.pk)
    shown = office.tab.locator('[name="enrolment"]').evaluate_all("boxes => boxes.map((b) => (b.click(), b.value))")
    office.choose(group=group.pk).press('main form:has([name="enrolment"]) button')
    watched = {str(key) for key in group.enrolments.values_list("pk", flat=True)}
    assert (watched, str(of.city.pk) in watched) == (set(shown), True)
    office.follow("grant_list", c).inspect("grant-list").follow("grant_add", c)
    office.fill(who="clerk", where=OURS).press('main form[role="search"] button').inspect("grant-add")
    office.tick("unit", of.city.unit_id).choose(role=Role.CLERK).press('main form[method="post"] button.btn-primary')


def contact(of):
    """The plan of contact work is drafted and approved; our unit gets a sponsor."""
    office, c = of.office, of.campaign
    office.follow("contact_list", c).inspect("contact-none").follow("plan_list", c).follow("plan_add", c)
    office.inspect("plan-edit").fill(text="每月到联系点一次，听真话。")
    for n, (chinese, english) in enumerate((("调研", "Visit"), ("谈话", "Talk"), ("验收", "Check"))):
        office.fill(**{f"duty-{n}-name": chinese, f"duty-{n}-name_en": english, f"duty-{n}-due_on": day(30 * n + 30)})
    office.press()
    plan = ContactPlan.objects.get()
    office.follow("plan_approve", c, plan.pk).inspect("plan-approve")
    office.fill(committee="领导小组", committee_en="Steering group", on=day()).press().inspect("plan")
    office.follow("contact_list", c, query="?state=").follow("point_add", c)
    office.choose(unit=of.city.pk).fill(sponsor="sponsor").press().inspect("contact-list")
    plan.refresh_from_db()
    assert (plan.state, ContactPoint.objects.get().sponsor.username) == ("approved", "sponsor")


def start(of):
    """The campaign starts, and every unit enters phase 1."""
    office, c, batch = of.office, of.campaign, Batch.objects.get()
    office.follow("campaign_page", c).inspect("campaign-setup").follow("campaign_start", c).inspect("campaign-start")
    office.press().follow("batch_begin", c, batch.pk).inspect("batch-begin").press()
    assert str(N_UNITS) in office.said
    batch.refresh_from_db()
    states = dict.fromkeys(batch.enrolments.values_list("state", flat=True))
    assert (Campaign.objects.get().state, batch.state, list(states)) == (
        CampaignState.RUNNING,
        BatchState.RUNNING,
        [EnrolmentState.P1],
    )
    office.follow("board", c).inspect("board")


def notify(of, path):
    """The office sends a notice; the unit lead reads it and replies; the notice's board shows it."""
    office, lead, c = of.office, of.lead, of.campaign
    office.follow("notice_list", c).inspect("notice-none").follow("notice_add", c)
    (path / "通知.txt").write_text("请于月底前回复。", "utf-8")
    office.fill(title="报送联络员", title_en="Name your contact", text="请报送。", text_en="Please name one.")
    office.fill(reply_by=day(7)).choose(to="tree", root=of.city.unit_id).attach("file", path / "通知.txt").press()
    office.inspect("notice-add").press('main [name="send"]')
    notice, below = office.number(), Unit.objects.filter(code__startswith=OURS).count()
    assert NoticeUnit.objects.filter(notice=notice, state="issued").count() == below
    lead.sign_in("lead").inspect("work-lead").follow("notice_page", c, notice, query=f"?unit={of.city.unit_id}")
    lead.inspect("notice-page").fill(reply="联络员是林晓。").press()
    lead.inspect("notice-replied").follow("notice_list", c).inspect("notice-list-unit").go("reminder_list", c)
    lead.inspect("reminders")
    office.go("notice_page", c, notice).inspect("notice-board").follow("notice_list", c).inspect("notice-list")
    figures = [re.findall(r"\d+", each)[0] for each in office.texts("main td.r.e, main td.r:nth-child(5)")]
    assert figures == ["1", "1"]


def study(of):
    """A programme with a term and a session; it is held, and whoever came is ticked."""
    lead, c = of.lead, of.campaign
    lead.follow("study_list", c).inspect("study-none").follow("programme_add", c)
    lead.fill(name="理论学习", name_en="Study", unit=OURS).press()
    programme = lead.number()
    lead.follow("term_add", c, programme).fill(starts_on=day(-5), ends_on=day(5), place="一楼").press()
    lead.follow("session_add", c, programme).inspect("session-add")
    lead.choose(term=Term.objects.get().pk).fill(name="第一课", name_en="First lesson", on=day(), unit=OURS).press()
    session = lead.number()
    lead.inspect("session-planned").follow("session_poster", c, session).inspect("poster").go(
        "study_session", c, session
    )
    lead.act("session_hold", c, session).follow("session_tick", c, session).inspect("tick")
    boxes = lead.tab.locator('main [name="on"]')
    for n in range(0, boxes.count(), 2):
        boxes.nth(n).check()
    lead.press().inspect("session-held")
    rows = Attendance.objects.filter(session=session)
    came = (rows.filter(is_present=True).count(), rows.count())
    shown = [int(each) for each in lead.texts("main nav.chips .n")]
    assert (came, shown) == ((-(-came[1] // 2), came[1]), [came[1], came[1] - came[0], came[0]])
    lead.go("programme_page", c, programme).inspect("programme").follow("coverage_page", c, programme)
    lead.inspect("coverage").follow("study_list", c).inspect("study-list")


def plan_round(of, method, reached):
    """Plan a round and open it, and say how many of its 60 invited were reached."""
    lead, c = of.lead, of.campaign
    lead.go("round_list", c, of.city.pk).follow("round_plan", c, of.city.pk)
    lead.choose(method=method).fill(starts_on=day(-3), ends_on=day(3), name_0="窗口群众", name_en_0="At the counter")
    lead.fill(invited_0=40, name_1="退休干部", name_en_1="Retired", invited_1=20).press()
    number = lead.number()
    lead.act("round_open", c, number)
    enter_reached(of, number, reached)
    return number


def enter_reached(of, number, reached):
    audiences = Audience.objects.filter(round=number).order_by("pk")
    typed = {f"reached_{each.pk}": n for each, n in zip(audiences, reached, strict=True)}
    of.lead.go("round_page", of.campaign, number).fill(**typed).press()


def close(of, number):
    lead, word = of.lead, gettext("close")
    lead.go("round_page", of.campaign, number).follow("round_close", of.campaign, number)
    assert word in lead.tab.inner_text("label[for=id_word]")
    lead.fill(word=word).press()
    assert Round.objects.get(pk=number).state == RoundState.CLOSED


def listen(of):
    """Three rounds by three methods are opened; two are closed, with too few people reached."""
    first, second, third = (
        plan_round(of, "meeting", (20, 5)),
        plan_round(of, "visit", (25, 10)),
        plan_round(of, "survey", (1, 1)),
    )
    of.lead.inspect("round-open")
    close(of, first)
    close(of, second)
    of.lead.inspect("round-list")
    return third


def hand_in(of, path):
    """A step is handed in, returned with a comment, mended, handed in again, accepted."""
    clerk, supervisor, c = of.clerk, of.supervisor, of.campaign
    step = of.city.steps.get(template__code="mobilise")
    clerk.sign_in("clerk").inspect("work-clerk").follow("unit_list", c).go("unit_page", c, of.city.unit_id)
    clerk.inspect("unit-page").go("step_list", c, of.city.pk).inspect("step-list").follow("step_page", c, step.pk)
    (path / "签到表.csv").write_text("姓名,到会\n林晓,是\n", "utf-8")
    clerk.fill(note="开了动员会，三人到会。", done_on=day(-2)).attach("files", path / "签到表.csv")
    clerk.inspect("step-open").press('main [name="submit"]')
    decide(of, step, "return", comment="缺席的人没有说明原因。")
    clerk.go("work", c).follow("step_page", c, step.pk).inspect("step-returned")
    assert "缺席的人没有说明原因。" in clerk.tab.inner_text("main .note")
    clerk.fill(note="开了动员会，三人到会，无人缺席。").press('main [name="submit"]')
    decide(of, step, "accept")
    supervisor.inspect("work-supervisor")
    clerk.go("step_page", c, step.pk).inspect("step-accepted")
    step.refresh_from_db()
    reviews = Review.objects.filter(object_type="step", object_id=step.pk).order_by("pk")
    assert (step.state, [each.verdict for each in reviews]) == (
        StepState.ACCEPTED,
        [Verdict.RETURNED, Verdict.ACCEPTED],
    )


def decide(of, step, verdict, **typed):
    supervisor = of.supervisor
    if verdict == "return":
        supervisor.sign_in("supervisor")
    supervisor.go("work", of.campaign).follow("work", of.campaign, query=f"?step={step.pk}")
    supervisor.inspect(f"review-{verdict}").fill(**typed).press(f'main [name="{verdict}"]')
    assert step.label in supervisor.said


def counted(enrolment):
    """The numbers of each reason of gate 1, counted here from the rows alone."""
    mandatory = Step.objects.filter(enrolment=enrolment, phase=1).exclude(template=None)
    n, n_open = mandatory.count(), mandatory.exclude(state__in=("accepted", "waived")).count()
    closed = Round.objects.filter(enrolment=enrolment, state="closed")
    of = Audience.objects.filter(round__in=closed).aggregate(invited=Sum("n_invited"), reached=Sum("n_reached"))
    rules = enrolment.campaign.rules
    return {
        "steps": {n, n_open},
        "rounds": {
            closed.count(),
            closed.values("method").distinct().count(),
            rules["min_rounds"],
            rules["min_methods"],
        },
        "reach": {of["reached"], -(-of["invited"] * rules["reach_percent"] // 100)},
        "opinions": set(),
    }


def ask(of, *codes):
    """The lead asks gate 1: refused with exactly these reasons, each with its numbers, on the page as in the rows."""
    lead, enrolment = of.lead, of.city
    lead.go("gate_page", of.campaign, enrolment.pk, 1).press("main aside form button")
    titles, numbers = lead.texts(".refuse .why h3"), counted(enrolment)
    unmet = gate_1(enrolment).unmet
    attempt = enrolment.attempts.order_by("pk").last()
    assert [each.code for each in unmet] == [each["code"] for each in attempt.reasons] == list(codes)
    assert titles == [each.title for each in unmet]
    assert [{int(n) for n in re.findall(r"\d+", each)} for each in titles] == [numbers[code] for code in codes]
    assert re.findall(r"\d+", lead.texts(".refuse h2")[0]) == [str(len(codes))]
    assert (attempt.has_passed, enrolment.state) == (False, EnrolmentState.P1)
    lead.inspect(f"gate-{len(codes)}")


def mend(of, third):
    """What can be mended is: the last round reaches and closes; every other step is handed in and accepted."""
    enter_reached(of, third, (40, 20))
    close(of, third)
    ask(of, "steps", "reach", "opinions")
    close(of, plan_round(of, "online", (40, 20)))
    clerk, supervisor = (Person.objects.get(username=name) for name in ("clerk", "supervisor"))
    for step in of.city.steps.filter(phase=1, state=StepState.OPEN):
        edit_step(step=step, note="办了。", done_on=None, files=[factories.file(clerk)], drop=[], by=clerk)
        submit_step(step=step, by=clerk)
        seen = step.version_hash
        review_step(step=step, verdict=Verdict.ACCEPTED, comment="", seen_hash=seen, by=supervisor)


def look_on(of):
    """What the sponsor and the office see of it by then."""
    sponsor, office, c = of.sponsor, of.office, of.campaign
    sponsor.sign_in("sponsor").follow("contact_list", c).inspect("point").go("more", query=f"?c={c}").inspect("more")
    office.go("board", c).inspect("board-later").go("unit_page", c, of.city.unit_id).inspect("unit-page-later")
    office.go("log_page", c).inspect("log").go("campaign_list").inspect("campaign-list")


def test_new_user_brings_a_campaign_to_gate_1(journey, tmp_path, trouble):
    create(journey)
    import_units(journey, tmp_path)
    enrol(journey)
    supervise(journey)
    contact(journey)
    start(journey)
    notify(journey, tmp_path)
    study(journey)
    third = listen(journey)
    hand_in(journey, tmp_path)
    ask(journey, "steps", "rounds", "reach", "opinions")
    mend(journey, third)
    ask(journey, "opinions")
    look_on(journey)
    assert trouble == []
