/** The part of onnx-ml.proto through which tensors are reached, by field number. A test holds it against the .proto file. */
export type MessageName =
  | 'ModelProto'
  | 'TrainingInfoProto'
  | 'FunctionProto'
  | 'GraphProto'
  | 'NodeProto'
  | 'AttributeProto'
  | 'SparseTensorProto'
  | 'TensorProto';

export const CHILDREN: Readonly<Record<MessageName, Readonly<Record<number, MessageName>>>> = {
  ModelProto: { 7: 'GraphProto', 20: 'TrainingInfoProto', 25: 'FunctionProto' },
  TrainingInfoProto: { 1: 'GraphProto', 2: 'GraphProto' },
  FunctionProto: { 7: 'NodeProto', 11: 'AttributeProto' },
  GraphProto: { 1: 'NodeProto', 5: 'TensorProto', 15: 'SparseTensorProto' },
  NodeProto: { 5: 'AttributeProto' },
  AttributeProto: {
    5: 'TensorProto',
    6: 'GraphProto',
    10: 'TensorProto',
    11: 'GraphProto',
    22: 'SparseTensorProto',
    23: 'SparseTensorProto',
  },
  SparseTensorProto: { 1: 'TensorProto', 2: 'TensorProto' },
  TensorProto: {},
};

/**
 * Fields of TensorProto that hold its values in one length-delimited piece: float_data, int32_data, int64_data, raw_data, double_data,
 * uint64_data.
 */
export const PAYLOAD_FIELDS: ReadonlySet<number> = new Set([4, 5, 7, 9, 10, 11]);

/** Deepest nesting of messages that is read or written (an If inside an If takes three). */
export const DEEPEST_NESTING = 600;

/** Protocol Buffers messages must stay below 2 GiB. */
export const LARGEST_MESSAGE = 2 ** 31 - 1;
