"""A child process per job: forked from the worker, which has the libraries already, or spawned where the platform cannot fork."""
import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

try:
    import resource
except ImportError:
    resource = None  # Windows

FORKS = hasattr(os, "fork") and not os.environ.get("DYNO_SPAWN")
FROM_OUTSIDE = {"SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"}
TAIL = 8000


class Job:
    """A child at work on one request. `perform` makes a reply of a request, as bytes; `worker` is the script that a spawned child runs."""

    def __init__(self, request, perform, worker):
        self.id = request["id"]
        self.started = time.monotonic()
        self.deadline = self.started + request["timeout"] if request.get("timeout") else None
        self.memory = request.get("memory")
        self.output = tempfile.TemporaryFile(prefix="dyno-job-")
        self.reply = b""
        self.killed = None
        self.process = None
        self.status = None
        if FORKS:
            self.pid, self.pipe = fork(request, perform, self.output)
        else:
            self.process = spawn(request, worker, self.output)
            self.pid, self.pipe = self.process.pid, self.process.stdout.fileno()

    def kill(self, why):
        if self.killed is None:
            self.killed = why
            os.kill(self.pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def enforce(self, now):
        """Ends the child where it went beyond its time or its memory."""
        if self.deadline and now >= self.deadline:
            self.kill("timeout")
        elif self.memory and resident(self.pid) > self.memory:
            self.kill("memory")

    def finish(self, send):
        """
        Sends the reply, after the child closed its pipe. A result goes out before the child's memory is given back to the system, which
        takes a while: `gone` says when it is.
        """
        seconds = time.monotonic() - self.started
        try:
            message = json.loads(self.reply) if self.reply and not self.killed else None
        except ValueError:
            message = None
        if message and message["ok"]:
            send({"id": self.id, "seconds": round(seconds, 4), **message})
        else:
            status, peak = self.wait(0)
            error = {**(message["error"] if message else self.ended(status, seconds)), "output": self.tail()}
            send({"id": self.id, "seconds": round(seconds, 4), "ok": False, "peak": peak, "error": error})
        self.close()

    def gone(self):
        """Whether the process has ended; does not wait for it."""
        if not hasattr(os, "wait4"):
            return self.process.poll() is not None
        return self.status is not None or self.wait(os.WNOHANG) is not None

    def wait(self, options):
        """Exit status (negative: the signal) and peak memory in bytes; None where it goes on and `options` say not to wait."""
        if not hasattr(os, "wait4"):
            return self.process.wait(), None
        pid, status, usage = os.wait4(self.pid, options)
        if pid == 0:
            return None
        self.status = os.waitstatus_to_exitcode(status)
        if self.process:
            self.process.returncode = self.status
        return self.status, peak_of(usage)

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.stdout.close()
        else:
            os.close(self.pipe)
        self.output.close()

    def ended(self, status, seconds):
        if self.killed == "timeout":
            return {"kind": "timeout", "message": f"did not end within {seconds:.0f} s"}
        if self.killed == "memory":
            return {"kind": "memory", "message": f"needed more than {self.memory / 2**20:.0f} MiB of memory"}
        if self.killed:
            return {"kind": self.killed, "message": "was cancelled"}
        if status >= 0:
            return {"kind": "crash", "message": f"ended with status {status} without a reply"}
        name = signal.Signals(-status).name
        if name in FROM_OUTSIDE:
            return {"kind": "killed", "message": f"was ended from outside by signal {-status} ({name}): by another program, or by the system for want of memory"}
        return {"kind": "crash", "message": f"ended by signal {-status} ({name})"}

    def tail(self):
        self.output.seek(0, os.SEEK_END)
        self.output.seek(max(0, self.output.tell() - TAIL))
        return self.output.read().decode(errors="replace")


def fork(request, perform, output):
    read, write = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    os.close(read)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with(parent)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    with os.fdopen(write, "wb") as pipe:
        pipe.write(perform(request))
    sys.stdout.flush()
    os._exit(0)


def spawn(request, worker, output):
    process = subprocess.Popen([sys.executable, worker, "--one"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output)
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
    except OSError:
        pass  # It ended before it read; finish() says how.
    return process


def one(perform):
    """The spawned child: one request on stdin, which stays open as long as the worker lives; its reply on what was stdout."""
    reply = os.dup(1)
    os.dup2(2, 1)
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=leave_at_end_of, args=(sys.stdin.buffer,), daemon=True).start()
    with os.fdopen(reply, "wb") as pipe:
        pipe.write(perform(request))
    sys.stdout.flush()
    os._exit(0)


def leave_at_end_of(stream):
    stream.read()
    os._exit(1)


def die_with(parent):
    """A forked child must not outlive the worker; only Linux has this."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def own_peak():
    """Peak memory of this process in bytes; None where the platform does not tell."""
    return peak_of(resource.getrusage(resource.RUSAGE_SELF)) if resource else None


def peak_of(usage):
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def resident(pid):
    """Bytes of a process in memory now; 0 where the platform does not tell."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
