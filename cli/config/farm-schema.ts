import { z } from 'zod';
import { FARM_FLAGS, QUEUE_SECONDS } from '../../device-harness/farms/farm.ts';

const variable = z.string().regex(/^[A-Za-z_]\w*$/, 'is the name of an environment variable, not its value');

/** One farm of the config. Credentials are names of environment variables: a config file is committed. */
export const farmSchema = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }).describe('Where Appium listens, without credentials.'),
    user: variable.nullable().optional().describe('Environment variable that holds the user.'),
    key: variable.nullable().optional().describe('Environment variable that holds the access key.'),
    platform: z.enum(['android', 'iphone']).describe('What its phones are.'),
    capabilities: z.record(z.string(), z.unknown()).optional().describe('Sent as they stand, over ours; { "env": "NAME" } in place of a value is replaced by that variable.'),
    flags: z
      .strictObject({
        shell: z.boolean().optional().meta({ description: 'mobile: shell is allowed.', default: FARM_FLAGS.shell }),
        pushFile: z.boolean().optional().meta({ description: 'Files can be pushed.', default: FARM_FLAGS.pushFile }),
        maxPushBytes: z.number().int().min(1024).nullable().optional().meta({ description: 'Largest content of one push, before base64.', default: FARM_FLAGS.maxPushBytes }),
        installFromPath: z.boolean().optional().meta({ description: 'app may be a path on the farm’s computer.', default: FARM_FLAGS.installFromPath }),
        thermalStatus: z.boolean().optional().meta({ description: 'Phones may be asked how warm they are.', default: FARM_FLAGS.thermalStatus }),
        idleLimitSeconds: z.number().positive().nullable().optional().meta({ description: 'Silence after which a session is ended.', default: FARM_FLAGS.idleLimitSeconds }),
      })
      .optional()
      .describe('What the endpoint can do.'),
    chip: z.string().nullable().optional().describe('Chip of phones that do not say which they have, e.g. SM8650.'),
    app: z.string().nullable().optional().describe('The runner where the vendor keeps it, sent as appium:app.'),
    queueSeconds: z.number().min(0).optional().meta({ description: 'How long a farm without a free phone is asked again.', default: QUEUE_SECONDS }),
  })
  .describe('An Appium endpoint elsewhere.');
