"""The site's commands, run as a user runs them."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

SETRIGHT = [sys.executable, "-m", "setright.cli"]


@pytest.fixture
def home(tmp_path):
    """A site of its own, whatever the tests around it use."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SETRIGHT_", "DJANGO_"))}
    return {**kept, "SETRIGHT_HOME": str(tmp_path / "site")}


def run(home, *words):
    return subprocess.run([*SETRIGHT, *words], env=home, capture_output=True, text=True, timeout=120, check=False)


def test_first_account_backup_and_restore(home, tmp_path):
    assert run(home, "migrate").returncode == 0
    made = run(home, "user", "add", "root", "--name", "管理员", "--password", "correct horse battery")
    assert made.returncode == 0, made.stderr
    saved = run(home, "backup", str(tmp_path / "b.zip"))
    assert saved.returncode == 0, saved.stderr
    other = {**home, "SETRIGHT_HOME": str(tmp_path / "other")}
    run(other, "migrate")
    restored = run(other, "restore", str(tmp_path / "b.zip"))
    assert (restored.returncode, run(other, "log", "verify").returncode) == (0, 0)


def test_weak_password_is_refused_with_the_reason(home):
    run(home, "migrate")
    told = run(home, "user", "add", "root", "--name", "x", "--password", "123")
    assert (told.returncode, "10" in told.stderr) == (2, True)


def test_anchor_finds_a_log_that_was_written_anew(home):
    run(home, "migrate")
    told = run(home, "log", "verify", "--anchor", "5:" + "0" * 64)
    assert (told.returncode, "no longer there" in told.stdout) == (1, True)


@pytest.mark.parametrize("command", ["work", "backup"])
def test_database_of_another_version_is_named_with_its_remedy(home, command, tmp_path):
    told = run(home, command, *([str(tmp_path / "b.zip")] if command == "backup" else []))
    assert (told.returncode, "setright migrate" in told.stderr) == (2, True)


def test_unknown_database_is_one_sentence(home):
    told = run({**home, "SETRIGHT_DATABASE_URL": "mysql://x"}, "migrate")
    assert (told.returncode, "SETRIGHT_DATABASE_URL" in told.stderr, "Traceback" in told.stderr) == (2, True, False)


def test_serve_answers_and_ends_with_ctrl_c(home):
    port = 20_000 + os.getpid() % 20_000
    command = [*SETRIGHT, "serve", "--port", str(port)]
    served = subprocess.Popen(command, env=home, stdout=subprocess.DEVNULL)
    try:
        assert answered(f"http://127.0.0.1:{port}/healthz") == "ok"
        assert "Staff" in answered(f"http://127.0.0.1:{port}/?lang=en")
    finally:
        served.send_signal(signal.SIGINT)
        served.wait(30)
    assert served.returncode == 0


def answered(url):
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    return None


def test_serve_check_asks_one_page_and_ends(home):
    told = run(home, "serve", "--check")
    assert (told.returncode, told.stdout.splitlines()[-1]) == (0, "The site answers: 200.")
