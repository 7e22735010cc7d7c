"""Stands in for coremltools on a Mac: the classes and methods that jobs_mac.py uses, with the names and signatures of coremltools 9.0 (a test
compares them with the real ones), answers as Core ML's documentation describes them. Nothing is computed."""
import enum


class ComputeUnit(enum.Enum):
    ALL = 1
    CPU_AND_GPU = 2
    CPU_ONLY = 3
    CPU_AND_NE = 4


from . import models
