import { Box, Text } from 'ink';
import type { ComponentProps, ReactElement } from 'react';
import type { Line, Tone } from '../screen/line.ts';

const TONES: Readonly<Record<Tone, ComponentProps<typeof Text>>> = {
  plain: {},
  dim: { dimColor: true },
  good: { color: 'green' },
  bad: { color: 'red' },
  warn: { color: 'yellow' },
  accent: { color: 'cyan' },
  strong: { bold: true },
};

/** Lines that were fitted to the width already: one row each, whatever they hold. */
export function LinesView({ lines }: { readonly lines: readonly Line[] }): ReactElement {
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        <Text key={row} wrap="truncate">
          {line.every(({ text }) => text === '')
            ? ' '
            : line.map(({ text, tone }, at) => (
                <Text key={at} {...TONES[tone]}>
                  {text}
                </Text>
              ))}
        </Text>
      ))}
    </Box>
  );
}
