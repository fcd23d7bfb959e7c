"""A hub on this machine that takes an upload as huggingface.co does, for its real client."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LARGE = 100_000  # bytes; larger files go to the large file store


class StandIn:
    """What the hub has been sent.

    Attributes:
        url: where it listens.
        files: the repository's files by path.
        tokens: the Authorization headers.
        created: the bodies of requests to make a repository.
        refuses: whether every request is answered with 401.
    """

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes] = {}
        self.tokens: set[str | None] = set()
        self.created: list[dict] = []
        self.refuses = False
        self._large: dict[str, bytes] = {}

    def answer(self, method: str, path: str, body: bytes) -> object:
        """The JSON answer to a request."""
        path = path.partition("?")[0]
        match method, path.strip("/").split("/"):
            case "POST", ["api", "repos", "create"]:
                self.created.append(json.loads(body))
                wanted = json.loads(body)
                repo = f"{wanted.get('organization') or 'me'}/{wanted['name']}"
                return {"url": f"{self.url}/{repo}", "name": repo}
            case "POST", ["api", "validate-yaml"]:
                return {"errors": [], "warnings": []}
            case "POST", ["api", "models", _, _, "preupload", "main"]:
                return {"files": [_mode(file) for file in json.loads(body)["files"]]}
            case "POST", [_, _, "info", "lfs", "objects", "batch"]:
                objects = json.loads(body)["objects"]
                return {"transfer": "basic", "objects": [self._place(entry) for entry in objects]}
            case "PUT", ["large", oid]:
                assert sha256(body).hexdigest() == oid
                self._large[oid] = body
                return {}
            case "POST", ["api", "models", owner, name, "commit", "main"]:
                self._commit([json.loads(line) for line in body.splitlines()])
                address = f"{self.url}/{owner}/{name}/commit/{'1' * 40}"
                return {"success": True, "commitOid": "1" * 40, "commitUrl": address}
        return None

    def _place(self, wanted: dict) -> dict:
        upload = {"href": f"{self.url}/large/{wanted['oid']}"}
        return {"oid": wanted["oid"], "size": wanted["size"], "actions": {"upload": upload}}

    def _commit(self, lines: list[dict]) -> None:
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                self.files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                self.files[value["path"]] = self._large[value["oid"]]


def _mode(file: dict) -> dict:
    mode = "lfs" if file["size"] > LARGE else "regular"
    return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": None}


@contextmanager
def hub() -> Iterator[StandIn]:
    """One that listens until the block ends."""
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not self.path.startswith("/large/"):
                stand_in.tokens.add(self.headers.get("Authorization"))
            found = stand_in.answer(self.command, self.path, body)
            status = 401 if stand_in.refuses else 404 if found is None else 200
            text = json.dumps(found or {"error": f"no {self.command} {self.path}"}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_HEAD = _handle

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
