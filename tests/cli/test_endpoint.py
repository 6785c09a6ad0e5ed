"""The HTTP encoder and namer, against a real server in a thread."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from setright.cli.endpoint import Endpoint, EndpointError, HttpEncoder, HttpNamer, encoder_at, estimate_cost, namer_at
from setright.intake.errors import InputError
from setright.sift.errors import EncoderError
from setright.sift.settings import Encoder, Namer


@dataclass
class Server:
    base: str
    statuses: list[int] = field(default_factory=list)
    answer: Any = None
    seen: list[tuple[str, Any, str | None]] = field(default_factory=list)

    def at(self, **more: Any) -> Endpoint:
        return Endpoint(self.base, "m", timeout=5, pause=0.001, **more)


def embeddings(body: Any) -> Any:
    rows = [{"index": i, "embedding": [float(len(text)), 3.0]} for i, text in enumerate(body["input"])]
    return {"data": rows[::-1]}


@contextmanager
def serving() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.seen.append((self.path, body, self.headers["Authorization"]))
            status = server.statuses.pop(0) if server.statuses else 200
            given = server.answer(body) if callable(server.answer) else server.answer
            data = given if isinstance(given, bytes) else json.dumps(given).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{httpd.server_port}/v1")
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


@pytest.fixture
def server():
    with serving() as running:
        yield running


def test_encoder_gives_unit_rows_in_the_order_of_the_texts(server):
    server.answer = embeddings
    texts = ["x" * n for n in range(1, 151)]

    rows = HttpEncoder(server.at()).encode(texts)

    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(rows[:, 0] / rows[:, 1], np.arange(1, 151) / 3, rtol=1e-5)
    assert [len(body["input"]) for _, body, _ in server.seen] == [64, 64, 22]
    assert {path for path, _, _ in server.seen} == {"/v1/embeddings"}


def test_encoder_of_nothing_asks_nothing(server):
    assert HttpEncoder(server.at()).encode([]).shape == (0, 0)
    assert server.seen == []


@pytest.mark.parametrize(
    "answer",
    [{"data": []}, {"error": "no"}, {"data": [{"index": 0, "embedding": [None, 1.0]}]}, [1]],
)
def test_encoder_refuses_an_answer_without_one_vector_per_text(server, answer):
    server.answer = answer

    with pytest.raises(EncoderError):
        HttpEncoder(server.at()).encode(["a"])


def test_post_tries_twice_again_when_the_server_is_busy(server):
    server.answer, server.statuses = embeddings, [503, 429]

    rows = HttpEncoder(server.at()).encode(["abc"])

    assert len(server.seen) == 3
    np.testing.assert_allclose(rows, [[2**-0.5, 2**-0.5]], rtol=1e-6)


@pytest.mark.parametrize(("statuses", "n_asked"), [([500] * 5, 3), ([401], 1), ([404], 1)])
def test_post_gives_up_with_one_sentence(server, statuses, n_asked):
    server.statuses, server.answer = list(statuses), {}

    with pytest.raises(EndpointError, match=rf"embeddings answered {statuses[0]} .*, model m\. Check the address"):
        HttpEncoder(server.at()).encode(["abc"])
    assert len(server.seen) == n_asked


def test_post_says_that_nobody_answers():
    with serving() as gone:
        pass

    with pytest.raises(EndpointError, match="could not be reached"):
        HttpNamer(gone.at()).propose(keywords=[], quotes=[], lang="en")


def test_post_says_that_the_answer_is_no_json(server):
    server.answer = b"<html>"

    with pytest.raises(EndpointError, match="did not answer with JSON"):
        HttpNamer(server.at()).propose(keywords=[], quotes=[], lang="en")


def test_namer_sends_keywords_and_quotes_and_nothing_more(server, monkeypatch):
    monkeypatch.setenv("SETRIGHT_API_KEY", "k")
    server.answer = {"choices": [{"message": {"content": " 末班车太早 \n"}}]}

    title = HttpNamer(server.at()).propose(keywords=["末班车"], quotes=["八点就没车了", "收车太早"], lang="zh")

    path, body, key = server.seen[0]
    assert title == "末班车太早"
    assert (path, key) == ("/v1/chat/completions", "Bearer k")
    assert body["messages"][1]["content"] == "末班车\n- 八点就没车了\n- 收车太早"
    assert body["temperature"] == 0


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": [{"message": {"content": None}}]}])
def test_namer_proposes_nothing_where_the_answer_has_no_words(server, answer):
    server.answer = answer

    assert HttpNamer(server.at()).propose(keywords=[], quotes=[], lang="en") is None


def test_address_names_a_server_and_a_model():
    assert encoder_at("http://h:1/v1/#m").endpoint == Endpoint("http://h:1/v1", "m")
    assert isinstance(encoder_at("http://h/v1#m"), Encoder)
    assert isinstance(namer_at("https://h/v1#a/b"), Namer)


@pytest.mark.parametrize("address", ["http://h/v1", "ftp://h/v1#m", "h#m", "http:///v1#m"])
def test_address_without_server_or_model_is_refused(address):
    with pytest.raises(InputError, match=r"Write it as http://HOST:PORT/v1#MODEL"):
        namer_at(address)


def test_estimate_cost_grows_with_problems_and_length():
    assert estimate_cost(0, 30) == 0
    assert estimate_cost(100, 30) == 31_000
