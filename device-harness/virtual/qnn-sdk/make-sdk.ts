import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { moduleCommand } from '../../../models/run/fork-worker.ts';

export interface VirtualSdkOptions {
  /** As in `sdk.yaml`: `2.51.0.260929`. */
  readonly version: string;
  /** Hexagon versions that it supports; those of the table of chips unless told. */
  readonly hexagon?: readonly number[];
}

const HOST = 'x86_64-linux-clang';
const ANDROID = 'aarch64-android';

/** Programs that are Python scripts without extension in the real SDK, and have to be started by its Python. */
const SCRIPTS = ['qnn-onnx-converter', 'qnn-model-lib-generator', 'qairt-converter', 'qairt-quantizer'];
const PROGRAMS = ['qnn-context-binary-generator', 'qnn-context-binary-utility', 'qnn-profile-viewer', 'qairt-dlc-info'];
const PHONE_PROGRAMS = ['qnn-net-run', 'qnn-throughput-net-run'];
const HOST_LIBRARIES = ['libQnnHtp.so', 'libQnnCpu.so', 'libQnnSystem.so', 'libQnnModelDlc.so', 'libQnnHtpNetRunExtensions.so', 'libQnnHtpOptraceProfilingReader.so', 'libQnnChrometraceProfilingReader.so'];
const PHONE_LIBRARIES = ['libQnnHtp.so', 'libQnnHtpPrepare.so', 'libQnnHtpNetRunExtensions.so', 'libQnnSystem.so', 'libQnnModelDlc.so', 'libQnnCpu.so', 'libQnnGpu.so', 'libQnnGpuNetRunExtensions.so'];
const HEXAGON = [68, 69, 73, 75, 79, 81];

/**
 * Makes a folder that is laid out as Qualcomm's SDK, whose programs are stand-ins: they take what the documentation of that version lists, do the
 * work with ONNX Runtime and with the compiler of onnxruntime-qnn, and fail in the words of the real ones. Nothing of Qualcomm's is in it.
 */
export function makeVirtualSdk(root: string, { version, hexagon = HEXAGON }: VirtualSdkOptions): void {
  const put = (path: string, text: string, mode = 0o644): void => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode });
  };
  const command = moduleCommand('device-harness/virtual/qnn-sdk/tool-process');
  const program = (name: string): string => `#!/bin/sh\nexec ${[...command, name, version].map(shellWord).join(' ')} "$@"\n`;
  const phoneProgram = (name: string): string => program(name).replace('exec ', `TMPDIR=${shellWord(tmpdir())} exec `);
  const script = (name: string): string => `import os, sys\ncommand = ${JSON.stringify([...command, name, version])}\nos.execv(command[0], command + sys.argv[1:])\n`;
  const library = (name: string): string => `npu-dyno stand-in\n${JSON.stringify({ library: name, version })}\n`;
  put('sdk.yaml', `name: QAIRT\nversion: ${version}\nstand_in: npu-dyno\n`);
  for (const name of SCRIPTS) put(`bin/${HOST}/${name}`, script(name), 0o755);
  for (const name of PROGRAMS) put(`bin/${HOST}/${name}`, program(name), 0o755);
  for (const name of PHONE_PROGRAMS) put(`bin/${ANDROID}/${name}`, phoneProgram(name), 0o755);
  for (const name of HOST_LIBRARIES) put(`lib/${HOST}/${name}`, library(name));
  for (const name of [...PHONE_LIBRARIES, ...hexagon.map((v) => `libQnnHtpV${v}Stub.so`)]) put(`lib/${ANDROID}/${name}`, library(name));
  for (const v of hexagon) put(`lib/hexagon-v${v}/unsigned/libQnnHtpV${v}Skel.so`, library(`libQnnHtpV${v}Skel.so`));
  put('lib/python/qti/__init__.py', '');
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
