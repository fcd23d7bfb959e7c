"""The engine that asks a server: a small server of our own, and vLLM's real one (slow)."""

import http.server
import json
import math
import os
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest
from conftest import MODEL, ROOT

from eval_predict.errors import UserError
from iwsi.recipe import Model, Sample
from iwsi.recipe.load import load_recipe
from iwsi.sample import server
from iwsi.sample.engine import Decoding, Prompt
from iwsi.sample.server import ServerEngine, redacted

BASE = Model(name=str(MODEL))
PROMPTS = [Prompt(f"q{i}", f"Question {i}", 10 * i) for i in range(6)]
DECODING = Decoding(n=2, temperature=0.7, top_p=0.9, max_tokens=5, stop=("\n",))


class _Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.authorizations.add(self.headers["Authorization"])
        self._answer(200, {"data": [{"id": name} for name in self.server.models]})

    def do_POST(self):
        self.server.authorizations.add(self.headers["Authorization"])
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, body))
        if self.server.failures:
            self._answer(self.server.failures.pop(), {"error": "no such luck"})
        elif self.path.endswith("/load_lora_adapter"):
            self.server.models.append(body["lora_name"])
            self._answer(200, {})
        else:
            self._answer(200, {"choices": self.server.choices(body)})

    def _answer(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _choices(body):
    return [
        {
            "text": f" {body['prompt']}, child {i}",
            "finish_reason": "length" if i else "stop",
            "logprobs": {"token_logprobs": [-0.5, -0.25, -0.25]},
        }
        for i in range(body["n"])
    ]


@pytest.fixture
def host():
    """A server that answers by rule."""
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    made.models, made.requests, made.failures, made.choices = ["tiny"], [], [], _choices
    made.authorizations = set()
    made.url = f"http://127.0.0.1:{made.server_port}/v1"
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def _engine(host, adapter=None, **options):
    return ServerEngine(Sample(engine="server", url=host.url, **options), BASE, adapter)


def test_every_question_is_answered_with_what_the_server_says(host):
    answers = dict(_engine(host, concurrency=3).generate(PROMPTS, DECODING))
    assert set(answers) == {prompt.question_id for prompt in PROMPTS}
    first, second = answers["q2"]
    assert first.text == " Question 2, child 0"
    assert (first.finish_reason, first.num_tokens) == ("stop", 3)
    assert second.finish_reason == "length"
    assert first.logprob == -1.0


def test_a_request_says_how_to_sample_and_names_the_served_model(host):
    list(_engine(host).generate(PROMPTS[2:3], DECODING))
    [(path, body)] = host.requests
    assert path == "/v1/completions"
    assert body["model"] == "tiny"
    assert (body["n"], body["temperature"], body["top_p"], body["max_tokens"]) == (2, 0.7, 0.9, 5)
    assert (body["stop"], body["seed"]) == (["\n"], 20)


def test_a_busy_server_is_asked_again(host):
    engine = _engine(host)
    host.failures += [503, 429]
    assert len(dict(engine.generate(PROMPTS[:1], DECODING))) == 1
    assert len(host.requests) == 3


def test_a_request_that_is_refused_is_reported_with_the_servers_message(host):
    engine = _engine(host)
    host.failures.append(400)
    with pytest.raises(UserError, match=r"sample\.url: .*HTTP 400: .*no such luck"):
        list(engine.generate(PROMPTS[:1], DECODING))
    assert len(host.requests) == 1


def test_what_a_server_does_not_say_is_counted_or_left_open(host):
    host.choices = lambda body: [{"text": " The answer is 5.", "finish_reason": "stop"}] * 2
    [(_, [candidate, _])] = _engine(host).generate(PROMPTS[:1], DECODING)
    assert candidate.num_tokens > 1
    assert math.isnan(candidate.logprob)


def test_too_few_answers_are_refused(host):
    host.choices = lambda body: _choices(body)[:1]
    with pytest.raises(UserError, match=r"1 answers .*expected 2"):
        list(_engine(host).generate(PROMPTS[:1], DECODING))


def test_an_adapter_is_loaded_once_under_a_name_of_its_content(host, tmp_path):
    (tmp_path / "adapter_model.safetensors").write_bytes(b"weights")
    for _ in range(2):
        list(_engine(host, tmp_path, served_model="tiny").generate([], DECODING))
    loads = [body for path, body in host.requests if path.endswith("load_lora_adapter")]
    assert len(loads) == 1
    assert loads[0]["lora_path"] == str(tmp_path)
    [(_, [candidate, _])] = _engine(host, tmp_path, served_model="tiny").generate(
        PROMPTS[:1], DECODING
    )
    assert host.requests[-1][1]["model"] == loads[0]["lora_name"]
    assert candidate.text


def test_a_server_of_several_models_asks_for_a_name(host):
    host.models += ["other"]
    with pytest.raises(UserError, match=r"sample\.served_model: .*serves tiny, other"):
        _engine(host)


def test_no_server_is_reported_at_once(monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(UserError, match=r"sample\.url: .*ConnectError.*vllm serve"):
        ServerEngine(Sample(engine="server", url=f"http://127.0.0.1:{port}/v1"), BASE, None)
    assert time.monotonic() - began < server.CONNECT_SECONDS


def test_a_password_in_an_address_is_not_shown():
    assert redacted("https://me:secret@host:8000/v1?key=k") == "https://host:8000/v1"


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["sample.engine=server"], "no address"),
        (["sample.url=http://h/v1"], "url is for engine server"),
        (["sample.engine=server", "sample.url=http://h/v1", "sample.adapter=merged"], "merged"),
    ],
)
def test_a_recipe_that_cannot_use_its_server_is_refused(overrides, words):
    with pytest.raises(UserError, match=words):
        load_recipe(ROOT / "recipes" / "tiny_arith.yaml", overrides)


@pytest.mark.slow
def test_vllms_own_server_gives_what_the_engine_in_the_process_gives():
    pytest.importorskip("vllm")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(MODEL)]
    command += ["--served-model-name", "tiny", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--dtype", "float32", "--enforce-eager", "--max-model-len", "160"]
    command += ["--no-enable-chunked-prefill", "--max-num-batched-tokens", "8192"]
    environment = os.environ | {"VLLM_CPU_KVCACHE_SPACE": "1", "TORCHDYNAMO_DISABLE": "1"}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}/v1"
        _wait(process, url)
        prompts = [
            Prompt(f"q{i}", f"Question: Tom has {i} pens. Tom finds 4 more. How many?\nAnswer:", i)
            for i in range(3)
        ]
        greedy = Decoding(n=1, temperature=0.0, top_p=1.0, max_tokens=32)
        answers = dict(
            ServerEngine(Sample(engine="server", url=url), BASE, None).generate(prompts, greedy)
        )
        from iwsi.sample.transformers import TransformersEngine

        expected = dict(TransformersEngine(BASE, None, window=8).generate(prompts, greedy))
        for question_id, [candidate] in expected.items():
            [other] = answers[question_id]
            assert other.text == candidate.text
            assert other.finish_reason == candidate.finish_reason
            assert other.logprob == pytest.approx(candidate.logprob, abs=5e-3)
    finally:
        process.terminate()
        process.wait(60)


def _wait(process, url):
    for _ in range(180):
        assert process.poll() is None
        try:
            httpx.get(f"{url}/models", timeout=2)
        except httpx.HTTPError:
            time.sleep(1)
        else:
            return
    raise AssertionError("the server did not start")


@pytest.mark.parametrize("url", ["http://me:hunter2@host/v1", "http://host/v1?key=hunter2"])
def test_a_recipe_takes_no_address_with_a_secret_and_does_not_repeat_it(recipe_file, url):
    with pytest.raises(UserError) as caught:
        load_recipe(recipe_file, ["sample.engine=server", f"sample.url={url}"])
    assert "IWSI_SERVER_AUTHORIZATION" in str(caught.value)
    assert "hunter2" not in str(caught.value.to_dict())


def test_the_key_of_a_server_comes_from_the_environment(host, monkeypatch):
    monkeypatch.setenv("IWSI_SERVER_AUTHORIZATION", "Bearer k")
    list(_engine(host).generate(PROMPTS[:1], DECODING))
    assert host.authorizations == {"Bearer k"}
