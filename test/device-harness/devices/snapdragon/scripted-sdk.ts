import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSdk, type QnnSdk } from '../../../../converters/qnn/sdk.ts';
import { makeVirtualSdk } from '../../../../device-harness/virtual/qnn-sdk/make-sdk.ts';

/**
 * An SDK whose phone programs are shell scripts, for tests of what is around them: `qnn-net-run` copies its first input to the output `y` and writes 2000,
 * 1500, 1000, 1010, 1000, 1010, … µs; on HTP the accelerator takes 400 µs less. What goes wrong is read from a file at each start.
 */
export interface ScriptedSdk {
  readonly sdk: QnnSdk;
  /**
   * `silent`, `crash`, `hang`, `slow SECONDS`, `paced MICROSECONDS` of real time for each inference, `says TEXT`, `no-log`, `unproven`, `aggregate`; '' for nothing.
   */
  fault(kind: string): void;
  /** One line for each start of a program on a phone: its arguments. */
  starts(): string[];
}

const SDK_VERSION = '2.51.0.260929';

export function scriptedSdk(root: string, options: { readonly hexagon?: readonly number[]; readonly version?: string } = {}): ScriptedSdk {
  makeVirtualSdk(root, { version: options.version ?? SDK_VERSION, ...(options.hexagon ? { hexagon: options.hexagon } : {}) });
  const [fault, starts] = [join(root, 'fault'), join(root, 'starts')];
  const put = (path: string, text: string): void => {
    writeFileSync(join(root, path), text);
    chmodSync(join(root, path), 0o755);
  };
  writeFileSync(fault, '');
  put('bin/aarch64-android/qnn-net-run', NET_RUN.replaceAll('FAULT', fault).replaceAll('STARTS', starts));
  put('bin/aarch64-android/qnn-throughput-net-run', THROUGHPUT.replaceAll('FAULT', fault).replaceAll('STARTS', starts));
  put('bin/x86_64-linux-clang/qnn-profile-viewer', VIEWER);
  return {
    sdk: findSdk(root, {}) as QnnSdk,
    fault: (kind) => writeFileSync(fault, kind),
    starts: () => (existsSync(starts) ? readFileSync(starts, 'utf8').trim().split('\n') : []),
  };
}

const NET_RUN = `#!/bin/sh
if [ -f 'STARTS.last' ]; then
  state=$(cut -d' ' -f3 "/proc/$(cat 'STARTS.last')/stat" 2>/dev/null)
  [ -n "$state" ] && [ "$state" != Z ] && echo "overlap with $(cat 'STARTS.last')" >> 'STARTS'
fi
echo $$ > 'STARTS.last'
echo "$*" >> 'STARTS'
read -r fault rest < 'FAULT'
while [ $# -gt 0 ]; do
  case "$1" in
  --output_dir) out=$2 ;;
  --num_inferences) runs=$2 ;;
  --profiling_level) level=$2 ;;
  --backend) backend=$2 ;;
  esac
  shift
done
echo "qnn-net-run pid:$$"
case "$fault" in
silent) echo "Finished Executing Graphs"; exit 0 ;;
crash) kill -SEGV $$ ;;
hang) exec sleep 600 ;;
slow) sleep "$rest" ;;
paced) sleep "$(awk -v n="$runs" -v us="$rest" 'BEGIN { print n * us / 1000000 }')" ;;
says) echo "$rest" >&2; exit 1 ;;
esac
[ -f "$backend" ] || { echo "Unable to load backend $backend"; exit 1; }
mkdir -p "$out/Result_0"
cat input_0.raw > "$out/Result_0/y_native.raw"
[ "$fault" = no-log ] && exit 0
[ "$backend" = libQnnHtp.so ] && [ "$fault" != unproven ] && accelerator=1
awk -v runs="$runs" -v accelerator="$accelerator" -v level="$level" -v aggregate="$fault" 'BEGIN {
  if (aggregate == "aggregate") {
    mean = (2000 + 1500 + (runs - 2) * 1005) / runs
    print "Init Stats:\\n---\\n    NetRun:  50000 us\\nExecute Stats (Average):\\n--- Total Inference Time:\\n--- Graph 0 (model):"
    printf "    NetRun:  %.4f us\\n", mean
    print "Execute Stats (Min):\\n---\\n    NetRun:  1000 us\\nExecute Stats (Max):\\n---\\n    NetRun:  2000 us"
    exit
  }
  print "Msg Timestamp,Message,Time,Unit of Measurement,Timing Source,Event Level,Event Identifier"
  print "0,INIT,50000,US,NETRUN,ROOT,NULL"
  for (i = 0; i < runs; i++) {
    time = i == 0 ? 2000 : i == 1 ? 1500 : i % 2 ? 1010 : 1000
    print i ",EXECUTE," time ",US,NETRUN,ROOT,NULL"
    if (accelerator) print i ",BACKEND," time - 400 ",US,BACKEND,ROOT,Accelerator (execute) time"
    if (accelerator && level == "detailed") {
      print i ",BACKEND,90000,CYCLES,BACKEND,ROOT,Accelerator (execute) time (cycles)"
      print i ",NODE,60000,CYCLES,BACKEND,SUB-EVENT,_relu:OpId_1 (cycles)"
      print i ",NODE," 20000 + i * 1000 ",CYCLES,BACKEND,SUB-EVENT,y_nhwc:OpId_2 (cycles)"
      print i ",NODE,7,CYCLES,BACKEND,SUB-EVENT,Input OpId_0 (cycles)"
    }
  }
}' > "$out/qnn-profiling-data_0.log"
echo "Finished Executing Graphs"
`;

const THROUGHPUT = `#!/bin/sh
echo "$*" >> 'STARTS'
read -r fault rest < 'FAULT'
[ "$fault" = silent ] && exit 0
sleep 0.6
echo "TotalTime (us) : 2000000"
echo "frames:graphExecute: 57 1.2"
`;

const VIEWER = `#!/bin/sh
for word in "$@"; do
  case "$word" in
  --output=*) csv=\${word#--output=} ;;
  --*) ;;
  *) log=$word ;;
  esac
done
if grep -q '^Msg Timestamp' "$log"; then
  [ -n "$csv" ] && cp "$log" "$csv"
else
  echo "Qnn Init/Prepare/Finalize/De-Init/Execute/Lib-Load Statistics:"
  cat "$log"
fi
`;
