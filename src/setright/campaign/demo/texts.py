"""What people write in the demonstration, in both languages; all of it invented."""

from __future__ import annotations

from typing import Final

from setright.campaign.demo.names import Name

N = Name

DONE: Final = {
    "mobilise": N(
        "开了动员会，班子到齐，主要负责人作了说明。",
        "The opening meeting was held; the whole team came, the head explained.",
    ),
    "own-plan": N(
        "方案写明三个环节的时间和责任人，自选动作两项。",
        "The plan names dates and persons for all phases, and two own steps.",
    ),
    "study-plan": N("定了学习计划：期次、主题、参加范围。", "The study plan names terms, themes and who takes part."),
    "study-1": N("第一期办完，签到表和照片附后。", "Term 1 is done; list and photographs are attached."),
    "study-2": N("第二期办完，签到表附后。", "Term 2 is done; the list is attached."),
    "study-3": N("第三期办完，缺席的另行补课。", "Term 3 is done; whoever missed it catches up."),
    "examples": N(
        "正面典型一个、反面典型一个，讨论记录附后。", "One good and one warning example; minutes are attached."
    ),
    "listen-report": N(
        "几轮征求意见的方式、邀请和到达写在表里。", "Method, invited and reached of each round stand in the table."
    ),
    "fix-at-once": N(
        "能马上改的列了六件，每件有人有期限。", "Six things can be fixed at once, each with a person and a date."
    ),
    "sort-opinions": N(
        "意见按事情归了类，交办公室核对。", "Opinions are sorted by matter and with the office for checking."
    ),
    "report-back": N(
        "在公告栏和职工大会通报了意见情况。",
        "What people said was reported back on the board and at the staff meeting.",
    ),
}
OWN: Final = (
    N("班子成员到窗口值一天班", "Each team member serves a day at the counter"),
    N("夜间走访值班岗位", "Night visits to those on duty"),
    N("请退休职工回来说一次", "Retired staff come back to speak once"),
    N("把来信逐封读一遍", "Every letter is read aloud once"),
)
OWN_DONE: Final = N("按方案做了，记录附后。", "Done as planned; the record is attached.")
RETURNED: Final = (
    N("签到表和上一期相同，请交当天的。", "The list is the same as for the term before: hand in that day’s."),
    N("没写没到的人是谁、为什么没到。", "It does not say who was not reached, and why."),
    N("责任人只写了部门，请写到人。", "Only departments are named: name persons."),
    N("第四段像是抄的，请写你们自己的情况。", "Paragraph four reads as copied: write about your own place."),
    N("没有日期，看不出是哪一天办的。", "There is no date: nobody can tell when it was held."),
    N("意见写得太笼统，群众说得最多的是什么？", "Too general: what did people say most?"),
)
MENDED: Final = (
    N("按退回意见改了，补了名单和日期。", "Changed as asked: names and dates are added."),
    N("换成当天的材料，缺席的逐人说明。", "Replaced by that day’s papers; every absence is explained."),
    N("第四段重写，写的是本单位的三件事。", "Paragraph four is rewritten about three matters of our own."),
)
ACCEPTED: Final = (N("", ""), N("", ""), N("可以。", "Good."), N("附表清楚。", "The table is clear."))
REOPENED: Final = N(
    "通过以后发现漏了一页，补上，请再看。", "A page was missing after acceptance; it is added, please look again."
)
WAIVER: Final = N(
    "该单位三月刚由两家合并，前一家已办过同样内容的教育，免做一次；理由公开，由活动办签字。",
    "The unit was formed in spring from two, one of which had held the same lesson; waived once, in public, signed by the office.",
)
AUDIENCES: Final = (
    N("一线职工", "front-line staff"),
    N("夜班人员", "night shift"),
    N("退休职工", "retired staff"),
    N("服务对象", "people served"),
    N("基层单位", "lower offices"),
    N("年轻职工", "young staff"),
    N("周边住户", "neighbours"),
    N("合同制人员", "contract staff"),
)
ROUND_NOTE: Final = N("分两天听完，记录不写名字。", "Heard over two days; no names are taken down.")
NOTICES: Final = (
    (
        N("关于报送实施方案的通知", "Send in your plan"),
        N(
            "请按活动方案报送本单位的实施方案，写明环节、时间和责任人，不照抄。",
            "Send in your unit’s plan with phases, dates and persons. Do not copy it from elsewhere.",
        ),
    ),
    (
        N("关于征求意见不走过场的通知", "Listen in earnest"),
        N(
            "每轮征求意见要写明邀请多少人、到了多少人；没到的写明原因。",
            "State for every round how many were invited and how many came, and why the others did not.",
        ),
    ),
    (
        N("关于报送立行立改事项的通知", "What can be fixed at once"),
        N(
            "能马上改的马上改。请报三件以上，写明责任人和期限。",
            "Fix at once what can be fixed. Report three matters or more, each with a person and a date.",
        ),
    ),
    (
        N("关于第二期轮训补课的通知", "Catching up on term 2"),
        N(
            "缺第二期的班子成员请在月底前补课，回复补课名单。",
            "Whoever missed term 2 catches up before the end of the month; reply with their names.",
        ),
    ),
    (
        N("关于节前值班和来信办理的通知", "Duty and letters before the holidays"),
        N(
            "节前请班子成员轮流值班，来信当天有回音。",
            "Team members take turns on duty before the holidays; letters are answered the same day.",
        ),
    ),
    (
        N("关于准备意见通报的通知", "Prepare to report back"),
        N(
            "请准备向群众通报意见情况：在哪里、用什么方式、由谁来讲。",
            "Prepare to report back what people said: where, how, and who speaks.",
        ),
    ),
)
PASSED_ON: Final = N("转给各地，请结合本地实际办理。", "Passed on: do it as fits your place.")
REPLIES: Final = (
    N("已办，材料随后送到。", "Done; the papers follow."),
    N("收到，本周五前办完。", "Received; it is done by Friday."),
    N("已开会布置，责任人是分管领导。", "It was put to a meeting; the deputy in charge answers for it."),
    N("报三件：排班、取号、夜班热饭。", "Three matters: rosters, queue numbers, hot meals at night."),
)
PLAN: Final = (
    N(
        "每位联系领导联系一个单位，到现场去，听基层说，看方案，提要求，一直跟到改完。",
        "Each sponsor takes on one unit, goes there, hears its people, reads its plan, asks, and stays until it is set right.",
    ),
    N(
        "每位联系领导联系一个单位，到现场去，听基层说，看方案，提要求，一直跟到改完。每个环节至少听一次汇报。",
        "Each sponsor takes on one unit, goes there, hears its people, reads its plan, asks, and stays until it is set right. At least one report is heard in each phase.",
    ),
)
COMMITTEE: Final = N("联系工作协调委员会", "Committee on contact work")
DUTIES: Final = (
    (1, N("到单位调研，听基层意见", "Visit the unit and hear its people"), 3, 80),
    (1, N("听取一次进展汇报", "Hear one report on progress"), 1, 60),
    (1, N("审阅实施方案", "Read the unit’s plan"), 1, 30),
    (2, N("审阅班子和成员对照检查材料", "Read the papers of the team and its members"), 10, 0),
    (2, N("参加专题民主生活会", "Attend the special meeting"), 1, 0),
    (3, N("看整改效果，问群众", "See what was set right, and ask people"), 2, 0),
)
FIELDS: Final = (
    N("看病就医", "Health care"),
    N("办事窗口", "Public counters"),
    N("供水供热", "Water and heating"),
    N("出行", "Travel"),
    N("上学", "Schools"),
    N("", ""),
)
PLACES: Final = (
    N("办事大厅", "service hall"),
    N("值班室", "duty room"),
    N("三个基层站点", "three local stations"),
    N("职工食堂", "staff canteen"),
)
PURPOSES: Final = (
    N("听基层说真话，看方案落没落地", "Hear plain words, see whether the plan is real"),
    N("看立行立改的几件事", "See the matters fixed at once"),
    N("夜里去看值班", "See those on duty at night"),
)
FINDINGS: Final = (
    N(
        "座谈九个人，说得最多的是排班出得晚。窗口人手够，叫号系统常停。",
        "Nine people spoke, mostly of late rosters. The counter has people enough; the queue machine often stops.",
    ),
    N(
        "方案写得具体，夜班的人没听到过。建议第三轮放在晚上。",
        "The plan is concrete, but the night shift has not been heard. Hold round 3 in the evening.",
    ),
    N(
        "六件立行立改办了四件，热饭窗口开了，指路牌还没换。",
        "Four of six matters are fixed; hot meals are served, the signs are still the old ones.",
    ),
)
MATTERS: Final = (
    N("第一轮征求意见的情况", "How round 1 went"),
    N("实施方案和学习安排", "The plan and the study terms"),
    N("立行立改进展", "Progress of what is fixed at once"),
)
SUMMARIES: Final = (
    N(
        "报告了三场座谈，到会过半；要求补听夜班和退休职工。",
        "Three talks were reported, over half came; the night shift and the retired are still to be heard.",
    ),
    N(
        "方案改了两稿，责任到人；学习缺席的有补课安排。",
        "The plan went through two drafts and names persons; absences are made up for.",
    ),
    N("六件里办了四件，剩下两件说明了原因和日期。", "Four of six are done; the other two have reasons and dates."),
)
INSTRUCTIONS: Final = (
    N(
        "查清排班为什么周五才出，能不能提前一周。",
        "Find out why rosters come only on Fridays, and whether they can come a week earlier.",
    ),
    N("夜班要有热饭。", "There must be hot meals at night."),
    N("预约检查谁管，写成规定。", "Write down who is in charge of booking examinations."),
    N("没听到的人也要听到：退休职工、合同制人员。", "Hear those who were not heard: the retired and contract staff."),
)
ANSWERS: Final = (
    N("本周起排班提前五天出，试行一个月。", "From this week rosters come five days ahead, on trial for a month."),
    N("本月二十日起开一个窗口，二十二点到两点。", "One counter is open from 22:00 to 02:00 as of the 20th."),
    N("已经写进窗口规定，责任人是办公室主任。", "It is in the counter’s rules now; the head of office is in charge."),
    N("加了一轮走访，名单附后。", "One round of visits was added; the list is attached."),
)
BACK: Final = N("只说了会办，没说哪天办、谁来办。", "It says it will be done, not when and by whom.")
PROGRAMME: Final = N("领导班子轮训", "Training of the leading teams")
PROGRAMME_FOR: Final = N(
    "每位班子成员至少参加一期，缺席的补课。", "Every member attends one term at least; whoever misses it catches up."
)
TERM: Final = N("轮训第 {n} 期", "Training term {n}")
HALL: Final = N("培训中心", "training centre")
ACTIVITIES: Final = (
    N("走进旧址，重温初心", "A visit to the old site"),
    N("反面典型讨论", "Discussion of a warning example"),
    N("先进集体来讲一课", "A lesson from a model team"),
)
