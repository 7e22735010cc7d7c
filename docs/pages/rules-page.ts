import { ANE_CHIPS } from '../../converters/rules/ane-chips.ts';
import { RULES, ruleTarget } from '../../converters/rules/catalog.ts';
import { HTP_SOCS } from '../../converters/rules/htp-socs.ts';
import type { Rule } from '../../converters/rules/rule.ts';
import { code, GENERATED, linkTo, table } from './markdown.ts';

const FIRST_HTP = 68;

/** `docs/rules.md`: every rule with what it says and how that is known. */
export function rulesPage(): string {
  return `${[
    '# Rules',
    GENERATED,
    INTRODUCTION,
    '## Neural Engine (`ane`)',
    table(['family', 'chips'], aneFamilies()),
    overview('ane'),
    '## Hexagon Tensor Processor (`htp`)',
    table(['version', 'chips'], htpVersions()),
    overview('htp'),
    '## Each rule',
    ...RULES.map(section),
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `What \`dyno check\` holds a model against. A rule is data (\`converters/rules/rule.ts\`); its findings are \`predicted\`, never
more than that. \`dyno explain ID\` prints one. Generations are families of the Neural Engine (H11 …) and versions of Hexagon (v68 …).

| severity | what happens |
| --- | --- |
| \`wrong-result\` | accepted, and computes something else |
| \`blocks-conversion\` | the converter or compiler refuses the model |
| \`blocks-unit\` | the node, or the whole model, runs elsewhere than on the unit |
| \`overflow\` | beyond the range of fp16 |
| \`splits-graph\` | the node leaves the unit and cuts the graph in two |
| \`slow\` | runs on the unit, at a price |`;

function overview(unit: 'ane' | 'htp'): string {
  const rows = RULES.filter((rule) => ruleTarget(rule) === unit).map((rule) => [
    linkTo(rule.id),
    rule.title,
    code(rule.severity),
    generations(rule),
    rule.confidence,
    rewriteLinks(rule),
  ]);
  return table(['rule', 'about', 'severity', 'generations', 'confidence', 'mended by'], rows);
}

function section(rule: Rule): string {
  const subject = rule.scope === 'graph' ? 'the model as a whole' : rule.opTypes === '*' ? 'every node' : rule.opTypes.join(', ');
  const mended = rewriteLinks(rule);
  return [
    `### ${rule.id}`,
    `${rule.title}. Looks at: ${subject}.`,
    [
      `- says: ${code(rule.message)}`,
      `- remedy: ${rule.remedy}${mended === '' ? '' : ` Rewrites: ${mended}.`}`,
      `- sources: ${rule.sources.map(code).join(', ')}`,
    ].join('\n'),
  ].join('\n\n');
}

function rewriteLinks({ rewrites = [] }: Rule): string {
  return rewrites.map((id) => linkTo(id, 'rewrites.md')).join(', ');
}

/** `all`, `up to H15`, `from v69`, `H13 to H14`. */
function generations(rule: Rule): string {
  const [first, last] = rule.generations ?? [null, null];
  const letter = ruleTarget(rule) === 'ane' ? 'H' : 'v';
  if (first === null) return last === null ? 'all' : `up to ${letter}${last}`;
  if (last === null) return `from ${letter}${first}`;
  return first === last ? `${letter}${first}` : `${letter}${first} to ${letter}${last}`;
}

function aneFamilies(): string[][] {
  const families = [...new Set(ANE_CHIPS.map(({ family }) => family))].sort((a, b) => a - b);
  return families.map((family) => [`H${family}`, ANE_CHIPS.filter((chip) => chip.family === family).map(({ chip }) => chip).join(', ')]);
}

function htpVersions(): string[][] {
  const versions = [...new Set(HTP_SOCS.map(({ hexagon }) => hexagon))].filter((version) => version >= FIRST_HTP).sort((a, b) => a - b);
  return versions.map((version) => [`v${version}`, HTP_SOCS.filter((soc) => soc.hexagon === version).map(named).join(', ')]);
}

function named({ chip, marketing }: (typeof HTP_SOCS)[number]): string {
  return marketing === '' ? chip : `${chip} (${marketing})`;
}
