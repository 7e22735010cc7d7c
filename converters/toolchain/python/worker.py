"""Fork server between npu-dyno and the Python libraries of vendors.

Requests are JSON lines on stdin, replies JSON lines on file descriptor 3: libraries are free to print on stdout and stderr. Libraries are
imported once, here; every job runs in a forked child (a spawned one where the platform cannot fork), because vendor code may crash, hang or
eat all memory. What a child prints goes to a file whose last lines travel with an error.

  {"id": 7, "job": "htp.compile", "args": {…}, "timeout": 120}      {"cancel": 7}
  {"hello": {"protocol": 1, "python": "3.11.7", "packages": {…}}}
  {"id": 7, "ok": true, "result": {…}, "seconds": 0.3, "peak": 104857600}
  {"id": 7, "ok": false, "error": {"kind": "crash", "message": "…", "output": "…"}}
"""
import ctypes
import importlib
import importlib.metadata
import json
import os
import platform
import selectors
import signal
import subprocess
import sys
import tempfile
import time

PROTOCOL = 1
PACKAGES = ("onnxruntime", "onnxruntime-qnn", "coremltools", "numpy", "onnx", "protobuf", "scikit-learn", "adbutils")
TAIL = 8000


class Job:
    """A child at work on one request."""

    def __init__(self, request):
        self.id = request["id"]
        self.request = request
        self.started = time.monotonic()
        self.deadline = self.started + request["timeout"] if request.get("timeout") else None
        self.output = tempfile.NamedTemporaryFile(prefix="dyno-job-", suffix=".log", delete=False)
        self.reply = b""
        self.killed = None
        self.pid, self.pipe = fork(self) if hasattr(os, "fork") and not os.environ.get("DYNO_SPAWN") else spawn(self)

    def kill(self, why):
        if self.killed is None:
            self.killed = why
            os.kill(self.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)

    def finish(self):
        _, status, usage = os.wait4(self.pid, 0) if hasattr(os, "wait4") else (0, self.process.wait(), None)
        seconds = time.monotonic() - self.started
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) if usage else None
        try:
            message = json.loads(self.reply) if self.reply else None
        except ValueError:
            message = None
        if message is None or self.killed:
            message = {"ok": False, "error": {"kind": self.killed or "crash", "message": ended(status, self.killed, seconds)}}
        if not message["ok"]:
            message["error"]["output"] = self.tail()
        os.unlink(self.output.name)
        return {"id": self.id, "seconds": round(seconds, 4), "peak": peak, **message}

    def tail(self):
        with open(self.output.name, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - TAIL))
            return file.read().decode(errors="replace")


def fork(job):
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    os.close(read)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with_parent()
    redirect(job.output.fileno())
    reply = perform(job.request)
    with os.fdopen(write, "wb") as pipe:
        pipe.write(reply)
    sys.stdout.flush()
    os._exit(0)


def spawn(job):
    job.process = subprocess.Popen([sys.executable, __file__, "--one"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=job.output)
    job.process.stdin.write(json.dumps(job.request).encode() + b"\n")
    job.process.stdin.close()
    return job.process.pid, job.process.stdout.fileno()


def die_with_parent():
    """A child must not outlive the command; only Linux has this."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)


def redirect(output):
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)


def perform(request):
    """Runs the job's function; its result or its exception as a reply."""
    try:
        result = function_of(request["job"])(request.get("args", {}))
        return json.dumps({"ok": True, "result": result}).encode()
    except MemoryError:
        return json.dumps({"ok": False, "error": {"kind": "memory", "message": "out of memory"}}).encode()
    except BaseException as error:
        kind = "unknown-job" if isinstance(error, LookupError) and error.args and str(error.args[0]).startswith("no job ") else "exception"
        return json.dumps({"ok": False, "error": {"kind": kind, "type": type(error).__name__, "message": str(error)}}).encode()


def function_of(name):
    """`htp.compile` is `compile` of jobs_htp.py beside this file."""
    module, _, function = name.partition(".")
    if not module.isidentifier() or not function.isidentifier() or not os.path.exists(os.path.join(os.path.dirname(os.path.abspath(__file__)), f"jobs_{module}.py")):
        raise LookupError(f"no job {name}")
    return getattr(importlib.import_module(f"jobs_{module}"), function)


def ended(status, killed, seconds):
    if killed == "timeout":
        return f"did not end within {seconds:.0f} s"
    if killed == "cancelled":
        return "was cancelled"
    if hasattr(os, "WIFSIGNALED") and os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"ended by signal {number} ({signal.Signals(number).name})"
    return f"ended with status {status} without a reply"


def packages():
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def serve(replies):
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ, None)
    jobs, buffer, open_input = {}, b"", True
    send(replies, {"hello": {"protocol": PROTOCOL, "python": platform.python_version(), "packages": packages()}})
    while open_input or jobs:
        deadlines = [job.deadline for job in jobs.values() if job.deadline]
        wait = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        for key, _ in selector.select(wait):
            if key.data is None:
                chunk = os.read(0, 65536)
                if not chunk:
                    open_input = False
                    selector.unregister(0)
                    for job in jobs.values():
                        job.kill("cancelled")
                    continue
                *lines, buffer = (buffer + chunk).split(b"\n")
                for line in filter(None, lines):
                    accept(json.loads(line), jobs, selector)
                continue
            job = key.data
            chunk = os.read(job.pipe, 65536)
            if chunk:
                job.reply += chunk
                continue
            selector.unregister(job.pipe)
            os.close(job.pipe)
            del jobs[job.id]
            send(replies, job.finish())
        now = time.monotonic()
        for job in list(jobs.values()):
            if job.deadline and now >= job.deadline:
                job.kill("timeout")


def accept(request, jobs, selector):
    if "cancel" in request:
        if request["cancel"] in jobs:
            jobs[request["cancel"]].kill("cancelled")
        return
    preload(request["job"])
    job = Job(request)
    jobs[job.id] = job
    selector.register(job.pipe, selectors.EVENT_READ, job)


def preload(name):
    """Imports what the job needs before forking, so that the next child finds it there. A failure shows in the child, where it has a reply."""
    try:
        function_of(name)
    except BaseException:
        pass


def send(replies, message):
    replies.write(json.dumps(message) + "\n")
    replies.flush()


def one():
    """The spawned form: one request on stdin, its reply on what was stdout."""
    reply = os.dup(1)
    os.dup2(2, 1)
    request = json.loads(sys.stdin.readline())
    os.write(reply, perform(request))


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    if "--one" in sys.argv:
        one()
    else:
        serve(os.fdopen(3, "w"))
