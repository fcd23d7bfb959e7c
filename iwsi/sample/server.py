"""A server as engine: any endpoint for OpenAI's completions (vLLM, SGLang, llama.cpp)."""

import hashlib
import itertools
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from eval_predict.errors import UserError
from iwsi.recipe import Model, Sample
from iwsi.sample.engine import Candidate, Decoding, Engine, EngineName, Prompt

# The whole header, such as "Bearer KEY"; a recipe has no place for it, since it is copied around.
AUTHORIZATION = "IWSI_SERVER_AUTHORIZATION"
CONNECT_SECONDS = 10.0
READ_SECONDS = 600.0  # of one request: n whole answers
RETRY_SECONDS = 300.0  # how long a server may be busy or away
_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


class ServerEngine(Engine):
    """Requests to a server, several at a time; a busy server gets the request again.

    A token count or log-probability that the server does not give is counted with the model's own
    tokenizer, or NaN.

    Args:
        sample: The recipe's section, with `url`.
        model: The base model, which the server serves.
        adapter: Folder of a PEFT adapter that the server can read too (vLLM with
            VLLM_ALLOW_RUNTIME_LORA_UPDATING=1), or None.

    Raises:
        UserError: no server at this address, or one that does not serve the model or refuses the
            adapter.
    """

    name: EngineName = "server"

    def __init__(self, sample: Sample, model: Model, adapter: Path | None) -> None:
        self._url = (sample.url or "").rstrip("/")
        self._model = model
        self._concurrency = sample.concurrency
        self._tokenizer: Any = None
        authorization = os.environ.get(AUTHORIZATION)
        self._client = httpx.Client(
            headers={"Authorization": authorization} if authorization else None,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=sample.concurrency),
        )
        self._served = sample.served_model or self._only_model()
        if adapter is not None:
            self._served = self._load_adapter(adapter)

    def generate(
        self, prompts: Iterable[Prompt], decoding: Decoding
    ) -> Iterator[tuple[str, list[Candidate]]]:
        """Yield questions as the server finishes them."""
        waiting = iter(prompts)
        running: dict[Future[list[Candidate]], str] = {}
        with ThreadPoolExecutor(self._concurrency) as pool:
            try:
                while True:
                    for prompt in itertools.islice(waiting, self._concurrency - len(running)):
                        future = pool.submit(self._complete, prompt, decoding)
                        running[future] = prompt.question_id
                    if not running:
                        return
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield running.pop(future), future.result()
            finally:
                for future in running:
                    future.cancel()

    def _complete(self, prompt: Prompt, decoding: Decoding) -> list[Candidate]:
        body: dict[str, Any] = {
            "model": self._served,
            "prompt": prompt.text,
            "n": decoding.n,
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
            "max_tokens": decoding.max_tokens,
            "logprobs": 1,
        }
        if decoding.stop:
            body["stop"] = list(decoding.stop)
        if decoding.temperature > 0:
            body["seed"] = prompt.seed
        choices = self._request("POST", "/completions", body).get("choices")
        if not isinstance(choices, list) or len(choices) != decoding.n:
            found = len(choices) if isinstance(choices, list) else "no"
            raise UserError(
                field="sample.url",
                got=f"{found} answers from {redacted(self._url)}",
                expected=f"{decoding.n} (the request's n)",
                fix="Use a server that takes n, or set sample.n=1.",
            )
        return [self._candidate(choice) for choice in choices]

    def _candidate(self, choice: dict[str, Any]) -> Candidate:
        logprobs = choice.get("logprobs") or {}
        token_logprobs = logprobs.get("token_logprobs")
        if not isinstance(token_logprobs, list) or any(value is None for value in token_logprobs):
            token_logprobs = None
        text = str(choice["text"])
        return Candidate(
            text=text,
            finish_reason="length" if choice.get("finish_reason") == "length" else "stop",
            num_tokens=len(token_logprobs) if token_logprobs else self._count(text),
            logprob=float(sum(token_logprobs)) if token_logprobs else float("nan"),
        )

    def _count(self, text: str) -> int:
        if self._tokenizer is None:
            from iwsi.models import load_tokenizer

            self._tokenizer = load_tokenizer(self._model)
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"]) or 1

    def _only_model(self) -> str:
        listed = [entry["id"] for entry in self._request("GET", "/models").get("data", [])]
        bases = {self._model.name, self._model.title} & set(listed)
        if len(listed) == 1 or bases:
            return str(next(iter(bases), listed[0]))
        raise UserError(
            field="sample.served_model",
            got=f"{redacted(self._url)} serves {', '.join(listed) or 'no model'}",
            expected="the name of one of them",
            fix="Set sample.served_model to the name under which the server knows the model.",
        )

    def _load_adapter(self, adapter: Path) -> str:
        """Load an adapter under a name that no other has: servers cache by name."""
        weights = (adapter / "adapter_model.safetensors").read_bytes()
        name = f"iwsi-{hashlib.sha256(weights).hexdigest()[:16]}"
        listed = {entry["id"] for entry in self._request("GET", "/models").get("data", [])}
        if name not in listed:
            body = {"lora_name": name, "lora_path": str(adapter.resolve())}
            self._request("POST", "/load_lora_adapter", body, text=True)
        return name

    def _request(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, text: bool = False
    ) -> dict[str, Any]:
        retrying = Retrying(
            retry=retry_if_exception(_passes),
            stop=stop_after_delay(RETRY_SECONDS),
            wait=wait_random_exponential(multiplier=0.5, max=20),
            reraise=True,
        )
        try:
            response = retrying(self._send, method, path, body)
            answer: dict[str, Any] = {} if text else response.json()
        except httpx.HTTPStatusError as error:
            raise _refused(self._url, path, error.response) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise UserError(
                field="sample.url",
                got=f"{redacted(self._url)}: {type(error).__name__}: {error}",
                expected="a server that answers OpenAI's completions, such as `vllm serve MODEL`",
                fix="Start the server, or check sample.url; an address usually ends in /v1.",
            ) from error
        return answer

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        response = self._client.request(method, self._url + path, json=body)
        response.raise_for_status()
        return response


def redacted(url: str) -> str:
    """An address without a name and password that it may hold."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.port:
        host += f":{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _passes(error: BaseException) -> bool:
    """Whether a fault may be gone in a moment."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in _BUSY
    # A refused connection is raised at once: nobody has started the server.
    return isinstance(error, (httpx.ReadError, httpx.RemoteProtocolError, httpx.ReadTimeout))


def _refused(url: str, path: str, response: httpx.Response) -> UserError:
    text = " ".join(response.text.split())[:300]
    field, fix = "sample.url", "Check sample.url and sample.served_model."
    if path == "/load_lora_adapter":
        field = "sample.adapter"
        fix = (
            "Start vLLM with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 on a machine "
            "that sees the run directory."
        )
    return UserError(
        field=field,
        got=f"{redacted(url)}{path}: HTTP {response.status_code}: {text}",
        expected="a request that the server takes",
        fix=fix,
    )
