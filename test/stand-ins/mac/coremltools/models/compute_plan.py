import json
import os
from types import SimpleNamespace

from .. import ComputeUnit
from . import ROOT


class MLCPUComputeDevice:
    pass


class MLGPUComputeDevice:
    pass


class MLNeuralEngineComputeDevice:
    pass


DEVICES = {"cpu": MLCPUComputeDevice(), "gpu": MLGPUComputeDevice(), "ane": MLNeuralEngineComputeDevice()}


class MLComputePlan:
    def __init__(self, proxy):
        self.__proxy__ = proxy

    @property
    def model_structure(self):
        operations = [SimpleNamespace(operator_name=o["type"], outputs=[SimpleNamespace(name=o["value"])], blocks=[], recorded=o) for o in self.__proxy__]
        return SimpleNamespace(program=SimpleNamespace(functions={"main": SimpleNamespace(block=SimpleNamespace(operations=operations))}))

    def get_compute_device_usage_for_mlprogram_operation(self, operation):
        recorded = operation.recorded
        if recorded["preferred"] is None:
            return None
        return SimpleNamespace(preferred_compute_device=DEVICES[recorded["preferred"]], supported_compute_devices=[DEVICES[d] for d in recorded["supported"]])

    def get_estimated_cost_for_mlprogram_operation(self, operation):
        cost = operation.recorded["cost"]
        return None if cost is None else SimpleNamespace(weight=cost)

    @classmethod
    def load_from_path(cls, path, compute_units=ComputeUnit.ALL):
        with open(os.path.join(ROOT, "plan.json")) as file:
            return cls(json.load(file))
