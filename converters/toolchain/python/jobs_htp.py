"""Qualcomm's HTP compiler and emulator through the QNN execution provider. Thin: what its words mean is decided in TypeScript."""
import ctypes
import os
import re

import numpy
import onnxruntime
import onnxruntime_qnn

PROVIDER = "QNNExecutionProvider"
SESSIONS = []  # The process of a job ends with it: what taking a compiled graph down would cost is saved.

try:
    ctypes.CDLL(onnxruntime_qnn.get_qnn_htp_path())  # 100 MB that every forked child then has already.
except OSError:
    pass  # The session says what is wrong with it.


def compile(args):
    """Compiles a model: where each node went, and the path of the compiler's log. args: model, provider, session, log, ir."""
    session = open_session(args, verbose=True)
    return {"assignment": assignment(session), "inputs": face(session.get_inputs()), "outputs": face(session.get_outputs())}


def run(args):
    """Runs a model on feeds: args.feeds maps input names to .npy files, results are written to args.outputs as NAME index .npy."""
    session = open_session(args, verbose=False)
    results = []
    for number, feed in enumerate(args["feeds"]):
        arrays = session.run(None, {name: numpy.load(path) for name, path in feed.items()})
        files = {}
        for index, (output, array) in enumerate(zip(session.get_outputs(), arrays)):
            path = os.path.join(args["outputs"], f"{number}-{index}.npy")
            numpy.save(path, array)
            files[output.name] = path
        results.append(files)
    return {"assignment": assignment(session), "results": results}


def version(_):
    """Build string of the library that compiles, read out of it."""
    with open(onnxruntime_qnn.get_qnn_htp_path(), "rb") as file:
        found = re.search(rb"v\d+\.\d+\.\d+\.\d{6,}", file.read())
    return {"qairt": found.group(0).decode() if found else None, "onnxruntime_qnn": onnxruntime_qnn.__version__}


def open_session(args, verbose):
    if args.get("log"):
        target = os.open(args["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(target, 1)
        os.dup2(target, 2)
    onnxruntime.set_default_logger_severity(0 if verbose else 4)
    onnxruntime.register_execution_provider_library(PROVIDER, onnxruntime_qnn.get_library_path())
    device = next(d for d in onnxruntime.get_ep_devices() if d.ep_name == PROVIDER)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 0 if verbose else 4
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    for key, value in args.get("session", {}).items():
        options.add_session_config_entry(key, value)
    provider = {"backend_path": onnxruntime_qnn.get_qnn_htp_path(), **args["provider"]}
    if args.get("ir"):
        provider["qnn_ir_backend_path"] = os.path.join(os.path.dirname(onnxruntime_qnn.get_qnn_htp_path()), "libQnnIr.so" if os.name != "nt" else "QnnIr.dll")
    options.add_provider_for_devices([device], provider)
    session = onnxruntime.InferenceSession(args["model"], options)
    session.disable_fallback()  # else a run that fails on HTP is done again on the CPU, without a word
    SESSIONS.append(session)
    return session


def assignment(session):
    return [{"provider": part.ep_name, "nodes": [{"name": n.name, "opType": n.op_type} for n in part.get_nodes()]} for part in session.get_provider_graph_assignment_info()]


def face(values):
    return [{"name": v.name, "type": v.type, "shape": [d if isinstance(d, int) else None for d in v.shape]} for v in values]
