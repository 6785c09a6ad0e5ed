"""Whether a stretch of text praises or complains, by its words: enough to see a turn, not to judge a text."""

from __future__ import annotations

import re
from typing import Final

_POSITIVE: Final = """
good great excellent lovely brilliant fantastic amazing wonderful helpful kind friendly caring polite
professional clean happy pleased satisfied best perfect superb fabulous love loved enjoyed enjoyable nice fine
ok okay efficient supportive informative pleasant attentive comfortable outstanding impressed impressive
faultless grateful respectful reassuring beautiful delicious thankful thank thanks welcoming competent
knowledgeable appreciate appreciated exceptional marvellous spotless convenient liked gut gute guter gutes guten
super toll tolle schön freundlich hilfreich sauber zufrieden lecker prima klasse perfekt
"""
_NEGATIVE: Final = """
bad badly poor poorly terrible awful rude dirty filthy cold late slow too lack lacking lacks shortage shortages
broken noisy noise disappointed disappointing worst worse delay delays delayed wait waited waiting unacceptable
difficult confusing boring expensive problem problems issue issues unable failed wrong missing uncomfortable
ignored forgotten cancelled limited crowded overpriced cramped annoying horrible frustrating unhelpful
unfriendly nightmare useless complaint complaints fault faults dangerous unsafe schlecht schlechte schlechter
schmutzig dreckig kalt laut teuer gefährlich fehlt fehlen langsam unfreundlich kaputt leider mangelhaft eng
"""
_WISH: Final = """
could should need needs needed more better improve improved improves improvement wish suggest sollte sollten
mehr besser bitte müsste wünsche
"""
_DENIAL: Final = "not never no nothing hardly without cannot nobody nicht nie kein keine keinen keiner niemand zu"

_SIGNS: Final = {word: 1 for word in _POSITIVE.split()} | dict.fromkeys([*_NEGATIVE.split(), *_WISH.split()], -1)
_DENIALS: Final = frozenset(_DENIAL.split())
_LATIN_WORD: Final = re.compile(r"[a-zäöüß]+(?:['’][a-z]+)?")
_REACH: Final = 3  # words over which "not" denies

_PRAISE_ZH: Final = (
    "不错|没问题|没有问题|没意见|无可挑剔|越来越好|很好|真好|挺好|还好|好吃|满意|优秀|热情|周到|细心|耐心|干净|整洁|"
    "方便|感谢|漂亮|专业|负责|及时|"
    "舒适|贴心|点赞|表扬|认真|友好|优美|喜欢|舒服|高效|便捷|很棒|好评|进步|可口|美味|亲切|和蔼|给力|值得肯定"
)
_COMPLAINT_ZH: Final = (
    "美中不足|要等|等了|等半|差|脏|乱|贵|慢|少|没有|太|难|缺|破旧|陈旧|坏|臭|噪|吵|堵|推诿|敷衍|恶劣|冷漠|投诉|举报|"
    "违规|违法|污染|扰民|过高|过于|严重|"
    "拖欠|无人|无法|偏|低|漏|挤|冷|硬|停水|停电|坑洼|不够|不足|不公|失望|建议|希望|应该|应当|能否|是否|加强|增加|"
    "改进|尽快|最好|恳请|期望|需要|有待"
)
_NEITHER_ZH: Final = "不少|不但|不仅|差不多|不过|不论|不管|不知|多少|太阳|太原|没事|很少见|减少|难得|难忘"
_DENIED_ZH: Final = (
    "[不没欠](?:太|够|是很|怎么|是特别|有很)?(?:好|满意|方便|干净|整洁|热情|周到|细心|耐心|专业|及时|舒适|友好|合理)"
)
_WEAK_ZH: Final = "不|没|久|小|高"
_MOOD_ZH: Final = re.compile(
    rf"(?=[\u4e00-\u9fff])(?:({_NEITHER_ZH})|({_PRAISE_ZH})|({_DENIED_ZH}|{_COMPLAINT_ZH})|({_WEAK_ZH}))"
)
_WEAK: Final = 4
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")


def _latin(words: list[str]) -> tuple[set[int], bool]:
    """The signs of the plain words, and whether a denial was left that denies none of them."""
    signs: set[int] = set()
    denies = False
    since = 2 * _REACH  # words since a denial; far to begin with
    for word in words:
        sign = _SIGNS.get(word, 0)
        if sign:
            signs.add(-sign if since <= _REACH else sign)
            since = 2 * _REACH
        elif word in _DENIALS or word.endswith(("n't", "n’t")):
            since = 0
        else:
            since += 1
            denies = denies or since == _REACH + 1
    return signs, denies or since <= _REACH


def mood(text: str) -> tuple[int, bool]:
    """The mood of a stretch of text, and whether it is plain.

    Parameters
    ----------
    text : str
        In lower case; Chinese, English or German.

    Returns
    -------
    (int, bool)
        1 where its words only praise, -1 where they only complain or ask for something, 0 where they do both or
        neither; and whether this rests on more than a "not". "Not good" complains, "no problems" praises.

    Notes
    -----
    Deterministic, linear, about 1 µs for ten words. Word lists written for this purpose; nothing is learnt.
    """
    signs, denies = _latin(_LATIN_WORD.findall(text))
    if not text.isascii() and _HAN.search(text):
        for found in _MOOD_ZH.finditer(text):
            group = found.lastindex or 0
            if group == _WEAK:
                denies = True
            elif group > 1:
                signs.add(1 if group == 2 else -1)
    if not signs:
        return (-1 if denies else 0), False
    return (signs.pop() if len(signs) == 1 else 0), True
