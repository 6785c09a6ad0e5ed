"""One text into the points it makes.

A point is a different thing said, not a sentence. So a text is cut wherever a boundary is possible (sentences, lines,
list marks, cues), courtesies are set aside, and the pieces are joined again except where something shows that a
different thing begins: a list mark, a line of its own, an additive cue ("also", "另外"), a turn from praise to
complaint, or one short judgement after another. Nothing is learnt from data.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from setright.intake.courtesy import GREETING_LATIN, GREETING_ZH, THANKS_LATIN, THANKS_ZH, courtesy, may_hold_courtesy
from setright.intake.personal import signatures
from setright.sift.splitting.listmark import list_marks
from setright.sift.splitting.mood import mood


class Span(NamedTuple):
    """Where a point stands: code points of the text as written, the end exclusive."""

    start: int
    end: int


class _Piece(NamedTuple):
    """A stretch between two possible boundaries, and what deciding needs to know of it."""

    start: int
    end: int
    before: str  # the boundary before it, a key of _RANK
    size: int = 0  # ideographs, and two for a word
    sign: int = 0
    goes_on: bool = False
    series: bool = False  # a short judgement of a subject of its own, as in a list told in sentences


_RANK: Final = {"start": 0, "sentence": 1, "semicolon": 2, "turn": 3, "add": 4, "line": 5, "item": 6}
_WIDE: Final = "\u3400-\u9fff"
_BREAKS: Final = "\r\n\x0b\x0c\x85\u2028\u2029"
_ENDS: Final = "。！？!?；;…."
_SPACES: Final = "".join(char for char in map(chr, range(0x3001)) if char.isspace())
_TRIM_FRONT: Final = f"{_SPACES},，.…。;；:：!！?？、·•*–—-"
_FRONT: Final = re.compile(r"(?:[\s,，。;；:：!！?？、·•…]+|[.*–—-]+(?=[\s.*–—-]|$))*")
_TRIM_BACK: Final = f"{_SPACES},，、;；:："

# -------------------------------------------------------------------------------------------------------- where to cut

_ADD_ZH: Final = (
    r"另外(?:就是|一点|一个)?|此外|除此之外|还有(?:就是|一点|一个|个)|再就是|再者|再有|还有(?=[，,：:])|其次|其二|"
    r"其三|另(?=[，,])|最后一点|"
    r"与此同时(?=[，,])|还想反映|还想说"
)
# "also" in German means "so"; the words after it tell the two apart
_ALSO: Final = (
    r"(?:and )?also\b(?! (?:weg|ich|wir|man|das|der|die|es|ist|sind|bitte|muss|kann|wenn|dann|nicht|auch|einfach|"
    r"mein|ein|im|für|mit|auf)\b)"
)
_ADD_LATIN: Final = (
    rf"(?:{_ALSO}|(?:in addition|additionally|another (?:thing|point|issue|problem|suggestion|concern|complaint)|"
    rf"secondly|thirdly|fourthly|"
    r"furthermore|moreover|on top of (?:that|this)|one more thing|other than that|apart from that|lastly|außerdem|"
    r"ausserdem|zudem|zusätzlich|"
    r"darüber hinaus|des weiteren|ferner|zweitens|drittens|ein weiterer punkt)\b)"
)
_TURN_ZH: Final = "但是|但|不过|可是|然而|只是|就是"
_TURN_LATIN: Final = r"(?:but|however|although|though|aber|jedoch|allerdings)\b"

_END: Final = re.compile(rf"[{_ENDS}{_BREAKS}]+(?:(?<![{_BREAKS}])[\"'”’」』)）》\]]+)?")
_CUE: Final = re.compile(
    rf"[，,](?:(?P<add>\s*(?:{_ADD_ZH}|还有|{_ADD_LATIN}))|(?P<turn>\s*(?:{_TURN_ZH})))|"
    rf"[\s,–—-](?:(?P<turns>{_TURN_LATIN})|(?P<adds>(?<=[–—-]){_ADD_LATIN}))"
)
_OPENS_WITH_ADD: Final = re.compile(rf"[\s\"“]*(?:{_ADD_ZH}|{_ADD_LATIN})")
_LEAD: Final = re.compile(
    rf"\s*(?:首先[，,]\s*|firstly,?\s+|(?:{_ADD_ZH}|还有|{_ADD_LATIN})[\s，,：:]*|(?:{_TURN_ZH}|"
    rf"{_TURN_LATIN})[\s，,]+|(?:{_TURN_ZH})(?=\w))"
)
_ABBREVIATION: Final = re.compile(
    r"(?:^|[^\w.])(?:[^\W\d_]|\d{1,2}|[^\W\d_]\.\s?[^\W\d_]|mrs?|ms|dr|prof|st|no|nr|vs|approx|inc|ltd|str|bzw|ca|"
    r"evtl|ggf|inkl|max|min|tel|"
    r"jan|feb|aug|sept|oct|nov|dec)$"
)
# One class first, so that the search skips over everything else; what must follow is told apart behind it.
_INNER: Final = re.compile(
    rf"[。！？!?；;…{_BREAKS}\u2460-\u2473•●■◆▪►.,，\d（(一二三第]"
    rf"(?:(?<=[。！？!?；;…{_BREAKS}\u2460-\u2473•●■◆▪►])|(?<=\.)[\s\"'”’)\].…]|(?<=\d)\s?[、．)）]|"
    rf"(?<=[（(])[\d一二三]|(?<=[一二三])[、是]|(?<=第)一|"
    r"(?<=[，,])\s*(?:[另还再其此除但]|不过|可是|然而|只是|就是|最后一|与此|also|and also|in add|another|secon|furth|"
    r"more|on top|one more|außer|zud))"
)
_INNER_WORDS: Final = (" but ", " however", " although", " though", " aber ", " jedoch", " allerdings", "first")


# -------------------------------------------------------------------------------------------------------------- pieces


def _kind_of_end(low: str, found: re.Match[str]) -> str | None:
    """The boundary a run of stops or line breaks makes; None for the stop of an abbreviation or a number."""
    run, end = found[0], found.end()
    if any(char in _BREAKS for char in run):
        return "line"
    if run[0] == "." and len(run.rstrip("\"'”’)]")) == 1:
        if end < len(low) and not low[end].isspace():
            return None
        return None if _ABBREVIATION.search(low[max(0, found.start() - 8) : found.start()]) else "sentence"
    return "semicolon" if run[0] in ";；" else "sentence"


_NESTED: Final = 600  # characters up to which a list within a list is cut too; beyond, its items are details


def _cuts(low: str) -> Iterator[tuple[int, int, str]]:
    """Every possible boundary as (end of what is before, start of what is after, kind)."""
    for start, end in list_marks(low, nested=len(low) <= _NESTED).items():
        yield start, end, "item"
    for found in _END.finditer(low):
        if kind := _kind_of_end(low, found):
            yield found.end(), found.end(), kind
    for found in _CUE.finditer(low):
        yield found.start() + 1, found.start() + 1, str(found.lastgroup).removesuffix("s")


def _cut(low: str) -> Iterator[_Piece]:
    """The text cut at every possible boundary; an empty piece hands the stronger boundary on."""
    start, before = 0, "start"
    for end, next_start, kind in [*sorted(_cuts(low)), (len(low), len(low), "sentence")]:
        inner = low[start:end]
        if inner.strip(_TRIM_FRONT):
            yield _Piece(end - len(inner.lstrip()), end, before)
            before = kind
        elif _RANK[kind] > _RANK[before]:
            before = kind
        start = max(start, next_start)


_HEAD: Final = re.compile(
    rf"(?:(?:{GREETING_ZH})[\s，,：:！!。、~]+)+|(?:{GREETING_LATIN})(?:\s*[,.!:;–-]+\s*|\s*[\r\n]+)|"
    rf"dear(?: [\w.'-]+){{1,4}}(?:\s*,\s+|\s*,?$)"
)
_TAIL: Final = re.compile(
    rf"[\s,，.。;；！!~]+(?:(?:{THANKS_ZH})[\s！!。.,，~]*)+$|[,.;!–-]\s*(?:{THANKS_LATIN})[\s!.,]*$"
)
_TAIL_REACH: Final = 40
_LONGEST_COURTESY: Final = 120


def _without_courtesy(low: str, piece: _Piece) -> _Piece | None:
    """A piece without a greeting at its head and thanks at its tail; None where nothing else is said."""
    start, end = piece.start, piece.end
    if end - start <= _LONGEST_COURTESY and courtesy(low[start:end]) in ("greeting", "thanks"):
        return None
    start = end - len(low[start:end].lstrip(_TRIM_FRONT))
    if head := _HEAD.match(low, start, end):
        start = head.end()
    reach = max(start, end - _TAIL_REACH)
    if tail := _TAIL.search(low[reach:end]):
        end = reach + tail.start()
    return _Piece(start, end, piece.before) if low[start:end].strip(_TRIM_FRONT) else None


_REFERS: Final = (
    r"it|its|it's|this|that|these|those|they|them|their|he|she|his|her|which|who|so|because|and|or|then|therefore|"
    r"hence|otherwise|thus|even|"
    r"especially|instead|dies|das ist|es|sie|er|dadurch|deshalb|daher|dann|denn|und|oder|damit|diese[rsmn]?"
)
_REFERS_ZH: Final = (
    r"这|那|他|她|它|因此|所以|因为|由于|结果|导致|而且|并且|而|若|以至|于是|从而|甚至|特别是|尤其|比如|例如|即|也|"
    r"都|又|就|才|只|却|为什么|为何|难道"
)
_REFERS_BACK: Final = re.compile(rf"\W*(?:(?:{_REFERS})\b|{_REFERS_ZH})")
_GOES_ON: Final = re.compile(
    rf"\W*(?:(?:{_REFERS}|if|when|as|such|there|what|why|how|can|could|is|are|do|does|did|will|would|please|i|i'm|"
    rf"i've|my|we|you|your|hier|"
    rf"wenn|man|ich|wir|dort)\b|{_REFERS_ZH}|我|你|您|请问|请|能不能|能否|是否|可否|有没有|可以|如果|谁|何|怎么|希望|"
    rf"建议|恳请|要求|望|后来|之后|"
    r"现在|当时|目前|至今|每|一|问)"
)
_NO_SUBJECT: Final = re.compile(
    rf"\W*(?:{_TURN_LATIN})?,?\s*(?:could|can|is|was|are|were|will|would|did|do|does|has|had|still|not|no|worth|"
    rf"overall|otherwise)\b"
)
_WORD: Final = re.compile(rf"[{_WIDE}]|[^\W_{_WIDE}]+")
_SUBJECT: Final = re.compile(r"\W*(?:(?:the|a|an|some|all|most|no|our|der|die|das|den|ein|eine)\s+)?([^\W\d_]{2,})")
_NO_NOUN_WORDS: Final = """
very really so quite always just only extremely found felt got had made looked did didn was everything everyone overall
highly well
"""
_NO_NOUN: Final = frozenset(_NO_NOUN_WORDS.split())
_SHORT_WIDE: Final = 14
_SHORT: Final = 28  # fourteen words
_SUBSTANTIAL: Final = 4


def _is_wide(low: str, at: int) -> bool:
    return "\u3400" <= low[at] <= "\u9fff"


def _judged(low: str, piece: _Piece) -> _Piece:
    """The piece with everything known of it."""
    inner = low[piece.start : piece.end]
    words = _WORD.findall(inner)
    size = sum(1 if "\u3400" <= word[0] <= "\u9fff" else 2 for word in words)
    sign, plain = mood(inner)
    goes_on = _GOES_ON.match(inner) is not None
    limit = _SHORT_WIDE if words and "\u3400" <= words[0][0] <= "\u9fff" else _SHORT
    series = plain and sign != 0 and not goes_on and _SUBSTANTIAL <= size <= limit and words[0] not in _NO_NOUN
    return _Piece(piece.start, piece.end, piece.before, size, sign, goes_on, series)


# --------------------------------------------------------------------------------------------------------------- joins

_INTRODUCES: Final = re.compile(
    r"(?:\w{0,8}(?:有|提|说|谈|反映)?(?:以下|如下|下面)?(?:几|两|三|四|五|\d)?(?:个|点|条|方面)?(?:的)?(?:建议|意见|"
    r"问题|诉求|想法|看法|情况|需求)(?:如下|有)?|"
    r"(?:my |some |a few |several |the )?(?:following )?(?:suggestions?|comments?|points?|issues?|problems?|"
    r"concerns?|vorschläge|anmerkungen|punkte))"
)
_TITLE: Final = 50
# Sizes (an ideograph one, a word two) beyond which a text tells a story, and beyond which its paragraphs do.
_STORY: Final = 160
_LETTER: Final = 280
_PARAGRAPH: Final = 45


@dataclass(slots=True)
class _Point:
    """A point while it grows."""

    start: int
    end: int
    sign: int = 0  # of its last piece that had one
    size: int = 0

    def grow(self, piece: _Piece) -> None:
        self.end = piece.end
        self.sign = piece.sign or self.sign
        self.size += piece.size


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in pieces, and what kind of text it is."""

    low: str
    pieces: list[_Piece]
    tells: bool  # a story: turns of mood inside it belong to it
    letter: bool  # long paragraphs: a new one goes on with the story
    series: bool  # judgements one after another
    by_semicolon: bool  # semicolons are its full stops

    @classmethod
    def of(cls, low: str, pieces: list[_Piece]) -> _Text:
        befores = [piece.before for piece in pieces]
        n_series = sum(piece.series for piece in pieces)
        n_semicolons = befores.count("semicolon")
        wide = _is_wide(low, pieces[0].start)
        n_lines = 1 + befores.count("line") + befores.count("item")
        size = sum(piece.size for piece in pieces)
        return cls(
            low=low,
            pieces=pieces,
            tells=size > _STORY,
            letter=size > _LETTER and size / n_lines > _PARAGRAPH,
            series=n_series >= (3 if wide else 2) and 3 * n_series >= 2 * len(pieces),
            by_semicolon=n_semicolons > befores.count("sentence") and (wide or n_semicolons > 1),
        )

    def points(self) -> list[_Point]:
        points: list[_Point] = []
        for at, piece in enumerate(self.pieces):
            opens = at == 1 and piece.before == "item" and self._announces()
            if opens and _INTRODUCES.fullmatch(self._inner(self.pieces[0])):
                points.clear()
            if not points or (not opens and self._apart(points[-1], at)):
                points.append(_Point(piece.start, piece.end))
            points[-1].grow(piece)
        return points

    def _inner(self, piece: _Piece) -> str:
        return self.low[piece.start : piece.end].strip(_TRIM_FRONT)

    def _announces(self) -> bool:
        """Whether what precedes a list only announces it."""
        first = self.pieces[0]
        return first.before != "item" and (first.size < 16 or _INTRODUCES.fullmatch(self._inner(first)) is not None)

    def _apart(self, point: _Point, at: int) -> bool:
        """Whether a piece says something different from the point so far."""
        piece = self.pieces[at]
        if piece.before == "item":
            return True
        adds = piece.before == "add" or _OPENS_WITH_ADD.match(self.low, piece.start) is not None
        if piece.before == "line" and not adds:
            return not (self.letter or self._runs_on(at) or self._is_titled(at))
        if min(piece.size, point.size) < _SUBSTANTIAL:
            return False
        return adds or self._differs(point, piece)

    def _differs(self, point: _Point, piece: _Piece) -> bool:
        """Whether a sentence or clause turns from praise to complaint (or back), or judges another subject."""
        turns = piece.sign * point.sign < 0
        if piece.before == "turn":
            return turns and not _NO_SUBJECT.match(self.low, piece.start, piece.end)
        if piece.goes_on:
            return False
        if piece.before == "semicolon":
            return self.by_semicolon
        if turns:
            return not self.tells
        return self.series and piece.series and self._names_other(point, piece)

    def _names_other(self, point: _Point, piece: _Piece) -> bool:
        """Whether the piece begins with a noun the point has not named; shortened, so that its forms agree."""
        found = _SUBJECT.match(self.low, piece.start, piece.end)
        if not found:
            return False
        noun = found[1][:2] if "\u3400" <= found[1][0] <= "\u9fff" else found[1][:5]
        return noun not in self.low[point.start : point.end]

    def _runs_on(self, at: int) -> bool:
        """Whether a line continues the one before it: it refers back, or the line was only wrapped."""
        piece, previous = self.pieces[at], self.pieces[at - 1]
        stops = self.low[previous.start : previous.end].rstrip()[-1:] in "。！？.!?;；:："
        wrapped = not stops and previous.size > 16 and piece.size > 2 and not _is_wide(self.low, piece.start)
        return wrapped or _REFERS_BACK.match(self.low, piece.start, piece.end) is not None

    def _is_titled(self, at: int) -> bool:
        """Whether the line before is a heading of this one: the first, short, without a full stop, and shorter."""
        first, second = self.pieces[at - 1], self.pieces[at]
        stops = self.low[first.start : first.end].rstrip()[-1:] in "。！!.;；"
        if at != 1 or first.before == "item" or first.size > _TITLE or stops:
            return False
        line = second.size
        for piece in self.pieces[at + 1 :]:
            if piece.before in ("line", "item"):
                break
            line += piece.size
        return 2 * line > 3 * first.size


def _span(text: str, low: str, point: _Point, alone: bool) -> Span:
    """The span without its cue, white space, and marks at the edges."""
    start, end = point.start, point.end
    if not alone and (cue := _LEAD.match(low, start, end)) and cue.end() < end:
        start = cue.end()
    return _bounds(text, start, end)


def _bounds(text: str, start: int, end: int) -> Span:
    """The stretch without white space and loose punctuation; a stop or dash that begins a word (".NET", "-5") stays."""
    front = _FRONT.match(text, start, end)
    start = front.end() if front else start
    return Span(start, start + len(text[start:end].rstrip(_TRIM_BACK)))


def _only_signs(low: str, piece: _Piece, signed: list[tuple[int, int]]) -> bool:
    """Whether a piece is no more than a signature, or what one begins with."""
    at = bisect(signed, (piece.start, len(low))) - 1
    return at >= 0 and piece.start + len(low[piece.start : piece.end].rstrip(_TRIM_FRONT)) <= signed[at][1]


def _whole(text: str) -> list[Span]:
    span = _bounds(text, 0, len(text))
    return [span] if span.start < span.end else []


_FULL_WIDTH: Final = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
_HALF_WIDTH: Final = {
    code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}


def _lowered(text: str) -> str:
    """The text in lower case and half width, every character where it was."""
    low = text.lower()
    if len(low) != len(text):  # a capital whose small form is two code points would shift every offset
        low = text
    if not low.isascii() and _FULL_WIDTH.search(low):
        low = low.translate(_HALF_WIDTH)
    return low


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
        span is white space, punctuation, a list mark, a greeting, thanks, a signature or a cue. Empty where nothing
        is said.

    Notes
    -----
    Deterministic; time is linear in the length. A text without any sign of a boundary, the common case, costs two
    searches.
    """
    low = _lowered(text)
    body = low.rstrip(_TRIM_FRONT)
    courteous = may_hold_courtesy(low)
    if not courteous and not _INNER.search(body) and not (" " in low and any(map(low.__contains__, _INNER_WORDS))):
        return _whole(text)
    kept = (_without_courtesy(low, piece) for piece in _cut(low)) if courteous else _cut(low)
    signed = signatures(text)
    pieces = [_judged(low, piece) for piece in kept if piece and not _only_signs(low, piece, signed)]
    if not pieces:
        return []
    points = _Text.of(low, pieces).points()
    spans = (_span(text, low, point, alone=len(points) == 1) for point in points)
    return [span for span in spans if span.start < span.end]
