/** What QNN's tools make of a name: `/model/Conv_output_0` is `_model_Conv_output_0`. */
export function identifier(name: string): string {
  const text = name.replace(/[^A-Za-z0-9_]/g, '_');
  return /^\d/.test(text) ? `_${text}` : text;
}
