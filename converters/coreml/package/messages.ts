/** Decoded messages of Core ML's format, as far as `schema.ts` reads them. Absent fields are absent. */
export interface ModelMessage {
  readonly specificationVersion?: number;
  readonly description?: DescriptionMessage;
  readonly isUpdatable?: boolean;
  readonly mlProgram?: ProgramMessage;
  readonly neuralNetwork?: NetworkMessage;
  readonly neuralNetworkClassifier?: NetworkMessage;
  readonly neuralNetworkRegressor?: NetworkMessage;
  readonly pipeline?: PipelineMessage;
  readonly pipelineClassifier?: { readonly pipeline?: PipelineMessage };
  readonly pipelineRegressor?: { readonly pipeline?: PipelineMessage };
}

interface PipelineMessage {
  readonly models?: readonly ModelMessage[];
  readonly names?: readonly string[];
}

interface Features {
  readonly input?: readonly FeatureMessage[];
  readonly output?: readonly FeatureMessage[];
  readonly state?: readonly FeatureMessage[];
}

export interface DescriptionMessage extends Features {
  readonly functions?: readonly FunctionDescriptionMessage[];
  readonly defaultFunctionName?: string;
  readonly metadata?: MetadataMessage;
}

interface FunctionDescriptionMessage extends Features {
  readonly name?: string;
}

export interface MetadataMessage {
  readonly shortDescription?: string;
  readonly versionString?: string;
  readonly author?: string;
  readonly license?: string;
  readonly userDefined?: ReadonlyMap<string, string>;
}

export interface FeatureMessage {
  readonly name?: string;
  readonly shortDescription?: string;
  readonly type?: FeatureTypeMessage;
}

interface FeatureTypeMessage {
  readonly int64Type?: object;
  readonly doubleType?: object;
  readonly stringType?: object;
  readonly dictionaryType?: object;
  readonly sequenceType?: object;
  readonly imageType?: ImageMessage;
  readonly multiArrayType?: ArrayMessage;
  readonly stateType?: { readonly arrayType?: ArrayMessage };
  readonly isOptional?: boolean;
}

export interface ImageMessage {
  readonly width?: number;
  readonly height?: number;
  readonly colorSpace?: number;
  readonly enumeratedSizes?: { readonly sizes?: readonly { readonly width?: number; readonly height?: number }[] };
  readonly imageSizeRange?: { readonly widthRange?: SizeRangeMessage; readonly heightRange?: SizeRangeMessage };
}

export interface SizeRangeMessage {
  readonly lowerBound?: number;
  readonly upperBound?: number;
}

export interface ArrayMessage {
  readonly shape?: readonly number[];
  readonly dataType?: number;
  readonly enumeratedShapes?: { readonly shapes?: readonly { readonly shape?: readonly number[] }[] };
  readonly shapeRange?: { readonly sizeRanges?: readonly SizeRangeMessage[] };
}

export interface ProgramMessage {
  readonly version?: number;
  readonly functions?: ReadonlyMap<string, FunctionMessage>;
  readonly attributes?: ReadonlyMap<string, ValueMessage>;
}

export interface FunctionMessage {
  readonly inputs?: readonly NamedTypeMessage[];
  readonly opset?: string;
  readonly blockSpecializations?: ReadonlyMap<string, BlockMessage>;
  readonly attributes?: ReadonlyMap<string, ValueMessage>;
}

export interface BlockMessage {
  readonly inputs?: readonly NamedTypeMessage[];
  readonly outputs?: readonly string[];
  readonly operations?: readonly OperationMessage[];
}

export interface OperationMessage {
  readonly type?: string;
  readonly inputs?: ReadonlyMap<string, { readonly arguments?: readonly BindingMessage[] }>;
  readonly outputs?: readonly NamedTypeMessage[];
  readonly blocks?: readonly BlockMessage[];
  readonly attributes?: ReadonlyMap<string, ValueMessage>;
}

/** A name, or an immediate value. */
interface BindingMessage {
  readonly name?: string;
  readonly value?: ValueMessage;
}

export interface NamedTypeMessage {
  readonly name?: string;
  readonly type?: TypeMessage;
}

export interface TypeMessage {
  readonly tensorType?: { readonly dataType?: number; readonly rank?: number; readonly dimensions?: readonly DimensionMessage[] };
  readonly listType?: { readonly type?: TypeMessage; readonly length?: DimensionMessage };
  readonly tupleType?: { readonly types?: readonly TypeMessage[] };
  readonly dictionaryType?: { readonly keyType?: TypeMessage; readonly valueType?: TypeMessage };
  readonly stateType?: { readonly wrappedType?: TypeMessage };
}

export interface DimensionMessage {
  readonly constant?: { readonly size?: number };
  readonly unknown?: { readonly variadic?: boolean };
}

export interface ValueMessage {
  readonly type?: TypeMessage;
  readonly immediateValue?: ImmediateMessage;
  readonly blobFileValue?: { readonly fileName?: string; readonly offset?: number };
}

export interface ImmediateMessage {
  readonly tensor?: TensorMessage;
  readonly tuple?: { readonly values?: readonly ValueMessage[] };
  readonly list?: { readonly values?: readonly ValueMessage[] };
  readonly dictionary?: { readonly values?: readonly { readonly key?: ValueMessage; readonly value?: ValueMessage }[] };
}

export interface TensorMessage {
  readonly floats?: { readonly values?: readonly number[] };
  readonly ints?: { readonly values?: readonly number[] };
  readonly bools?: { readonly values?: readonly boolean[] };
  readonly strings?: { readonly values?: readonly string[] };
  readonly longInts?: { readonly values?: readonly number[] };
  readonly doubles?: { readonly values?: readonly number[] };
  readonly bytes?: { readonly values?: Uint8Array };
}

export interface NetworkMessage {
  readonly layers?: readonly LayerMessage[];
  readonly preprocessing?: readonly PreprocessingMessage[];
}

/** Besides these one field named after the layer's kind, which holds the size of its parameters in bytes. */
export interface LayerMessage {
  readonly name?: string;
  readonly input?: readonly string[];
  readonly output?: readonly string[];
}

interface PreprocessingMessage {
  readonly featureName?: string;
  readonly scaler?: { readonly channelScale?: number; readonly redBias?: number; readonly greenBias?: number; readonly blueBias?: number; readonly grayBias?: number };
}
