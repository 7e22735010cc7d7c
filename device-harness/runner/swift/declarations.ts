import { z } from 'zod';
import { BugError } from '../../../models/contracts/errors.ts';

/** A type of the contract as Swift declares it. */
export type Declaration =
  | { readonly kind: 'struct'; readonly name: string; readonly fields: readonly Field[] }
  | { readonly kind: 'enum'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'union'; readonly name: string; readonly cases: readonly { readonly tag: string; readonly type: string }[] };

export interface Field {
  readonly name: string;
  /** Without `?`. */
  readonly type: string;
  readonly nullable: boolean;
  /** The one value that it may have, as Swift writes it; null where it varies. */
  readonly constant: string | null;
}

/** Zod schemas as Swift declarations, in the order given; an enumeration inside a struct comes before it and is named after it and its field. */
export function declarationsOf(types: Readonly<Record<string, z.ZodType>>): Declaration[] {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(types)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => id, io: 'input' });
  const json = schemas as Readonly<Record<string, JsonSchema>>;
  return Object.keys(types).flatMap((name) => declare(name, json[name] as JsonSchema, json));
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly const?: string | number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly $ref?: string;
}

function declare(name: string, schema: JsonSchema, all: Readonly<Record<string, JsonSchema>>): Declaration[] {
  if (schema.enum) return [{ kind: 'enum', name, values: schema.enum }];
  if (schema.oneOf) return [{ kind: 'union', name, cases: schema.oneOf.map(({ $ref = '' }) => ({ tag: tagOf(all[$ref]), type: $ref })) }];
  if (!schema.properties) throw new BugError(`The contract's type ${name} has no form in Swift.`);
  const inner: Declaration[] = [];
  const fields = Object.entries(schema.properties).map(([key, value]): Field => {
    const { schema: bare, nullable } = withoutNull(value);
    const type = swiftType(bare, name + capital(key), inner);
    return { name: key, type, nullable, constant: bare.const === undefined ? null : JSON.stringify(bare.const) };
  });
  return [...inner, { kind: 'struct', name, fields }];
}

function tagOf(schema: JsonSchema | undefined): string {
  return String(schema?.properties?.['type']?.const);
}

function withoutNull(schema: JsonSchema): { readonly schema: JsonSchema; readonly nullable: boolean } {
  if (schema.anyOf) return { schema: schema.anyOf.find(({ type }) => type !== 'null') as JsonSchema, nullable: true };
  if (Array.isArray(schema.type)) return { schema: { ...schema, type: schema.type.find((type: string) => type !== 'null') as string }, nullable: true };
  return { schema, nullable: false };
}

/** `inner` takes the enumerations that it meets, as `name`. */
function swiftType(schema: JsonSchema, name: string, inner: Declaration[]): string {
  if (schema.$ref !== undefined) return schema.$ref;
  if (schema.enum) {
    inner.push({ kind: 'enum', name, values: schema.enum });
    return name;
  }
  if (schema.type === 'array' && schema.items) return `[${swiftType(schema.items, name, inner)}]`;
  if (typeof schema.const === 'number') return 'Int';
  const simple = new Map([['string', 'String'], ['integer', 'Int'], ['number', 'Double'], ['boolean', 'Bool']]).get(String(schema.type));
  if (simple === undefined) throw new BugError(`The contract's ${name} has no form in Swift: ${JSON.stringify(schema)}.`);
  return simple;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
