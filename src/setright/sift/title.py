"""The clause of a person's own words that best says what is wrong.

Not a stage: only `name` leans on it. A title is never composed: it is a run of clauses someone wrote, without its
greeting, and short enough for a line of a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from setright.sift.words import HAN, Segmenter, Word, is_han

MAX_HAN: Final = 24
"""Length of a Chinese title in full-width characters; two letters or digits count as one."""
MAX_WORDS: Final = 12
MAX_LETTERS: Final = 76
"""Length of a title in other scripts, in words and in characters."""
READ: Final = 300
"""Characters of a text that are read for titles and keywords: what is wrong is said early, and letters run long."""

_SENTENCE: Final = re.compile(r"[。！？!?；;\n\r…~～]+|(?<=[a-zà-ÿ\d)\]\"'’”])\.+(?=\s|$)|\.{2,}")
_CLAUSE: Final = re.compile(r"[，,：:、]+|\s[-–—]+\s|[—–]{1,2}")
_CLAUSE_ZH: Final = re.compile(r"[，,：:]+|\s[-–—]+\s|—+|\s+")
_JOINT: Final = re.compile(
    r"\s+(?=(?:but|because|so that|although|though|which|whereas|and then|and (?:i|it|we|they|the|there|no)|"
    r"when|while|since|as i|if)\s)",
    re.I,
)

_OPEN: Final = "\"'“”‘’「」『』《》<>（）()【】[]*#·•-–—_=+.。，,、：:；;！!？?~～…|/\\ \t\u3000"
_FILLER_ZH: Final = re.compile(
    r"(?:(?:请问|问)(?:一下|下)?|(?:您|你|大家|领导|各位)们?好|在吗|喂|(?:我|本人|我们)?(?:就|只|还)?(?:想|要|"
    r"来)(?:要|来)?"
    r"(?:问|说|请问|咨询|反映|投诉|了解|知道|请教|吐槽|提)(?:一下|下|一句|两句|个意见|几句)?|(?:我|本人|个人|"
    r"我们|俺|咱)(?:也|还|总|一直)?"
    r"(?:觉得|认为|感觉|以为|相信|听说|反映)|(?:我)?(?:想|要)?向(?:您|你|领导|贵\w|有关部门|上级)们?(?:反映|"
    r"咨询|投诉|举报|求助|请教)(?:一下|下|的是)?|再谈|浅谈|再次|说(?:实话|句实话|真的|句心里话|白了)|老实说|"
    r"讲真|真的|真心|其实|反正|还有(?:就是)?|另外|而且|并且"
    r"|然后|但是|可是|不过|但|所以|因此|因为|由于|再就是|再说|再有|就是(?!否)|主要是?|最(?:烦|气|恼火|"
    r"大)的(?:就)?是|问题是|意见是|比如说?|例如|首先|其次"
    r"|最后|第[一二三四五]|[一二三四五六七八九]是|尊敬的[^，。！：]{0,10}(?:书记|市长|县长|区长|局长|领导|主任|"
    r"院长)(?:您好|你好|好)?|你说|你看|哎呀?|唉|诶|嗯"
    r"|噢|哦|啊|那个|这个(?=[，、])|麻烦(?:你|您)?(?:们)?|劳烦|恳请|敬请|强烈(?=建议|要求|呼吁)|能不能说说|"
    r"建议内容|反映内容|意见|求助|投诉(?:一下)?(?=[^电热渠])"
    r"|关于(?=.{4})|(?:咨询|反映|举报|请求)(?:一下|下)?(?=.{4})|一下(?=[，、]))"
)
_LETTER_END: Final = re.compile(
    r"(?:等)?(?:的|之)(?:相关|有关|若干|几个|一些)?(?:问题|咨询|建议|投诉|反映|求助|意见|疑问|疑惑|诉求|请示|"
    r"情况反映|举报|情况说明)$"
)
_TAIL_ZH: Final = re.compile(r"(?:[啊呀哦哈啦嘛唉呐噢哎]|谢谢|多谢|感谢|求解|急|在线等|的说|怎么回事|[呵嘿])+$")
_HANGING_ZH: Final = re.compile(
    r"(?:的时候|之后|以后|之前|以前|的话|期间|后|时|来说|而言|为了|的是|并且|以及|但|而|且|和|与|及|的|是|在|"
    r"对|把|被|向|我|你|请|说)$"
)
_CONDITION_ZH: Final = re.compile(
    r"^(?:如果|要是|假如|若|只要|虽然|尽管|除了|随着|为了|每当|当|自从|自|作为|根据|按照|经过|通过|本来|原来|"
    r"刚|因(?!此)|由于|不但|不仅|说好|有一次|有一天|我是|我叫|本人是)"
)
_POINTING_ZH: Final = re.compile(
    r"^(?:这|那|它|他|她|此|其|是(?!否|不是)|会|都|也|又|就|才|却|则|的|了|吗|呢|让|使|结果|包括|我(?!们|家))"
)
_WRONG_ZH: Final = re.compile(
    r"不|没|无|未|太|难|慢|贵|少|坏|乱|差|拖|推|堵|吵|脏|漏|破|臭|迟|晚|停|缺|拒|低|高价|乱收|违|欠|假|只有|才|"
    r"还要|还得|白跑|等了|要等|排队|投诉|影响|严重|污染"
    r"|噪音|扰民|失败|错|异常|投用|该|应|要|希望|建议|尽快|为什么|怎么"
)
_FILLER_EN: Final = re.compile(
    r"(?:(?:hi|hello|hey|yo|ok|okay|um+|uh+|well|so|also|and|but|or|then|plus|oh|please|pls|sorry|thanks|"
    r"thank you|dear \w+|good"
    r" (?:morning|evening|afternoon)|there|team|again|however|therefore|furthermore|moreover|additionally|"
    r"overall|honestly|frankly|basically"
    r"|actually|personally|just|yes|yeah|no(?=,)|first(?:ly)?(?=,)|second(?:ly)?(?=,)|lastly|finally|because|"
    r"as i said|to be honest|in my"
    r" (?:opinion|view|experience)|(?:the )?only (?:thing|problem|issue) (?:is|was)(?: that)?|"
    r"it would be (?:good|nice|great|helpful) if"
    r"|i (?:really |just |also |only |strongly |simply )?(?:think|feel|believe|guess|suppose|mean|know|find|"
    r"hope|agree|suggest|wish)(?: that)?"
    r"|i (?:really |just |also |only )?(?:wanted|want|would like|need|have)(?: you)? to (?:know|say|ask|"
    r"tell you|see|check|report|mention|find out)"
    r"(?: that| if| whether| about)?|i(?:'|’)d (?:really )?(?:like|love) to (?:know|say|ask|see|check|"
    r"find out)(?: that| if| about)?|i was (?:just )?wondering"
    r"(?: if| whether)?|i(?:'|’)m (?:not sure|wondering|curious|trying to find out)(?: about| if| whether| why| how)?"
    r"|(?:can|could|would|will) (?:you|someone|anyone|u)(?: please| kindly)? (?:tell me|help me(?: with| to)?|"
    r"explain|let me know|show me|give me|inform me|assist me(?: with)?)"
    r"(?: about| if| whether| to)?|(?:tell|show|give|help|remind) me(?: with| about)?|do you know|any idea|"
    r"question(?=[,:])|let me know|(?:please )?(?:explain|advise))\b)",
    re.I,
)
_TAIL_EN: Final = re.compile(
    r"(?:[\s,]+(?:please|pls|plz|thanks|thank you|for me|thx|though|too|as well|lol|now|etc|and|or|but|so|the|"
    r"a|an|to|of|for|with|in|at|by|from|that|is|are|was|my|your|their|i))+$",
    re.I,
)
_HANGING_EN: Final = re.compile(
    r"^(?:if|when|while|since|as|although|though|after|before|until|unless|despite|given|with|without|for|in|"
    r"on|at|by|from|during|which|who|that|than|to|of|especially|such|like|including|e\.g|i\.e|eg)\b",
    re.I,
)
_POINTING_EN: Final = re.compile(
    r"^(?:it|this|that|they|them|he|she|these|those|its|there(?:'s| is| are)? (?:it|this)|not|nor|is|was|are|"
    r"has|had)\b",
    re.I,
)
_VERB_EN: Final = re.compile(
    r"\b(?:is|are|was|were|be|been|isn't|aren't|wasn't|weren't|has|have|had|hasn't|haven't|do|does|did|don't|"
    r"doesn't|didn't|can|can't|cannot|could|couldn't"
    r"|will|won't|would|wouldn't|should|shouldn't|must|need|needs|needed|may|might|want|wants|get|gets|got|"
    r"keep|keeps|kept|make|makes|made|take|takes|took"
    r"|give|gives|gave|tell|told|said|say|says|let|put|stop|feel|felt|left|lost|sent|found|find|pay|paid|allow|"
    r"allows|provide|improve|ensure|reduce|build"
    r"|increase|create|i'm|i've|it's|that's|there's|they're|we're|you're|\w{3,}ed)\b",
    re.I,
)
_WRONG_EN: Final = re.compile(
    r"n't\b|\b(?:not|no|never|nobody|none|nothing|too|lack\w*|wait\w*|slow\w*|late|long|longer|broken|dirty|"
    r"poor\w*|bad\w*|fail\w*|unable|wrong\w*|problem\w*"
    r"|missing|why|more|better|less|need\w*|should|must|improve\w*|rude\w*|delay\w*|cancel\w*|lost|stolen|"
    r"declin\w+|refus\w+|unfair\w*|expensive|cost\w*"
    r"|difficult\w*|hard|confus\w+|error\w*|reject\w*|stop\w*|ban\w*|unsafe|danger\w*|cold|nois\w+|loud|"
    r"without|only|still|how|cannot)\b",
    re.I,
)
_TURN: Final = re.compile(
    r"[\s，,。；;]+(?:就是(?!说)|可是|可(?![以能])|但|不过|只可惜|唯一|只是|but\b|however\b|although\b)", re.I
)
"""What follows a clause that only leads up to the point: praise before a complaint."""
_ODD: Final = re.compile(
    rf"[^\w\s{HAN}'’“”‘’\"，,、：:（）()《》%％\-–—/&$£€¥.·+]|[\[\]_]|\d{{5,}}|https?|www|@|[a-zà-ÿ][A-Z][a-zà-ÿ]"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A run of clauses, cleaned: `text` as a title would print it, [start, end) where it stands, how whole it is."""

    text: str
    start: int
    end: int
    fitness: float


def clauses(text: str, words: list[Word], segmenter: Segmenter) -> list[Clause]:
    """Every run of one to three clauses of a sentence that would fit a title, each with its `fitness` in [0, 1.3].

    Where no run fits, the longest first part of a sentence that does, marked down.
    """
    text = text[:READ]
    zh = 3 * sum(map(is_han, text)) >= sum(map(str.isalpha, text))
    found = [clause for start, end in _sentences(text) for clause in _runs(text, start, end, zh)]
    fitted = [_judged(clause, text, words, segmenter, zh) for clause in found]
    return [clause for clause in fitted if clause.fitness > 0]


def weigh(clause: Clause, words: list[Word], weight: Mapping[str, float], top: float) -> float:
    """How much of what sets the problem apart a clause names, 0 to 1.

    `weight` is the contrast of a word key, `top` the sum of the problem's strongest; each word counts once.
    """
    keys = dict.fromkeys(word.key for word in words if clause.start <= word.start and word.end <= clause.end)
    return min(1.0, sum(weight.get(key, 0.0) for key in keys) / top) if top > 0 else 0.0


def length(title: str) -> float:
    """Share of the room a title has that it takes; above 1 it does not fit."""
    if any(map(is_han, title)):
        return sum(1.0 if ord(char) > 0x2E7F else 0.5 for char in title) / MAX_HAN
    return max(len(title.split()) / MAX_WORDS, len(title) / MAX_LETTERS)


def cased(title: str) -> str:
    """The title with a capital first letter, and not all in capitals."""
    letters = [char for char in title if char.isalpha()]
    if len(letters) > 8 and not is_han(letters[0]) and sum(map(str.isupper, letters)) > 0.7 * len(letters):
        title = title.lower()
    title = re.sub(r"\bi(?=\b[^\w.]|['’]|$)", "I", title) if not any(map(is_han, title)) else title
    return title[:1].upper() + title[1:]


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for stop in _SENTENCE.finditer(text):
        yield at, stop.start()
        at = stop.end()
    yield at, len(text)


def _runs(text: str, start: int, end: int, zh: bool) -> list[tuple[int, int, float]]:
    """[start, end) of the runs of a sentence that fit, with 1, or 0.35 where it had to be cut short."""
    if zh:
        parts = _split(text, start, end, _CLAUSE_ZH)
    else:
        parts = [piece for part in _split(text, start, end, _CLAUSE) for piece in _split(text, *part, _JOINT)]
    runs = []
    for first in range(len(parts)):
        for last in range(first, min(first + 3, len(parts))):
            if length(_stripped(text[parts[first][0] : parts[last][1]], zh)) <= 1:
                # what follows a sentence's first clause leans on it
                whole = 1.0 if first == 0 else 0.9
                runs.append((parts[first][0], parts[last][1], whole if zh or last == len(parts) - 1 else 0.95 * whole))
    return runs or [(*_cut(text, start, end, zh), 0.35)]


def _split(text: str, start: int, end: int, at: re.Pattern[str]) -> list[tuple[int, int]]:
    pieces = []
    for joint in at.finditer(text, start, end):
        pieces.append((start, joint.start()))
        start = joint.end()
    return [(first, last) for first, last in [*pieces, (start, end)] if text[first:last].strip(_OPEN)]


def _cut(text: str, start: int, end: int, zh: bool) -> tuple[int, int]:
    """The first part of a sentence none of whose clauses fits, ending where a word does."""
    if zh:
        return start, min(end, start + MAX_HAN)
    words = list(re.finditer(r"\S+", text[start:end]))[:MAX_WORDS]
    while len(words) > 1 and words[-1].end() > MAX_LETTERS:
        words.pop()
    return start, start + (words[-1].end() if words else 0)


def _stripped(piece: str, zh: bool) -> str:
    """Without greeting, filler, punctuation at either end and doubled blanks; empty where nothing is left."""
    piece, before = " ".join(piece.split()).strip(_OPEN), ""
    filler, tail = (_FILLER_ZH, _TAIL_ZH) if zh else (_FILLER_EN, _TAIL_EN)
    while piece != before:
        before = piece
        lead = filler.match(piece)
        piece = piece[lead.end() if lead else 0 :].strip(_OPEN)
        piece = tail.sub("", piece).strip(_OPEN)
    return _balanced(_LETTER_END.sub("", piece).strip(_OPEN) if zh else piece)


def _balanced(piece: str) -> str:
    """Without a bracket or quotation mark whose other half was cut away."""
    for opening, closing in ("（）", "()", "“”", "‘’", "《》", "【】"):
        if piece.count(opening) != piece.count(closing) and closing != "’":
            piece = piece.replace(opening, "").replace(closing, "")
    return piece if piece.count('"') % 2 == 0 else piece.replace('"', "")


def _judged(run: tuple[int, int, float], text: str, words: list[Word], segmenter: Segmenter, zh: bool) -> Clause:
    start, end, whole = run
    title = _stripped(text[start:end], zh)
    inside = [word for word in words if start <= word.start and word.end <= end]
    fitness = whole * (_fitness_zh(title, inside, segmenter) if zh else _fitness_en(title))
    fitness *= 0.6 if _TURN.match(text, end) or (zh and _TURN.search(text, start + 1, end)) else 1.0
    return Clause(title, start, end, fitness if length(title) <= 1 else 0.0)


def _fitness_zh(title: str, words: list[Word], segmenter: Segmenter) -> float:
    n_han = sum(map(is_han, title))
    if n_han < 4:
        return 0.0
    fitness = 0.7 if n_han < 6 else 1.0
    fitness *= 1.0 if any(segmenter.is_predicate(word) for word in words) else 0.6
    fitness *= 1.15 if _WRONG_ZH.search(title) else 1.0
    fitness *= 0.5 if _HANGING_ZH.search(title) else 1.0
    fitness *= 0.6 if _CONDITION_ZH.match(title) and "，" not in title else 1.0
    fitness *= 0.6 if _POINTING_ZH.match(title) else 1.0
    return fitness * (0.4 if _ODD.search(title) else 1.0)


def _fitness_en(title: str) -> float:
    n_words = len(title.split())
    if n_words < 2:
        return 0.0
    fitness = {2: 0.55, 3: 0.8}.get(n_words, 1.0)
    fitness *= 1.0 if _VERB_EN.search(title) else 0.75
    fitness *= 1.1 if _WRONG_EN.search(title) else 1.0
    fitness *= 0.5 if _HANGING_EN.match(title) else 1.0
    fitness *= 0.7 if _POINTING_EN.match(title) else 1.0
    return fitness * (0.4 if _ODD.search(title) else 1.0)
