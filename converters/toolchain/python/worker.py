"""Fork server between npu-dyno and the Python libraries of vendors.

Requests are JSON lines on stdin, replies JSON lines on file descriptor 3: libraries are free to print on stdout and stderr. Libraries are
imported once, here; every job runs in a forked child (a spawned one where the platform cannot fork), because vendor code may crash, hang or
eat all memory. What a child prints goes to a file whose last lines travel with an error. `timeout` is in seconds, `memory` in resident bytes
(enforced where the system tells them: Linux). The worker ends, and its children with it, when stdin does.

  {"id": 7, "job": "htp.compile", "args": {…}, "timeout": 120, "memory": 2147483648}      {"cancel": 7}
  {"hello": {"protocol": 1, "python": "3.11.7", "packages": {…}}}
  {"id": 7, "ok": true, "result": {…}, "seconds": 0.3, "peak": 104857600}
  {"id": 7, "ok": false, "error": {"kind": "crash", "message": "…", "output": "…"}}
"""
import gc
import importlib
import importlib.metadata
import json
import os
import platform
import signal
import sys
import time

from children import FORKS, Job, one, own_peak
from inbox import SelectInbox, ThreadInbox

sys.modules["openvino_telemetry"] = None  # OpenVINO then uses its stub, and reports to nobody.

PROTOCOL = 1
PACKAGES = ("onnxruntime", "onnxruntime-qnn", "coremltools", "numpy", "onnx", "protobuf", "scikit-learn", "adbutils", "openvino")
LOOK_AFTER_SECONDS = 0.05


def serve(replies):
    inbox = SelectInbox() if FORKS else ThreadInbox()
    jobs, ending, lines, open_input = {}, [], b"", True
    inbox.watch(0, None)
    send(replies, {"hello": {"protocol": PROTOCOL, "python": platform.python_version(), "packages": packages()}})
    while open_input or jobs:
        for job, chunk in inbox.wait(patience(jobs.values(), ending)):
            if job and chunk:
                job.reply += chunk
            elif job:
                del jobs[job.id]
                job.finish(lambda reply: send(replies, reply))
                ending.append(job)
            elif chunk:
                *complete, lines = (lines + chunk).split(b"\n")
                for line in filter(None, complete):
                    accept(json.loads(line), jobs, inbox, replies)
            else:
                open_input = False
                for running in jobs.values():
                    running.kill("cancelled")
        now = time.monotonic()
        for job in jobs.values():
            job.enforce(now)
        ending = [job for job in ending if not job.gone()]


def patience(jobs, ending):
    """Seconds until there is something to look after; None: for ever."""
    waits = [max(0.0, job.deadline - time.monotonic()) for job in jobs if job.deadline]
    if ending or any(job.memory for job in jobs):
        waits.append(LOOK_AFTER_SECONDS)
    return min(waits, default=None)


def accept(request, jobs, inbox, replies):
    if "cancel" in request:
        if request["cancel"] in jobs:
            jobs[request["cancel"]].kill("cancelled")
        return
    preload(request["job"])
    try:
        job = Job(request, perform, os.path.abspath(__file__))
    except OSError as error:
        send(replies, {"id": request["id"], "ok": False, "seconds": 0, "peak": None, "error": {"kind": "killed", "message": f"no process could be started: {error}"}})
        return
    jobs[job.id] = job
    inbox.watch(job.pipe, job)


def preload(name):
    """Imports what the job needs before forking, so that the next child finds it there. A failure shows in the child, where it has a reply.
    What was imported is then left alone by the garbage collector, which would copy its pages in every child."""
    if not FORKS:
        return
    try:
        function_of(name)
    except BaseException:
        pass
    gc.freeze()


def perform(request):
    """Runs the job's function; its result or its exception as a reply."""
    try:
        result = function_of(request["job"])(request.get("args", {}))
        return json.dumps({"ok": True, "result": result, "peak": own_peak()}).encode()
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


def packages():
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def send(replies, message):
    replies.write(json.dumps(message) + "\n")
    replies.flush()


if __name__ == "__main__":
    if "--one" in sys.argv:
        one(perform)
    else:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the command decides what ends.
        serve(os.fdopen(3, "w"))
