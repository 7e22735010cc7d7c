import type { Flag } from './arguments.ts';

const one = (...names: string[]): Flag => ({ names, values: 1 });
const bare = (...names: string[]): Flag => ({ names, values: 0 });

const CALIBRATIONS = ['min-max', 'sqnr', 'entropy', 'mse', 'percentile'];
const SCHEMAS = ['asymmetric', 'symmetric'];

/** Flags about quantization that converter and quantizer share. */
const QUANTIZER_FLAGS: readonly Flag[] = [
  one('--input_list'), { names: ['--act_bitwidth', '--act_bw'], values: 1, choices: ['8', '16'] }, { names: ['--weights_bitwidth', '--weight_bw'], values: 1, choices: ['8', '4'] },
  { names: ['--bias_bitwidth', '--bias_bw'], values: 1, choices: ['8', '32'] }, { names: ['--float_bitwidth', '--float_bw'], values: 1, choices: ['32', '16'] },
  { names: ['--float_bias_bitwidth', '--float_bias_bw'], values: 1, choices: ['32', '16'] }, bare('--use_per_channel_quantization'), bare('--use_per_row_quantization'), bare('--float_fallback'),
  { names: ['--algorithms'], values: 'some' }, { names: ['--act_quantizer_calibration'], values: 1, choices: CALIBRATIONS }, { names: ['--param_quantizer_calibration'], values: 1, choices: CALIBRATIONS },
  { names: ['--act_quantizer_schema'], values: 1, choices: SCHEMAS }, { names: ['--param_quantizer_schema'], values: 1, choices: SCHEMAS }, one('--percentile_calibration_value'), bare('--use_native_input_files'),
  { names: ['--dump_encoding_json'], values: 0, since: '2.30' }, { names: ['--use_aimet_quantizer'], values: 0, since: '2.30' },
];

/** `qnn-onnx-converter` as QNN 2.25 documents it, with what later versions added. */
export const ONNX_CONVERTER_FLAGS: readonly Flag[] = [
  { names: ['--input_network', '-i'], values: 1, required: true }, one('--output_path', '-o'), { names: ['--input_dim', '-d'], values: 2 }, one('--out_node', '--out_name'),
  { names: ['--input_layout', '-l'], values: 2 }, { names: ['--input_dtype'], values: 2 }, { names: ['--input_type', '-t'], values: 2 }, { names: ['--preserve_io'], values: 'any' }, one('--custom_io'),
  one('--quantization_overrides'), bare('--keep_quant_nodes'), bare('--ignore_encodings'), one('--param_quantizer'), one('--act_quantizer'), bare('--no_simplification', '-n'), one('--batch', '-b'),
  { names: ['--define_symbol', '-s'], values: 2 }, { names: ['--dry_run'], values: 'optional' }, { names: ['--debug'], values: 'optional' }, bare('--arch_checker'), bare('--use_native_dtype'), bare('--use_native_output_files'),
  one('--restrict_quantization_steps'), bare('--disable_batchnorm_folding'), bare('--keep_disconnected_nodes'), bare('--disable_relu_squashing'), one('--copyright_file'), one('--overwrite_model_prefix'),
  bare('--exclude_named_tensors'), one('--op_package_lib'), one('--converter_op_package_lib'), one('--package_name', '-p'), one('--op_package_config'),
  { names: ['--config_file'], values: 1, since: '2.30' }, { names: ['--pack_4_bit_weights'], values: 0, since: '2.30' }, ...QUANTIZER_FLAGS,
];

/** Where this stand-in draws the line between the older and the newer names of `qairt-converter`: documents of 2.29 have the former, of June 2025 the latter. */
const RENAMED = '2.33';

export const QAIRT_CONVERTER_FLAGS: readonly Flag[] = [
  { names: ['--input_network', '-i'], values: 1, required: true }, one('--output_path', '-o'),
  { names: ['--desired_input_shape', '-d'], values: 2, until: RENAMED }, { names: ['--source_model_input_shape', '-s'], values: 2, since: RENAMED },
  { names: ['--out_tensor_node', '--out_tensor_name'], values: 1 }, { names: ['--source_model_input_datatype'], values: 2 }, { names: ['--source_model_input_layout'], values: 2 }, { names: ['--desired_input_layout'], values: 2 },
  { names: ['--source_model_output_layout'], values: 2, since: RENAMED }, { names: ['--desired_output_layout'], values: 2, since: RENAMED }, { names: ['--preserve_io_datatype'], values: 'any' },
  { names: ['--config'], values: 1, since: RENAMED }, { names: ['--dump_config_template'], values: 1, since: RENAMED }, { names: ['--io_config'], values: 1, until: RENAMED }, { names: ['--dump_io_config_template'], values: 1, until: RENAMED },
  { names: ['--dry_run'], values: 'optional' }, bare('--enable_framework_trace'), one('--quantization_overrides', '-q'), bare('--onnx_skip_simplification'), one('--onnx_override_batch'), { names: ['--onnx_define_symbol'], values: 2 },
  bare('--onnx_validate_models'), bare('--onnx_summary'), { names: ['--float_bitwidth'], values: 1, choices: ['32', '16'] }, { names: ['--float_bias_bitwidth'], values: 1, choices: ['32', '16'] },
  { names: ['--export_format'], values: 1, choices: ['DLC_DEFAULT', 'DLC_STRIP_QUANT'] }, { names: ['--target_backend'], values: 1, since: RENAMED }, { names: ['--target_soc_model'], values: 1, since: RENAMED },
];

export const QAIRT_QUANTIZER_FLAGS: readonly Flag[] = [
  { names: ['--input_dlc', '-i'], values: 1, required: true }, one('--output_dlc', '-o'), { names: ['--preserve_io_datatype'], values: 'any' }, ...QUANTIZER_FLAGS, one('--config_file'),
];
