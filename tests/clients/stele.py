"""Starts the command with a registry in a folder of its own, and speaks to it as a program would.

`serve()` gives a `Served` that is to be stopped; the fixtures of conftest.py do both. Only the
standard library is used, so that a test may bring whatever client it wants to try.
"""

import http.cookiejar
import itertools
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
BINARY = Path(
    os.environ.get("STELE_BINARY")
    or Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "debug" / "stele"
)
_NUMBERS = itertools.count()
PASSWORD = "demo demo demo"
"""Password of every account of the demo dossier."""
ADMINISTRATOR = "administrator@demo.example"
RECORDER = "recorder@demo.example"
VERIFIERS = ("verifier-1@demo.example", "verifier-2@demo.example")


def stele(*args, check=True):
    """Runs the command to its end and gives what it printed, read as JSON."""
    done = subprocess.run(
        [str(BINARY), *map(str, args), "--json"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    if check and done.returncode != 0:
        raise AssertionError(f"stele {' '.join(map(str, args))} ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout) if done.stdout.strip() else None


@dataclass
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: dict  # names in small letters
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Served:
    """A served registry."""

    url: str
    data: Path
    folder: Path
    process: subprocess.Popen
    openers: dict = field(default_factory=dict)
    tokens: dict = field(default_factory=dict)

    def stop(self):
        """Ends the server, which must end by itself, and removes its folder."""
        try:
            self._end()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def restart(self):
        """Ends the server and starts another on the same folder, at another address."""
        self._end()
        self.url, self.process = _start(self.data)

    def _end(self):
        self.process.terminate()
        try:
            code = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("the server did not end when asked to") from None
        finally:
            self.process.stdout.close()
        assert code == 0, f"the server ended with {code}"

    def sql(self, statement):
        """Changes the tables behind the server's back: what would take days otherwise."""
        settings = (self.data / "stele.toml").read_text()
        server = re.search(r'^database = "(postgres://.+)"$', settings, re.MULTILINE)
        if server:
            _psql(server[1], statement)
            return
        with sqlite3.connect(self.data / "stele.db") as database:
            database.execute(statement)

    def ask(self, method, path, body=None, *, headers=None, token=None, account=None, timeout=60):
        """One request. A body that is no bytes is sent as JSON; `account` is an e-mail address whose
        session's cookie goes along, as a browser sends it."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(urllib.parse.urljoin(self.url, path), body, headers, method=method)
        try:
            with self.opener(account).open(request, timeout=timeout) as answer:
                return _answer(answer)
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error)

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.ask("POST", path, {} if body is None else body, **more)

    def token(self, email=RECORDER, scope="record", name="test"):
        """A token of an account, made with the command; the same for the same words."""
        key = (email, scope, name)
        if key not in self.tokens:
            made = stele("token", "--data", self.data, "add", email, "--name", name, "--scope", scope)
            self.tokens[key] = made["token"]
        return self.tokens[key]

    def opener(self, email=None):
        """Signed in with a cookie, as a browser would be; without an address nobody is."""
        if email not in self.openers:
            jar = http.cookiejar.CookieJar()
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar), _Stay())
            self.openers[email] = opener
            if email is not None:
                form = urllib.parse.urlencode({"email": email, "password": PASSWORD}).encode()
                request = urllib.request.Request(f"{self.url}/sign-in", form)
                try:
                    opener.open(request, timeout=60).close()
                except urllib.error.HTTPError as answer:
                    assert answer.code == 303, f"{email} could not sign in: {answer.code}"
                assert len(jar) == 1, f"{email} has no session"
        return self.openers[email]


class _Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are answers: the test looks at them itself."""

    def redirect_request(self, *_):
        return None


def _answer(answer):
    names = {name.lower() for name in answer.headers}
    headers = {name: ", ".join(answer.headers.get_all(name)) for name in names}
    return Answer(answer.status, headers, answer.read())


def _psql(url, statement):
    psql = Path(os.environ.get("PG_BIN", "/usr/lib/postgresql/15/bin")) / "psql"
    subprocess.run([psql, "--quiet", url, "--command", statement], check=True, capture_output=True, timeout=60)


def _database():
    """Where the tests keep records: an empty database where `STELE_TEST_ENGINE` is postgres, else the folder."""
    if os.environ.get("STELE_TEST_ENGINE", "sqlite") == "sqlite":
        return []
    server, _, first = os.environ["STELE_TEST_POSTGRES"].rpartition("/")
    name = f"stele_clients_{os.getpid()}_{next(_NUMBERS)}"
    for statement in (f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}"):
        _psql(f"{server}/{first}", statement)
    return ["--database", f"{server}/{name}"]


def serve(*, demo=True, name="Test registry", admin="admin@test.example"):
    """A served registry: the demo dossier, or an empty one with an administrator."""
    if not BINARY.exists():
        raise AssertionError(f"{BINARY} is missing: run cargo build --package stele first")
    folder = Path(tempfile.mkdtemp(prefix="stele-clients-"))
    data = folder / "data"
    if demo:
        stele("demo", "--data", data, "--no-serve", *_database())
    else:
        stele("init", data, "--name", name, "--admin", admin, *_database())
    url, process = _start(data)
    return Served(url, data, folder, process)


def _start(data):
    process = subprocess.Popen(
        [str(BINARY), "serve", "--data", str(data), "--listen", "127.0.0.1:0", "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    first = process.stdout.readline()
    if not first:
        raise AssertionError(f"the server ended with {process.wait()}")
    return json.loads(first)["listening"].rstrip("/"), process


def code_blocks(document, language):
    """The fenced blocks of a language in a document of docs/, in order: examples are run as they are printed."""
    text = (ROOT / "docs" / document).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
