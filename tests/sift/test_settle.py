"""What is heard of an encoder's vectors while they pass."""

import numpy as np
import pytest

from setright.sift.settings import READS
from setright.sift.settle import Heard


class Pointing:
    """Rows of length 1, each along an axis told by the text's length."""

    def __init__(self, name):
        self.name = name

    def encode(self, texts):
        return np.eye(8, dtype=np.float32)[[len(text) % 8 for text in texts]]


READERS = (lambda vectors: vectors.argmax(axis=1), lambda vectors: 2 * vectors)


def test_heard_passes_on_what_the_encoder_says_and_tells_how_many():
    told = []
    heard = Heard(Pointing("any"), told.append, READERS)
    assert heard.encode(["a", "bb"]).tolist() == Pointing("any").encode(["a", "bb"]).tolist()
    assert (heard.name, told) == ("any", [2])


@pytest.mark.parametrize(("name", "expected"), [(READS, [1, 2, 3]), ("another", None)])
def test_readers_read_every_part_in_order_and_only_the_encoder_they_know(name, expected):
    heard = Heard(Pointing(name), lambda n: None, READERS)
    for part in (["a", "bb"], [], ["ccc"]):
        heard.encode(part)
    first, second = heard.read(0), heard.read(1)
    assert (None if first is None else first.tolist()) == expected
    assert second is None or second.tolist() == (2 * np.eye(8)[[1, 2, 3]]).tolist()
