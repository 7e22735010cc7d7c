"""Core ML packages through coremltools: replays a plan of MIL operations (converters/coreml/plan.ts) and saves what it converts to.

Thin: which operations there are is decided in TypeScript. Nothing is named, typed or shaped here that the plan does not state.
"""
import json
import logging
import os
import tempfile
import time
import warnings

os.environ.setdefault("TQDM_DISABLE", "1")
logging.getLogger("coremltools").setLevel(logging.ERROR)

import mmap  # noqa: F401, with the next two: what conversions import when they first need it, here once for all children
import multiprocessing.synchronize  # noqa: F401

import numpy
import numpy.random  # noqa: F401
import coremltools
from coremltools.converters.mil import Builder
from coremltools.converters.mil.mil import Function, Program, get_new_symbol, types
from coremltools.converters.mil.mil.scope import ScopeInfo, ScopeSource
from coremltools.converters.mil.mil.types.symbolic import is_symbolic

NUMPY = {
    "fp16": numpy.float16, "fp32": numpy.float32, "int8": numpy.int8, "uint8": numpy.uint8, "int16": numpy.int16, "uint16": numpy.uint16,
    "int32": numpy.int32, "uint32": numpy.uint32, "bool": numpy.bool_,
}
KEPT = "float32"


def convert(args):
    """Replays one function of a plan, converts and saves it. args: plan and weights (paths), function, output, precision, keep (names of
    results that stay float32), skipPasses, metadata."""
    with open(args["plan"]) as file:
        plan = json.load(file)
    weights = numpy.memmap(args["weights"], dtype=numpy.uint8, mode="r") if os.path.getsize(args["weights"]) else numpy.zeros(0, numpy.uint8)
    function = next(f for f in plan["functions"] if f["name"] == args.get("function", "main"))
    target = coremltools.target[plan["opset"]]
    clock = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        program = replay(plan, function, weights, target, set(args.get("keep", [])))
        built = time.perf_counter()
        model = coremltools.convert(
            program, source="milinternal", convert_to="mlprogram", minimum_deployment_target=target,
            compute_precision=precision_of(args), inputs=feature_types(function), skip_model_load=True,
            pass_pipeline=pipeline_without(args.get("skipPasses", [])),
        )
        converted = time.perf_counter()
        describe(model, args.get("metadata", {}))
        model.save(args["output"])
    return {
        "kept": kept_results(model),
        "seconds": {"build": built - clock, "convert": converted - built, "save": time.perf_counter() - converted},
        "specificationVersion": model._spec.specificationVersion,
        "warnings": sorted({f"{w.category.__name__}: {w.message}" for w in caught if matters(w)}),
    }


def replay(plan, function, weights, target, keep):
    """The MIL program of one function. Every result is held against the type and shape that the plan states; what is to be kept in float32
    is marked by its scope, which the passes of coremltools hand on."""
    symbols = {}
    placeholders = {i["name"]: Builder.placeholder(shape=[dimension(d, symbols) for d in i["shape"]], dtype=mil_type(i["faceDtype"])) for i in function["inputs"]}
    constants = {c["name"]: c for c in plan["constants"]}
    with Function(placeholders, opset_version=target) as built:
        values = {}
        for feature in function["inputs"]:
            value = built.inputs[feature["name"]]
            values[feature["name"]] = value if feature["faceDtype"] == feature["dtype"] else Builder.cast(x=value, dtype=feature["dtype"], name=f"{feature['name']}_as_{feature['dtype']}")
        resolve = lambda name: values[name] if name in values else values.setdefault(name, scoped(name in keep, lambda: constant(constants[name], weights, target)))
        for operation in function["operations"]:
            scoped(any(o["name"] in keep for o in operation["outputs"]), lambda: replay_operation(operation, resolve, values))
        built.set_outputs([values[o["name"]] for o in function["outputs"]])
    if any(o["image"] or o["faceDtype"] != o["dtype"] for o in function["outputs"]):
        built.set_output_types([output_type(o) for o in function["outputs"]])
    program = Program()
    program.add_function("main", built)
    return program


def scoped(kept, work):
    if not kept:
        return work()
    with Builder.scope(ScopeInfo(source=ScopeSource.TORCHSCRIPT_MODULE_NAME, data=[KEPT])):
        return work()


def is_kept(operation):
    return KEPT in operation.scopes.get(ScopeSource.TORCHSCRIPT_MODULE_NAME, [])


def kept_results(model):
    """Names in the saved program, which passes may have changed."""
    return [o.name for f in model._mil_program.functions.values() for op in f.operations if is_kept(op) for o in op.outputs]


def replay_operation(operation, resolve, values):
    inputs = {key: argument(value, resolve) for key, value in operation["inputs"].items()}
    try:
        made = getattr(Builder, operation["op"])(**inputs, name=operation["name"])
    except Exception as error:
        raise ValueError(f"{operation['op']} {operation['name']} (node {operation['source']}): {error}") from error
    results = list(made) if isinstance(made, (list, tuple)) else [made]
    if len(results) != len(operation["outputs"]):
        raise ValueError(f"{operation['op']} {operation['name']} yields {len(results)} results, the plan has {len(operation['outputs'])}")
    for result, stated in zip(results, operation["outputs"]):
        check(operation, result, stated)
        if stated["name"] in values:
            raise ValueError(f"{stated['name']} is computed twice")
        if result.name != stated["name"]:
            result.name = stated["name"]
        values[stated["name"]] = result


def check(operation, result, stated):
    shape, dtype = list(result.shape), types.builtin_to_string(result.dtype)
    sizes_agree = len(shape) == len(stated["shape"]) and all(is_symbolic(a) or isinstance(b, str) or a == b for a, b in zip(shape, stated["shape"]))
    if not sizes_agree or dtype != stated["dtype"]:
        raise ValueError(f"{operation['op']} {operation['name']} (node {operation['source']}) yields {dtype} {shape}, the plan says {stated['dtype']} {stated['shape']}")


def argument(value, resolve):
    if "ref" in value:
        return resolve(value["ref"])
    if "refs" in value:
        return [resolve(name) for name in value["refs"]]
    dtype, content = value["immediate"]["dtype"], value["immediate"]["value"]
    if dtype == "string":
        return content
    array = numpy.array([float(v) if isinstance(v, str) else v for v in content] if isinstance(content, list) else (float(content) if isinstance(content, str) else content))
    return array.astype(NUMPY[dtype])[()]


def constant(stated, weights, target):
    """A constant in the form that it is stored in. Sub-byte elements lie one a byte in the file."""
    form, name = stated["weightForm"], stated["name"]
    blob = lambda key: elements(form[key], weights) if form.get(key) else None
    if form["kind"] == "dense":
        return Builder.const(val=blob("data"), name=name)
    if form["kind"] == "affine":
        zero = blob("zeroPoint")
        zero = numpy.zeros(form["scale"]["dims"], NUMPY[form["data"]["dtype"]])[()] if zero is None else zero
        return Builder.constexpr_affine_dequantize(quantized_data=blob("data"), zero_point=zero, scale=blob("scale"), axis=numpy.int32(form["axis"]), name=name)
    if form["kind"] == "blockwise":
        return Builder.constexpr_blockwise_shift_scale(data=blob("data"), scale=blob("scale"), offset=blob("offset"), name=name)
    if form["kind"] == "lut":
        return palettized(form, blob, name, stated["dims"], target)
    if form["kind"] in JOINT:
        mask, kept = JOINT[form["kind"]](blob, name)
        return Builder.constexpr_sparse_to_dense(nonzero_data=kept, mask=mask, name=name)
    return sparse(form, blob, name, stated["dims"], target)


JOINT = {
    "sparse-blockwise": lambda blob, name: Builder.constexpr_sparse_blockwise_shift_scale(
        data_mask=blob("mask"), nonzero_data=blob("data"), scale=blob("scale"), name=f"{name}_kept"),
    "sparse-lut": lambda blob, name: Builder.constexpr_lut_to_sparse(
        indices_mask=blob("mask"), indices_nonzero_data=blob("indices"), lut=blob("lut"), name=f"{name}_kept"),
}


def palettized(form, blob, name, dims, target):
    if target >= coremltools.target.iOS18:
        return Builder.constexpr_lut_to_dense(indices=blob("indices"), lut=blob("lut"), name=name)
    packed = pack(blob("indices").ravel(), form["bits"])
    return Builder.constexpr_lut_to_dense(indices=packed, lut=blob("lut").ravel(), shape=numpy.array(dims, numpy.uint32), name=name)


def sparse(form, blob, name, dims, target):
    if target >= coremltools.target.iOS18:
        return Builder.constexpr_sparse_to_dense(nonzero_data=blob("values"), mask=blob("mask"), name=name)
    packed = numpy.packbits(blob("mask").ravel().astype(numpy.uint8), bitorder="little")
    return Builder.constexpr_sparse_to_dense(nonzero_data=blob("values"), mask=packed, shape=numpy.array(dims, numpy.uint32), name=name)


def pack(values, bits):
    """So many bits an element, the first in the lowest bits of the first byte."""
    spread = numpy.unpackbits(values.astype(numpy.uint8)[:, None], axis=1, bitorder="little")[:, :bits]
    return numpy.packbits(spread.ravel(), bitorder="little")


def elements(blob, weights):
    dtype = blob["dtype"]
    raw = weights[blob["offset"]:blob["offset"] + blob["bytes"]]
    if dtype in NUMPY:
        return numpy.frombuffer(raw.tobytes(), NUMPY[dtype]).reshape(blob["dims"])
    stored = numpy.int8 if dtype.startswith("int") else numpy.uint8
    return numpy.frombuffer(raw.tobytes(), stored).reshape(blob["dims"]).astype(types.nptype_from_builtin(types.string_to_builtin(dtype)))


def dimension(size, symbols):
    return size if isinstance(size, int) else symbols.setdefault(size, get_new_symbol())


def mil_type(dtype):
    return types.string_to_builtin(dtype)


def feature_types(function):
    """Image and flexible inputs; None where all are fixed tensors of the program's own types."""
    described = [i for i in function["inputs"] if i["image"] or i["flexible"]]
    return [input_type(i) for i in described] or None


def input_type(feature):
    shape = flexible_shape(feature) if feature["flexible"] else feature["shape"]
    image = feature["image"]
    if image is None:
        return coremltools.TensorType(name=feature["name"], shape=shape)
    return coremltools.ImageType(name=feature["name"], shape=shape, scale=image["scale"], bias=image["bias"], color_layout=layout(image))


def flexible_shape(feature):
    flexible = feature["flexible"]
    if flexible["kind"] == "enumerated":
        return coremltools.EnumeratedShapes(shapes=flexible["shapes"], default=flexible["initial"])
    ranges = zip(flexible["bounds"], flexible["initial"])
    return [initial if least == most else coremltools.RangeDim(least, most, default=initial) for (least, most), initial in ranges]


def output_type(feature):
    if feature["image"]:
        described = coremltools.ImageType(color_layout=layout(feature["image"]))
        described.dtype = mil_type(feature["faceDtype"])
        return described
    return coremltools.TensorType(dtype=NUMPY[feature["faceDtype"]])


def layout(image):
    return coremltools.colorlayout[image["color"]]


def precision_of(args):
    if args["precision"] == "fp32":
        return coremltools.precision.FLOAT32
    if not args.get("keep"):
        return coremltools.precision.FLOAT16
    return coremltools.transform.FP16ComputePrecision(op_selector=lambda op: not is_kept(op))


def pipeline_without(passes):
    pipeline = coremltools.PassPipeline.DEFAULT
    pipeline.remove_passes(passes)
    return pipeline


def describe(model, metadata):
    model.author = metadata.get("author", "")
    model.license = metadata.get("license", "")
    model.version = metadata.get("version", "")
    model.short_description = metadata.get("description", "")
    for key, value in metadata.get("user", {}).items():
        model.user_defined_metadata[key] = value


def join(args):
    """One package of several: each becomes a function, and equal weights are stored once. args: parts (name, path), output, metadata."""
    descriptor = coremltools.utils.MultiFunctionDescriptor()
    for part in args["parts"]:
        descriptor.add_function(part["path"], src_function_name="main", target_function_name=part["name"])
    descriptor.default_function_name = args["parts"][0]["name"]
    with tempfile.TemporaryDirectory() as folder:
        joined = os.path.join(folder, "joined.mlpackage")
        coremltools.utils.save_multifunction(descriptor, joined)
        model = coremltools.models.MLModel(joined, skip_model_load=True)
        describe(model, args.get("metadata", {}))
        model.save(args["output"])
    return {"functions": [part["name"] for part in args["parts"]]}


def matters(warning):
    """Deprecations inside of the libraries are nobody's business here."""
    return not issubclass(warning.category, (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning, ResourceWarning))


def version(_):
    """Imports everything, which is what this is asked for."""
    return {"coremltools": coremltools.__version__}


def operations(args):
    """Operations of a saved package in order, as coremltools reads them, and its features: for tests."""
    spec = coremltools.models.MLModel(args["package"], skip_model_load=True).get_spec()
    main = spec.mlProgram.functions["main"]
    block = main.block_specializations[main.opset]
    return {
        "opset": main.opset,
        "operations": [{"type": op.type, "outputs": [o.name for o in op.outputs]} for op in block.operations],
        "inputs": [i.name for i in spec.description.input],
        "outputs": [o.name for o in spec.description.output],
    }
