"""Sealed bytes open with their own key alone; keys rotate while old values stay readable."""

import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setright.campaign.seal import Sealed, _key, _make_key, rotate, seal, unseal

CANARY = "丙丁 canary".encode()


@pytest.fixture
def folder(tmp_path):
    _key.cache_clear()
    yield tmp_path / "keys"
    _key.cache_clear()


def test_sealed_value_opens_and_does_not_show_what_it_says(folder):
    sealed = seal(CANARY, folder)
    assert (unseal(sealed, folder), CANARY in sealed) == (CANARY, False)


def test_same_value_sealed_twice_looks_different(folder):
    assert seal(CANARY, folder) != seal(CANARY, folder)


def test_wrong_key_opens_nothing(folder, tmp_path):
    sealed = seal(CANARY, folder)
    seal(b"makes another key", tmp_path / "other")
    with pytest.raises(Sealed, match="does not open"):
        unseal(sealed, tmp_path / "other")


def test_lost_key_is_named(folder):
    sealed = seal(CANARY, folder)
    (folder / "seal-1.key").unlink()
    with pytest.raises(Sealed, match="Key 1 is not in the key folder"):
        unseal(sealed, folder)


@pytest.mark.parametrize("place", [0, 1, 2, 40, -1])
def test_one_changed_byte_opens_nothing(folder, place):
    sealed = bytearray(seal(CANARY, folder))
    sealed[place] ^= 1
    with pytest.raises(Sealed):
        unseal(bytes(sealed), folder)


def test_cut_value_opens_nothing(folder):
    sealed = seal(CANARY, folder)
    for length in (0, 1, 2, 30, len(sealed) - 1):
        with pytest.raises(Sealed):
            unseal(sealed[:length], folder)


def test_rotation_seals_anew_and_reads_the_old(folder):
    old = seal(CANARY, folder)
    number = rotate(folder)
    new = seal(CANARY, folder)
    assert (number, old[:2], new[:2]) == (2, b"\x00\x01", b"\x00\x02")
    assert [unseal(each, folder) for each in (old, new)] == [CANARY, CANARY]


def test_value_of_a_rotated_key_does_not_open_with_the_first(folder):
    seal(CANARY, folder)
    rotate(folder)
    sealed = seal(CANARY, folder)
    with pytest.raises(Sealed):
        unseal(b"\x00\x01" + sealed[2:], folder)


def test_key_that_is_not_whole_is_named_and_the_old_values_stay_readable(folder):
    sealed = seal(CANARY, folder)
    (folder / "seal-2.key").write_bytes(b"half")
    with pytest.raises(Sealed, match="Key 2 cannot be read"):
        seal(CANARY, folder)
    assert unseal(sealed, folder) == CANARY


def test_rotation_killed_midway_leaves_the_first_key_in_use(folder):
    seal(CANARY, folder)
    script = (
        "import os, signal, sys; from pathlib import Path; from setright.campaign import seal;"
        "os.fsync = lambda _descriptor: os.kill(os.getpid(), signal.SIGKILL);"
        "seal.rotate(Path(sys.argv[1]))"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(folder)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert seal(CANARY, folder)[:2] == b"\x00\x01"
    assert rotate(folder) == 2


def test_eight_processes_that_make_the_first_key_make_one(folder):
    script = (
        "import sys; from pathlib import Path; from setright.campaign.seal import seal;"
        "sys.stdout.buffer.write(seal(b'x', Path(sys.argv[1])))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE) for _each in range(8)
    ]
    sealed = [process.communicate()[0] for process in started]
    assert [unseal(value, folder) for value in sealed] == [b"x"] * 8
    assert [path.name for path in folder.iterdir()] == ["seal-1.key"]


def test_key_that_another_process_just_made_is_taken_and_not_overwritten(folder):
    sealed = seal(CANARY, folder)
    assert _make_key(folder, 1) == 1
    _key.cache_clear()
    assert (unseal(sealed, folder), [path.name for path in folder.iterdir()]) == (CANARY, ["seal-1.key"])


def test_keys_are_readable_by_their_owner_alone(folder):
    seal(CANARY, folder)
    assert (folder.stat().st_mode & 0o777, (folder / "seal-1.key").stat().st_mode & 0o777) == (0o700, 0o600)


@given(st.binary(max_size=2000))
def test_every_value_comes_back(tmp_path_factory, value):
    folder = tmp_path_factory.getbasetemp() / "property-keys"
    assert unseal(seal(value, folder), folder) == value
