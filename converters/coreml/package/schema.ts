import { LAYER_KINDS, OTHER_MODEL_KINDS } from './kinds.ts';
import type { Field, Schema } from './wire.ts';

type Message =
  | 'Model' | 'ModelDescription' | 'FunctionDescription' | 'FeatureDescription' | 'Metadata' | 'FeatureType' | 'ImageType' | 'ImageSizes' | 'ImageSize'
  | 'ImageSizeRange' | 'SizeRange' | 'ArrayType' | 'Shapes' | 'Shape' | 'ShapeRange' | 'StateFeature' | 'Pipeline' | 'PipelineHolder'
  | 'Program' | 'Function' | 'Block' | 'Operation' | 'Argument' | 'Binding' | 'NamedType' | 'Type' | 'TensorType' | 'ListType' | 'TupleType'
  | 'DictionaryType' | 'StateType' | 'Dimension' | 'ConstantDimension' | 'UnknownDimension' | 'Value' | 'Immediate' | 'BlobFile' | 'Tensor' | 'Floats'
  | 'Ints' | 'Bools' | 'Strings' | 'Doubles' | 'Bytes' | 'ValueList' | 'Dictionary' | 'Pair'
  | 'Network' | 'Layer' | 'Preprocessing' | 'Scaler' | 'Empty';

/**
 * The part of Core ML's format that is read, by field number (facts of Model.proto, FeatureTypes.proto, MIL.proto and NeuralNetwork.proto of
 * apple/coremltools 9.0). What a neural network's layer holds is not read: only its name, kind and size.
 */
export const CORE_ML: Schema<Message> = {
  Model: {
    1: ['specificationVersion', 'int'], 2: ['description', 'ModelDescription'], 10: ['isUpdatable', 'bool'],
    200: ['pipelineClassifier', 'PipelineHolder'], 201: ['pipelineRegressor', 'PipelineHolder'], 202: ['pipeline', 'Pipeline'],
    303: ['neuralNetworkRegressor', 'Network'], 403: ['neuralNetworkClassifier', 'Network'], 500: ['neuralNetwork', 'Network'], 502: ['mlProgram', 'Program'],
    ...otherModelKinds(),
  },
  ModelDescription: {
    1: ['input', 'FeatureDescription', 'many'], 10: ['output', 'FeatureDescription', 'many'], 13: ['state', 'FeatureDescription', 'many'],
    20: ['functions', 'FunctionDescription', 'many'], 21: ['defaultFunctionName', 'string'], 100: ['metadata', 'Metadata'],
  },
  FunctionDescription: {
    1: ['name', 'string'], 2: ['input', 'FeatureDescription', 'many'], 3: ['output', 'FeatureDescription', 'many'], 6: ['state', 'FeatureDescription', 'many'],
  },
  FeatureDescription: { 1: ['name', 'string'], 2: ['shortDescription', 'string'], 3: ['type', 'FeatureType'] },
  Metadata: {
    1: ['shortDescription', 'string'], 2: ['versionString', 'string'], 3: ['author', 'string'], 4: ['license', 'string'], 100: ['userDefined', 'string', 'map'],
  },
  FeatureType: {
    1: ['int64Type', 'Empty'], 2: ['doubleType', 'Empty'], 3: ['stringType', 'Empty'], 4: ['imageType', 'ImageType'], 5: ['multiArrayType', 'ArrayType'],
    6: ['dictionaryType', 'Empty'], 7: ['sequenceType', 'Empty'], 8: ['stateType', 'StateFeature'], 1000: ['isOptional', 'bool'],
  },
  ImageType: {
    1: ['width', 'int'], 2: ['height', 'int'], 3: ['colorSpace', 'int'], 21: ['enumeratedSizes', 'ImageSizes'], 31: ['imageSizeRange', 'ImageSizeRange'],
  },
  ImageSizes: { 1: ['sizes', 'ImageSize', 'many'] },
  ImageSize: { 1: ['width', 'int'], 2: ['height', 'int'] },
  ImageSizeRange: { 1: ['widthRange', 'SizeRange'], 2: ['heightRange', 'SizeRange'] },
  SizeRange: { 1: ['lowerBound', 'int'], 2: ['upperBound', 'int'] },
  ArrayType: { 1: ['shape', 'int', 'many'], 2: ['dataType', 'int'], 21: ['enumeratedShapes', 'Shapes'], 31: ['shapeRange', 'ShapeRange'] },
  Shapes: { 1: ['shapes', 'Shape', 'many'] },
  Shape: { 1: ['shape', 'int', 'many'] },
  ShapeRange: { 1: ['sizeRanges', 'SizeRange', 'many'] },
  StateFeature: { 1: ['arrayType', 'ArrayType'] },
  Pipeline: { 1: ['models', 'Model', 'many'], 2: ['names', 'string', 'many'] },
  PipelineHolder: { 1: ['pipeline', 'Pipeline'] },

  Program: { 1: ['version', 'int'], 2: ['functions', 'Function', 'map'], 3: ['docString', 'string'], 4: ['attributes', 'Value', 'map'] },
  Function: { 1: ['inputs', 'NamedType', 'many'], 2: ['opset', 'string'], 3: ['blockSpecializations', 'Block', 'map'], 4: ['attributes', 'Value', 'map'] },
  Block: { 1: ['inputs', 'NamedType', 'many'], 2: ['outputs', 'string', 'many'], 3: ['operations', 'Operation', 'many'], 4: ['attributes', 'Value', 'map'] },
  Operation: {
    1: ['type', 'string'], 2: ['inputs', 'Argument', 'map'], 3: ['outputs', 'NamedType', 'many'], 4: ['blocks', 'Block', 'many'], 5: ['attributes', 'Value', 'map'],
  },
  Argument: { 1: ['arguments', 'Binding', 'many'] },
  Binding: { 1: ['name', 'string'], 2: ['value', 'Value'] },
  NamedType: { 1: ['name', 'string'], 2: ['type', 'Type'] },
  Type: {
    1: ['tensorType', 'TensorType'], 2: ['listType', 'ListType'], 3: ['tupleType', 'TupleType'], 4: ['dictionaryType', 'DictionaryType'], 5: ['stateType', 'StateType'],
  },
  TensorType: { 1: ['dataType', 'int'], 2: ['rank', 'int'], 3: ['dimensions', 'Dimension', 'many'] },
  ListType: { 1: ['type', 'Type'], 2: ['length', 'Dimension'] },
  TupleType: { 1: ['types', 'Type', 'many'] },
  DictionaryType: { 1: ['keyType', 'Type'], 2: ['valueType', 'Type'] },
  StateType: { 1: ['wrappedType', 'Type'] },
  Dimension: { 1: ['constant', 'ConstantDimension'], 2: ['unknown', 'UnknownDimension'] },
  ConstantDimension: { 1: ['size', 'int'] },
  UnknownDimension: { 1: ['variadic', 'bool'] },
  Value: { 1: ['docString', 'string'], 2: ['type', 'Type'], 3: ['immediateValue', 'Immediate'], 5: ['blobFileValue', 'BlobFile'] },
  Immediate: { 1: ['tensor', 'Tensor'], 2: ['tuple', 'ValueList'], 3: ['list', 'ValueList'], 4: ['dictionary', 'Dictionary'] },
  BlobFile: { 1: ['fileName', 'string'], 2: ['offset', 'int'] },
  Tensor: {
    1: ['floats', 'Floats'], 2: ['ints', 'Ints'], 3: ['bools', 'Bools'], 4: ['strings', 'Strings'], 5: ['longInts', 'Ints'], 6: ['doubles', 'Doubles'], 7: ['bytes', 'Bytes'],
  },
  Floats: { 1: ['values', 'float', 'many'] },
  Ints: { 1: ['values', 'int', 'many'] },
  Bools: { 1: ['values', 'bool', 'many'] },
  Strings: { 1: ['values', 'string', 'many'] },
  Doubles: { 1: ['values', 'double', 'many'] },
  Bytes: { 1: ['values', 'bytes'] },
  ValueList: { 1: ['values', 'Value', 'many'] },
  Dictionary: { 1: ['values', 'Pair', 'many'] },
  Pair: { 1: ['key', 'Value'], 2: ['value', 'Value'] },

  Network: { 1: ['layers', 'Layer', 'many'], 2: ['preprocessing', 'Preprocessing', 'many'] },
  Layer: { 1: ['name', 'string'], 2: ['input', 'string', 'many'], 3: ['output', 'string', 'many'], ...layerKinds() },
  Preprocessing: { 1: ['featureName', 'string'], 10: ['scaler', 'Scaler'] },
  Scaler: { 10: ['channelScale', 'float'], 20: ['blueBias', 'float'], 21: ['greenBias', 'float'], 22: ['redBias', 'float'], 30: ['grayBias', 'float'] },
  Empty: {},
};

function layerKinds(): Record<number, Field<Message>> {
  return Object.fromEntries(Object.entries(LAYER_KINDS).map(([number, kind]) => [number, [kind, 'span'] as const]));
}

function otherModelKinds(): Record<number, Field<Message>> {
  return Object.fromEntries(Object.entries(OTHER_MODEL_KINDS).map(([number, kind]) => [number, [kind, 'span'] as const]));
}
