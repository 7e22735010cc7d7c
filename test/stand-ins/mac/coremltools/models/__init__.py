import json
import os
import time
from types import SimpleNamespace

import numpy

from .. import ComputeUnit

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def told(what):
    """One line for each call, for the test to read."""
    with open(os.path.join(ROOT, "calls.jsonl"), "a") as file:
        file.write(json.dumps(what) + "\n")


class CompiledMLModel:
    def __init__(self, path, compute_units=ComputeUnit.ALL, function_name=None, optimization_hints=None, asset=None):
        told({"load": path, "units": compute_units.name})


class MLModel:
    def __init__(self, model, is_temp_package=False, mil_program=None, skip_model_load=False, compute_units=ComputeUnit.ALL, weights_dir=None, function_name=None, optimization_hints=None):
        if not os.path.exists(os.path.join(model, "Manifest.json")):
            raise RuntimeError("Unable to load model: the package is invalid")
        told({"compile": os.path.basename(model), "units": compute_units.name})
        self._package = model

    def get_compiled_model_path(self):
        return os.path.join(ROOT, "compiled.mlmodelc")

    def get_spec(self):
        kind = "imageType" if "image" in os.path.basename(self._package) else "multiArrayType"
        feature = SimpleNamespace(name="input", type=SimpleNamespace(WhichOneof=lambda oneof: kind))
        return SimpleNamespace(description=SimpleNamespace(input=[feature]))

    def predict(self, data, state=None):
        if "crash" in os.path.basename(self._package):
            os.abort()
        told({"fed": {name: describe(value) for name, value in data.items()}})
        time.sleep(0.002)
        return {"output": numpy.arange(4, dtype=numpy.float32).reshape(1, 4)}


def describe(value):
    return {"mode": value.mode, "size": list(value.size), "first": value.getpixel((0, 0))} if hasattr(value, "getpixel") else {"dtype": str(value.dtype), "shape": list(value.shape)}


from . import compute_plan
