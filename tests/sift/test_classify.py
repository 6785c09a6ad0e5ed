from collections.abc import Sequence

import numpy as np
import pytest

from setright.intake.errors import InputError
from setright.sift.classify import ENOUGH_LABELS, classify, load_labels, load_taxonomy
from setright.sift.errors import SettingsError
from setright.sift.settings import Vectors
from setright.sift.taxonomies import SHIPPED, Category, Taxonomy


class Letters:
    """Vectors of letter pairs: a real, small encoder that needs nothing."""

    name = "letters"

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), 512), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for a, b in zip(f" {text}", f"{text} ", strict=True):
                row[(ord(a) * 31 + ord(b)) % 512] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


SMALL = Taxonomy(
    {"en": "Small"},
    (
        Category(
            "roads", {"en": "Roads"}, ("Streets and bridges",), ("pothole",), ("The road is broken", "Mend the bridge")
        ),
        Category("food", {"en": "Food"}, (), (), ("The soup was cold", "Meals are bland", "No vegetables at lunch")),
    ),
)

GOOD = """
name: {en: Mine}
categories:
  - code: a
    name: {en: A}
    description: {en: First things}
    words: {en: [no, on]}
    examples: {en: [one thing, two things]}
  - code: b
    name: {en: B}
    parent: a
    examples: {en: [another]}
"""


def written(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


# --------------------------------------------------------------------------------------------------------- taxonomies


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_taxonomy_speaks_both_languages(name):
    taxonomy = load_taxonomy(name)

    assert len(taxonomy.codes) == len(set(taxonomy.codes))
    assert {tuple(sorted(category.name)) for category in taxonomy.categories} == {("en", "zh")}
    assert min(len(category.examples) for category in taxonomy.categories) >= 20
    assert {len(category.description) for category in taxonomy.categories} == {2}


def test_shipped_taxonomies_have_the_expected_categories():
    assert load_taxonomy("four-winds").codes == ("formalism", "bureaucracy", "hedonism", "extravagance")
    assert 12 <= len(load_taxonomy("public-service").codes) <= 16


def test_taxonomy_from_a_file_keeps_words_that_yaml_takes_for_truth(tmp_path):
    taxonomy = load_taxonomy(written(tmp_path, GOOD))

    assert taxonomy.categories[0].words == ("no", "on")
    assert (taxonomy.categories[1].parent, taxonomy.categories[1].description) == ("a", ())


def test_no_taxonomy_is_none():
    assert load_taxonomy(None) is None


def test_unknown_taxonomy_is_a_setting_that_cannot_be():
    with pytest.raises(SettingsError) as error:
        load_taxonomy("five-winds")

    assert str(error.value) == (
        "no taxonomy 'five-winds': give four-winds or public-service, or the path of a YAML file"
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("code: b", "code: a", "the code a is used twice. Make each code unique."),
        ("code: b", "other: b", "category 2: the key other is not known. "),
        ("parent: a", "parent: z", "category b has the parent z, which is no other category. "),
        ("parent: a", "parent: b", "category b has the parent b, which is no other category. "),
        ("{en: [another]}", "{}", "category 2 (b): the key examples holds no sentence. Give three examples or more."),
        (
            "{en: [another]}",
            "[another]",
            "category 2 (b): the key examples must hold a list of texts for each language. ",
        ),
        ("name: {en: B}", "name: B", "category 2 (b): the key name is missing or holds no text by language. "),
        ("categories:", "kinds:", "the key categories is missing or holds no list. List the categories."),
        ("name: {en: A}", "name: {en: A", ": this is not YAML. Check the indentation and quotes."),
    ],
)
def test_broken_taxonomy_says_what_where_and_what_to_do(tmp_path, old, new, sentence):
    path = written(tmp_path, GOOD.replace(old, new, 1))

    with pytest.raises(InputError) as error:
        load_taxonomy(path)

    assert str(path) in str(error.value)
    assert sentence in str(error.value)


def test_taxonomy_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "gbk.yaml"
    path.write_bytes("name: {zh: 四风}".encode("gbk"))

    with pytest.raises(InputError, match="cannot be read as UTF-8"):
        load_taxonomy(path)


# ------------------------------------------------------------------------------------------------------------ classify


def test_classify_without_a_taxonomy_is_null():
    codes, confidence = classify(["a", "b"], None, Letters())

    assert (codes, confidence.tolist()) == ([None, None], [0, 0])


def test_classify_no_texts_is_empty():
    codes, confidence = classify([], SMALL, Letters())

    assert (codes, confidence.shape, confidence.dtype) == ([], (0,), np.float32)


def test_classify_finds_the_nearest_examples():
    codes, _ = classify(["the road is broken again", "my soup was cold"], SMALL, Letters())

    assert codes == ["roads", "food"]


def test_classify_hears_words_of_a_category():
    codes, _ = classify(["pothole lunch pothole"], SMALL, Letters())

    assert codes == ["roads"]


def test_classify_refuses_what_fits_nothing():
    codes, confidence = classify(["zzqx 9981 jjkw"], load_taxonomy("four-winds"), Letters())

    assert codes == [None]
    assert 0 <= confidence[0] < 0.6


def test_classify_of_the_examples_themselves():
    taxonomy = load_taxonomy("four-winds")
    pairs = [(text, category.code) for category in taxonomy.categories for text in category.examples]
    codes, confidence = classify([text for text, _ in pairs], taxonomy, Letters())

    assert np.mean([code == truth for code, (_, truth) in zip(codes, pairs, strict=True)]) > 0.9
    assert ((confidence >= 0) & (confidence <= 1)).all()


def test_classify_is_deterministic_and_each_text_stands_alone():
    taxonomy, texts = load_taxonomy("four-winds"), ["七个会", "公车私用", "nobody answers the hotline"]
    codes, confidence = classify(texts, taxonomy, Letters())
    alone = [classify([text], taxonomy, Letters()) for text in texts]

    assert codes == [c[0] for c, _ in alone]
    assert confidence.tolist() == pytest.approx([float(p[0]) for _, p in alone], abs=1e-6)


def labels(tmp_path, rows):
    path = tmp_path / "labels.csv"
    path.write_text("text,category\n" + "".join(f"{text},{code}\n" for text, code in rows), encoding="utf-8")
    return path


def test_few_labels_are_further_examples(tmp_path):
    path = labels(tmp_path, [("tariffs on imports", "food")] * 4)

    assert classify(["tariffs on imports"], SMALL, Letters(), path)[0] == ["food"]


def test_many_labels_teach_against_the_examples(tmp_path):
    swapped = [(f"the road is broken {i}", "food") for i in range(ENOUGH_LABELS // 2)]
    swapped += [(f"my soup was cold {i}", "roads") for i in range(ENOUGH_LABELS // 2)]
    codes, confidence = classify(
        ["the road is broken", "my soup was cold"], SMALL, Letters(), labels(tmp_path, swapped)
    )

    assert codes == ["food", "roads"]
    assert (confidence > 0.8).all()


def test_labels_of_an_unknown_category_are_named(tmp_path):
    path = labels(tmp_path, [("a", "food"), ("b", "drink")])

    with pytest.raises(InputError) as error:
        load_labels(path, SMALL)

    assert str(error.value) == f"{path}, row 2: the category 'drink' is not of the taxonomy. Use one of roads, food."


def test_labels_without_their_columns_are_refused(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("text,kind\na,b\n", encoding="utf-8")

    with pytest.raises(InputError, match="lack the column text or category"):
        load_labels(path, SMALL)


def test_labels_that_are_missing_are_refused(tmp_path):
    with pytest.raises(InputError, match="the labelled rows cannot be read"):
        load_labels(tmp_path / "none.csv", SMALL)


def test_labels_keep_codes_as_they_are_written(tmp_path):
    numbered = Taxonomy({"en": "Numbered"}, (Category("01", {"en": "Roads"}, (), (), ("The road is broken",)),))
    path = tmp_path / "labels.csv"
    path.write_text('text,category\n"a hole\nin the road",01\n', encoding="utf-8")
    assert load_labels(path, numbered).text == ("a hole\nin the road",)
