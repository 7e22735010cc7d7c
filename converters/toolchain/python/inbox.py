"""Waiting for bytes on several pipes at once."""
import os
import queue
import selectors
import threading

CHUNK = 65536


class SelectInbox:
    """Where the system can wait for pipes. A process that forks must not have threads."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()

    def watch(self, descriptor, owner):
        self.selector.register(descriptor, selectors.EVENT_READ, owner)

    def wait(self, seconds):
        """Pairs of owner and bytes that arrived within the time; no bytes at the end of a pipe, once."""
        for key, _ in self.selector.select(seconds):
            chunk = os.read(key.fd, CHUNK)
            if not chunk:
                self.selector.unregister(key.fd)
            yield key.data, chunk


class ThreadInbox:
    """Where it cannot (Windows): a thread per pipe. For processes that spawn."""

    def __init__(self):
        self.arrived = queue.SimpleQueue()

    def watch(self, descriptor, owner):
        threading.Thread(target=self.read, args=(descriptor, owner), daemon=True).start()

    def read(self, descriptor, owner):
        chunk = None
        while chunk != b"":
            chunk = os.read(descriptor, CHUNK)
            self.arrived.put((owner, chunk))

    def wait(self, seconds):
        try:
            yield self.arrived.get(timeout=seconds)
        except queue.Empty:
            return
