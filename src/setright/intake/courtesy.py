"""What people write without saying anything: greetings, thanks, "nothing to add", signatures of a mail program.

Each pattern is meant for `fullmatch` on a bare form (`bare`: lower case, one space between words, no punctuation), so
one that matches covers everything that was said. Praise is something said and is never matched here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 60
"""A bare form longer than this is never mere courtesy, whatever it begins with; it also bounds the matching."""

_WORDS: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_TITLE_ZH: Final = (
    r"(?:书记|市长|县长|区长|镇长|乡长|局长|厅长|处长|科长|所长|省长|部长|校长|院长|主席|主任|经理|领导|同志|部门|"
    r"单位|"
    r"大人|先生|女士|老师|医生|专家|同仁|编辑|客服|政府)"
)
_HELLO_ZH: Final = r"(?:(?:您|你|你们|大家|各位)们?好呀?|(?:早上|上午|中午|下午|晚上)好|辛苦了?)"
_DEAR_ZH: Final = r"(?:(?:尊敬|敬爱|亲爱|敬重)的)"
GREETING_ZH: Final = (
    rf"(?:{_DEAR_ZH}(?:各位|有关|相关|[一-鿿]){{0,8}}?{_TITLE_ZH}"
    rf"(?:(?:和|及|与|、)?(?:各位|有关|相关)?{_TITLE_ZH}){{0,3}}们?(?:{_HELLO_ZH}|好)?"
    rf"|(?:[一-鿿]{{0,4}}?{_TITLE_ZH}){{1,2}}们?{_HELLO_ZH}|(?:[一-鿿]{{0,2}}?(?:书记|[市县区镇乡局厅省部校院]长|"
    rf"领导|老师))们?好"
    rf"|{_DEAR_ZH}?{_HELLO_ZH}(?:啊|呀)?|在吗|在不在|哈喽|哈罗|嗨)"
)
_ADVERB_ZH: Final = r"(?:非常|十分|万分|衷心|特别|很|太|多|再次|在此|先|深表|致以|表示|由衷|不胜|最后)"
_YOU_ZH: Final = r"(?:您|你|你们|各位|大家|领导|老师|政府|了|啦|哦|呀|啊|们)"
THANKS_ZH: Final = (
    rf"(?:{_ADVERB_ZH}{{0,3}}(?:谢谢|多谢|感谢|拜谢|感激|感恩|谢了|致谢|拜托|3q){{1,2}}(?:不尽|万分|之至|涕零|"
    rf"{_YOU_ZH}){{0,4}}"
    r"|此致敬礼|至此敬礼|致敬|敬礼|此致|顺[祝颂][一-鿿]{1,6}|祝(?:您|你|领导|大家|工作|身体|生活)[一-鿿]{0,12}|"
    r"辛苦了|"
    r"麻烦(?:了|您|你){1,2})"
)
GREETING_LATIN: Final = (
    r"(?:(?:hi|hii+|hello|helo|hey|hiya|dear|greetings|good (?:morning|afternoon|evening|day)|morning|"
    r"to whom it may concern)"
    r"(?: (?:there|all|everyone|everybody|team|guys|folks|sir|madam|or|and|sirs|support|you|the|again|friends?|"
    r"customer service)){0,4}"
    r"|hallo(?: (?:zusammen|an alle|liebes team|ihr lieben|leute))?|guten (?:tag|morgen|abend)|moin(?: moin)?|servus|"
    r"grüß gott|"
    r"grüezi|liebes [a-zäöüß]+|sehr geehrte(?: damen und herren)?|sehr geehrte damen sehr geehrte herren)"
)
THANKS_LATIN: Final = (
    r"(?:(?:(?:many|much|so|ok|okay|no|great|and|a big|big|huge|oh|well|again|please|once again) ){0,2}"
    r"(?:thanks?|thank ?you|thanku|thank u|thnx|thx|tx|cheers|ty|tysm|much appreciated)"
    r"(?: (?:you|u|so|very|much|a lot|a million|in advance|again|all|for your (?:help|time|reply|response|support|"
    r"assistance)|"
    r"everyone|guys|team|kindly|sir|madam|for reading|for listening)){0,4}"
    r"|(?:(?:kind|best|warm|many) )?regards|(?:yours )?(?:sincerely|faithfully|truly)|best wishes|all the best|"
    r"(?:(?:vielen|besten|herzlichen|lieben|schönen) )?dank(?: im voraus| euch| ihnen| dafür)?|danke(?: schön| sehr|"
    r" euch| ihnen| im voraus| vielmals){0,2}|"
    r"(?:mit (?:freundlichen|besten|lieben) |(?:viele|liebe|beste|freundliche|schöne) )grüßen?|mfg|lg|merci)"
)
_NEG_EN: Final = r"(?:(?:i |we )?(?:really |honestly )?(?:can ?not|can'?t|couldn'?t|could not|don'?t|do not|didn'?t))"
NOTHING_LATIN: Final = (
    r"(?:(?:no|nope|nah|not really|none|nil|n a|na|null|zero|nothing|nothink|nothin|nowt|not applicable|not at all)"
    r"(?: (?:no|none|nothing|really|not|at all|else|to add|to say|to report|more|further|comes? to mind|"
    r"i can think of|"
    r"that i can think of|springs to mind|at the moment|at present|right now|sorry|whatsoever|different|specific|"
    r"much|comments?|"
    r"further comments?|other comments?|answer|opinion|suggestions?|idea|so far|this time|thanks?|thank you)){0,4}"
    r"|absolutely nothing|not a (?:thing|lot)|not much|very little|nothing much"
    rf"|{_NEG_EN} (?:know|think so|think of (?:anything|owt)(?: (?:else|at the moment|really|to add))?|have (?:any|"
    rf"anything)(?: (?:comments?|to add))?)(?: (?:no|really|sorry))?"
    r"|not sure|unsure|no idea|idk|as above|same(?: as)?(?: above| before)?|see above|ditto|ibid|tbc|tba|xx+|"
    r"test(?:ing)?(?: test)*|"
    r"asdf[a-z]*|qwerty?|abc|aaa+|blank|empty|"
    r"(?:kein|keine)(?: (?:statement|angaben?|anmerkung(?:en)?|kommentar|meinung|ahnung|vorschläge|weiteren))?|"
    r"nichts(?: weiter| mehr)?|k a|"
    r"siehe oben|s o|wie oben|weiß nicht|nein|"
    r"(?:sent|posted|shared) (?:from|via|using) (?:my )?(?:[a-z0-9]+ ){0,2}[a-z0-9]+|get outlook for (?:ios|android)|"
    r"von meinem [a-z]+ gesendet)"
)
NOTHING_ZH: Final = (
    r"(?:(?:我|我们|本人|暂时?|目前|暂且|现在|基本|个人|确实|真的|其他|其它|对此|都)*"
    r"(?:没有?|無|无|木有|沒有?|没啥|没什么)(?:了|啦|什么|啥|任何|其他|其它|更多|别的|特别的?|具体|好的?|太多)*"
    r"(?:意见|建议|看法|问题|想法|要求|补充|可说的?|说的|想说的?|评论|内容|要说的|不满|需要改进的?|改进|需要|诉求|"
    r"情况|异议|不足|的)*(?:了|啦|哦|呢)?"
    r"|(?:意见|建议|问题|补充)(?:暂)?(?:没有|无)|不知道|不清楚|不了解|不详|随便|略|空|同上|同前|同意?上述|见上|如上|"
    r"如题|测试(?:一下)?|测试测试|"
    r"路过|打酱油|沙发|顶|暂缺|待定|(?:发自|来自)(?:我的)?[一-鿿a-z0-9 ]{1,16})"
)

# One class first, so that the search skips over everything else.
_SIGNS_ZH: Final = re.compile(
    r"[谢感敬祝嗨拜辛麻在哈此好](?:(?<=[谢感敬祝嗨])|(?<=拜)托|(?<=辛)苦|(?<=麻)烦|(?<=在)(?:吗|不在)|(?<=哈)[喽罗]|"
    r"(?<=此)致|"
    r"(?<=[您你们家导长记席任理志门位人生士师仁辑服府上午]好)|(?<=^好)|(?<=好)$)"
)
_LETTER: Final = re.compile("[a-z]")
_OPENINGS: Final = (
    "hi", "hello", "helo", "hey", "dear", "good ", "greetings", "morning", "to whom", "hallo", "guten", "moin",
    "servus", "grü", "lieb", "sehr geehrte",
)  # fmt: skip
_SIGNS_LATIN: Final = (
    "thank", "thx", "thnx", " tx", "cheers", " ty", "appreciated", "regards", "sincerely", "faithfully", "truly",
    "wishes", "all the best", "dank", "merci", "mfg", " lg", "grüß", "hello", "dear ", "good morning", "good afternoon",
    "good evening", "\nhi", "guten tag",
)  # fmt: skip


def may_hold_courtesy(low: str) -> bool:
    """A quick look, in lower case, for a greeting or thanks anywhere; where it finds no sign, there is none."""
    if not low.isascii() and _SIGNS_ZH.search(low):
        return True
    if not _LETTER.search(low):
        return False
    return low.lstrip().startswith(_OPENINGS) or any(map(low.__contains__, _SIGNS_LATIN))


_MAY_BE_MERE: Final = re.compile(
    r"[\W_]*(?:h[ieam]|dear|gre|goo|mor|to whom|ma|mu|so|ok|no|nah|nil|n\W?a|nu|zero|and|a b|big|huge|oh|well|again|"
    r"please|once|th|tn|tx|"
    r"ch|ty|ap|kin|best|war|reg|you|sin|fai|tru|all|vie|bes|her|lie|sch|dan|mit|mf|lg|me|gut|moi|ser|gr|seh|abs|ver|"
    r"i|we|really|hon|can|cou|"
    r"do|did|uns|as|sam|see|dit|tb|x|test|asd|qwe|abc|aaa|bla|emp|kei|nic|k\W?a|sie|s\W?o|wie|weiß|nei|sent|pos|shar|"
    r"get|von|[\u4e00-\u9fff])"
)
_SAYS_NOTHING_ZH: Final = re.compile(
    "[好谢感恩敬祝嗨拜辛麻在哈喽罗此礼顺无無木没沒不随略空同见如测路打沙顶暂待发来意建问补]"
)

_GREETING: Final = re.compile(rf"(?:{GREETING_ZH} ?)+|{GREETING_LATIN}")
_THANKS: Final = re.compile(rf"(?:{THANKS_ZH} ?)+|(?:{THANKS_LATIN} ?)+")
_BOILERPLATE: Final = re.compile(rf"{NOTHING_LATIN}|{NOTHING_ZH}")


def bare(text: str) -> str:
    """The words of a text, lower case, one space between them; compatibility forms (full width) unified."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text).replace("’", "'")
    return " ".join(_WORDS.findall(plain.lower()))


def courtesy(text: str) -> str | None:
    """Whether a text, or a piece of one, says nothing beyond courtesy.

    Returns
    -------
    str or None
        "greeting", "thanks" or "boilerplate"; None where something is said, or where there is no word at all.

    Examples
    --------
    >>> courtesy("尊敬的书记：您好！"), courtesy("Many thanks!"), courtesy("Nothing at all."), courtesy("No better")
    ('greeting', 'thanks', 'boilerplate', None)
    """
    if len(text) > 2 * LONGEST:
        return None
    low = (text if text.isascii() else unicodedata.normalize("NFKC", text)).lower()
    says_nothing = low.isascii() or _SAYS_NOTHING_ZH.search(low) or _LETTER.search(low)
    words = bare(low) if says_nothing and _MAY_BE_MERE.match(low) else ""
    if not words or len(words) > LONGEST:
        return None
    squeezed = words if words.isascii() else re.sub(r"(?<=[一-鿿]) | (?=[一-鿿])", "", words)
    if _GREETING.fullmatch(squeezed):
        return "greeting"
    if _THANKS.fullmatch(squeezed):
        return "thanks"
    return "boilerplate" if _BOILERPLATE.fullmatch(squeezed) else None
