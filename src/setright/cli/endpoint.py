"""An OpenAI-compatible server as encoder or namer: the only part of Setright that opens a connection, when asked to.

The address is `http://HOST:PORT/v1#MODEL`. A key, where the server wants one, is read from `SETRIGHT_API_KEY`.
"""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import click
import numpy as np

from setright.intake.errors import InputError
from setright.sift.errors import EncoderError, SiftError
from setright.sift.settings import Vectors

N_BATCH: Final = 64
N_RETRIES: Final = 2
TIMEOUT_S: Final = 60.0
_PAUSE_S: Final = 0.5
_PROMPT_TOKENS: Final = 160
"""What the instructions and the answer cost beside the quotes."""


class EndpointError(SiftError):
    """The server could not be reached or gave what cannot be used; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is served.

    Parameters
    ----------
    base : str
        Up to and including `/v1`.
    model : str
    timeout : float
        Seconds for one answer.
    pause : float
        Seconds before the first retry; twice that before the second.
    """

    base: str
    model: str
    timeout: float = TIMEOUT_S
    pause: float = _PAUSE_S

    @classmethod
    def parse(cls, address: str) -> Endpoint:
        """Read `http://HOST/v1#MODEL`.

        Raises
        ------
        InputError
            When it is no such address.
        """
        base, _, model = address.partition("#")
        if not base.startswith(("http://", "https://")) or not model or len(base.split("/")[2]) == 0:
            raise InputError(
                "it is no address of a model", where=address, remedy="Write it as http://HOST:PORT/v1#MODEL"
            )
        return cls(base.rstrip("/"), model)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON answer to a JSON question; a refused connection, a time-out, 429 and 5xx are tried twice again.

        Raises
        ------
        EndpointError
            When there is no usable answer after that.
        """
        url = f"{self.base}/{path}"
        for attempt in range(N_RETRIES + 1):
            try:
                return self._once(url, body)
            except urllib.error.HTTPError as error:
                trouble, passing = f"answered {error.code} {error.reason}", error.code == 429 or error.code >= 500
                error.close()
            except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
                trouble, passing = f"could not be reached ({getattr(error, 'reason', error)})", True
            except ValueError:
                trouble, passing = "did not answer with JSON", False
            if not passing or attempt == N_RETRIES:
                break
            time.sleep(self.pause * 2**attempt)
        raise EndpointError(f"{url} {trouble}, model {self.model}. Check the address, the model's name and its log")

    def _once(self, url: str, body: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json", "User-Agent": "setright"}
        if key := os.environ.get("SETRIGHT_API_KEY"):
            headers["Authorization"] = f"Bearer {key}"
        question = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - http(s), see parse
        with urllib.request.urlopen(question, timeout=self.timeout) as answer:  # noqa: S310
            return json.loads(answer.read())


@dataclass(frozen=True, slots=True)
class HttpEncoder:
    """Embeddings from `POST /embeddings`, in batches of `N_BATCH`, in order."""

    endpoint: Endpoint

    @property
    def name(self) -> str:
        return f"{self.endpoint.base}#{self.endpoint.model}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit rows, one per text.

        Raises
        ------
        EndpointError
            When the server cannot be reached.
        EncoderError
            When it answers with anything but one finite vector of the same length for each text.
        """
        batches = [self._batch(list(texts[at : at + N_BATCH])) for at in range(0, len(texts), N_BATCH)]
        if not batches:
            return np.empty((0, 0), np.float32)
        if len({batch.shape[1] for batch in batches}) > 1:
            raise EncoderError(f"{self.name} answers with vectors of different lengths")
        rows = np.concatenate(batches)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float32)

    def _batch(self, texts: list[str]) -> Vectors:
        answer = self.endpoint.post("embeddings", {"model": self.endpoint.model, "input": texts})
        try:
            rows = sorted(answer["data"], key=lambda row: int(row["index"]))
            vectors = np.array([row["embedding"] for row in rows], np.float32)
        except (KeyError, TypeError, ValueError) as error:
            raise EncoderError(f"{self.name} did not answer with embeddings") from error
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise EncoderError(f"{self.name} gave {len(vectors):,} usable vectors for {len(texts):,} texts")
        return vectors


@dataclass(frozen=True, slots=True)
class HttpNamer:
    """Titles from `POST /chat/completions`; what it sends out is keywords and quotes, already masked."""

    endpoint: Endpoint

    @property
    def name(self) -> str:
        return f"{self.endpoint.base}#{self.endpoint.model}"

    def expect(self, *, n_problems: int, n_characters: float) -> None:
        """Say what the naming will cost, before the first question is sent."""
        n_tokens = estimate_cost(n_problems, n_characters)
        click.echo(f"Asking {self.name} for {n_problems:,} titles: at most {n_tokens:,} tokens.", err=True)

    def propose(self, *, keywords: Sequence[str], quotes: Sequence[str], lang: str) -> str | None:
        """A title for the problem these words and quotes are about, or None.

        Raises
        ------
        EndpointError
            When the server cannot be reached.
        """
        body = {
            "model": self.endpoint.model,
            "temperature": 0,
            "seed": 0,
            "max_tokens": 60,
            "messages": [
                {"role": "system", "content": _instruction(lang)},
                {"role": "user", "content": "\n".join([", ".join(keywords), *(f"- {quote}" for quote in quotes)])},
            ],
        }
        answer = self.endpoint.post("chat/completions", body)
        try:
            said = answer["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError):
            return None
        return said.strip() if isinstance(said, str) and said.strip() else None


def _instruction(lang: str) -> str:
    if lang == "zh":
        return (
            "下面是同一个问题的关键词和群众原话。用一句不超过二十四个字的大白话写出哪里不对，"
            "只写这一句，不加标点、编号和解释。"
        )
    return (
        "Below are keywords and quotes about one problem. Say what is wrong in one plain line of at most twelve words, "
        f"in the language '{lang}'. Write only that line: no quotation marks, numbering or explanation."
    )


def encoder_at(address: str) -> HttpEncoder:
    """The encoder behind `http://HOST/v1#MODEL`."""
    return HttpEncoder(Endpoint.parse(address))


def namer_at(address: str) -> HttpNamer:
    """The namer behind `http://HOST/v1#MODEL`."""
    return HttpNamer(Endpoint.parse(address))


def estimate_cost(n_problems: int, mean_characters: float, n_quotes: int = 5) -> int:
    """Tokens that naming would send and receive, so that a user can decide first.

    A Chinese character is about one token and an English word of five letters too; counting every character as one
    makes this an upper bound for both.
    """
    return round(n_problems * (_PROMPT_TOKENS + n_quotes * mean_characters))
