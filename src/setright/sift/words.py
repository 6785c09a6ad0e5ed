"""Words of a text with their places: what titles and keywords are made of.

Not a stage: only `name` leans on it. Chinese is segmented by jieba's dictionary and hidden Markov model, everything
else by letters between spaces. Nothing is written, logged or fetched.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, NamedTuple

HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN: Final = re.compile(rf"[{HAN}]+|[^\W\d_{HAN}]+(?:['’-][^\W\d_{HAN}]+)*")
_HAN: Final = re.compile(rf"[{HAN}]")


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


STOP: Final[dict[str, frozenset[str]]] = {
    "en": _listed(
        """
        a about above after again all almost already also although always am an and any anyone anything are aren't
        as at away be because been before being between both but by can can't cannot come could couldn't did didn't
        do does doesn't doing don't done down during each either else enough etc even ever every everyone
        everything few for from get gets getting give given go goes going gone got had hadn't has hasn't have
        haven't having he hello help her here hers hey hi him his how however i i'd i'll i'm i've if in into is
        isn't it it's its itself just keep know last least less let let's like lot lots made make makes making many
        may maybe me might more most much must my myself need needs never no nobody none not nothing now of off
        often ok okay on once one only onto or other others our ours out over own per please possible put quite
        rather really regarding said same say see seem seems shall she should shouldn't since so some someone
        something still such sure take tell than thank thanks that that's the their theirs them then there there's
        these they they're thing things think this those though through to today together told too try trying two
        under until up upon us use used using very via want wanted was wasn't way we we're well went were weren't
        what what's whatever when where whether which while who whole whom whose why will wish with within without
        won't wonder would wouldn't yes yet you you're your yours yourself able around back day days dont didnt
        doesnt cant wont isnt im ive thats whats wasnt couldnt good great kind look new next people really right
        time times work year years able
        """
    ),
    "de": _listed(
        """
        aber alle als am an auch auf aus bei bin bis bitte da damit dann das dass dem den der des die dies diese
        dieser doch dort durch ein eine einem einen einer eines er es etwas für gegen gibt habe haben hat hier hier
        ich ihr im immer in ist ja kann kein keine können man mehr mein meine mit muss nach nicht noch nur ob oder
        ohne schon sehr sein seine ihr ihre ihren sonst sodass wer sofort dazu daher deshalb sollen sollten müssen
        soll sich sie sind so sollte über um und uns unter vom von vor war was wenn werden wie wieder wir wird wo
        zu zum zur
        """
    ),
    "fr": _listed(
        """
        au aux avec ce ces cette dans de des du elle en est et il ils je la le les leur lui mais me mes moi mon ne
        nos notre nous on ou par pas plus pour qu que qui sa se ses si son sont sur très tout un une vos votre vous
        y a été être
        """
    ),
    "es": _listed(
        """
        al como con de del desde donde el ella en era es esta este hay la las le lo los más me mi muy no nos o para
        pero por porque que se ser si sin sobre son su sus también te tiene un una y ya
        """
    ),
    "it": _listed(
        """
        al alla anche che chi ci come con da dal del della di e essere gli ha il in io la le lo ma mi molto nel non
        per perché più questo se si sono su un una
        """
    ),
    "nl": _listed(
        """
        aan als bij dat de deze die dit door een en er geen heb het hij hoe ik in is je kan maar met mijn naar niet
        nog of om onze ook op te tot uit van veel voor was wat we wel wij worden zijn zo
        """
    ),
    "pt": _listed(
        """
        ao as com como da das de do dos e é ela ele em eu foi isso mais mas me muito na não nas no nos o os ou para
        pela pelo por que se sem ser seu são sua tem um uma
        """
    ),
}
"""Words that carry no matter of their own; also how a language in Latin letters is told."""

ZH_STOP: Final = _listed(
    """
        一下 一个 一些 一样 一直 一点 一种 一般 一次 一定 一起 上面 下面 不会 不是 不能 不要 不到 不了 不够 不让
        不知 之前 之后 以后 以前 以及 事情 什么 什么样 他们 你们 你好 您好 我们 大家 自己 人家 这个 那个 这里 那里
        这样 那样 这么 那么 这种 那种 这些 那些 还是 还有 还要 就是 就要 但是 可是 可以 可能 因为 所以 如果 而且
        或者 然后 现在 已经 目前 今天 昨天 明天 今年 去年 每天 每次 时候 时间 情况 问题 方面 地方 东西 感觉 觉得
        认为 希望 建议 反映 咨询 请问 投诉 举报 求助 谢谢 感谢 麻烦 尊敬 领导 书记 市长 县长 市民 居民 群众 老百姓
        百姓 人员 相关 有关 部门 单位 政府 进行 需要 应该 能够 能否 是否 是不是 有没有 没有 没人 有人 怎么 怎样
        怎么办 怎么样 如何 为什么 为何 哪里 多少 几个 真的 非常 特别 比较 十分 太多 很多 许多 所有 全部 其他 另外
        只有 只能 只是 不过 不仅 虽然 由于 关于 对于 根据 按照 通过 作为 本人 先生 女士 的话 来说 说是 知道 告诉
        看到 听说 出来 起来 过来 回来 上去 下来 进去 下去 一年 两年 多年 几年 三年 半年 几天 一天 两天 一月 有点
        不想 不好 有些 得到 直接 根本 到底 究竟 竟然 居然 并且 甚至 从来 尤其 各种 各位 任何 每个 为了 属于 无 元
        号 点 年 月 日 这边 那边 咱们 俺们 一边 这是 那是 都是 不行 不然 不用 的的 一遍 一句 找 好好 里面 外面 三个
        两个 四个 五个 十个
        """
)

_FUNCTION_TAGS: Final = tuple("rupcdmqeoyxwtk")
"""The first letter of jieba's tags of pronouns, particles, prepositions, adverbs, numbers and the like."""


class Word(NamedTuple):
    """A word as counted (`key`) and as written (`form`), at [start, end) of the text."""

    key: str
    form: str
    start: int
    end: int


@dataclass(frozen=True)
class Segmenter:
    """Cuts texts into words.

    jieba is loaded at the first Chinese run (0.8 s, 120 MB), from the dictionary in its package, without the cache
    file its own initialisation would leave in the temp folder.
    """

    _keys: dict[str, str] = field(default_factory=dict)

    def words(self, text: str) -> list[Word]:
        """All words in order, stop words included; O(len(text)), about 150,000 Chinese characters a second."""
        return list(self._words(text))

    def is_matter(self, word: Word) -> bool:
        """Whether a word can say what a problem is about: no function word, number or single Chinese character."""
        if is_han(word.form[0]):
            return len(word.form) > 1 and word.form not in ZH_STOP and self._tag(word.form)[:1] not in _FUNCTION_TAGS
        return len(word.form) > 2 and not any(word.form in stop for stop in STOP.values())

    def is_predicate(self, word: Word) -> bool:
        """Whether a Chinese word is a verb or an adjective by the dictionary."""
        return is_han(word.form[0]) and self._tag(word.form)[:1] in ("v", "a", "z", "i", "l")

    def is_noun(self, word: str) -> bool:
        """Whether a Chinese word can stand alone as a label; true of any word in other scripts."""
        return not is_han(word[0]) or self._tag(word)[:1] in ("n", "v", "")

    def _tag(self, word: str) -> str:
        return self._jieba.tags.get(word, "")

    def _words(self, text: str) -> Iterator[Word]:
        for run in _RUN.finditer(text):
            if not is_han(run[0][0]):
                form = run[0].casefold().replace("’", "'").removesuffix("'s")
                yield Word(self._key(form), form, *run.span())
                continue
            at = run.start()
            for piece in self._jieba.cut(run[0]):
                yield Word(piece, piece, at, at + len(piece))
                at += len(piece)

    def _key(self, form: str) -> str:
        key = self._keys.get(form)
        if key is None:
            key = self._keys[form] = stem(form)
        return key

    @property
    def _jieba(self) -> _Jieba:
        return _loaded()


@cache
def _loaded() -> _Jieba:
    return _Jieba.load()


@dataclass(frozen=True)
class _Jieba:
    cut: Callable[[str], Iterator[str]]
    tags: dict[str, str]

    @classmethod
    def load(cls) -> _Jieba:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its regular expressions have escapes that Python 3.12 warns of
            import jieba  # noqa: PLC0415 -- a second and 120 MB that a run without Chinese does not pay
        logging.getLogger("jieba").setLevel(logging.CRITICAL)
        tokenizer = jieba.Tokenizer()
        with tokenizer.get_dict_file() as lines:
            tags = _tags(lines)
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
        tokenizer.initialized = True  # else it would read, or write, jieba.cache in the temp folder
        return cls(tokenizer.cut, tags)


def _tags(lines: Any) -> dict[str, str]:
    """Each dictionary word's part of speech; a word listed without one has none."""
    entries = (line.decode("utf-8").split() for line in lines)
    return {entry[0]: entry[2] for entry in entries if len(entry) > 2}


def is_han(char: str) -> bool:
    return _HAN.match(char) is not None


def language(text: str, words: list[Word]) -> str:
    """`zh` where a third of the letters are Han, else the language whose stop words are hit most, else `en`."""
    n_han = len(_HAN.findall(text))
    if n_han and 3 * n_han >= sum(map(str.isalpha, text)):
        return "zh"
    hits = {lang: sum(word.form in stop for word in words) for lang, stop in STOP.items()}
    return max(hits, key=hits.__getitem__)


def stem(form: str) -> str:
    """The part an English word shares with its plural and tenses (rough: only used to count them as one).

    Examples
    --------
    >>> [stem(form) for form in ("charges", "charged", "charging", "stopped", "queues")]
    ['charg', 'charg', 'charg', 'stop', 'queu']
    """
    for ending, rest in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if form.endswith(ending) and len(form) > len(ending) + 2 and not form.endswith(("ss", "us", "is")):
            form = form[: -len(ending)] + rest
            break
    for ending in ("ing", "ed"):
        if form.endswith(ending) and len(form) > len(ending) + 2:
            form = form[: -len(ending)]
            if form[-1] == form[-2] and form[-1] not in "lsz":
                form = form[:-1]
            break
    return form[:-1] if form.endswith("e") and len(form) > 3 else form
