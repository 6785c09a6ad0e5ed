"""What fifty people do, for `benchmarks.site`: they sign in by the form, look around, and think in between.

Runs under locust in an environment of its own (requirements/load.txt); nothing of Setright is imported here.
"""

from __future__ import annotations

import itertools
import os
import random
import re

import gevent
from locust import FastHttpUser, between, events, task

_PASSWORD = os.environ["SETRIGHT_BENCH_PASSWORD"]
_ROLES = itertools.cycle(("office", "supervisor", "lead", "sponsor", "supervisor", "lead", "office", "supervisor"))
_GROUP = re.compile(r"open=(u?\d+|others)\b")
_GATE = re.compile(r"/app/c/\d+/enrolments/\d+/gates/1/")
_UNIT = re.compile(r"/app/c/\d+/units/\d+/")

_FIELD = re.compile(r'name="(name|name_en|code|kind|csrfmiddlewaretoken)" value="([^"]*)"')

_SETTLING = 10
"""Seconds after the last one has come: signing in hashes a password on purpose slowly, and is not what is measured."""


_RUNNING = []
events.init.add_listener(lambda environment, **_: _RUNNING.append(environment))


@events.spawning_complete.add_listener
def count_from_here(**_: object) -> None:
    """Forget what was measured while people were still signing in."""
    gevent.spawn_later(_SETTLING, _RUNNING[0].stats.reset_all)


class Reader(FastHttpUser):
    """One person with one role; think time is even between 2 and 8 s, 5 s in the mean."""

    wait_time = between(2, 8)

    def on_start(self) -> None:
        self.luck = random.Random(id(self))  # noqa: S311 - no secret
        self.role = next(_ROLES)
        page = self.client.get("/app/", name="(sign in)")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        form = {"csrfmiddlewaretoken": token[1], "login": self.role, "password": _PASSWORD}
        answer = self.client.post(page.url, data=form, name="(sign in)")
        self.base = re.search(r"/app/c/\d+/", answer.text)[0]
        self.groups, self.units, self.gates = [], [], []
        if self.role == "lead":
            self._learn(self._get(self.base + "units/", "(first look)"))
        else:
            self.groups = sorted(set(_GROUP.findall(self._get(self.base + "board/", "(first look)"))))
            self._learn(self._get(self.base + "board/?open=all", "(first look)"))
        self._learn(self._get(self.luck.choice(self.units), "(first look)"))

    def _get(self, url: str, name: str) -> str:
        with self.client.get(url, name=name, catch_response=True) as answer:
            if answer.status_code != 200 or "/login/" in answer.url:
                answer.failure(f"{answer.status_code} at {answer.url}")
            return answer.text or ""

    def _learn(self, text: str) -> None:
        self.units += sorted(set(_UNIT.findall(text)))
        self.gates += sorted(set(_GATE.findall(text)))

    @task(4)
    def work(self) -> None:
        self._get(self.base + "work/", "work queue")

    @task(4)
    def unit(self) -> None:
        self.gates += _GATE.findall(self._get(self.luck.choice(self.units), "unit page"))[:1]

    @task(3)
    def board(self) -> None:
        if self.role != "lead":
            self._get(self.base + "board/", "board")

    @task(3)
    def group(self) -> None:
        if self.groups:
            self._get(f"{self.base}board/?open={self.luck.choice(self.groups)}", "board, a group open")

    @task(2)
    def gate(self) -> None:
        if self.gates:
            self._get(self.luck.choice(self.gates), "gate page")

    @task(2)
    def rename(self) -> None:
        """Somebody changes something now and then: the board is then read anew by everybody."""
        if self.role != "office":
            return
        url = self.luck.choice(self.units) + "rename/"
        form = dict(_FIELD.findall(self._get(url, "rename form")))
        form["name_en"] = f"Renamed {self.luck.randrange(10**6)}"
        with self.client.post(url, data=form, name="rename", catch_response=True) as answer:
            if answer.status_code != 200 or "/rename/" in answer.url:
                answer.failure(f"{answer.status_code} at {answer.url}")
