"""OpenVINO: what it finds here, a model's outputs, and one block of measurements.

Thin: which settings a unit stands for is decided in TypeScript. The worker keeps OpenVINO's telemetry out.
"""
import time

import numpy
import openvino

from blocks import ForeignLoad, hashes, kept, timed, timed_part, warm_up
from children import own_peak


def devices(_):
    """What can be compiled for here, with its full name."""
    core = openvino.Core()
    return {"version": openvino.__version__, "devices": [{"id": id, "name": core.get_property(id, "FULL_DEVICE_NAME")} for id in core.available_devices]}


def run(args):
    """args: model, device, config, outputs (names; those that are no graph outputs are exposed), feeds (each a list of name, dtype, dims, file), folder."""
    compiled, results = {}, []
    for number, packed in enumerate(args["feeds"]):
        feed = arrays_of(packed)
        shapes = str([(name, array.shape) for name, array in feed.items()])
        if shapes not in compiled:
            compiled = {shapes: compile_for(args, feed)}
        request = request_for(compiled[shapes], feed)
        request.infer(share_outputs=True)
        results.append(kept(outputs_of(request, args["outputs"]), args["folder"], number))
    return {"results": results}


def block(args):
    """args: model, device, config, outputs, feed, warmUp, timed, outputsTo (folder or None)."""
    started_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    feed = arrays_of(args["feed"])
    compiled, load = timed(lambda: compile_for(args, feed))
    request = request_for(compiled, feed)
    infer = lambda: request.infer(share_outputs=True)
    _, first = timed(infer)
    outputs = {name: array.copy() for name, array in outputs_of(request, args["outputs"]).items()}
    one = lambda: timed(infer)[1]
    runs, stable = warm_up(one, args["warmUp"])
    foreign = ForeignLoad()
    samples = timed_part(one, args["timed"])
    return {
        "startedAt": started_at, "loadMs": load, "firstMs": first, "warmUpRuns": runs, "stable": stable, "samples": samples, "foreignLoad": foreign.until_now(),
        "outputSha256": hashes(outputs), "outputs": kept(outputs, args["outputsTo"]), "peakMemoryBytes": own_peak(), "settings": settings_of(compiled, args["config"]),
    }


def compile_for(args, feed):
    """Open sizes become the feed's: every device takes that, and plans memory for it."""
    core = openvino.Core()
    model = core.read_model(args["model"])
    if model.is_dynamic():
        model.reshape({name: array.shape for name, array in feed.items()})
    known = {name for port in model.outputs for name in port.names}
    inner = [name for name in args["outputs"] if name not in known]
    if inner:
        model.add_outputs(inner)
    return core.compile_model(model, args["device"], args["config"])


def request_for(compiled, feed):
    """Inputs stay where they are from run to run; OpenVINO allocates the outputs once."""
    request = compiled.create_infer_request()
    for name, array in feed.items():
        request.set_tensor(name, openvino.Tensor(array, shared_memory=True))
    return request


def outputs_of(request, names):
    return {name: request.get_tensor(name).data for name in names}


def arrays_of(packed):
    return {p["name"]: numpy.fromfile(p["file"], p["dtype"]).reshape(p["dims"]) for p in packed}


def settings_of(compiled, config):
    """What the plugin made of what was asked for."""
    return {key: text_of(compiled.get_property(key)) for key in (*config, "EXECUTION_DEVICES")}


def text_of(value):
    if isinstance(value, openvino.Type):
        return value.get_type_name()
    return ", ".join(value) if isinstance(value, list) else str(getattr(value, "name", value))
