"""Words under a campaign's key: they open with it alone, as what they are about, and show nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setright.campaign.envelope import Envelope, _unsealed
from setright.campaign.seal import Sealed, _key, rotate

CANARY = "丙丁 canary 电梯坏了"


@pytest.fixture
def folder(tmp_path):
    for cache in (_key, _unsealed):
        cache.cache_clear()
    yield tmp_path / "keys"
    for cache in (_key, _unsealed):
        cache.cache_clear()


@given(st.text(max_size=300), st.text(max_size=30))
def test_words_come_back_as_they_were(words, about):
    envelope = Envelope.made(1)
    assert envelope.unlocked(envelope.locked(words, about), about) == words


def test_lone_surrogate_comes_back():
    envelope = Envelope.made(1)
    assert envelope.unlocked(envelope.locked("a\ud800b", "x"), "x") == "a\ud800b"


def test_locked_words_show_neither_themselves_nor_their_length():
    envelope = Envelope.made(1)
    locked = envelope.locked(CANARY, "opinion 1")
    assert CANARY.encode() not in locked
    assert locked != envelope.locked(CANARY, "opinion 1")
    assert len({len(envelope.locked("x" * n, "a")) for n in range(63)}) == 1


def test_words_do_not_open_as_another_thing_with_another_key_or_changed():
    envelope = Envelope.made(3)
    locked = envelope.locked(CANARY, "opinion 1")
    with pytest.raises(Sealed, match="Key 3 of the campaign does not open opinion 2"):
        envelope.unlocked(locked, "opinion 2")
    with pytest.raises(Sealed):
        Envelope.made(3).unlocked(locked, "opinion 1")
    for place in (0, 23, 24, len(locked) - 1):
        changed = bytearray(locked)
        changed[place] ^= 1
        with pytest.raises(Sealed):
            envelope.unlocked(bytes(changed), "opinion 1")
    for length in (0, 10, 24, len(locked) - 1):
        with pytest.raises(Sealed):
            envelope.unlocked(locked[:length], "opinion 1")


def test_key_opens_from_how_it_lies_in_the_database_also_after_rotation(folder):
    envelope = Envelope.made(1)
    before = envelope.sealed(folder)
    rotate(folder)
    after = envelope.sealed(folder)
    assert envelope.key not in before
    assert (before[:2], after[:2]) == (b"\0\1", b"\0\2")
    assert {Envelope.opened(1, sealed, folder).key for sealed in (before, after)} == {envelope.key}


def test_without_the_key_folder_nothing_opens(folder, tmp_path):
    sealed = Envelope.made(1).sealed(folder)
    with pytest.raises(Sealed, match="not in the key folder"):
        Envelope.opened(1, sealed, tmp_path / "lost")


def test_key_shows_in_no_repr():
    envelope = Envelope.made(1)
    assert repr(envelope) == "Envelope(number=1)"


def test_purposes_have_keys_of_their_own():
    envelope = Envelope.made(1)
    keys = [envelope.derived("search"), envelope.derived("receipt"), envelope.key]
    assert (len(set(keys)), [len(key) for key in keys]) == (3, [32, 32, 32])
    assert envelope.derived("search") == keys[0]
