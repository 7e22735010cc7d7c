/** The generated messages under short names. `$Properties` are plain objects; decoded ones are class instances that keep `$unknowns`. */
import type { onnx } from './generated/onnx-ml.js';

export type ModelProto = onnx.ModelProto.$Properties;
export type GraphProto = onnx.GraphProto.$Properties;
export type NodeProto = onnx.NodeProto.$Properties;
export type AttributeProto = onnx.AttributeProto.$Properties;
export type TensorProto = onnx.TensorProto.$Properties;
export type ValueInfoProto = onnx.ValueInfoProto.$Properties;
export type TypeProto = onnx.TypeProto.$Properties;
export type FunctionProto = onnx.FunctionProto.$Properties;
