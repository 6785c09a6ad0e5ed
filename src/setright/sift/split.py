"""One text into the points it makes.

A point is a different thing said, not a sentence. So a text is cut wherever a boundary is possible (sentences, lines,
list marks, cues), courtesies are set aside, and the pieces are joined again except where something shows that a
different thing begins: a list mark, a line of its own, an additive cue ("also", "另外"), or a turn from praise to
complaint. What opinions the cues and words of praise and complaint are is in `_polarity` and the patterns; nothing is
learnt from data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from setright.intake.courtesy import GREETING_LATIN, GREETING_ZH, THANKS_LATIN, THANKS_ZH, courtesy


class Span(NamedTuple):
    """Where a point stands: code points of the text as written, the end exclusive."""

    start: int
    end: int


class _Piece(NamedTuple):
    start: int
    end: int
    before: str  # what stands before it: start, sentence, semicolon, line, item, add, turn


_RANK: Final = {"start": 9, "item": 6, "line": 5, "add": 4, "turn": 3, "semicolon": 2, "sentence": 1}
_STORY: Final = 400  # characters (half that many ideographs) from which a text tells a story: softer signs then join

# ------------------------------------------------------------------------------------------------------ where to cut

_ADD_ZH: Final = (
    r"另外(?:就是|一点|一个)?|此外|除此之外|还有(?:就是|一点|一个|个)|再就是|再者|再有|还有(?=[，,：:])|其次|其二|其三|另(?=[，,])|"
    r"最后一点|与此同时(?=[，,])|还想反映|还想说"
)
_ADD_LATIN: Final = (
    r"(?:and )?also\b|in addition\b|additionally\b|another (?:thing|point|issue|problem|suggestion|concern|complaint)\b|secondly\b|thirdly\b|"
    r"fourthly\b|furthermore\b|moreover\b|on top of (?:that|this)\b|one more thing\b|other than that\b|apart from that\b|lastly\b|"
    r"außerdem\b|ausserdem\b|zudem\b|zusätzlich\b|darüber hinaus\b|des weiteren\b|ferner\b|zweitens\b|drittens\b|ein weiterer punkt\b"
)
_TURN_ZH: Final = r"但是|但|不过|可是|然而|只是|就是"
_TURN_LATIN: Final = r"but\b|however\b|although\b|though\b|yet the\b|aber\b|jedoch\b|allerdings\b|leider\b|unfortunately\b"
_CUT: Final = re.compile(
    r"(?P<end>[。！？!?；;]+[\"'”’」』)）》\]]*|…+|\.{2,}|\.[\"'”’)\]]*(?=\s))"
    r"|(?P<line>[\r\n\u0085\u2028\u2029\x0b\x0c]+)"
    rf"|(?P<add>(?<=[，,])\s*(?:{_ADD_ZH}|还有)[，,：:]?|(?<=[,–—-])\s*(?:{_ADD_LATIN}))"
    rf"|(?P<turn>(?<=[，,])\s*(?:{_TURN_ZH})[，,]?|(?<=[\s,])(?:{_TURN_LATIN}),?)",
    re.IGNORECASE,
)
_MAYBE: Final = re.compile(
    r"[。！？!?；;…](?=.*\w)|\.[\s\"'”’)\].]|[\r\n\u0085\u2028\u2029\x0b\x0c]|[，,](?:另|还|再|其|此|除|但|不过|可是|然而|只是|就是|最后|与)"
    r"|\b(?:but|however|although|though|aber|jedoch|allerdings|leider|unfortunately|also|additionally)\b"
    r"|[\u2460-\u2473\u2022]|\d\s?[.、．)）]\D|[一二三四五六七八九十][)）、]|第[一二]|尊敬|[你您]好|领导|谢|敬礼|\b(?:hi|hello|dear|hey|thank|hallo|dank|grüß)",
    re.IGNORECASE,
)
_ABBREVIATION: Final = re.compile(
    r"(?:^|[^\w.])(?:[^\W\d_]|\d{1,2}|[^\W\d_]\.\s?[^\W\d_]|mr|mrs|ms|dr|prof|st|no|nr|vs|etc(?=\.\s[^A-Z])|approx|inc|ltd|str|bzw|ca|usw(?=\.\s[^A-Z])|"
    r"evtl|ggf|inkl|max|min|ggü|tel|jan|feb|aug|sept|oct|nov|dec)$",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(
    rf"\s*(?:首先[，,]\s*|firstly,?\s+|(?:{_ADD_ZH}|还有|{_ADD_LATIN})[\s，,：:]*|(?:{_TURN_ZH}|{_TURN_LATIN})[\s，,]+|(?:但是|不过|可是|然而|但)(?=\w))", re.IGNORECASE
)
_OPENS_WITH_ADD: Final = re.compile(rf"\s*(?:{_ADD_ZH}|{_ADD_LATIN})", re.IGNORECASE)

# ---------------------------------------------------------------------------------------------------------- list marks

_ORDINALS: Final = "一二三四五六七八九十"
_MARK: Final = re.compile(
    r"(?<![\w.,，/:-])(?P<digit>\d{1,2})\s?[.、．)）](?!\d)|(?<=[\u4e00-\u9fff])(?P<tight>\d{1,2})\s?[.、．)）](?=[\u4e00-\u9fff])"
    r"|[（(](?P<round>\d{1,2})[)）]"
    r"|(?<![^，,。；;：:\s])(?P<be>[一二三四五六])是(?!一)|(?<![\w-])(?P<word>first|second|third|fourth|fifth)(?:ly)?,"
    rf"|[（(](?P<han>[{_ORDINALS}]{{1,2}})[)）]|(?<![\w、])(?P<stop>[{_ORDINALS}]{{1,2}})[、.．](?!\s?[{_ORDINALS}]、)"
    rf"|第(?P<nth>[{_ORDINALS}])(?:点|条)?[、，,：:]|(?P<circle>[\u2460-\u2473])"
    r"|(?:(?<=[\n\r])|^)[ \t]*(?P<dash>[-–—*·•●■◆▪►✓√+]) ?(?=\S)|(?<=\S) ?(?P<dot>[•●■◆▪►])",
    re.IGNORECASE,
)
_ORDINAL_WORDS: Final = ("first", "second", "third", "fourth", "fifth")


def _number(kind: str, written: str) -> int:
    """What a mark counts to; 0 for bullets, which do not count."""
    if kind in ("dash", "dot"):
        return 0
    if kind == "circle":
        return ord(written) - 0x245F
    if kind == "word":
        return _ORDINAL_WORDS.index(written.lower()) + 1
    if written.isdigit():
        return int(written)
    if written in _ORDINALS:
        return _ORDINALS.index(written) + 1
    return 10 + _ORDINALS.find(written[-1]) + 1 if written[0] == "十" else 0


def _items(text: str) -> dict[int, int]:
    """Start and end of every list mark that belongs to a list of two items or more.

    A number is a mark only where it continues a run 1, 2, 3 ... of its own style: "since 2. May" and "v1.2" are none.
    """
    runs: dict[str, list[tuple[int, int]]] = {}
    marks: dict[int, int] = {}
    for found in _MARK.finditer(text):
        kind = str(found.lastgroup)
        style = {"tight": "digit", "dot": "dash"}.get(kind, kind)
        run = runs.setdefault(style, [])
        number = _number(kind, found[kind])
        if number == 1 or (kind != style and style == "digit" and not run):
            marks.update(run if len(run) > 1 else ())
            runs[style] = [found.span()] if number == 1 else []
        elif number in (0, len(run) + 1) and (not run or found.start() - run[-1][1] >= 3):
            run.append(found.span())
    for run in runs.values():
        marks.update(run if len(run) > 1 else ())
    return marks


# ------------------------------------------------------------------------------------------------------------ polarity

_POSITIVE_EN: Final = (
    r"good|great|excellent|lovely|brilliant|fantastic|amazing|wonderful|helpful|kind|friendly|caring|polite|professional|clean|happy|pleased|"
    r"satisfied|best|perfect|superb|fabulous|love|loved|enjoyed|enjoyable|nice|fine|ok|okay|efficient|supportive|informative|pleasant|attentive|"
    r"comfortable|outstanding|impressed|faultless|grateful|respectful|reassuring|beautiful|delicious|thankful|thank|thanks|welcoming|competent|"
    r"knowledgeable|(?:i|we) (?:really )?liked?|well (?:looked after|cared|organi[sz]ed|run|done|explained)|can'?t fault|could ?n[o']t fault|top notch|first class|appreciate[d]?"
)
_POLARITY: Final = re.compile(
    r"\b(?:(?P<neutral>no better than|as good as possible)|(?P<flat>no (?:problems?|complaints?|issues?)|nothing (?:to complain|bad|wrong)|not bad|never a problem|keine probleme|kein problem)"
    rf"|(?P<denied>(?:not|n[o']t|never|hardly|wasn'?t|isn'?t|weren'?t|aren'?t|nicht|kein[e]?)(?: (?:very|so|always|really|that|the|all|at all|been|be|a|any|sehr|so)){{0,2}} (?:{_POSITIVE_EN}|gut|schön|freundlich|hilfreich))"
    rf"|(?P<pos>{_POSITIVE_EN}|gut|gute[nrs]?|super|toll|schön|freundlich|hilfreich|sauber|zufrieden|lecker|prima|klasse|perfekt)"
    r"|(?P<neg>bad|poor|poorly|terrible|awful|rude|dirty|filthy|cold|late|slow|too|lack|lacking|lacks|shortage|shortages|broken|noisy|noise|"
    r"disappointed|disappointing|worst|worse|delay|delays|delayed|wait|waited|waiting|unacceptable|difficult|confusing|boring|expensive|problem|problems|issue|issues|"
    r"unable|failed|wrong|missing|uncomfortable|ignored|forgotten|cancelled|limited|crowded|overpriced|cramped|annoying|horrible|frustrating|unhelpful|unfriendly|"
    r"schlecht|schlechte[nrs]?|schmutzig|kalt|laut|teuer|gefährlich|fehlt|fehlen|langsam|unfreundlich|kaputt|leider|mangelhaft|eng)"
    r"|(?P<weak>not|never|nie|nicht|kein|keine|nobody|no one|zu)"
    r"|(?P<want>could|should|need|needs|needed|would like|more|better|improve[ds]?|improvement|wish|suggest|sollte[n]?|mehr|besser|bitte|müsste[n]?|wünsche))\b"
    r"|(?P<flat_zh>不错|没(?:有)?(?:什么)?(?:问题|意见)|无可挑剔|越来越好)|(?P<neutral_zh>不少|不但|不仅|差不多|不过|不论|不管|不知|小区|小学|小时|多少|太阳|太原|好的|没事)"
    r"|(?P<denied_zh>(?:不|没|欠)(?:太|够|是很|怎么|是特别|有很)?(?:好|满意|干净|整洁|方便|热情|周到|细心|耐心|专业|及时|好吃|舒适|友好|合理))"
    r"|(?P<pos_zh>很好|真好|挺好|还好|好吃|满意|优秀|热情|周到|细心|耐心|干净|整洁|方便|感谢|漂亮|专业|负责|及时|舒适|贴心|点赞|表扬|认真|友好|优美|喜欢|舒服|高效|便捷|很棒|好评|进步|可口|美味|亲切|和蔼|给力|值得肯定)"
    r"|(?P<neg_zh>美中不足|要等|等了|等半|差|脏|乱|贵|慢|少|没有|太|难|缺|破|坏|臭|噪|吵|堵|推诿|敷衍|恶劣|冷漠|投诉|举报|违规|违法|污染|扰民|过高|过于|严重|拖欠|无人|无法|偏|低|旧|漏|挤|冷|硬|停水|停电|坑洼)"
    r"|(?P<weak_zh>不|没|久|小|高)"
    r"|(?P<want_zh>建议|希望|应该|应当|能否|是否|加强|增加|改进|尽快|最好|恳请|期望|需要|有待)",
    re.IGNORECASE,
)
_SIGN: Final = {"flat": 1, "pos": 1, "denied": -1, "neg": -1, "want": -1, "weak": -1, "neutral": 0}


def _polarity(text: str, start: int, end: int) -> tuple[int, bool]:
    """1 where a stretch only praises, -1 where it only complains or asks for something, else 0; and whether plainly."""
    names = {str(found.lastgroup).removesuffix("_zh") for found in _POLARITY.finditer(text, start, end)}
    signs = {_SIGN[name] for name in names} - {0}
    return (signs.pop() if len(signs) == 1 else 0), not names <= {"weak", "neutral"}


# ------------------------------------------------------------------------------------------------------------ courtesy

_HEAD: Final = re.compile(
    rf"(?:(?:{GREETING_ZH})[\s，,：:！!。、~]+)+|(?:{GREETING_LATIN})(?:\s*[,.!:;–-]+\s*|\s*[\r\n]+)|dear(?: [\w.'-]+){{1,4}}(?:\s*,\s+|\s*,?$)", re.IGNORECASE
)
_TAIL: Final = re.compile(rf"[\s,，.。;；！!~]+(?:(?:{THANKS_ZH})[\s！!。.,，~]*)+$|[,.;!–-]\s*(?:{THANKS_LATIN})[\s!.,]*$", re.IGNORECASE)
_TAIL_REACH: Final = 40
_INTRODUCES: Final = re.compile(
    r"(?:\w{0,8}(?:有|提|说|谈|反映)?(?:以下|如下|下面)?(?:几|两|三|四|五|\d)?(?:个|点|条|方面)?(?:的)?(?:建议|意见|问题|诉求|想法|看法|情况|需求)(?:如下|有)?|"
    r"(?:my |some |a few |several |the )?(?:following )?(?:suggestions?|comments?|points?|issues?|problems?|concerns?|vorschläge|anmerkungen|punkte))\s*[:：]?",
    re.IGNORECASE,
)
_TRIM_FRONT: Final = " \t\r\n\u3000\xa0\u0085\u2028\u2029\x0b\x0c,，.。;；:：!！、·•*–—-"
_TRIM_BACK: Final = " \t\r\n\u3000\xa0\u0085\u2028\u2029\x0b\x0c,，、;；:："

# --------------------------------------------------------------------------------------------------------------- joins

_REFERS: Final = (
    r"it|its|it's|this|that|these|those|they|them|their|he|she|his|her|which|who|so|because|and|or|then|therefore|hence|otherwise|thus|even|"
    r"especially|instead|dies|das ist|es|sie|er|dadurch|deshalb|daher|dann|also|denn|und|oder|damit|diese[rsmn]?"
)
_REFERS_ZH: Final = (
    r"这|那|他|她|它|因此|所以|因为|由于|结果|导致|而且|并且|而|若|以至|于是|从而|甚至|特别是|尤其|比如|例如|即|也|都|又|就|才|只|却|为什么|为何|难道"
)
_REFERS_BACK: Final = re.compile(rf"\W*(?:(?:{_REFERS})\b|{_REFERS_ZH})", re.IGNORECASE)
_GOES_ON: Final = re.compile(
    rf"\W*(?:(?:{_REFERS}|if|when|as|such|there|what|why|how|can|could|is|are|do|does|did|will|would|please|i|i'm|i've|my|we|you|your|hier|wenn|man|"
    rf"ich|wir|dort)\b|{_REFERS_ZH}|我|你|您|请问|请|能不能|能否|是否|可否|有没有|可以|如果|谁|何|怎么|希望|建议|恳请|要求|望|后来|之后|现在|当时|目前|"
    r"至今|每|一|问)",
    re.IGNORECASE,
)
_NO_SUBJECT: Final = re.compile(
    r"\W*(?:but|however|although|though|yet|aber|jedoch)?,?\s*(?:could|can|is|was|are|were|will|would|did|do|does|has|had|still|not|no|worth|overall|otherwise)\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_NOUN: Final = re.compile(r"\W*(?:(?:the|a|an|some|all|most|no|our|der|die|das|den|ein|eine)\s+)?([^\W\d_]{2,})", re.IGNORECASE)
_SHORT_HAN: Final = 14
_SHORT_LATIN: Final = 28  # fourteen words, which weigh two each


class _Judged(NamedTuple):
    """A piece, and what deciding needs to know of it."""

    start: int
    end: int
    before: str
    size: int  # ideographs, and two for a word
    sign: int
    goes_on: bool
    series: bool  # a short judgement of a subject of its own, as in a list told in sentences


def _size(text: str, start: int, end: int) -> int:
    return sum(1 if "\u3400" <= word[0] <= "\u9fff" else 2 for word in _WORD.findall(text, start, end))


def _judged(text: str, piece: _Piece) -> _Judged:
    size = _size(text, piece.start, piece.end)
    sign, strong = _polarity(text, piece.start, piece.end)
    goes_on = _GOES_ON.match(text, piece.start, piece.end) is not None
    short = _SHORT_HAN if "\u3400" <= text[piece.end - 1] <= "\u9fff" or not text[piece.start : piece.end].isascii() else _SHORT_LATIN
    return _Judged(*piece, size, sign, goes_on, strong and sign != 0 and not goes_on and 4 <= size <= short)


def _subject(text: str, piece: _Judged) -> str:
    """The first noun-like word of a piece, shortened so that its forms agree."""
    found = _NOUN.match(text, piece.start, piece.end)
    if not found:
        return ""
    word = found[1].lower()
    return word[:2] if "\u3400" <= word[0] <= "\u9fff" else word[:5]


def _is_end(text: str, found: re.Match[str]) -> bool:
    """Whether a full stop ends a sentence rather than an abbreviation or a number."""
    if not found[0].startswith(".") or found[0].startswith(".."):
        return True
    return not _ABBREVIATION.search(text[max(0, found.start() - 8) : found.start()])


def _cuts(text: str, items: dict[int, int]) -> Iterator[tuple[int, int, str]]:
    """Every possible boundary as (end of what is before, start of what is after, kind)."""
    for start, end in items.items():
        yield start, end, "item"
    for found in _CUT.finditer(text):
        kind = str(found.lastgroup)
        if kind in ("add", "turn"):
            yield found.start(), found.start(), kind
        elif kind == "line":
            yield found.start(), found.end(), kind
        elif _is_end(text, found):
            yield found.end(), found.end(), "semicolon" if found[0][0] in ";；" else "sentence"


def _pieces(text: str) -> list[_Piece]:
    """The text cut at every possible boundary; empty pieces hand the stronger boundary on."""
    pieces: list[_Piece] = []
    start, before = 0, "start"
    for end, next_start, kind in [*sorted(_cuts(text, _items(text))), (len(text), len(text), "sentence")]:
        if text[start:end].strip(_TRIM_FRONT):
            pieces.append(_Piece(start, end, before))
            before = kind
        elif _RANK[kind] > _RANK[before]:
            before = kind
        start = max(start, next_start)
    return pieces


def _without_courtesy(text: str, pieces: list[_Piece]) -> list[_Piece]:
    """Pieces that say something; a greeting at the head and thanks at the tail of a piece go too."""
    kept: list[_Piece] = []
    for piece in pieces:
        start, end = piece.start, piece.end
        if end - start <= 120 and courtesy(text[start:end]) in ("greeting", "thanks"):
            continue
        start += len(text[start:end]) - len(text[start:end].lstrip(_TRIM_FRONT))
        if len(kept) < 2 and (head := _HEAD.match(text, start, end)):
            start = head.end()
        reach = max(start, end - _TAIL_REACH)
        if tail := _TAIL.search(text[reach:end]):
            end = reach + tail.start()
        if start < end and text[start:end].strip(_TRIM_FRONT):
            kept.append(_Piece(start, end, piece.before))
    return kept


@dataclass(slots=True)
class _Point:
    """A point while it grows."""

    start: int
    end: int
    sign: int = 0  # of its last piece that had one
    size: int = 0
    last: _Judged | None = None

    def grow(self, piece: _Judged) -> None:
        self.end, self.last = piece.end, piece
        self.sign = piece.sign or self.sign
        self.size += piece.size


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in pieces, and what kind of text it is."""

    text: str
    pieces: list[_Judged]
    tells: bool  # a story: turns of mood inside it belong to it
    series: bool  # judgements one after another
    by_semicolon: bool  # semicolons are its full stops

    @classmethod
    def of(cls, text: str, pieces: list[_Judged]) -> _Text:
        n_series = sum(piece.series for piece in pieces)
        n_han = sum(piece.before == "semicolon" for piece in pieces)
        n_sentences = sum(piece.before == "sentence" for piece in pieces)
        wide = bool(pieces) and "\u3400" <= text[pieces[0].start] <= "\u9fff"
        return cls(
            text=text,
            pieces=pieces,
            tells=len(text) > (_STORY // 2 if wide else _STORY),
            series=n_series >= (3 if wide else 2) and 3 * n_series >= 2 * len(pieces),
            by_semicolon=n_han > n_sentences,
        )

    def is_title(self, at: int) -> bool:
        """Whether the first line is a heading of what follows: short, without a full stop, before a longer line."""
        first, second = self.pieces[at - 1], self.pieces[at]
        if at != 1 or first.before == "item" or self.text[first.start : first.end].rstrip()[-1:] in "。！!.;；":
            return False
        line_end = next((p.start for p in self.pieces[at + 1 :] if p.before in ("line", "item")), len(self.text))
        return first.end - first.start <= 80 and 2 * (line_end - second.start) > 3 * (first.end - first.start)

    def apart(self, point: _Point, at: int) -> bool:
        """Whether a piece says something different from the point so far."""
        piece = self.pieces[at]
        if piece.before == "item":
            return True
        adds = piece.before == "add" or _OPENS_WITH_ADD.match(self.text, piece.start) is not None
        if piece.before == "line" and not adds:
            return not (self._runs_on(at) or self.is_title(at))
        if min(piece.size, point.size) < 4:
            return False
        if adds:
            return True
        if piece.before == "semicolon":
            return self.by_semicolon and not piece.goes_on
        if piece.before == "turn":
            return piece.sign * point.sign < 0 and not _NO_SUBJECT.match(self.text, piece.start, piece.end)
        return not piece.goes_on and self._differs(point, piece)

    def _runs_on(self, at: int) -> bool:
        """Whether a line continues the one before it: it refers back, or the line was only wrapped."""
        piece, previous = self.pieces[at], self.pieces[at - 1]
        stops = self.text[previous.start : previous.end].rstrip()[-1:] in "。！？.!?;；:："
        wrapped = self.text[piece.start].islower() and not stops and previous.size > 12
        return wrapped or _REFERS_BACK.match(self.text, piece.start, piece.end) is not None

    def _differs(self, point: _Point, piece: _Judged) -> bool:
        """Whether a sentence turns from praise to complaint (or back), or judges another subject in a series."""
        if piece.sign * point.sign < 0:
            return not self.tells
        if not (self.series and piece.series):
            return False
        subject = _subject(self.text, piece)
        return bool(subject) and subject not in self.text[point.start : point.end].lower()

    def points(self) -> list[_Point]:
        points: list[_Point] = []
        for at, piece in enumerate(self.pieces):
            opens = at == 1 and piece.before == "item" and self._announces(self.pieces[0])
            if points and opens and _INTRODUCES.fullmatch(self.text[points[0].start : points[0].end].strip(_TRIM_FRONT)):
                points.pop()
            if not points or (self.apart(points[-1], at) and not opens):
                points.append(_Point(piece.start, piece.end))
            points[-1].grow(piece)
        return points

    def _announces(self, piece: _Judged) -> bool:
        """Whether what precedes a list only announces it."""
        words = self.text[piece.start : piece.end].strip(_TRIM_FRONT)
        return piece.before != "item" and (piece.size < 16 or _INTRODUCES.fullmatch(words) is not None)


def _trimmed(text: str, point: _Point, first: bool) -> Span:
    """The span without its cue, white space, and marks at the edges."""
    start, end = point.start, point.end
    if not first and (cue := _LEAD.match(text, start, end)) and cue.end() < end:
        start = cue.end()
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip(_TRIM_FRONT))
    return Span(start, start + len(text[start:end].rstrip(_TRIM_BACK)))


def _whole(text: str) -> list[Span]:
    body = text.strip()
    if not body:
        return []
    start = text.index(body)
    return [Span(start, start + len(body))]


def split(text: str, lang: str = "auto") -> list[Span]:
    """The points a text makes.

    Parameters
    ----------
    text : str
        As written.
    lang : str
        Accepted for the pipeline's sake; the rules of all languages hold at once, since people mix them.

    Returns
    -------
    list of Span
        In order, not overlapping, within the text, without white space or list marks at their edges. What is in no
        span is white space, punctuation, a list mark, a greeting, thanks or a cue. Empty where nothing is said.

    Notes
    -----
    Deterministic; time is linear in the length. A text without any sign of a boundary, the common case, costs one
    search.
    """
    if not _MAYBE.search(text):
        return _whole(text)
    pieces = [_judged(text, piece) for piece in _without_courtesy(text, _pieces(text))]
    points = _Text.of(text, pieces).points()
    return [_trimmed(text, point, first=len(points) == 1) for point in points]
