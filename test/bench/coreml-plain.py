"""coremltools by itself: replays plans that are in files in this one process, which stays warm. Arguments of a conversion as JSON lines on stdin;
what building, converting and saving took together, in seconds, on stdout.

    PYTHON coreml-plain.py FOLDER_OF_JOBS < requests        (test/bench/coreml-peers.ts runs it)
"""
import json
import sys

sys.path.insert(0, sys.argv[1])
import jobs_coreml

for line in sys.stdin:
    seconds = jobs_coreml.convert(json.loads(line))["seconds"]
    print(sum(seconds.values()), flush=True)
