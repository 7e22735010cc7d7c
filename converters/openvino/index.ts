export { deviceNamed, listOpenVinoDevices, type OpenVinoDevice, openVinoDeviceId } from './devices.ts';
export { openVinoExecutor } from './executor.ts';
export { explainedByOpenVino } from './failure.ts';
export { outputNames } from './output-names.ts';
export { openOpenVino, type OpenVinoToolchain } from './toolchain.ts';
export { OPENVINO_DEVICES, type Properties, settingsOf, unitsOf } from './unit-settings.ts';
