import { faceRewrites } from '../../converters/faces/index.ts';
import { REWRITES } from '../../converters/rewrites/catalog.ts';
import { recipeFor } from '../../converters/rewrites/recipe.ts';
import type { Precision, Rewrite } from '../../converters/rewrites/rewrite.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import { code, GENERATED, linkTo, table, verbatim } from './markdown.ts';

/** A recipe is the same for every chip of a kind. */
const TARGETS = ['host', 'ane', 'htp'] as const;
const PRECISIONS: readonly Precision[] = ['fp32', 'fp16', 'w8a8', 'w8a16', 'w4a8', 'w4a16'];

/** `docs/rewrites.md`: every rewrite with its place in the recipes. */
export function rewritesPage(): string {
  const rewrites = [...REWRITES.values()];
  return `${[
    '# Rewrites',
    GENERATED,
    INTRODUCTION,
    '## Recipes',
    'What runs unasked, for a target and a precision. `–`: only with `--only`. `dyno rewrite --details` shows the same reasons in its log.',
    table(['rewrite', 'what it does', 'exactness', ...TARGETS.map(code), 'why'], rewrites.map(recipeRow)),
    '## Left out of a recipe, and why',
    'Where such a rewrite would fit, the log says so with this reason; `--only ID` runs it nevertheless.',
    table(['rewrite', 'targets', 'precisions', 'reason'], rewrites.flatMap(omissions)),
    '## Changes of the face',
    FACES,
    table(
      ['change', 'what it does', 'exactness', 'changes the', 'flag'],
      faceRewrites.map(({ id, title, exactness, face, flag }) => [linkTo(id), title, exactness, face, code(flag)]),
    ),
    '## Each rewrite',
    ...rewrites.map(section),
    ...faceRewrites.map(({ id, title, doc }) => `### ${id}\n\n${title}.\n\n${verbatim(doc)}`),
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `Each rewrite is a value (\`converters/rewrites/rewrite.ts\`): it looks at one node, and proposes a patch, or refuses with
a reason, or has nothing to say. \`dyno explain ID\` prints the text below; ids may be written without their folder.

| exactness | promise | runs unasked |
| --- | --- | --- |
| \`bit\` | the same bits | yes |
| \`exact\` | equal in real arithmetic, so that only rounding differs | yes |
| \`border\` | differs at the padded border only | with \`--allow border\` |
| \`approximate\` | close | with \`--allow approximate\` |

The class is the rewrite's as a whole; a place may state a weaker one in its log line. What a class allows as measured error is in
[architecture.md](architecture.md#verification).`;

const FACES = `What callers pass or get changes, so these run only when asked for. Each adds to an adapter (what has to be done outside now),
and is verified as new(adapter(x)) = old(x).`;

function recipeRow(rewrite: Rewrite): string[] {
  const { id, title, exactness } = rewrite;
  const steps = TARGETS.flatMap((target) => PRECISIONS.flatMap((precision) => stepsOf(target, precision).filter((step) => step.id === id)));
  return [linkTo(id), title, exactness, ...TARGETS.map((target) => precisionsOf(target, id)), steps[0]?.why ?? ''];
}

/** `all`, the precisions for which the recipe has the rewrite, or `–`. */
function precisionsOf(target: string, id: string): string {
  const having = PRECISIONS.filter((precision) => stepsOf(target, precision).some((step) => step.id === id));
  return having.length === PRECISIONS.length ? 'all' : having.join(', ') || '–';
}

function stepsOf(target: string, precision: Precision): ReturnType<typeof recipeFor>['steps'] {
  return recipeFor(resolveTarget(target), precision).steps;
}

/** One row for each reason and the precisions that it holds for, with the targets that share it. */
function omissions({ id }: Rewrite): string[][] {
  const targetsOf = new Map<string, string[]>();
  for (const target of TARGETS) {
    for (const [why, precisions] of reasons(target, id)) {
      const key = JSON.stringify([precisions.length === PRECISIONS.length ? 'all' : precisions.join(', '), why]);
      targetsOf.set(key, [...(targetsOf.get(key) ?? []), code(target)]);
    }
  }
  return [...targetsOf].map(([key, targets]) => [linkTo(id), targets.join(', '), ...(JSON.parse(key) as [string, string])]);
}

/** Precisions for which a target's recipe leaves the rewrite out, by reason. */
function reasons(target: string, id: string): Map<string, Precision[]> {
  const found = new Map<string, Precision[]>();
  for (const precision of PRECISIONS) {
    const why = recipeFor(resolveTarget(target), precision).omitted.find((step) => step.id === id)?.why;
    if (why !== undefined) found.set(why, [...(found.get(why) ?? []), precision]);
  }
  return found;
}

function section({ id, title, doc, opTypes }: Rewrite): string {
  const types = opTypes.includes('*') ? 'every node' : opTypes.join(', ');
  return [`### ${id}`, `${title}. Looks at: ${types}.`, verbatim(doc)].join('\n\n');
}
