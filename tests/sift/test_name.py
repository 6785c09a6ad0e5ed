"""Titles, keywords, quotes and theme labels."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setright.sift.errors import SiftError
from setright.sift.name import _fair_share, central, name, verdict
from setright.sift.title import MAX_HAN, cased, clauses, length
from setright.sift.words import Segmenter, language, stem

WATER = ["五楼以上早晚没水，洗澡都成问题", "水压太低，热水器打不着火", "我家住六楼，水压不够", "老小区水压低没人管"]
BUS = [
    "末班车太早，夜班的人回不了家",
    "晚上八点以后没有公交车",
    "你好，请问末班车能不能晚一点？",
    "公交收车太早，下班只能打车",
]
CARD = ["Hi, my card still hasn't arrived.", "The card never arrived in the post", "Card delivery takes too long"]


def named(groups, *, namer=None, theme=None, submissions=None):
    """Names of groups of texts whose vectors are one direction a group, the first text the most central."""
    texts = [text for group in groups for text in group]
    problem = np.repeat(np.arange(len(groups)), [len(group) for group in groups]).astype(np.int32)
    vectors = np.zeros((len(texts), len(groups) + len(texts)), np.float32)
    vectors[np.arange(len(texts)), problem] = 1
    within = np.concatenate([np.arange(len(group)) for group in groups])
    vectors[np.arange(len(texts)), len(groups) + np.arange(len(texts))] = 0.1 * within
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    centroids = np.eye(len(groups), vectors.shape[1], dtype=np.float32)
    counts = np.ones(len(texts), np.int64) if submissions is None else np.array(submissions)
    return name(problem, vectors, centroids, lambda at: [texts[i] for i in at], counts, theme=theme, namer=namer)


def best(text):
    segmenter = Segmenter()
    return max(clauses(text, segmenter.words(text), segmenter), key=lambda clause: clause.fitness).text


@dataclass
class Scripted:
    answers: list
    name: str = "scripted"
    asked: list = field(default_factory=list)
    expected: list = field(default_factory=list)

    def expect(self, *, n_problems, n_characters):
        self.expected.append((n_problems, n_characters > 0))

    def propose(self, *, keywords, quotes, lang):
        self.asked.append((list(quotes), lang))
        answer = self.answers.pop(0)
        if answer is OSError:
            raise SiftError("nobody answers")
        return answer


def test_name_gives_titles_people_wrote():
    names = named([WATER, BUS, CARD])

    assert names.titles == ["水压太低，热水器打不着火", "公交收车太早，下班只能打车", "Card delivery takes too long"]


def test_name_gives_keywords_that_set_a_problem_apart():
    names = named([WATER, BUS, CARD])

    assert [words[0] for words in names.keywords] == ["水压", "末班车", "card"]


def test_name_quotes_every_text_of_a_small_problem_once():
    names = named([WATER, BUS, CARD])

    assert [sorted(quotes) for quotes in names.quotes] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]


def test_quotes_span_the_problem():
    """Of two kinds of texts in one problem both are quoted, though the second kind is rare."""
    texts = [f"楼上第{n}户早晚没有水用" for n in "一二三四五六七八九十零"] + ["水管漏了整整两个月没人来修"]
    vectors = np.tile(np.array([1, 0], np.float32), (12, 1))
    vectors[11] = [0.6, 0.8]

    names = name(np.zeros(12, int), vectors, vectors[:1], lambda at: [texts[i] for i in at], np.ones(12, int))

    assert names.quotes[0][:2] == [0, 11]
    assert len(set(names.quotes[0])) == 5


def test_name_never_gives_one_title_twice():
    names = named([["水压太低没人管"] * 2 + ["顶楼没水"], ["水压太低没人管"] * 2 + ["井盖响"], ["水压太低没人管"]])

    assert len(set(names.titles)) == 3


def test_name_lets_the_larger_problem_keep_the_title():
    groups = [["水压太低没人管", "水压太低"], ["水压太低没人管", "水压太低"]]

    names = named(groups, submissions=[1, 1, 5, 5])

    assert names.titles[1] == "水压太低没人管"
    assert names.titles[0] != names.titles[1]


def test_name_labels_themes_by_their_words():
    names = named([WATER, BUS, CARD], theme=np.array([0, 0, 1], np.int32))

    assert names.themes[0].split("、")[0] in {"水压", "末班车"}
    assert names.themes[1].startswith("Card")


def test_name_of_nothing_is_nothing():
    empty = np.empty((0, 4), np.float32)

    names = name(np.empty(0, np.int32), empty, empty, lambda at: [], np.empty(0, np.int64), theme=np.empty(0, np.int32))

    assert (names.titles, names.keywords, names.quotes, names.themes) == ([], [], [], [])


def test_name_of_texts_without_words_shows_the_text():
    assert named([["？？？"], ["12345"]]).titles == ["？？？", "12345"]


def test_name_skips_texts_in_no_problem():
    vectors = np.eye(3, dtype=np.float32)

    names = name(np.array([-1, 0, -1]), vectors, vectors[1:2], lambda at: ["水压太低没人管"] * len(at), np.ones(3, int))

    assert (names.titles, names.quotes) == (["水压太低没人管"], [[1]])


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("请问一下，末班车能不能晚一点？", "末班车能不能晚一点"),
        ("尊敬的王书记：您好！我想反映一下小区水压太低的问题。谢谢！", "小区水压太低"),
        ("关于青石桥长期封闭不开放的投诉", "青石桥长期封闭不开放"),
        ("Hi there, I just wanted to say that the bus is always late. Thanks!", "the bus is always late"),
        ("Can you please tell me why my card was declined?", "why my card was declined"),
        ("医生水平没得说，护士也和气，就是做个检查要排十几天", "做个检查要排十几天"),
        ("反映一下，末班车太早了", "末班车太早了"),
        ("我觉得食堂的菜太凉了啊！！！", "食堂的菜太凉了"),
    ],
)
def test_clauses_leave_greetings_and_fillers(text, title):
    assert best(text) == title


def test_clauses_cut_a_long_text_to_its_room():
    text = "我们小区从去年三月份开始就一直没有正常供水而且物业和自来水公司互相推来推去谁也不给解决" * 3

    assert 0 < length(best(text)) <= 1


@settings(deadline=None)  # the first text pays for the dictionary
@given(st.text(max_size=400))
def test_clauses_fit_and_never_fail(text):
    segmenter = Segmenter()
    for clause in clauses(text, segmenter.words(text), segmenter):
        assert 0 < length(clause.text) <= 1
        assert clause.text == clause.text.strip()
        assert 0 <= clause.start <= clause.end <= len(text)


def test_length_counts_letters_as_half_a_han_character():
    assert length("水" * MAX_HAN) == 1
    assert length("水" * (MAX_HAN - 1) + "ab") == 1


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("my card", "My card"),
        ("THE BUS IS ALWAYS LATE", "The bus is always late"),
        ("can i pay", "Can I pay"),
        ("5G 慢", "5G 慢"),
    ],
)
def test_cased_begins_with_a_capital(title, shown):
    assert cased(title) == shown


@pytest.mark.parametrize(
    ("answer", "judged"),
    [
        ("末班车太早", "accepted"),
        (None, "no answer"),
        ("末班车太早\n夜班回不了家", "more than one line"),
        ("末班车" * 20, "too long"),
        ("=末班车太早", "markup or a formula"),
        ("抱歉，我无法回答", "a refusal or talk"),
        ("The last bus is too early", "another language"),
        ("末班车 21 点就收", "a number nobody said"),
    ],
)
def test_verdict_tells_why_a_proposal_is_not_taken(answer, judged):
    assert verdict(answer, quotes=["末班车 20:40 就收了"], lang="zh") == judged


def test_verdict_refuses_a_name_nobody_said():
    assert verdict("Card from Barclays never came", quotes=["my card never came"], lang="en") == "a name nobody said"


def test_namer_replaces_titles_that_pass_and_logs_every_answer():
    namer = Scripted(["水压太低", "公交 99 路停了", "水压太低"])

    names = named([WATER, BUS, WATER[::-1]], namer=namer)

    assert names.titles[:2] == ["水压太低", "公交收车太早，下班只能打车"]
    assert [entry["verdict"] for entry in names.log] == ["accepted", "a number nobody said", "another problem's title"]
    assert [entry["answer"] for entry in names.log] == ["水压太低", "公交 99 路停了", "水压太低"]
    assert [lang for _, lang in namer.asked] == ["zh"] * 3
    assert namer.expected == [(3, True)]


def test_namer_is_not_asked_again_after_three_failures():
    groups = [[f"第{n}条路的灯坏了"] for n in "一二三四五"]
    namer = Scripted([OSError] * 5)

    names = named(groups, namer=namer)

    assert len(namer.asked) == 3
    assert names.titles == named(groups).titles
    assert [entry["verdict"][:9] for entry in names.log] == ["failed: n"] * 3 + ["not asked"] * 2


def test_central_orders_by_cosine_and_ties_by_index():
    vectors = np.array([[0.6, 0.8], [1, 0], [1, 0], [0, 1]], np.float32)

    members = central(vectors, np.array([0, 0, 0, 1]), np.array([[2, 0], [0, 3]], np.float32))

    assert members.of(0).tolist() == [1, 2, 0]
    assert members.of(1).tolist() == [3]
    np.testing.assert_allclose(members.cosines(0), [1, 1, 0.6], rtol=1e-6)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20), st.integers(1, 500))
def test_fair_share_is_the_largest_that_stays_within(sizes, total):
    sizes = np.array(sizes, np.int64)
    share = _fair_share(sizes, total)

    assert np.minimum(sizes, share).sum() <= max(total, np.minimum(sizes, 1).sum())
    if sizes.sum() > total:
        assert np.minimum(sizes, share + 1).sum() > total


def test_language_of_a_text_is_told_by_its_letters_and_stop_words():
    segmenter = Segmenter()
    texts = ["水压太低", "the bus is late", "Der Bus ist immer zu spät", "WIFI 连不上", "12345"]

    assert [language(text, segmenter.words(text)) for text in texts] == ["zh", "en", "de", "zh", "en"]


@pytest.mark.parametrize(
    "forms", [("charge", "charges", "charged", "charging"), ("stop", "stops", "stopped", "stopping")]
)
def test_stem_is_shared_by_tenses_and_plural(forms):
    assert len({stem(form) for form in forms}) == 1


def test_words_know_their_places():
    text = "WiFi连不上，my card’s PIN"

    words = Segmenter().words(text)

    assert [text[word.start : word.end].casefold()[: len(word.form)] for word in words] == [word.form for word in words]


def test_segmenting_writes_and_says_nothing(tmp_path):
    """In a process of its own: jieba's own initialisation leaves a cache in the temp folder and talks to stderr."""
    code = "from setright.sift.words import Segmenter; print([w.form for w in Segmenter().words('末班车太早')])"
    env = {
        **os.environ,
        "TMPDIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=env, capture_output=True, text=True, check=True
    )

    assert (done.stdout, done.stderr) == ("['末班车', '太早']\n", "")
    assert list(tmp_path.iterdir()) == []
