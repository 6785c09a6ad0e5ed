"""Name what was found: a title, keywords and quotes for every problem, and a label for every theme."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from setright.sift.errors import SiftError
from setright.sift.settings import Namer, Vectors
from setright.sift.title import READ, Clause, cased, clauses, length, weigh
from setright.sift.words import Segmenter, Word, is_han, language

Ints = NDArray[np.integer[Any]]
Show = Callable[[NDArray[np.int64]], list[str]]
"""Gives the display text (masked) of distinct texts by index."""

MAX_SAMPLE: Final = 150
"""Most central texts of a problem that are read; what a problem is about is settled long before."""
MAX_TEXTS: Final = 120_000
MAX_CHARACTERS: Final = 1_300_000
"""What is read over all problems: segmenting is the slow part, about 150,000 Chinese characters a second."""
N_CANDIDATES: Final = 24
"""Most central texts of a problem whose clauses may become its title."""
N_KEYWORDS: Final = 8
N_QUOTES: Final = 5
N_POOL: Final = 60
_PRIOR: Final = 500.0
_GIVE_UP: Final = 3
_OPENINGS_EN: Final = ("i can't", "i cannot", "i'm sorry", "sorry", "as an ai", "here is", "here's", "sure", "title:")
_OPENINGS: Final = (*_OPENINGS_EN, "unable to", "抱歉", "对不起", "作为", "我无法", "好的", "标题", "以下是")


@dataclass(frozen=True)
class Names:
    """What `name` found, in the order of the problems and themes given.

    Parameters
    ----------
    titles : list of str
    keywords : list of list of str
        Strongest first, five to eight where the problem has as many.
    quotes : list of list of int
        Indices of texts, the most central first, each next as unlike the ones before as it can be.
    themes : list of str
    log : list of dict
        `problem`, `answer`, `verdict` of every question put to the namer; empty without one.
    """

    titles: list[str]
    keywords: list[list[str]]
    quotes: list[list[int]]
    themes: list[str]
    log: list[dict[str, Any]] = field(default_factory=list)


class Members(NamedTuple):
    """The texts of problem p, most central first: `order[starts[p]:starts[p + 1]]`; and their cosines."""

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    cosine: NDArray[np.float32]

    def of(self, problem: int) -> NDArray[np.int64]:
        return self.order[self.starts[problem] : self.starts[problem + 1]]

    def cosines(self, problem: int) -> NDArray[np.float32]:
        return self.cosine[self.starts[problem] : self.starts[problem + 1]]


@dataclass(frozen=True)
class _Read:
    """What was read of a problem: its sampled texts in order of centrality, their words and languages."""

    indices: list[int]
    shown: list[str]
    words: list[list[Word]]
    langs: list[str]

    @property
    def lang(self) -> str:
        counts = Counter(self.langs)
        return max(sorted(counts), key=counts.__getitem__) if counts else "en"


def name(
    problem: Ints,
    vectors: Vectors,
    centroids: Vectors,
    texts: Show,
    n_submissions: Ints,
    *,
    theme: Ints | None = None,
    namer: Namer | None = None,
) -> Names:
    """Give every problem a title, keywords and quotes, and every theme a label.

    A title is the best clause among the most central texts: close to the centroid, naming what sets the problem
    apart, whole, and saying what is wrong. Keywords are the words with the highest z-score of the log-odds ratio
    against all other problems under an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin'
    Words", section 3.3), counted once per text.

    Parameters
    ----------
    problem : integer array of shape (n,)
        Problem of each distinct text, 0 to k - 1; negative for a text in none. Every problem has a text.
    vectors : float32 array of shape (n, d)
        Rows of length 1.
    centroids : float32 array of shape (k, d)
    texts : callable
        Gives the texts to show by index, masked. Asked for at most `MAX_SAMPLE` per problem and `MAX_TEXTS` in all,
        of which the first `READ` characters are read.
    n_submissions : integer array of shape (n,)
        Of each distinct text; of two problems that would have the same title, the larger keeps it.
    theme : integer array of shape (k,), optional
        Theme of each problem, 0 to t - 1.
    namer : Namer, optional
        Its proposals replace the own titles where they pass `verdict`.

    Returns
    -------
    Names

    Notes
    -----
    Deterministic; ties go to the lower index. 330,000 short Chinese texts in 5,000 problems take about 20 s, most of
    it segmentation; memory is that of the sample.
    """
    segmenter = Segmenter()
    members = central(vectors, problem, centroids)
    read = _read(members, texts, segmenter)
    inside = problem >= 0
    sizes = np.bincount(problem[inside], n_submissions[inside], len(centroids)).astype(np.float64)
    contrast = _Contrast.of(read, np.arange(len(read)), segmenter)
    titles = _titles(members, read, contrast, sizes, segmenter)
    keywords = [contrast.keywords(p, _tell_apart(read[p].lang)) for p in range(len(read))]
    quotes = [_quotes(members, p, read[p], vectors) for p in range(len(read))]
    log: list[dict[str, Any]] = []
    if namer is not None:
        titles, log = _proposed(namer, titles, keywords, quotes, read)
    themes = [] if theme is None else _themes(np.asarray(theme), read, titles, sizes, segmenter)
    return Names(titles, keywords, quotes, themes, log)


def central(vectors: Vectors, problem: Ints, centroids: Vectors) -> Members:
    """Order the texts of every problem by their cosine to its centroid, highest first, ties by index.

    O(n d) time; cosines are summed row by row, so the number of threads cannot change an order.
    """
    inside = np.flatnonzero(np.asarray(problem) >= 0)
    lengths = np.linalg.norm(centroids, axis=1, keepdims=True)
    units = centroids / np.where(lengths > 0, lengths, 1)
    cosine = np.empty(len(inside), np.float32)
    for at in range(0, len(inside), 8192):
        rows = inside[at : at + 8192]
        cosine[at : at + 8192] = np.einsum("ij,ij->i", vectors[rows], units[problem[rows]])
    order = np.lexsort((inside, -cosine, problem[inside]))
    starts = np.searchsorted(problem[inside][order], np.arange(len(centroids) + 1))
    return Members(inside[order], starts.astype(np.int64), cosine[order])


def verdict(answer: str | None, *, quotes: Sequence[str], lang: str) -> str:
    """Judge a proposed title: "accepted", or why it is not.

    A title may not bring in what the quotes do not hold (numbers, names in capitals), must be one line in the
    language of the quotes, and be no markup, formula or refusal.
    """
    if answer is None or not answer.strip():
        return "no answer"
    if len(answer.strip().splitlines()) > 1:
        return "more than one line"
    said = "\n".join(quotes)
    checks = {
        "too long": length(answer) > 1,
        "too short": len(answer) < 4,
        "markup or a formula": answer[0] in "=+-@\t#*<{[`"
        or any(mark in answer for mark in ("**", "```", "</", "http", "|")),
        "a refusal or talk": _is_talk(answer),
        "another language": any(map(is_han, answer)) != (lang == "zh"),
        "a number nobody said": any(number not in said for number in _numbers(answer)),
        "a name nobody said": any(
            word.casefold() not in said.casefold() for word in answer.split()[1:] if word[:1].isupper()
        ),
    }
    return next((reason for reason, fails in checks.items() if fails), "accepted")


def _is_talk(answer: str) -> bool:
    return answer.casefold().lstrip().startswith(_OPENINGS)


def _numbers(answer: str) -> list[str]:
    return "".join(char if char.isdigit() else " " for char in answer).split()


# ---------------------------------------------------------------------------------------------------------- reading


def _read(members: Members, texts: Show, segmenter: Segmenter) -> list[_Read]:
    """The sample of every problem: its most central texts, within what is read over all problems."""
    sizes = np.minimum(np.diff(members.starts), MAX_SAMPLE)
    room = _fair_share(sizes, MAX_TEXTS)
    chosen = [members.of(p)[:room] for p in range(len(sizes))]
    shown = texts(np.concatenate([np.empty(0, np.int64), *chosen]))
    groups, at = [], 0
    for picked in chosen:
        groups.append([text[:READ] for text in shown[at : at + len(picked)]])
        at += len(picked)
    share = _fair_share(np.array([sum(map(len, group)) for group in groups], np.int64), MAX_CHARACTERS)
    return [_segmented(picked, group, share, segmenter) for picked, group in zip(chosen, groups, strict=True)]


def _fair_share(sizes: NDArray[np.integer[Any]], total: int) -> int:
    """The largest share such that all, each taking at most its share, stay within the total; at least 1."""
    if sizes.sum() <= total:
        return int(max(sizes, default=1))
    ordered = np.sort(sizes)
    before = np.concatenate([[0], np.cumsum(ordered)[:-1]])
    shares = (total - before) // np.arange(len(ordered), 0, -1)
    return max(1, int(shares[np.flatnonzero(shares < ordered)[0]]))


def _segmented(picked: Ints, group: list[str], share: int, segmenter: Segmenter) -> _Read:
    """The words of as many texts as the share of characters allows, and of three in any case."""
    ends = np.cumsum([len(text) for text in group])
    n = max(min(3, len(group)), int(np.searchsorted(ends, share, side="right")))
    words = [segmenter.words(text) for text in group[:n]]
    langs = [language(text, found) for text, found in zip(group, words, strict=False)]
    return _Read([int(index) for index in picked[:n]], group[:n], words, langs)


# --------------------------------------------------------------------------------------------------------- contrast


@dataclass(frozen=True)
class _Contrast:
    """For every group, its words of matter by z-score against the other groups, strongest first."""

    ranked: list[list[tuple[str, float, int]]]
    forms: dict[str, str]
    nouns: Callable[[str], bool]

    @classmethod
    def of(cls, read: list[_Read], group: Ints, segmenter: Segmenter) -> _Contrast:
        """Count each word once per text, over the groups that the problems make."""
        ids: dict[str, int] = {}
        forms: dict[str, Counter[str]] = {}
        pairs = [
            (int(group[p]), ids.setdefault(key, len(ids)))
            for p, one in enumerate(read)
            for words in one.words
            for key in _matter(words, forms, segmenter)
        ]
        named = {key: max(sorted(counts), key=counts.__getitem__) for key, counts in forms.items()}
        return cls(_log_odds(pairs, list(ids), int(np.max(group, initial=-1)) + 1), named, segmenter.is_noun)

    def weights(self, group: int) -> tuple[dict[str, float], float]:
        """The positive z-scores by word key, and the sum of the four strongest."""
        strong = {key: z for key, z, _ in self.ranked[group] if z > 0}
        return strong, sum(list(strong.values())[:4])

    def keywords(self, group: int, joint: str, most: int = N_KEYWORDS) -> list[str]:
        """The strongest words, none inside another, said by two texts where enough are."""
        often = [entry for entry in self.ranked[group] if entry[2] > 1 and entry[1] > 0]
        entries = often if len(often) >= 5 else self.ranked[group]
        chosen: list[str] = []
        for key, _, _ in entries:
            form = self.forms[key]
            if not any(form in other or other in form for other in chosen):
                chosen.append(form)
            if len(chosen) == most:
                break
        return chosen


def _tell_apart(lang: str) -> str:
    return "、" if lang == "zh" else ", "


def _matter(words: list[Word], forms: dict[str, Counter[str]], segmenter: Segmenter) -> list[str]:
    """The distinct word keys of a text that can say what it is about, in order; their forms are counted."""
    found = [word for word in words if segmenter.is_matter(word)]
    for word in found:
        forms.setdefault(word.key, Counter())[word.form] += 1
    return list(dict.fromkeys(word.key for word in found))


def _log_odds(pairs: list[tuple[int, int]], keys: list[str], n_groups: int) -> list[list[tuple[str, float, int]]]:
    """Monroe et al. 2008, equations 15, 16, 20 and 22, the prior being the whole corpus scaled to `_PRIOR` words."""
    ranked: list[list[tuple[str, float, int]]] = [[] for _ in range(n_groups)]
    if not pairs:
        return ranked
    codes, counts = np.unique(np.array(pairs, np.int64) @ np.array([len(keys), 1]), return_counts=True)
    group, word = np.divmod(codes, len(keys))
    total = np.bincount(word, counts, len(keys))
    n_of = np.bincount(group, counts, n_groups)
    prior = total * (_PRIOR / total.sum())
    here, there = counts + prior[word], total[word] - counts + prior[word]
    # one more, for the words never seen: where all say one word its odds would be infinite
    n_here, n_there = n_of[group] + _PRIOR + 1, total.sum() - n_of[group] + _PRIOR + 1
    delta = np.log(here / (n_here - here)) - np.log(there / (n_there - there))
    z = delta / np.sqrt(1 / here + 1 / there)
    for at in np.lexsort((word, -np.round(z, 9), group)):
        ranked[group[at]].append((keys[word[at]], float(z[at]), int(counts[at])))
    return ranked


# ----------------------------------------------------------------------------------------------------------- titles


def _titles(
    members: Members, read: list[_Read], contrast: _Contrast, sizes: NDArray[np.float64], segmenter: Segmenter
) -> list[str]:
    """The best clause of each problem; the larger of two chooses first, and none takes a title that is taken."""
    titles = [""] * len(read)
    taken: set[str] = set()
    for p in np.lexsort((np.arange(len(read)), -sizes)):
        best = _candidates(members, int(p), read[p], contrast, segmenter)
        titles[p] = _free(best, contrast.keywords(int(p), ""), taken)
        taken.add(_plain(titles[p]))
    return titles


def _candidates(
    members: Members, p: int, read: _Read, contrast: _Contrast, segmenter: Segmenter
) -> list[tuple[float, str]]:
    """Titles the problem could have with their scores, best first; near its best only."""
    weight, top = contrast.weights(p)
    cosines = members.cosines(p)
    span = float(cosines[0]) or 1.0
    scored: dict[str, float] = {}
    for at in range(min(N_CANDIDATES, len(read.shown))):
        mark_down = 1.0 if read.langs[at] == read.lang else 0.3
        for clause in clauses(read.shown[at], read.words[at], segmenter):
            said = weigh(clause, read.words[at], weight, top)
            score = mark_down * _score(clause, said, float(cosines[at]) / span)
            if score > scored.get(clause.text, 0.0):
                scored[clause.text] = score
    ranked = sorted(((score, text) for text, score in scored.items()), key=lambda pair: -pair[0])
    return ranked or [(0.0, _whole(read))]


def _score(clause: Clause, said: float, near: float) -> float:
    """Being whole counts most, then what it says of the problem, then how central it stands; long ones pay a little."""
    near = max(near, 0.1) ** 2.5
    return clause.fitness * (0.25 + 0.75 * said) * near * (1.0 - 0.2 * length(clause.text) ** 2)


def _whole(read: _Read) -> str:
    """The first text cut to the room there is: for a problem no clause of which can stand alone."""
    text = " ".join(read.shown[0].split()) if read.shown else ""
    while length(text) > 1:
        text = text[:-1]
    return text


def _free(best: list[tuple[float, str]], keywords: list[str], taken: set[str]) -> str:
    """The best title nobody has, unless it is far behind; else the best with a word that tells it apart."""
    for score, text in best[:5]:
        if score >= 0.8 * best[0][0] and _plain(text) not in taken:
            return cased(text)
    own = cased(best[0][1])
    more = [word for word in keywords if word not in _plain(own)] + [str(n) for n in range(2, len(taken) + 3)]
    return next(title for title in (_with(own, word) for word in more) if _plain(title) not in taken)


def _with(title: str, word: str) -> str:
    return f"{title}（{word}）" if any(map(is_han, title)) else f"{title} ({word})".strip()


def _plain(title: str) -> str:
    return "".join(filter(str.isalnum, title.casefold()))


# ----------------------------------------------------------------------------------------------------------- quotes


def _quotes(members: Members, p: int, read: _Read, vectors: Vectors) -> list[int]:
    """Up to five texts that span the problem: farthest first (Gonzalez 1985) among its more central half."""
    order, n_read = members.of(p), len(read.indices)
    pool = list(range(min(n_read, N_POOL, max(12, len(order) // 2))))
    pool = _distinct([at for at in pool if read.langs[at] == read.lang] or pool, read)
    rows = vectors[[read.indices[at] for at in pool]].astype(np.float64)
    quality = np.array([_quotable(read.shown[at]) for at in pool])
    apart = np.ones(len(pool))
    chosen: list[int] = []
    for _ in range(min(N_QUOTES, len(pool))):
        worth = quality * (apart + 0.05 if chosen else members.cosines(p)[pool].clip(0.05))
        worth[chosen] = -1
        chosen.append(int(np.argmax(np.round(worth, 6))))
        apart = np.minimum(apart, 1 - np.einsum("ij,j->i", rows, rows[chosen[-1]])).clip(0)
    return [read.indices[pool[at]] for at in chosen]


def _distinct(pool: list[int], read: _Read) -> list[int]:
    seen: dict[str, int] = {}
    for at in pool:
        seen.setdefault(_plain(read.shown[at]) or read.shown[at], at)
    return list(seen.values())


def _quotable(text: str) -> float:
    """Whether a text reads as something a person said: neither a scrap nor a page."""
    n = sum(2 if is_han(char) else 0.5 if char.isalnum() else 0 for char in text)
    if n < 12:
        return 0.3 + 0.04 * n
    return 1.0 if n <= 160 else max(0.4, 160 / n)


# ----------------------------------------------------------------------------------------------------------- themes


def _themes(
    theme: Ints, read: list[_Read], titles: list[str], sizes: NDArray[np.float64], segmenter: Segmenter
) -> list[str]:
    """Two or three words that set a theme apart; its largest problem's title where it has no words."""
    contrast = _Contrast.of(read, theme, segmenter)
    labels: list[str] = []
    for t in range(int(np.max(theme, initial=-1)) + 1):
        own = np.flatnonzero(theme == t)
        largest = int(own[np.argmax(sizes[own])]) if len(own) else -1
        words = [word for word in contrast.keywords(t, "", 6) if segmenter.is_noun(word)]
        joint = _tell_apart(read[largest].lang if len(own) else "en")
        options = [joint.join(words[:n]) for n in (3, 4, 5, 6)] if len(words) > 1 else [titles[largest]]
        labels.append(_free([(1.0, option) for option in options], words, set(map(_plain, labels))))
    return labels


# ------------------------------------------------------------------------------------------------------------ namer


def _proposed(
    namer: Namer, titles: list[str], keywords: list[list[str]], quotes: list[list[int]], read: list[_Read]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Ask the namer for every title, keep what passes; after three failures in a row it is not asked again."""
    log: list[dict[str, Any]] = []
    final, failed = list(titles), 0
    lengths = [len(one.shown[one.indices.index(index)]) for p, one in enumerate(read) for index in quotes[p]]
    namer.expect(n_problems=len(titles), n_characters=float(np.mean(lengths or [0])))
    for p, one in enumerate(read):
        if failed == _GIVE_UP:
            log.append({"problem": p, "answer": None, "verdict": "not asked: the namer failed three times in a row"})
            continue
        said = [one.shown[one.indices.index(index)] for index in quotes[p]]
        try:
            answer = namer.propose(keywords=keywords[p], quotes=said, lang=one.lang)
        except SiftError as error:
            failed += 1
            log.append({"problem": p, "answer": None, "verdict": f"failed: {error}"})
            continue
        failed = 0
        clean = None if answer is None else answer.strip().strip("\"'“”。.")
        judged = verdict(clean, quotes=said, lang=one.lang)
        if judged == "accepted" and clean is not None and _plain(clean) in map(_plain, final[:p] + final[p + 1 :]):
            judged = "another problem's title"
        if judged == "accepted" and clean is not None:
            final[p] = cased(clean)
        log.append({"problem": p, "answer": answer, "verdict": judged})
    return final, log
