import type { Declaration, Field } from './declarations.ts';

/** One declaration as Swift source, public, with coding that keeps null where the schemas ask for it and refuses another constant. */
export function renderDeclaration(declaration: Declaration): string {
  if (declaration.kind === 'enum') return renderEnum(declaration);
  return declaration.kind === 'union' ? renderUnion(declaration) : renderStruct(declaration);
}

function renderEnum({ name, values }: Extract<Declaration, { kind: 'enum' }>): string {
  const cases = values.map((value) => (camel(value) === value && !KEYWORDS.has(value) ? `  case ${value}` : `  case ${escaped(camel(value))} = "${value}"`));
  return block(`public enum ${name}: String, Codable, CaseIterable, Sendable`, cases);
}

function renderUnion({ name, cases }: Extract<Declaration, { kind: 'union' }>): string {
  return block(`public enum ${name}: Codable, Equatable, Sendable`, [
    ...cases.map(({ tag, type }) => `  case ${camel(tag)}(${type})`),
    '',
    '  private enum CodingKeys: String, CodingKey {',
    '    case type',
    '  }',
    '',
    '  public init(from decoder: Decoder) throws {',
    '    let container = try decoder.container(keyedBy: CodingKeys.self)',
    '    let type = try container.decode(String.self, forKey: .type)',
    '    switch type {',
    ...cases.map(({ tag, type }) => `    case "${tag}": self = .${camel(tag)}(try ${type}(from: decoder))`),
    `    default: throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "no ${name} of type \\(type)")`,
    '    }',
    '  }',
    '',
    '  public func encode(to encoder: Encoder) throws {',
    '    switch self {',
    ...cases.map(({ tag }) => `    case .${camel(tag)}(let value): try value.encode(to: encoder)`),
    '    }',
    '  }',
  ]);
}

function renderStruct({ name, fields }: Extract<Declaration, { kind: 'struct' }>): string {
  const free = fields.filter(({ constant }) => constant === null);
  const own = fields.some(({ constant, nullable }) => constant !== null || nullable);
  const body = [
    ...fields.map((field) => (field.constant === null ? `  public var ${field.name}: ${swiftName(field)}` : `  public let ${field.name} = ${field.constant}`)),
    '',
    `  public init(${free.map((field) => `${field.name}: ${swiftName(field)}`).join(', ')}) {`,
    ...free.map((field) => `    self.${field.name} = ${field.name}`),
    '  }',
    ...(own ? ['', ...coding(fields)] : []),
  ];
  return block(`public struct ${name}: Codable, Equatable, Sendable`, body);
}

function coding(fields: readonly Field[]): string[] {
  return [
    '  private enum CodingKeys: String, CodingKey {',
    `    case ${fields.map((field) => field.name).join(', ')}`,
    '  }',
    '',
    '  public init(from decoder: Decoder) throws {',
    '    let container = try decoder.container(keyedBy: CodingKeys.self)',
    ...fields.map(decodeField),
    '  }',
    '',
    '  public func encode(to encoder: Encoder) throws {',
    '    var container = encoder.container(keyedBy: CodingKeys.self)',
    ...fields.map((field) => `    try container.encode(${field.name}, forKey: .${field.name})`),
    '  }',
  ];
}

function decodeField({ name, type, nullable, constant }: Field): string {
  if (nullable) return `    ${name} = try container.decodeIfPresent(${type}.self, forKey: .${name})`;
  if (constant === null) return `    ${name} = try container.decode(${type}.self, forKey: .${name})`;
  return [
    `    guard try container.decode(${type}.self, forKey: .${name}) == ${constant} else {`,
    `      throw DecodingError.dataCorruptedError(forKey: .${name}, in: container, debugDescription: "${name} is not ${constant.replaceAll('"', '')}")`,
    '    }',
  ].join('\n');
}

function swiftName({ type, nullable }: Field): string {
  return nullable ? `${type}?` : type;
}

function block(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.join('\n')}\n}\n`;
}

/** Words of Swift that the contract uses as names of cases. */
const KEYWORDS = new Set(['internal']);

function escaped(name: string): string {
  return KEYWORDS.has(name) ? `\`${name}\`` : name;
}

/** `loading-again` as `loadingAgain`. */
function camel(value: string): string {
  return value.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
