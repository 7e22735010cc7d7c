/** Whether a path is meant for `readPackage`, by its name: .mlpackage, .mlmodel, and .mlmodelc, which is refused there. */
export function isCoreMlPath(path: string): boolean {
  return /\.(mlpackage|mlmodel|mlmodelc)[/\\]?$/i.test(path);
}
