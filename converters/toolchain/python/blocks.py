"""A block of measurements, by the rules of device-harness/method/warm-up.ts. Times are milliseconds on the monotonic clock."""
import hashlib
import os
import statistics
import time

import numpy


def timed(work):
    started = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - started) * 1000


def warm_up(one, rule):
    """Runs until the medians of the second and of the last quarter of all runs agree, or time is up: how many runs, and whether they did."""
    times, look = [], max(rule["minRuns"], 6)
    while True:
        times.append(one())
        if len(times) >= look and sum(times) >= rule["minMs"]:
            quarter, start = max(3, len(times) // 4), len(times) // 4
            before, last = statistics.median_low(times[start:start + quarter]), statistics.median_low(times[-quarter:])
            if abs(last - before) <= rule["tolerance"] * before:
                return len(times), True
            look = int(len(times) * 1.1) + 1
        if sum(times) >= rule["maxMs"]:
            return len(times), False


def timed_part(one, part):
    samples = []
    while not (samples and (len(samples) >= part["maxRuns"] or sum(samples) >= part["maxMs"] or (len(samples) >= part["minRuns"] and sum(samples) >= part["minMs"]))):
        samples.append(one())
    return samples


def hashes(outputs):
    return {name: hashlib.sha256(as_array(value).tobytes()).hexdigest() for name, value in outputs.items()}


def kept(outputs, folder, feed=0):
    """Outputs as files in a folder, with name, NumPy's type and shape; None where there is no folder. `feed` keeps those of several apart."""
    if folder is None:
        return None
    packed = []
    for index, (name, value) in enumerate(outputs.items()):
        array, file = as_array(value), os.path.join(folder, f"output-{feed}-{index}")
        array.tofile(file)
        packed.append({"name": name, "dtype": str(array.dtype), "dims": list(array.shape), "file": file})
    return packed


def as_array(value):
    array = numpy.asarray(value)
    return array if array.flags.c_contiguous else numpy.ascontiguousarray(array)


class ForeignLoad:
    """Share of all cores that other processes take from now on, 0 to 1; None where the system does not tell (other than Linux)."""

    def __init__(self):
        self.before = processor_times()

    def until_now(self):
        after = processor_times()
        if self.before is None or after is None or after[0] <= self.before[0]:
            return None
        (all_before, busy_before, own_before), (all_after, busy_after, own_after) = self.before, after
        return min(max((busy_after - busy_before - (own_after - own_before)) / (all_after - all_before), 0.0), 1.0)


def processor_times():
    """Seconds since boot of all cores together, those of them that were not idle, and those of this process."""
    try:
        with open("/proc/stat", encoding="ascii") as file:
            user, nice, system, idle, waiting, irq, soft, stolen = [int(n) / os.sysconf("SC_CLK_TCK") for n in file.readline().split()[1:9]]
    except (OSError, ValueError):
        return None
    own = os.times()
    busy = user + nice + system + irq + soft
    return busy + idle + waiting + stolen, busy, own.user + own.system
