"""Core ML on this Mac through coremltools: one block of measurements of a package on one compute unit, with the compute plan.

Runs in a process of its own for every block (the framework does not outlive a fork). Times are milliseconds on the monotonic clock.
"""
import logging
import os
import resource
import time

os.environ.setdefault("TQDM_DISABLE", "1")
logging.getLogger("coremltools").setLevel(logging.ERROR)

import numpy
import coremltools
from coremltools.models import CompiledMLModel, MLModel
from coremltools.models.compute_plan import MLComputePlan

from blocks import hashes, kept, timed, timed_part, warm_up

UNITS = {"cpu": "CPU_ONLY", "gpu": "CPU_AND_GPU", "ane": "CPU_AND_NE", "all": "ALL"}
DEVICES = {"MLCPUComputeDevice": "cpu", "MLGPUComputeDevice": "gpu", "MLNeuralEngineComputeDevice": "ane"}


def block(args):
    """args: package, unit, feed (name, dtype, dims, file), warmUp, timed, outputsTo (folder or None)."""
    units = coremltools.ComputeUnit[UNITS[args["unit"]]]
    started_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    model, cold = timed(lambda: MLModel(args["package"], compute_units=units))
    compiled = model.get_compiled_model_path()
    _, warm = timed(lambda: CompiledMLModel(compiled, units))
    feed = feed_of(args["feed"], model.get_spec().description.input)
    outputs, first = timed(lambda: model.predict(feed))
    one = lambda: timed(lambda: model.predict(feed))[1]
    runs, stable = warm_up(one, args["warmUp"])
    return {
        "startedAt": started_at, "coldLoadMs": cold, "warmLoadMs": warm, "firstMs": first, "warmUpRuns": runs, "stable": stable, "samples": timed_part(one, args["timed"]),
        "outputSha256": hashes(outputs), "outputs": kept(outputs, args["outputsTo"]), "peakMemoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "plan": plan(compiled, units),
    }


def feed_of(packed, descriptions):
    images = {d.name for d in descriptions if d.type.WhichOneof("Type") == "imageType"}
    arrays = {p["name"]: numpy.fromfile(p["file"], p["dtype"]).reshape(p["dims"]) for p in packed}
    return {name: picture(array) if name in images else array for name, array in arrays.items()}


def picture(array):
    """Pixels of [1, C, H, W] as an image."""
    from PIL import Image
    pixels = numpy.clip(numpy.rint(array[0]), 0, 255).astype(numpy.uint8)
    return Image.fromarray(pixels[0], "L") if len(pixels) == 1 else Image.fromarray(numpy.ascontiguousarray(pixels.transpose(1, 2, 0)), "RGB")


def plan(compiled, units):
    """Operations in order, with the unit that each prefers, those that could take it, and its share of the cost; None where Core ML does not tell."""
    read = MLComputePlan.load_from_path(compiled, units)
    program = read.model_structure.program
    if program is None:
        return None
    return [described(read, name, operation) for name, function in program.functions.items() for operation in operations(function.block)]


def operations(block):
    for operation in block.operations:
        yield operation
        for inner in operation.blocks:
            yield from operations(inner)


def described(read, function, operation):
    usage = read.get_compute_device_usage_for_mlprogram_operation(operation)
    cost = read.get_estimated_cost_for_mlprogram_operation(operation)
    return {
        "function": function, "type": operation.operator_name, "value": operation.outputs[0].name if operation.outputs else "",
        "preferred": device(usage.preferred_compute_device) if usage else None,
        "supported": [device(d) for d in usage.supported_compute_devices] if usage else [],
        "cost": cost.weight if cost else None,
    }


def device(found):
    return DEVICES.get(type(found).__name__, type(found).__name__)
