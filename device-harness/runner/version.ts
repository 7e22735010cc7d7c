/** Version of the runner app: the one place. The project files and the app's own sources are made from it. */
export const RUNNER_VERSION = '0.1.0';

export const RUNNER_BUNDLE_ID = 'com.npu-dyno.runner';
