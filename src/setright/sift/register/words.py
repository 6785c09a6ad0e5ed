"""The workbook's own words, in both languages, and the input's units and ids as people are shown them."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from setright.intake.personal import find_personal, mask
from setright.sift.register.facts import Lang

_CONTACTS: Final = frozenset(("mail", "phone"))
_ENOUGH: Final = "[@＠]|(?:[0-9０-９][^0-9０-９]*){6}"  # fewer digits are no telephone number
_MAY_BE_CONTACT: Final = (  # wider than the rules for telephone numbers, which take 25 µs an id
    r"[^\x00-\x7f]|[@+( ]|(?i:tel|phone|mobile|handy)|(?:^|[^0-9])(?:0[1-9][0-9]{8}|0[0-9]{2,4}[-/]|"
    r"(?:(?:00)?86-?)?1[3-9][0-9]-?[0-9]{4}-?[0-9]{4}|1?[.-]?[2-9][0-9]{2}[.-][2-9][0-9]{2}[.-][0-9]{4})"
)

WORDS: Final[dict[str, tuple[str, str]]] = {
    "problems": ("问题", "Problems"),
    "changes": ("变化", "Changes"),
    "evidence": ("证据", "Evidence"),
    "where": ("谁在哪里说", "Who says what where"),
    "when": ("哪个月说", "What when"),
    "units": ("单位与月份", "Units and months"),
    "themes": ("主题", "Themes"),
    "templates": ("模板", "Templates"),
    "ledger": ("台账", "Ledger"),
    "problem": ("编号", "Problem"),
    "title": ("问题", "Title"),
    "kind": ("性质", "Kind"),
    "theme": ("主题", "Theme"),
    "category": ("类别", "Category"),
    "n_submissions": ("条", "Submissions"),
    "n_texts": ("文", "Texts"),
    "n_people": ("人", "People"),
    "share": ("占读入", "Share of rows"),
    "n_low": ("下限", "Low"),
    "n_high": ("上限", "High"),
    "cohesion": ("凝聚", "Cohesion"),
    "first_date": ("最早", "First"),
    "last_date": ("最晚", "Last"),
    "keywords": ("词", "Keywords"),
    "watch": ("急报", "Watch"),
    "dismissed": ("不采", "Dismissed"),
    "proof": ("证据在", "Evidence at"),
    "row": ("行（从 0 起）", "Row (from 0)"),
    "id": ("id", "Id"),
    "date": ("日期", "Date"),
    "unit": ("单位", "Unit"),
    "month": ("月", "Month"),
    "text": ("原话", "Words"),
    "state": ("去向", "State"),
    "confidence": ("把握", "Confidence"),
    "template": ("模板", "Template"),
    "n_with_additions": ("另加话的", "With additions"),
    "n_problems": ("问题数", "Problems"),
    "change": ("变化", "Change"),
    "n_before": ("上次条数", "Submissions before"),
    "n_after": ("这次条数", "Submissions now"),
    "with": ("并自、并入或分自", "Merged with, or split from"),
    "new": ("新出现", "new"),
    "grown": ("变多", "grown"),
    "shrunk": ("变少", "shrunk"),
    "merged": ("并入别的", "merged"),
    "split": ("分出", "split off"),
    "gone": ("不在了", "gone"),
    "total": ("合计", "Total"),
    "others": ("其余", "Others"),
    "no_unit": ("未写单位", "No unit given"),
    "no_month": ("未写日期", "No date given"),
    "all_files": ("全部", "All"),
    "comma": ("、", ", "),
    "colon": ("：", ": "),
    "grouped": ("归组", "grouped"),
    "unsure": ("拿不准", "unsure"),
    "alone": ("独一条", "alone"),
    "empty": ("空", "empty"),
    "unreadable": ("读不出", "unreadable"),
    "complaint": ("投诉", "complaint"),
    "suggestion": ("建议", "suggestion"),
    "praise": ("表扬", "praise"),
    "question": ("提问", "question"),
    "none": ("其他", "none"),
    "self-harm": ("自伤轻生", "self-harm"),
    "safety": ("人身安全", "safety"),
    "retaliation": ("打击报复", "retaliation"),
    "corruption": ("贪腐", "corruption"),
    "discrimination": ("歧视", "discrimination"),
    "yes": ("是", "yes"),
    "blank": ("空白", "blank"),
    "no words": ("没有字词", "no words"),
    "greeting": ("只有问候", "a greeting only"),
    "thanks": ("只有道谢", "thanks only"),
    "boilerplate": ("只有套话", "boilerplate only"),
    "read": ("读入", "Rows read"),
    "difference": ("相差", "Difference"),
    "file": ("文件", "File"),
    "reason": ("理由", "Reason"),
    "lines": ("行数", "Lines"),
    "stage": ("步骤", "Stage"),
    "seconds": ("秒", "Seconds"),
    "peak_mib": ("内存最高 MiB", "Peak memory, MiB"),
    "setting": ("设置", "Setting"),
    "version": ("版本", "Version"),
    "value": ("值", "Value"),
    "notes": ("说明", "Notes"),
    "absent": ("（原话不在这次的文件里）", "(the words are not in this run's files)"),
    "continued": ("（第 {n} 段，共 {of} 段）", "(part {n} of {of}) "),
    "note_evidence": (
        "证据按问题、再按把握排列；没有归组的排在最后。共 {n} 行，{sheets} 张表。",
        "Evidence is sorted by problem, then by confidence; those of no problem come last. {n} lines, {sheets} sheets.",
    ),
    "note_links": (
        "前 {n} 个问题带链接，Excel 一张表至多这么多；其余按“证据在”一栏找。",
        "The first {n} problems are linked, as many as Excel allows on a sheet; find the rest by “Evidence at”.",
    ),
    "note_cut": (
        "一格超过 {limit} 字，只放得下前面：“{start}…”；全文在 Parquet 表里。",
        "A cell of more than {limit} characters holds only the beginning: “{start}…”; the Parquet tables have all.",
    ),
    "note_long": (
        "{n} 处超过 {limit} 字，接在下一行，写明第几段。",
        "{n} cells were longer than {limit} characters; each goes on in the next row, which says which part it is.",
    ),
    "note_lines": (
        "“{sheet}”放不下全部 {n} 行，这里是前 {kept} 行；其余在 {file}。",
        "“{sheet}” cannot hold all {n} lines; the first {kept} are here, the rest in {file}.",
    ),
    "note_columns": (
        "“{sheet}”列出其中 {n} 列，其余合为一列；全部在 problem_units.parquet。",
        "“{sheet}” shows {n} columns and adds up the rest in one; all are in problem_units.parquet.",
    ),
    "note_masked": ("原话里的个人信息已遮。", "Personal data in the words is masked."),
    "note_unmasked": ("原话里的个人信息没有遮。", "Personal data in the words is not masked."),
}


class Say:
    """Looks a word up in one language; what has no entry is data and comes back as it is."""

    def __init__(self, lang: Lang) -> None:
        self._at = 0 if lang == "zh" else 1

    def __call__(self, word: str, **values: object) -> str:
        found = WORDS.get(word)
        return found[self._at].format(**values) if found else word


def shown_id(words: str) -> str:
    """An id with personal data masked where it is an e-mail address or a telephone number.

    Other kinds are left: an order number may look like a card or a passport, and masked it would find no row any more.
    """
    return mask(words) if any(found.kind in _CONTACTS for found in find_personal(words)) else words


def shown_ids(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """`shown_id` of each value. Only those that may need it are looked at one by one."""
    words = _large(column)
    doubtful = pc.and_(pc.match_substring_regex(words, _MAY_BE_CONTACT), pc.match_substring_regex(words, _ENOUGH))
    doubtful = pc.fill_null(doubtful, False)
    mended = [shown_id(w) for w in words.filter(doubtful).to_pylist()]
    return pc.replace_with_mask(words, doubtful, pa.array(mended, pa.large_string())) if mended else words


def shown_units(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Units with personal data masked; each distinct one is looked at once."""
    coded = _large(column).dictionary_encode()
    return pa.array([mask(u) for u in coded.dictionary.to_pylist()], pa.large_string()).take(coded.indices)


def _large(column: Any) -> pa.Array:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.cast(pa.large_string())
