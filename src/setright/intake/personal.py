"""What in a text could identify the person who wrote it, and a form of the text without it.

Who is at risk is the person who speaks up. So numbers, addresses and names are found where they point to a person:
a number by its form and check digits, a name only after words by which people introduce themselves or sign. Names of
those complained about ("Dr Smith", "王主任", "村民黄某") are left: whoever deals with the opinion needs them, and no
list of names could find them reliably. A street number alone may be a shop or an office; in Chinese, where the place
complained of is commonly written so, it counts only with a room or after "住". Public hotlines are not personal.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from setright.intake.checkdigit import iban_end
from setright.intake.identifier import IBAN, MAIL, NUMBER_RULES, SERIAL, SERIAL_REACH, Rule


class Found(NamedTuple):
    """Something personal: code points of the text as written, the end exclusive."""

    start: int
    end: int
    kind: str  # a key of PLACEHOLDERS


PLACEHOLDERS: Final = {
    "id card": ("〔身份证号〕", "[ID number]"),
    "iban": ("〔银行账号〕", "[bank account]"),
    "bank card": ("〔银行卡号〕", "[card number]"),
    "mail": ("〔邮箱〕", "[e-mail]"),
    "nhs number": ("〔病历号〕", "[NHS number]"),
    "ssn": ("〔社保号〕", "[social security number]"),
    "passport": ("〔护照号〕", "[passport]"),
    "phone": ("〔电话〕", "[phone]"),
    "plate": ("〔车牌号〕", "[number plate]"),
    "account": ("〔账号〕", "[account]"),
    "postcode": ("〔邮编〕", "[postcode]"),
    "address": ("〔住址〕", "[address]"),
    "name": ("〔姓名〕", "[name]"),
}
"""Each kind, with what replaces it amid Han characters and elsewhere. The order decides where two kinds overlap."""

_HAN: Final = "\u3400-\u9fff"
_FOLD: Final = (
    {0xFF01 + i: 0x21 + i for i in range(94)}
    | dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212), ord("-"))
    | dict.fromkeys((0x3000, 0xA0, 0x2002, 0x2003, 0x2009, 0x202F), ord(" "))
    | {ord("’"): ord("'"), ord("•"): ord("·"), ord("・"): ord("·")}
)
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff]")

_NO_NAME_WORDS: Final = """
not on in at spelled spelt misspelled wrong incorrect incorrectly missing the a an still being showing
written changed different also now is was and or but what who going so just no my your his her printed listed
required there here nowhere too very of for to under nicht falsch leider
"""
_NO_NAME: Final = frozenset(_NO_NAME_WORDS.split())


def _is_name(found: re.Match[str]) -> bool:
    words = found["value"].lower().split()
    return words[0].strip(".,") not in _NO_NAME


def _is_english_address(found: re.Match[str]) -> bool:
    """Capitals tell "12 High Street" from "20 minutes down the road"."""
    words = found["street"].split()
    return all(word[0].isupper() for word in words) and not _NO_STREET.intersection(word.lower() for word in words)


_NO_STREET: Final = frozenset(
    ("that", "are", "is", "of", "the", "in", "on", "at", "to", "a", "this", "my", "all", "no", "your")
)

# ------------------------------------------------------------------------------------------------------------ patterns

_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢"
    "安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单裴霍涂成苗谷盛曲翁冉骆蓝路游"
    "辛靳欧阳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂"
    "全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
_NAME_ZH: Final = rf"(?:欧阳|上官|司马|诸葛|皇甫|尉迟|东方|司徒|夏侯|令狐)[{_HAN}]{{1,2}}|[{_SURNAMES}][{_HAN}]{{1,2}}"
_AFTER_NAME_ZH: Final = r"(?=[\s，,。.;；:：、!！（(/|\d]|$|男|女|身份证|电话|手机|联系|家住|住|今年|现年|系|是)"
_SIGN_CUE_ZH: Final = (
    r"(?:姓名|署名|落款|联系人|投诉人|举报人|反映人|申请人|报修人|求助人|建议人|来信人)(?:[:\s]|是){1,3}|"
    r"(?:此致[!,。\s]{0,3})?敬礼[!。\s]{0,4}|此致[\s]{0,3}"
)
_NAME_CUE_ZH: Final = (
    rf"{_SIGN_CUE_ZH}|"
    r"(?:我叫|我名|我的名字[叫是]|本人[叫名]?|小女子|鄙人|在下)[:\s]{0,3}"
)
_STREET_EN: Final = (
    r"(?:[Ss]treet|[Ss]t|[Rr]oad|[Rr]d|[Ll]ane|[Ll]n|[Aa]venue|[Aa]ve|[Dd]rive|[Cc]lose|[Cc]ourt|[Cc]rescent|"
    r"[Pp]lace|[Tt]errace|[Gg]ardens|[Gg]rove|[Ss]quare|"
    r"[Bb]oulevard|[Bb]lvd|[Ww]ay|[Mm]ews)"
)
_WORD_EN: Final = r"[A-Za-z][a-zA-Z'.-]{1,20}"
_HOME_ZH: Final = (
    r"(?:小区|花园|花苑|公寓|家园|新村|新城|华府|家属院|宿舍楼?|广场|大厦|[苑城府庭湾园院]|[一二三四五六]期)"
)
_BUILDING_ZH: Final = r"[a-z]?\d{1,3}(?:栋|幢|号楼|座|门)[\s,-]?"
_UNIT_ZH: Final = r"[\d一二三四五六]{1,2}单元[\s,-]?"
_FLAT_ZH: Final = r"(?:\d{1,2}(?:层|楼)[\s,-]?)?(?:\d{3,5}(?:室|房|户|号)?|\d{1,2}(?:室|户))"
_ROOM_ZH: Final = (
    rf"(?:{_BUILDING_ZH}){{0,2}}{_UNIT_ZH}(?:{_FLAT_ZH})?|(?:{_BUILDING_ZH}){{1,2}}{_FLAT_ZH}|"
    rf"\d{{1,3}}-\d{{1,2}}-\d{{3,4}}(?:室|房|号)?|\d{{3,5}}(?:室|房)"
)

_PLACE_RULES: Final = (
    Rule(
        "address",
        re.compile(
            rf"[{_HAN}]{{2,12}}(?:{_HOME_ZH}|[路街道巷弄]\d{{1,5}}[号弄](?:院|大院|\d{{1,4}}号)?[{_HAN}]{{0,6}}|"
            rf"村)[{_HAN}]{{0,4}}?(?:{_ROOM_ZH})|[{_HAN}]{{2,10}}村[\d一二三四五六七八九十]{{1,3}}组\d{{1,4}}号"
        ),
    ),
    Rule(
        "address",
        re.compile(
            rf"(?:家住|住在|现住|住址|家庭地址|我家在|"
            rf"地址)[是为:\s]{{0,3}}(?P<value>[{_HAN}]{{2,20}}[路街道巷弄]\d{{1,5}}(?:号|弄)(?:院)?(?:\d{{1,4}}号)?)"
        ),
    ),
    Rule(
        "address",
        re.compile(
            rf"(?:\b[Ff]lat \d{{1,3}}[A-Za-z]?,? )?(?<![\d.,:£$€-])\b\d{{1,4}}[A-Za-z]?,? "
            rf"(?P<street>{_WORD_EN}(?: {_WORD_EN}){{0,2}} {_STREET_EN})\b(?!\w)"
        ),
        _is_english_address,
        as_written=True,
    ),
    Rule(
        "address",
        re.compile(
            r"\b(?!(?:Die|Der|Das|Den|Dem|Eine|Einer|Diese|Jede) )[A-ZÄÖÜ][\wäöüß-]{1,30}(?:[Ss]tra(?:ß|ss)e|"
            r"[Ss]tr\.|[Ww]eg|[Gg]asse|[Pp]latz|[Aa]llee|-Ring|[Dd]amm| Ring| Straße| Str\.| Weg| Platz|"
            r" Allee) \d{1,4}(?: ?[a-f])?(?![\w.:])"
        ),
        as_written=True,
    ),
)
_NAME_RULES: Final = (
    Rule("name", re.compile(rf"(?:{_NAME_CUE_ZH})(?P<value>{_NAME_ZH}){_AFTER_NAME_ZH}")),
    Rule("name", re.compile(rf"我是(?P<value>{_NAME_ZH})(?=[，,\s](?:男|女|今年|现年|电话|手机|身份证|住|家住))")),
    Rule(
        "name",
        re.compile(
            r"(?i:\b(?:my (?:full )?name is|my name's|i am called|i'm called|mein name ist|ich heiße|"
            r"ich heisse)\s+)(?P<value>[^\W\d_](?:\.|[\w'-]{0,20})(?: [A-ZÄÖÜ](?:\.|[\w'-]{0,20})(?![\w'])){0,3})"
        ),
        _is_name,
        as_written=True,
    ),
    Rule(
        "name",
        re.compile(
            r"\b(?:my (?:full )?name is|i am called|mein name ist|"
            r"ich heiße)\s+(?P<value>[^\W\d_][\w'-]{1,20}(?: [^\W\d_][\w'-]{1,20})?)(?=[.,;!\n]|$| and | und )"
        ),
        _is_name,
    ),
    Rule(
        "name",
        re.compile(
            r"(?i:\b(?:(?:full |patient |contact |your |first |last )?name|signed|contact(?: person)?|"
            r"unterschrift)\s{0,2}:\s{0,2}|\bsigned,?\s+|\b(?:kind |best |warm )?regards,?\s{1,3}|"
            r"\b(?:yours )?(?:sincerely|faithfully),?\s{1,3}|"
            r"\bmit freundlichen grüßen,?\s{1,3}|\bviele grüße,?\s{1,3})(?P<value>[A-ZÄÖÜ](?:\.|"
            r"[\w'-]{0,20})(?: [A-ZÄÖÜ](?:\.|[\w'-]{0,20})(?![\w'])){0,3})(?=\s*(?:[,.;\n]|$))"
        ),
        _is_name,
        as_written=True,
    ),
)
_SIGNING_RULES: Final = (
    Rule("name", re.compile(rf"(?:{_SIGN_CUE_ZH})(?P<value>{_NAME_ZH}){_AFTER_NAME_ZH}")),
    _NAME_RULES[-1],
)
_NAME_CUES: Final = (
    "姓名", "联系人", "投诉人", "举报人", "反映人", "申请人", "报修人", "求助人", "建议人", "来信人", "署名", "落款",
    "我叫", "我名", "我的名字", "本人", "鄙人", "在下", "小女子", "敬礼", "此致", "我是", "name", "called", "signed",
    "contact", "regards", "sincerely", "faithfully", "heiße", "heisse", "grüße", "unterschrift",
)  # fmt: skip
_NUMBERISH: Final = re.compile(r"\d")
_LEAD_ZH: Final = re.compile(
    r".*(?:我们?家?住在|家住|住在|现住|住址[:是]?|地址[:是]?|位于|我们?家?在|本人|我们|我是|我家|业主|居民|我|住|在|"
    r"是|于|的)(?=[\u3400-\u9fff]{2})"
)


def _spans(rule: Rule, written: str, low: str) -> Iterator[Found]:
    """What a rule finds: its group `value`, or all of it."""
    for found in rule.pattern.finditer(written if rule.as_written else low):
        if rule.check and not rule.check(found):
            continue
        if rule.may_be_serial and SERIAL.search(low[max(0, found.start() - SERIAL_REACH) : found.start()]):
            continue
        start, end = found.span("value") if "value" in rule.pattern.groupindex else found.span()
        if rule.kind == "address" and (lead := _LEAD_ZH.match(low, start, end)):
            start = lead.end()
        yield Found(start, end, rule.kind)


_LEAST_DIGITS: Final = 6
_FEW_DIGITS: Final = frozenset(("plate", "account", "postcode", "address"))  # the others have six or more


def _candidates(written: str, low: str) -> Iterator[Found]:
    if "@" in low:
        for found in MAIL.finditer(low):
            yield Found(found.start(), found.end(), "mail")
    n_digits = len(_NUMBERISH.findall(low))
    if n_digits >= _LEAST_DIGITS:
        for found in IBAN.finditer(low):
            if end := iban_end(found):
                yield Found(found.start(), end, "iban")
    for rule in (*NUMBER_RULES, *_PLACE_RULES) if n_digits else ():
        if n_digits >= _LEAST_DIGITS or rule.kind in _FEW_DIGITS:
            yield from _spans(rule, written, low)
    if any(map(low.__contains__, _NAME_CUES)):
        for rule in _NAME_RULES:
            yield from _spans(rule, written, low)


def signatures(text: str) -> list[tuple[int, int]]:
    """Where a person signs or fills in a name: from the words that say so to the end of the name, in order."""
    if not any(map(text.lower().__contains__, _NAME_CUES)):
        return []
    written, low, where = _forms(text)
    spans = sorted(
        found.span()
        for rule in _SIGNING_RULES
        for found in rule.pattern.finditer(written if rule.as_written else low)
        if rule.check is None or rule.check(found)
    )
    return spans if where is None else [(where[start], where[end - 1] + 1) for start, end in spans]


_ORDER: Final = {kind: rank for rank, kind in enumerate(PLACEHOLDERS)}


def _settled(candidates: Iterator[Found]) -> list[Found]:
    """The candidates that stay where several overlap: by order of kinds, then the longer, then the earlier."""
    kept: list[Found] = []
    for one in sorted(candidates, key=lambda f: (_ORDER[f.kind], f.start - f.end, f.start)):
        at = bisect(kept, one)
        clear_before = at == 0 or kept[at - 1].end <= one.start
        if clear_before and (at == len(kept) or one.end <= kept[at].start):
            kept.insert(at, one)
    return kept


def _folded(text: str) -> tuple[str, list[int] | None]:
    """The text with full-width forms plain and invisible characters gone, and where each character stood."""
    if text.isascii():
        return text, None
    plain = text.translate(_FOLD)
    if not _INVISIBLE.search(plain):
        return plain, None
    where = [at for at, char in enumerate(plain) if not _INVISIBLE.match(char)]
    return "".join(plain[at] for at in where), where


def _forms(text: str) -> tuple[str, str, list[int] | None]:
    """The text folded, the same in lower case, and where each character stood."""
    written, where = _folded(text)
    low = written.lower()
    if len(low) != len(written):
        low = "".join(char.lower() if len(char.lower()) == 1 else char for char in written)
    return written, low, where


def _is_clear(text: str) -> bool:
    """A quick look: nothing to go by."""
    if "@" in text or "＠" in text or _NUMBERISH.search(text):
        return False
    return not any(map(text.lower().__contains__, _NAME_CUES))


def find_personal(text: str) -> list[Found]:
    """Everything in a text that could identify the person who wrote it.

    Parameters
    ----------
    text : str
        As written; full-width digits and letters count, invisible characters are looked through.

    Returns
    -------
    list of Found
        In order, not overlapping; offsets in code points of `text`.

    Notes
    -----
    Deterministic. About 1 µs for a text without digits, "@" or cues. Check digits: GB 11643 (identity number),
    ISO/IEC 7812 (cards), ISO 13616 (IBAN), NHS Data Dictionary (NHS number).
    """
    if _is_clear(text):
        return []
    written, low, where = _forms(text)
    kept = _settled(_candidates(written, low))
    if where is None:
        return kept
    return [Found(where[one.start], where[one.end - 1] + 1, one.kind) for one in kept]


_NEAR: Final = 12
_ANY_HAN: Final = re.compile(f"[{_HAN}]")
_ANY_LETTER: Final = re.compile(r"[a-zA-ZÀ-ɏ]")


def _placeholder(text: str, found: Found) -> str:
    """In the script of what stands beside it, or of the text."""
    before, after = text[max(0, found.start - _NEAR) : found.start], text[found.end : found.end + _NEAR]
    near = before + after
    if _ANY_HAN.search(near):
        return PLACEHOLDERS[found.kind][0]
    if _ANY_LETTER.search(near):
        return PLACEHOLDERS[found.kind][1]
    return PLACEHOLDERS[found.kind][0 if _ANY_HAN.search(text) else 1]


def mask(text: str) -> str:
    """The text with everything `find_personal` finds replaced by what it was: "〔电话〕" amid Han, "[phone]" elsewhere.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        `find_personal` finds nothing in it, and masking it again changes nothing.

    Notes
    -----
    Repeats until nothing is found, since what a placeholder leaves behind may be recognised only then; every round
    shortens what is left, so that it ends.
    """
    while founds := find_personal(text):
        text = _replaced(text, founds, 0, len(text))
    return text


def _replaced(text: str, founds: Sequence[Found], start: int, end: int) -> str:
    """The span, with whatever of it belongs to something found replaced."""
    parts: list[str] = []
    last = start
    for found in founds:
        if found.end > start and found.start < end:
            parts += (text[last : max(last, found.start)], _placeholder(text, found))
            last = min(found.end, end)
    return "".join([*parts, text[last:end]])


@lru_cache(maxsize=1)
def _found_last(text: str) -> tuple[Found, ...]:
    """Of the text last asked about, so that one of many points is looked through once."""
    return tuple(find_personal(text))


def mask_span(text: str, start: int, end: int) -> str:
    """A part of a text as `mask` shows it, with what only the rest of the text tells to be personal.

    "Alice Brown" is a name because "Kind regards," stands before it, even where the part begins after the cue.

    Parameters
    ----------
    text : str
        All of it.
    start, end : int
        The part: code points of `text`, the end exclusive.

    Returns
    -------
    str
        `text[start:end]` with everything found in the text or in the part replaced; what lies across an edge of the
        part is replaced too. `find_personal` finds nothing in it.

    Notes
    -----
    The whole text is looked through once for calls about the same text in a row.
    """
    part = _replaced(text, _found_last(text), start, end)
    return part if part == text else mask(part)


def sliced(text: str, start: int, end: int) -> str:
    """The part as written: what takes the place of `mask_span` where personal data is to be kept."""
    return text[start:end]
