"""An imitation of the Hub's HTTP interface on a free local port: files, listings, uploads, and every kind of trouble.

with HubImitation() as hub:
    hub.add("dataset", "owner/name", {"train.parquet": b"..."})
    hub.trouble["owner/name", "train.parquet"] = "cut"     # see TROUBLES
    os.environ["HF_ENDPOINT"] = hub.url
"""

import base64
import hashlib
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TROUBLES = (
    "unauthorised",
    "gated",
    "forbidden",
    "unknown",
    "private",
    "no_file",
    "broken_server",
    "redirect",
    "cdn",
    "cut",
    "cut_always",
    "drip",
    "stall",
    "corrupt",
    "no_range",
    "foreign",
)
_LARGE = (".parquet", ".safetensors", ".bin")
_RESOLVE = re.compile(r"^/(?P<set>datasets/)?(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+(?:%2F[^/]+)*)/(?P<name>.+)$")
_API = re.compile(
    r"^/api/(?P<kind>datasets|models)/(?P<repo>[^/]+/[^/]+)(?:/(?P<verb>revision|preupload|commit)/(?P<revision>.+))?$"
)


class HubImitation:
    """Repositories in memory and a server that shows them; `requests` lists what was asked."""

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str, str], dict[str, bytes]] = {}
        self.trouble: dict[tuple[str, str], str] = {}
        """(repository, file name or "*") -> one of TROUBLES."""
        self.requests: list[tuple[str, str, str]] = []
        """(method, path, Range header)."""
        self.tokens: list[str] = []
        """Authorization header of every request for a file."""
        self.cdn: HubImitation | None = None
        """Where the trouble "cdn" sends downloads to: another address, which must not see the token."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.pace_s = 0.05
        """Seconds between the pieces of a slow drip."""

    def add(self, kind: str, repo: str, files: dict[str, bytes], revision: str = "main") -> str:
        """Put files on a branch of a repository; returns the commit."""
        self.repos.setdefault((kind, repo, revision), {}).update(files)
        return self.commit(kind, repo, revision)

    def commit(self, kind: str, repo: str, revision: str) -> str:
        """Commit of a branch: the same content has the same one."""
        digest = hashlib.sha1()
        for name, data in sorted(self.repos[kind, repo, revision].items()):
            digest.update(name.encode() + hashlib.sha1(data).digest())
        return digest.hexdigest()

    def find(self, kind: str, repo: str, revision: str) -> tuple[dict[str, bytes], str] | None:
        """Files and commit of a branch or commit."""
        for (of_kind, of_repo, branch), files in self.repos.items():
            if (of_kind, of_repo) == (kind, repo) and revision in (branch, self.commit(of_kind, of_repo, branch)):
                return files, self.commit(of_kind, of_repo, branch)
        return None

    def __enter__(self) -> "HubImitation":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def gets(self, name: str) -> list[str]:
        """Range headers of the downloads of a file, in order."""
        return [asked for method, path, asked in self.requests if method == "GET" and "/resolve/" in path and path.endswith(name)]


class _Handler(BaseHTTPRequestHandler):
    hub: HubImitation
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._resolve(body=False)

    def do_GET(self) -> None:
        if urlsplit(self.path).path.startswith("/api/"):
            self._api()
        else:
            self._resolve(body=True)

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.hub.requests.append(("POST", urlsplit(self.path).path, ""))
        path = urlsplit(self.path).path
        if path == "/api/repos/create":
            return self._create(json.loads(data))
        found = _API.match(path)
        if found and found["verb"] == "preupload":
            files = [{"path": file["path"], "uploadMode": "regular", "shouldIgnore": False} for file in json.loads(data)["files"]]
            return self._json({"files": files})
        if found and found["verb"] == "commit":
            return self._commit(found["kind"][:-1], found["repo"], unquote(found["revision"]), data)
        self._json({"errors": [], "warnings": []})

    def _create(self, asked: dict[str, str]) -> None:
        repo = f"{asked.get('organization') or 'me'}/{asked['name']}"
        if self._refuse(self.hub.trouble.get((repo, "*"), "")):
            return
        self.hub.repos.setdefault((asked.get("type", "model"), repo, "main"), {})
        self._json({"url": f"{self.hub.url}/{repo}", "name": repo})

    def _commit(self, kind: str, repo: str, revision: str, data: bytes) -> None:
        if self._refuse(self.hub.trouble.get((repo, "*"), "")):
            return
        for line in data.splitlines():
            item = json.loads(line)
            if item["key"] == "file":
                self.hub.add(kind, repo, {item["value"]["path"]: base64.b64decode(item["value"]["content"])}, revision)
        oid = self.hub.commit(kind, repo, revision)
        self._json({"success": True, "commitOid": oid, "commitUrl": f"{self.hub.url}/{repo}/commit/{oid}"})

    def _api(self) -> None:
        path = urlsplit(self.path).path
        self.hub.requests.append(("GET", path, ""))
        found = _API.match(path)
        if not found:
            return self._answer(404, {"X-Error-Code": "RepoNotFound"})
        if self._refuse(self.hub.trouble.get((found["repo"], "*"), "")):
            return
        repo = self.hub.find(found["kind"][:-1], found["repo"], unquote(found["revision"] or "main"))
        if repo is None:
            return self._missing_repo(found["kind"][:-1], found["repo"])
        files, commit = repo
        self._json(
            {
                "id": found["repo"],
                "sha": commit,
                "private": False,
                "gated": False,
                "tags": [],
                "downloads": 0,
                "likes": 0,
                "siblings": [{"rfilename": name} for name in sorted(files)],
            }
        )

    def _missing_repo(self, kind: str, repo: str) -> None:
        known = any(key[:2] == (kind, repo) for key in self.hub.repos)
        self._answer(404 if known else 401, {"X-Error-Code": "RevisionNotFound" if known else "RepoNotFound"})

    def _refuse(self, trouble: str) -> bool:
        """Answer with an error if that is the trouble."""
        answers = {
            "unauthorised": (401, {"X-Error-Message": "Invalid credentials in Authorization header"}),
            "gated": (403, {"X-Error-Code": "GatedRepo"}),
            "forbidden": (403, {}),
            "unknown": (404, {"X-Error-Code": "RepoNotFound"}),
            "private": (401, {"X-Error-Code": "RepoNotFound"}),
            "no_file": (404, {"X-Error-Code": "EntryNotFound"}),
            "broken_server": (503, {}),
            "foreign": (200, {}),
        }
        if trouble not in answers:
            return False
        self._answer(*answers[trouble])
        return True

    def _resolve(self, body: bool) -> None:
        path, asked = urlsplit(self.path).path, self.headers.get("Range", "")
        self.hub.requests.append((self.command, path, asked))
        self.hub.tokens.append(self.headers.get("Authorization", ""))
        found = _RESOLVE.match(path)
        if not found:
            return self._answer(404, {})
        kind, name = "dataset" if found["set"] else "model", unquote(found["name"])
        trouble = self.hub.trouble.get((found["repo"], name)) or self.hub.trouble.get((found["repo"], "*"), "")
        if self._refuse(trouble):
            return
        if trouble == "redirect":
            self.hub.trouble.pop((found["repo"], "*"), None)
            target = path.replace(found["repo"], f"new-{found['repo']}", 1)
            return self._answer(307, {"Location": target})
        repo = self.hub.find(kind, found["repo"].removeprefix("new-"), unquote(found["revision"]))
        if repo is None:
            return self._missing_repo(kind, found["repo"])
        files, commit = repo
        if name not in files:
            return self._answer(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit})
        if trouble == "cdn" and self.hub.cdn:
            etag, size = hashlib.sha256(files[name]).hexdigest(), str(len(files[name]))
            linked = {"X-Linked-Etag": f'"{etag}"', "X-Linked-Size": size, "X-Repo-Commit": commit}
            return self._answer(302, {"Location": f"{self.hub.cdn.url}{path}", **linked})
        self._file(files[name], name, commit, asked, trouble, body, (found["repo"], name))

    def _file(self, data: bytes, name: str, commit: str, asked: str, trouble: str, body: bool, key: tuple[str, str]) -> None:
        etag = (
            hashlib.sha256(data).hexdigest()
            if name.endswith(_LARGE)
            else hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
        )
        head = {"X-Repo-Commit": commit, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        if not body:
            return self._answer(200, head, size=len(data))
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and trouble != "no_range" else 0
        if start >= len(data) > 0:
            return self._answer(416, head)
        rest = data[start:] if trouble != "corrupt" else bytes(len(data) - start)
        status = 206 if start else 200
        if start:
            head["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._headers(status, head, len(rest))
        self._send(rest, trouble, key)

    def _send(self, rest: bytes, trouble: str, key: tuple[str, str]) -> None:
        if trouble in ("cut", "cut_always", "stall"):
            if trouble == "cut":
                self.hub.trouble.pop(key)
            again = self.headers.get("Range") and trouble == "stall"
            self.wfile.write(b"" if again or trouble == "cut_always" else rest[: len(rest) // 2])
            self.wfile.flush()
            if trouble == "stall":
                time.sleep(1)
            self.close_connection = True
        elif trouble == "drip":
            for begin in range(0, len(rest), 1000):
                self.wfile.write(rest[begin : begin + 1000])
                self.wfile.flush()
                time.sleep(self.hub.pace_s)
        else:
            self.wfile.write(rest)

    def _headers(self, status: int, head: dict[str, str], size: int) -> None:
        self.send_response(status)
        for name, value in {**head, "Content-Length": str(size)}.items():
            self.send_header(name, value)
        self.end_headers()

    def _answer(self, status: int, head: dict[str, str], size: int = 0) -> None:
        self._headers(status, head, size)

    def _json(self, value: object) -> None:
        data = json.dumps(value).encode()
        self._headers(200, {"Content-Type": "application/json"}, len(data))
        self.wfile.write(data)
